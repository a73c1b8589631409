"""From a guided teacher to a student of few steps: synthetic data, guidance distillation, progressive distillation."""

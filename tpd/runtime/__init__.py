"""Text in, sound out, without torch."""

"""How good and how fast: what a machine understands of the speech, and what it costs to make."""

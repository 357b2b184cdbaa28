"""Floor 1: what the terminal knows and may do. Pure Python, no Qt, no I/O."""

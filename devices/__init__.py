"""Floor 2: what the terminal hears."""

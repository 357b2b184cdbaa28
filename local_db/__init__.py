"""Floor 2: what the terminal remembers, and its road to the MES."""

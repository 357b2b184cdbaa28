"""Floor 3: what a person sees: windows, paper and the command line."""

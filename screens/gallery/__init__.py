"""Every widget of the kit in its states, filled with a believable shift; for those who build screens."""

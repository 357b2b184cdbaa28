"""The road to the MES: one connector a kind of MES, found by its name in `registry`."""

"""The demo plant: the far end of every wire of a terminal, a program of its own that knows
nothing of the terminal.
"""

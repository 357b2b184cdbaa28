"""Scales and gauges: a live reading for the eye, and the values that were meant."""

"""Readers of radio tags: what is in the field, told once."""

"""Functions that judge a wish and return the entries that make it a fact."""

"""The whole program's figures beside the raw limits of the same run: `python -m tests.bench`."""

"""Paper: what a terminal prints of its journal, one file a report and one line each in its registry."""

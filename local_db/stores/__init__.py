"""The records that screens and operations read, one family a module. Newest last, unless a list says else."""

"""Far ends on stacks that are not ours, and what is asked of the terminal against them."""

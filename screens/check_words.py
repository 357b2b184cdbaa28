"""When a check falls due, in words."""

from hmi.domain.quality import CheckDue
from hmi.terminal import Terminal


def due_words(terminal: Terminal, check: CheckDue, key: str) -> str:
    """What is left of a check that is not due: parts (`key`), running minutes (`key`_minutes), or both."""
    counts = ((key, check.parts_left), (f"{key}_minutes", check.minutes_left))
    return " · ".join(terminal.t(text, n=left) for text, left in counts if left is not None)

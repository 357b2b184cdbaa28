"""What keeps the start short and the memory small, whatever the libraries do."""

import builtins
import ctypes
import gc
import sys

_TRIMS = sys.platform.startswith("linux")


def import_plainly() -> None:
    """Give `import` back to Python, once PySide6 is imported.

    PySide6 takes it over to look for `from __feature__ import ...`, which nobody here writes: for that it
    reads and keeps the source text of every module that is imported later, some 25 MiB.
    """
    plain = getattr(builtins, "__orig_import__", None)  # where PySide6 keeps Python's own
    if plain is not None:
        builtins.__import__ = plain


def settle() -> None:
    """Give back what was needed only for loading, and look no more at what stays; takes some 50 ms.

    To be called once everything is loaded.
    """
    gc.collect()
    gc.freeze()  # modules and widgets stay: a full collection need not look at them while somebody touches
    if _TRIMS:
        ctypes.CDLL(None).malloc_trim(0)

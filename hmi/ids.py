"""Identifiers made on the terminal: UUIDv7 of RFC 9562, in order even when the wall clock steps back."""

import os
import threading
import time
from uuid import UUID


class Uuid7Maker:
    """Makes UUIDv7 ids: 48 bits of milliseconds, a 12 bit counter, 62 random bits.

    Within one process each id is greater than the one before, whatever the clock does.
    """

    def __init__(self) -> None:
        """Start with no id made."""
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> UUID:
        """Make the next id."""
        with self._lock:
            ticks = (time.time_ns() // 1_000_000) << 12
            self._last = max(self._last + 1, ticks)
            milliseconds, counter = self._last >> 12, self._last & 0xFFF
        random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
        return UUID(int=(milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | random)


new_id = Uuid7Maker()

"""A history for screens to look at: a shift of plausible values, with a gap, a bad stretch and a hot die."""

from __future__ import annotations

import math
from pathlib import Path

from hmi.domain.trends import Trust
from local_db.history import HistoryThread
from local_db.history_store import HistoryStore
from tests.screens.stand import SetClock

HOUR = 3_600_000


def curve(tag: str, seconds: float) -> float:
    """What a tag was at a time."""
    slow, fast = math.sin(seconds / 2600), math.sin(seconds * 1.7) * math.sin(seconds * 0.61)
    return {
        "force": 412 + 14 * slow + 2.2 * fast,
        "cycle": 2.41 + 0.05 * slow + 0.012 * fast,
        "die": 71 + 7.4 * math.sin(seconds / 5200) + 0.12 * fast,
        "oil": 158 + 3 * slow + 0.6 * fast,
        "coil": 900 - (seconds % 9000) / 10,
    }[tag]


def open_store(file: Path, now_ms: int) -> HistoryStore:
    """As the terminal opens it."""
    return HistoryStore(file, most_bytes=1 << 30, now_ms=now_ms)


def recorded(folder: Path, clock: SetClock, *, hours: float = 8, every_s: float = 2) -> HistoryThread:
    """A history of so many hours up to now, started."""
    now = round(clock.now().timestamp() * 1000)
    begin = now - round(hours * HOUR)
    store = open_store(folder / "history.db", begin)
    count = int(hours * 3600 / every_s)
    for tag in ("force", "cycle", "die", "oil", "coil"):
        times = [begin + round(number * every_s * 1000) for number in range(count)]
        values = [curve(tag, number * every_s) for number in range(count)]
        trusts = [int(Trust.GOOD)] * count
        for number in range(count):
            before = (now - times[number]) / HOUR
            if tag == "oil" and 0.30 < before < 0.42:
                values[number], trusts[number] = math.nan, int(Trust.BAD)
            elif tag == "cycle" and 0.15 < before < 0.2:
                trusts[number] = int(Trust.UNCERTAIN)
        lost = [index for index in range(count) if 0.70 < (now - times[index]) / HOUR < 0.78]
        kept = [index for index in range(count) if index not in set(lost)]
        kept_times, kept_trusts = [times[i] for i in kept], [trusts[i] for i in kept]
        store.append([tag] * len(kept), kept_times, [values[i] for i in kept], kept_trusts)
        if lost:
            store.gap([tag], times[lost[0]])
    store.seal_if_due(now)
    store.abandon()
    thread = HistoryThread(folder / "history.db", open_store, clock)
    thread.start()
    return thread

"""The samples that are still in memory: what came since a row of time was sealed."""

from collections.abc import Iterator, Sequence

import numpy as np

from local_db.history_levels import Array, samples

_MANY_PARTS = 64
_STORED = np.dtype([("s", "<u4"), ("t", "<i8"), ("v", "<f8"), ("q", "u1")])


class Tail:
    """Samples of all series in the order in which they came."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._parts: list[Array] = []
        self._saved = 0
        self.count = 0
        self.newest_ms = 0

    def append(
        self, series: Sequence[int], times: Sequence[int], values: Sequence[float], trusts: Sequence[int]
    ) -> None:
        """Take samples, one series, time in ms, value and trust each."""
        part = np.empty(len(times), _STORED)
        part["s"], part["t"], part["v"], part["q"] = series, times, values, trusts
        self._add(part)

    def restore(self, data: bytes) -> None:
        """Take back what `unsaved` gave."""
        self._add(np.frombuffer(data, _STORED))
        self._saved = self.count

    def unsaved(self) -> bytes:
        """What came since the last time this was asked, as bytes."""
        whole = self._whole()
        new = whole[self._saved :]
        self._saved = self.count
        return new.tobytes()

    def everything(self) -> bytes:
        """All of it as bytes; it counts as saved from now on."""
        self._saved = self.count
        return self._whole().tobytes()

    def of(self, series: int, start_ms: int, end_ms: int) -> Array:
        """The samples of one series between two times, in the order of time."""
        whole = self._whole()
        mine = whole[whole["s"] == series]
        mine = mine[(mine["t"] >= start_ms) & (mine["t"] < end_ms)]
        return samples(mine["t"], mine["v"], mine["q"])

    def split(self, before_ms: int) -> tuple["Tail", "Tail"]:
        """What happened before a time, and the rest."""
        whole = self._whole()
        early = whole["t"] < before_ms
        made = Tail(), Tail()
        made[0]._add(whole[early])
        made[1]._add(whole[~early])
        return made

    def by_series(self) -> Iterator[tuple[int, Array]]:
        """Each series with its samples in the order of time."""
        whole = self._whole()
        order = np.argsort(whole["s"], kind="stable")
        ranked = whole[order]
        first = np.flatnonzero(np.r_[True, np.diff(ranked["s"]) != 0]) if len(ranked) else []
        for start, end in zip(first, [*first[1:], len(ranked)], strict=False):
            mine = ranked[start:end]
            yield int(mine["s"][0]), samples(mine["t"], mine["v"], mine["q"])

    def _add(self, part: Array) -> None:
        if len(part):
            self._parts.append(part)
            self.count += len(part)
            self.newest_ms = max(self.newest_ms, int(part["t"].max()))
        if len(self._parts) > _MANY_PARTS:
            self._whole()

    def _whole(self) -> Array:
        if len(self._parts) != 1:
            self._parts = [np.concatenate(self._parts) if self._parts else np.empty(0, _STORED)]
        return self._parts[0]

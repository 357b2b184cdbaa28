"""What is in the field of a reader: a tag that is seen a hundred times is one, and several are a question."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from devices.frames.tags import SeenTag

_MOST = 500


@dataclass(slots=True)
class _Present:
    tag: SeenTag
    last_ms: int


@dataclass(slots=True)
class TagField:
    """Pure, with times given. A tag is there until it was not seen for `gone_ms`.

    After the first sight of a new tag the field is watched for `settle_ms`, so that two tags that come
    together are told together; one that was not seen since then has been taken away. When the person takes
    away all but one of several, that one is told.
    """

    settle_ms: int
    gone_ms: int
    min_rssi: int | None = None
    _present: dict[str, _Present] = field(default_factory=dict[str, "_Present"])
    _new_ms: int | None = None
    _asked: bool = False

    def see(self, tags: Iterable[SeenTag], now_ms: int) -> None:
        """Note what the reader told now (monotonic ms); tags weaker than `min_rssi` are left out."""
        self._forget(now_ms)
        for tag in tags:
            if self.min_rssi is not None and tag.rssi is not None and tag.rssi < self.min_rssi:
                continue
            known = self._present.get(tag.code)
            if known is not None:
                known.last_ms = now_ms
            elif len(self._present) < _MOST:
                self._present[tag.code] = _Present(tag, now_ms)
                if self._new_ms is None:
                    self._new_ms = now_ms

    def due(self, now_ms: int) -> list[SeenTag]:
        """What is to be told now: one tag that was read, or several of which one is meant; mostly nothing."""
        self._forget(now_ms)
        if self._new_ms is not None and now_ms - self._new_ms >= self.settle_ms:
            told = self._seen_since(self._new_ms)
            self._new_ms = None
            self._asked = len(told) > 1
            return told
        if self._asked and self._new_ms is None and len(self._present) <= 1:
            self._asked = False
            return self._seen_since(0)
        return []

    def _seen_since(self, since_ms: int) -> list[SeenTag]:
        tags = (each.tag for each in self._present.values() if each.last_ms >= since_ms)
        return sorted(tags, key=lambda tag: tag.code)

    def _forget(self, now_ms: int) -> None:
        gone = [code for code, each in self._present.items() if now_ms - each.last_ms > self.gone_ms]
        for code in gone:
            del self._present[code]
        if not self._present:
            self._new_ms = None

"""A journal that only an MES check writes: entries that follow from each other, in an epoch of their own."""

from dataclasses import replace
from typing import Any

from hmi.domain.entries import GENESIS, Entry, Subject
from hmi.domain.payloads import HelpCalled, Payload
from hmi.domain.signals import Quality
from hmi.ids import new_id
from hmi.times import Clock

HELP = HelpCalled(whom="quality")


class CheckJournal:
    """Entries that follow from each other, in an epoch of their own."""

    def __init__(self, terminal: str, epoch: int, clock: Clock) -> None:
        self.terminal, self.epoch, self._clock = terminal, epoch, clock
        self.seq, self.prev = 0, GENESIS

    def entry(self, payload: Payload = HELP, *, subject: Subject | None = None, **other: Any) -> Entry:
        """The next entry; `other` replaces fields of it before it is sealed."""
        self.seq += 1
        made = Entry(
            id=str(new_id()),
            terminal=self.terminal,
            epoch=self.epoch,
            seq=self.seq,
            version=1,
            subject=subject or Subject("equipment", "lineside-mes-check"),
            person=None,
            source_time=None,
            quality=Quality.GOOD,
            terminal_time=self._clock.now(),
            boot=self._clock.boot,
            monotonic_ms=self._clock.monotonic_ms(),
            clock_offset_ms=None,
            corrects=None,
            payload=payload,
            prev=self.prev,
        )
        sealed = replace(made, **other).sealed()
        self.prev = sealed.hash
        return sealed

    def entries(self, count: int) -> list[Entry]:
        """The next few."""
        return [self.entry() for _ in range(count)]

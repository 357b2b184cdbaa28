"""Entries as a terminal would send them, without a terminal."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hmi.domain.entries import GENESIS, Entry, PersonRef, Subject
from hmi.domain.payloads import HelpCalled, JobOrderStarted, Payload, ProductionScrapped
from hmi.domain.signals import Quality
from hmi.ids import new_id
from hmi.times import SystemClock

CLOCK = SystemClock()


class Chain:
    """Makes entries that follow from each other."""

    def __init__(self, terminal: str, *, epoch: int = 1) -> None:
        self.terminal, self.epoch = terminal, epoch
        self.seq, self.prev = 0, GENESIS

    def entry(self, subject: Subject, payload: Payload) -> Entry:
        """The next entry."""
        self.seq += 1
        made = Entry(
            id=str(new_id()),
            terminal=self.terminal,
            epoch=self.epoch,
            seq=self.seq,
            version=payload.version,
            subject=subject,
            person=PersonRef("P1", "Zoë \u2028 O'Hara"),
            source_time=None,
            quality=Quality.GOOD,
            terminal_time=CLOCK.now(),
            boot=CLOCK.boot,
            monotonic_ms=CLOCK.monotonic_ms(),
            clock_offset_ms=None,
            corrects=None,
            payload=payload,
            prev=self.prev,
        ).sealed()
        self.prev = made.hash
        return made

    def help(self) -> Entry:
        """Something that every MES takes."""
        return self.entry(Subject("equipment", "E"), HelpCalled(whom="quality"))

    def start(self, order: str) -> Entry:
        """The start of an order."""
        return self.entry(Subject("job_order", order), JobOrderStarted(plan_version=1))

    def scrap(self, order: str) -> Entry:
        """Scrap of an order, for a reason that nobody knows."""
        payload = ProductionScrapped(
            order=order, quantity=Decimal("1.50"), unit="pcs", reason="no such reason"
        )
        return self.entry(Subject("job_order", order), payload)


def forged(entry: Entry) -> Entry:
    """Another entry with the id and the place of this one."""
    return replace(entry, payload=HelpCalled(whom="logistics"), hash="").sealed()

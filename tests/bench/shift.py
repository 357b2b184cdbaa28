"""A journal filled without a window: real plans, a person, an order, as many facts as wanted."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from devices.plant.story import STORY, read_story
from hmi.operations.personnel import SignIn, sign_in
from hmi.operations.production import CounterSeen, OrderWish, Scrap, count_parts, scrap_parts, start_order
from hmi.ports import PlanPage, PlanRecord
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger

ORDER = "WO-104233"
_SCRAP_EVERY = 10


class Shift:
    """Books facts of one running order through the ledger, one commit each."""

    def __init__(self, ledger: SqliteLedger, facts: int) -> None:
        self._ledger = ledger
        self._began = datetime.now(UTC) - timedelta(seconds=2 * facts + 60)
        self._parts = 0
        ledger.apply_plans(_plans()).result()
        ledger.do(sign_in, SignIn("B-7341")).result()
        ledger.do(start_order, OrderWish(ORDER)).result()
        self.count()

    def count(self) -> None:
        """A part more, as the PLC's counter says it: one entry, and several tables."""
        self._parts += 1
        at = self._began + timedelta(seconds=self._parts)
        seen = CounterSeen("produced", self._parts, at, live=True, maximum=None, fastest_cycle_s=0.2)
        self._ledger.do(count_parts, seen).result()

    def scrap(self) -> None:
        """A part is scrap, as a person says it."""
        self._ledger.do(scrap_parts, Scrap(ORDER, Decimal(1), "BURR")).result()

    def book(self, facts: int) -> None:
        """So many facts, every tenth of them scrap."""
        for number in range(1, facts + 1):
            if number % _SCRAP_EVERY == 0:
                self.scrap()
            else:
                self.count()

    def each_ms(self, what: Callable[[], None], count: int) -> list[float]:
        """Milliseconds from the wish to its commit, one after the other."""
        took: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            what()
            took.append((time.perf_counter() - began) * 1000)
        return took


@contextmanager
def shift(journal: Path, facts: int) -> Generator[Shift]:
    """A shift in a journal of its own; closed cleanly afterwards."""
    told = read_story(STORY, time.time()).terminals[0]
    ledger = SqliteLedger(
        journal,
        terminal=told.id,
        equipment=told.equipment,
        clock=SystemClock(),
        on_changes=lambda _changes: None,
    )
    ledger.start()
    try:
        yield Shift(ledger, facts)
    finally:
        ledger.stop()


def _plans() -> PlanPage:
    plans = read_story(STORY, time.time()).plans
    records = tuple(PlanRecord(plan.family, plan.id, 1, dict(plan.record)) for plan in plans)
    return PlanPage(records, "bench-0", True, None, "bench", datetime.now(UTC))

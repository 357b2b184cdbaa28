"""A ledger with people who may do different things, and a watch over a few tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from hmi.alarm_watch import AlarmWatch
from hmi.domain.alarm_limits import AlarmSettings
from hmi.domain.alarms import AlarmRecord, AlarmState, Priority
from hmi.domain.changes import Changes
from hmi.domain.entries import Entry
from hmi.domain.payload import Payload
from hmi.domain.signals import Quality, Reading, Scalar
from hmi.domain.tags import TagInfo, TagRole
from hmi.operations.personnel import SignIn, sign_in
from hmi.ports import Operation, PlanPage, PlanRecord, Records
from local_db.ledger import SqliteLedger
from tests.fakes.clock import SteppedClock

W = TypeVar("W")
R = TypeVar("R")
PLANS = (
    PlanRecord("person", "P1", 1, {"name": "Olu Ade", "badge": "OP", "roles": ["operator"]}),
    PlanRecord("person", "P2", 1, {"name": "Tea Eng", "badge": "TE", "roles": ["technician"]}),
    PlanRecord("person", "P3", 1, {"name": "Vi Sitor", "badge": "NO", "roles": ["visitor"]}),
    PlanRecord("fault", "312", 1, {"text": "hydraulic pressure low", "guidance": "Look at the oil."}),
)


def tag(name: str, alarm: AlarmSettings | None = None, role: TagRole = TagRole.VALUE) -> TagInfo:
    """A tag of the PLC as the configuration has it."""
    label = name.capitalize()
    return TagInfo(name, "PLC", label, "°C", 1, role, None, None, None, None, False, None, alarm)


DIE = AlarmSettings(hi=78, hihi=85, lo=10, deadband=2, on_delay_s=1, off_delay_s=3)
TAGS = (
    tag("die", DIE),
    tag("guard", AlarmSettings(when=False, priority=Priority.MEDIUM, text="Guard open")),
    tag("fault", role=TagRole.FAULT),
    tag("speed"),
)


@dataclass
class Alarms:
    """What a test sees: the journal, the records, a watch and a PLC that says values."""

    file: Path
    tags: Sequence[TagInfo] = TAGS
    clock: SteppedClock = field(default_factory=SteppedClock)
    ledger: SqliteLedger = field(init=False)
    watch: AlarmWatch = field(init=False)

    def open(self) -> None:
        """Start, or start again."""
        heard: list[AlarmWatch] = []

        def tell(changes: Changes) -> None:
            for watch in heard:
                watch.on_changes(changes)

        self.ledger = SqliteLedger(
            self.file,
            terminal="T1",
            equipment="PRESS-1",
            clock=self.clock,
            on_changes=tell,
        )
        self.ledger.start()
        self.ledger.apply_plans(PlanPage(PLANS, "1", True, None, "1", self.clock.now())).result(10)
        self.watch = AlarmWatch(self.ledger, self.tags, self.clock)
        self.watch.start()
        heard.append(self.watch)

    def again(self) -> None:
        """Leave the terminal and start it anew."""
        self.ledger.stop()
        self.open()

    def says(
        self, name: str, value: Scalar | None, quality: Quality = Quality.GOOD, *, first: bool = False
    ) -> None:
        """The PLC says a value now."""
        now = self.clock.now()
        self.watch.on_readings(
            [Reading("PLC", name, value, quality, now, now, now, self.clock.monotonic_ms(), first=first)]
        )

    def later(self, seconds: float) -> None:
        """Time goes by, and the watch looks."""
        self.clock.step(seconds)
        self.watch.look()

    def read(self, load: Callable[[Records], R]) -> R:
        """Look into the records, after everything that was handed in."""
        self.ledger.read(lambda records: None).result(10)
        return self.ledger.read(load).result(10)

    def alarm(self, key: str) -> AlarmRecord:
        """One alarm that must be there."""
        found = self.read(lambda records: records.alarms.alarm(key))
        assert found is not None, key
        return found

    def states(self) -> dict[str, AlarmState]:
        """The state of every alarm."""
        return {record.key: record.state for record in self.read(lambda records: records.alarms.alarms())}

    def said(self) -> list[Payload]:
        """What the entries about alarms say, oldest first."""
        return [entry.payload for entry in self.entries()]

    def entries(self) -> list[Entry]:
        """The entries about alarms, oldest first."""
        rows = self.read(lambda records: records.journal.newest(1000))
        return [row.entry for row in reversed(rows) if row.entry.kind.startswith("alarm.")]

    def sign_in(self, badge: str) -> None:
        """Read a badge."""
        self.ledger.do(sign_in, SignIn(badge)).result(10)

    def do(self, operation: Operation[W], wish: W) -> list[Payload]:
        """Do it; what was saved."""
        return [entry.payload for entry in self.ledger.do(operation, wish).result(10).entries]


@pytest.fixture
def alarms(tmp_path: Path) -> Iterator[Alarms]:
    made = Alarms(tmp_path / "ledger.sqlite3")
    made.open()
    yield made
    made.ledger.stop()

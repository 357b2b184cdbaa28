"""A ledger on a file of its own, and plans to work with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from hmi.domain.changes import Changes
from hmi.domain.entries import Entry, NewEntry
from hmi.ports import PlanPage, PlanRecord
from local_db.ledger import SqliteLedger
from local_db.space import Space
from tests.fakes.clock import START, SteppedClock

PLANS = (
    PlanRecord(
        "person", "P1", 1, {"name": "Ana Silva", "badge": "B1", "roles": ["supervisor"], "language": "pt"}
    ),
    PlanRecord("person", "P2", 1, {"name": "Jo Park", "badge": "B2", "roles": ["operator"]}),
    PlanRecord("reason", "R1", 1, {"name": "Tool broken", "group": "tool", "applies_to": "stop", "rank": 2}),
    PlanRecord("reason", "R2", 1, {"name": "Set-up", "group": "plan", "applies_to": "stop", "rank": 1}),
    PlanRecord("reason", "S1", 1, {"name": "Burr", "group": "form", "applies_to": "scrap"}),
    PlanRecord(
        "material", "M1", 3, {"name": "Bolt", "unit": "pcs", "use": "spare", "gtin": "04012345123456"}
    ),
    PlanRecord("fault", "17", 1, {"text": "Tool is hot"}),
    PlanRecord("failure_code", "F1", 1, {"name": "Leak", "kind": "problem"}),
    PlanRecord(
        "asset", "PRESS-1", 1, {"name": "Press", "path": "A/B", "asset_class": "press", "lock_out": ["Off"]}
    ),
    PlanRecord(
        "job_order",
        "WO-1",
        2,
        {
            "operation": "press",
            "material": "M9",
            "material_name": "Lid",
            "quantity": "100",
            "unit": "pcs",
            "equipment": "PRESS-1",
            "inspection_plans": ["IP-1"],
        },
    ),
    PlanRecord(
        "inspection_plan",
        "IP-1",
        1,
        {
            "name": "Lid",
            "every_parts": 50,
            "characteristics": [
                {"id": "D", "name": "d", "nominal": "12", "unit": "mm", "decimals": 2, "sample_size": 5}
            ],
        },
    ),
)


def page(*records: PlanRecord, cursor: str = "1", snapshot: bool = True, when: datetime = START) -> PlanPage:
    """An answer to a pull."""
    return PlanPage(records, cursor, snapshot, f'"{cursor}"', "1", when)


@dataclass
class Desk:
    """A ledger with its clock, and what it told of changes."""

    file: Path
    clock: SteppedClock = field(default_factory=SteppedClock)
    told: list[Changes] = field(default_factory=list[Changes])
    space: Space | None = None
    ledger: SqliteLedger = field(init=False)

    def open(self) -> SqliteLedger:
        self.ledger = SqliteLedger(
            self.file,
            terminal="T1",
            equipment="PRESS-1",
            clock=self.clock,
            on_changes=self.told.append,
            space=self.space,
        )
        self.ledger.start()
        return self.ledger

    def append(self, *entries: NewEntry, entry_id: str | None = None) -> tuple[Entry, ...]:
        """Save entries as they are, whatever an operation would say."""
        return (
            self.ledger.do(lambda records, wish, context: entries, None, entry_id=entry_id).result(10).entries
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "ledger.sqlite3")
    made.open()
    made.ledger.apply_plans(page(*PLANS)).result(10)
    yield made
    made.ledger.stop()

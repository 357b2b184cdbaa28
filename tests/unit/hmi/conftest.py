"""A floor of a plant without a window or a wire: plans, people, a ledger on a file, and a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from hmi.domain.changes import Changes
from hmi.domain.entries import NewEntry, PushResult, ResultKind
from hmi.domain.equipment import PackmlState
from hmi.domain.payloads import Payload
from hmi.errors import OperatorError
from hmi.operations.downtime import StateSeen, observe_state
from hmi.operations.personnel import SignIn, sign_in
from hmi.operations.production import CounterSeen, OrderWish, count_parts, start_order
from hmi.ports import Context, Operation, PlanPage, PlanRecord, Records, Saved
from local_db.ledger import SqliteLedger
from tests.fakes.clock import START, SteppedClock

W = TypeVar("W")
R = TypeVar("R")
P = TypeVar("P", bound=Payload)
OPERATOR, INSPECTOR, TECHNICIAN, SUPERVISOR = "B-OP", "B-QC", "B-TE", "B-SU"
_CHARACTERISTIC = {
    "id": "D",
    "name": "Hole diameter",
    "nominal": "12.00",
    "lower": "11.90",
    "upper": "12.10",
    "unit": "mm",
    "decimals": 2,
    "sample_size": 3,
}


def record(family: str, key: str, **fields: object) -> PlanRecord:
    """One plan of the MES, version 4."""
    return PlanRecord(family, key, 4, dict(fields))


def job_order(key: str, **other: object) -> PlanRecord:
    """An order of 100 lids for this press, with what is to be different."""
    fields: dict[str, object] = {
        "operation": "press",
        "material": "M-LID",
        "material_name": "Lid",
        "quantity": "100",
        "unit": "pcs",
        "equipment": "PRESS-1",
        "inspection_plans": ["IP-P"],
    }
    return record("job_order", key, **(fields | other))


PLANS = (
    record("person", "P-OP", name="Olu Ade", badge=OPERATOR, roles=["operator"]),
    record("person", "P-QC", name="Quinn Cho", badge=INSPECTOR, roles=["inspector"]),
    record("person", "P-TE", name="Tea Eng", badge=TECHNICIAN, roles=["technician"]),
    record("person", "P-SU", name="Sue Ung", badge=SUPERVISOR, roles=["supervisor"]),
    record("person", "P-NO", name="No Role", badge="B-NO", roles=["visitor"]),
    record(
        "person",
        "P-OLD",
        name="Old Timer",
        badge="B-OLD",
        roles=["operator"],
        valid_to="2026-11-20T00:00:00.000Z",
    ),
    record("reason", "R-TOOL", name="Tool broken", group="tool", applies_to="stop", rank=2, suggested_by=[7]),
    record("reason", "R-PLAN", name="Set-up", group="plan", applies_to="stop", rank=1),
    record("reason", "S-BURR", name="Burr", group="form", applies_to="scrap"),
    record("material", "M-BOLT", name="Bolt", unit="pcs", use="spare"),
    record("material", "M-SEAL", name="Seal", unit="pcs", use="spare", tracked_by="lot"),
    record("material", "M-PUMP", name="Pump", unit="pcs", use="spare", tracked_by="serial"),
    record("material", "M-LID", name="Lid", unit="pcs", use="product"),
    record("failure_code", "F-LEAK", name="Leak", kind="problem"),
    record("failure_code", "F-WORN", name="Worn", kind="cause"),
    record("failure_code", "F-SWAP", name="Swapped", kind="remedy"),
    record("asset", "PRESS-1", name="Press", path="A/B/1", asset_class="press", lock_out=["Off", "Lock"]),
    job_order("WO-1"),
    job_order("WO-2", inspection_plans=["IP-T", "IP-ONCE", "IP-GONE"]),
    job_order("WO-OFF", state="cancelled"),
    job_order("WO-SHUT", state="closed"),
    job_order("WO-FAR", equipment="PRESS-9"),
    record("inspection_plan", "IP-P", name="By parts", every_parts=50, characteristics=[_CHARACTERISTIC]),
    record(
        "inspection_plan",
        "IP-T",
        name="By time",
        every_minutes=30,
        characteristics=[{**_CHARACTERISTIC, "upper": None, "sample_size": 1}],
    ),
    record(
        "inspection_plan",
        "IP-ONCE",
        name="First part",
        characteristics=[{**_CHARACTERISTIC, "id": "E", "sample_size": 1}],
    ),
)


@dataclass
class Floor:
    """Wishes go straight to the ledger; what comes back are payloads or the key of a refusal."""

    file: Path
    clock: SteppedClock = field(default_factory=SteppedClock)
    told: list[Changes] = field(default_factory=list[Changes])
    ledger: SqliteLedger = field(init=False)

    def open(self) -> None:
        self.ledger = SqliteLedger(
            self.file, terminal="T-1", equipment="PRESS-1", clock=self.clock, on_changes=self.told.append
        )
        self.ledger.start()

    def plan(self, *records: PlanRecord) -> None:
        """Apply plans on top of those that are there."""
        page = PlanPage(records, "1", False, None, "1", self.clock.now())
        self.ledger.apply_plans(page).result(10)

    def saved(self, operation: Operation[W], wish: W, entry_id: str | None = None) -> Saved:
        """Do it."""
        return self.ledger.do(operation, wish, entry_id=entry_id).result(10)

    def do(self, operation: Operation[W], wish: W) -> list[Payload]:
        """Do it; what was saved."""
        return [entry.payload for entry in self.saved(operation, wish).entries]

    def one(self, kind: type[P], operation: Operation[W], wish: W) -> P:
        """Do it; the one payload that was saved, of this kind."""
        (payload,) = self.do(operation, wish)
        assert isinstance(payload, kind)
        return payload

    def refused(self, operation: Operation[W], wish: W) -> tuple[str, dict[str, object]]:
        """Do it and be refused: the key of the rule, what it names; and nothing was saved."""
        before = self.count()
        with pytest.raises(OperatorError) as caught:
            self.saved(operation, wish)
        assert self.count() == before
        return caught.value.key, caught.value.values

    def read(self, load: Callable[[Records], R]) -> R:
        """Look into the records."""
        return self.ledger.read(load).result(10)

    def count(self) -> int:
        """How many entries there are, whatever became of them."""
        return len(self.read(lambda records: records.journal.newest(10_000)))

    def sign_in(self, badge: str) -> None:
        """Read a badge."""
        self.saved(sign_in, SignIn(badge))

    def note(self, *entries: NewEntry) -> list[str]:
        """Write entries that no operation judges; their ids."""

        def write(records: Records, wish: None, context: Context) -> Sequence[NewEntry]:
            return entries

        return [entry.id for entry in self.saved(write, None).entries]

    def answer(self, entry: str, result: ResultKind) -> None:
        """Let the MES say something of an entry."""
        self.ledger.settle([PushResult(entry, result, code="c", words="w")], [entry]).result(10)

    def machine(
        self, state: PackmlState, *, fault: int = 0, live: bool = True, at: datetime | None = None
    ) -> list[Payload]:
        """Let the PLC show a state now."""
        return self.do(observe_state, StateSeen(state, fault, at or self.clock.now(), live))

    def counter(
        self, value: int, *, live: bool = True, maximum: int | None = None, at: datetime | None = None
    ) -> list[Payload]:
        """Let the PLC show a counter value now."""
        seen = CounterSeen("good", value, at or self.clock.now(), live, maximum, fastest_cycle_s=1.0)
        return self.do(count_parts, seen)

    def run(self, order: str = "WO-1", parts: int = 0) -> None:
        """Let the operator start an order, and the press make so many parts for it."""
        self.counter(0)
        self.start(order)
        self.machine(PackmlState.EXECUTE)
        if parts:
            self.clock.step(parts)
            self.counter(parts)

    def start(self, order: str = "WO-1") -> None:
        """Let the operator start an order; the machine says nothing."""
        self.sign_in(OPERATOR)
        self.saved(start_order, OrderWish(order))

    def later(self, **time: float) -> None:
        """Let time go by."""
        self.clock.step(timedelta(**time).total_seconds())


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    """A press with plans; nobody is signed in and nothing runs."""
    made = Floor(tmp_path / "journal.db")
    made.open()
    made.ledger.apply_plans(PlanPage(PLANS, "1", True, None, "1", START)).result(10)
    yield made
    made.ledger.stop()

"""What watches the machine: only good values, one gathered count, states with the code that explains them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest

from hmi.domain import payloads as p
from hmi.domain.entries import NewEntry
from hmi.domain.signals import Quality, Reading, Scalar
from hmi.domain.tags import TagInfo, TagRole
from hmi.operations.production import CounterSeen, count_parts
from hmi.ports import Context, Draft, Operation, Records, Saved
from hmi.watch import MachineWatch
from local_db.ledger import SqliteLedger
from tests.unit.hmi.conftest import Floor

W = TypeVar("W")
R = TypeVar("R")


def tag(name: str, role: TagRole) -> TagInfo:
    """A tag with a role."""
    return TagInfo(name, "plc", name, "", 0, role, None, None, None, None, False, None)


TAGS = (
    tag("state", TagRole.STATE),
    tag("fault", TagRole.FAULT),
    tag("good", TagRole.PRODUCED_COUNT),
    tag("heat", TagRole.VALUE),
)


class Machine:
    """Says values to the watch; `booked` are the payloads in the journal."""

    def __init__(self, floor: Floor, count_every_ms: int = 2000) -> None:
        self.floor = floor
        self.watch = MachineWatch(
            floor.ledger, TAGS, floor.clock, fastest_cycle_s=0.1, count_every_ms=count_every_ms
        )

    def reading(
        self, name: str, value: Scalar | None, quality: Quality = Quality.GOOD, *, first: bool = False
    ) -> Reading:
        now = self.floor.clock.now()
        return Reading("plc", name, value, quality, now, now, now, self.floor.clock.ticks, first=first)

    def says(self, *readings: Reading) -> None:
        self.watch.on_readings(readings)

    def booked(self) -> list[p.Payload]:
        rows = self.floor.read(lambda records: records.journal.newest(100))
        return [row.entry.payload for row in reversed(rows)]

    def kinds(self) -> list[str]:
        return [said.kind for said in self.booked()]


def test_bad_and_uncertain_values_and_texts_are_not_believed(floor: Floor) -> None:
    machine = Machine(floor)
    machine.says(
        machine.reading("state", 6, Quality.BAD),
        machine.reading("state", 6, Quality.UNCERTAIN),
        machine.reading("state", "execute"),
        machine.reading("state", None),
        machine.reading("heat", 6),
        machine.reading("nobody knows", 6),
    )
    assert machine.kinds() == []
    machine.says(machine.reading("state", 6))
    assert machine.kinds() == ["equipment.state_changed"]


def test_a_state_that_packml_does_not_know_is_passed_over(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    machine = Machine(floor)
    with caplog.at_level(logging.WARNING):
        machine.says(machine.reading("state", 77))
    assert machine.kinds() == []
    assert "77" in caplog.text


def test_the_code_that_comes_after_its_state_still_explains_the_stop(floor: Floor) -> None:
    machine = Machine(floor)
    floor.run()
    machine.says(machine.reading("state", 9), machine.reading("fault", 7))
    stop = floor.read(lambda records: records.equipment.open_stop())
    assert stop is not None
    assert stop.fault == 7
    floor.later(seconds=1)
    machine.says(machine.reading("fault", 0), machine.reading("state", 6))
    last = machine.booked()[-2]
    assert isinstance(last, p.EquipmentStateChanged)
    assert last.fault is None


def test_the_first_state_after_a_connect_is_no_event(floor: Floor) -> None:
    machine = Machine(floor)
    machine.says(machine.reading("state", 6, first=True))
    (changed,) = machine.booked()
    assert isinstance(changed, p.EquipmentStateChanged)
    assert changed.evidence == "gap"


def test_counts_are_gathered_and_booked_by_a_flush(floor: Floor) -> None:
    machine = Machine(floor)
    machine.says(machine.reading("good", 100, first=True))
    assert len(machine.booked()) == 1
    for value in range(101, 110):
        floor.later(seconds=1)
        machine.says(machine.reading("good", value))
    assert len(machine.booked()) == 1
    machine.watch.flush()
    machine.watch.flush()
    _, counted = machine.booked()
    assert isinstance(counted, p.ProductionCounted)
    assert (counted.counter_from, counted.counter_to, counted.quantity) == (100, 109, 9)


def test_counts_are_booked_before_a_state_that_follows_them(floor: Floor) -> None:
    machine = Machine(floor)
    machine.says(machine.reading("good", 0, first=True), machine.reading("state", 6, first=True))
    floor.later(seconds=5)
    machine.says(machine.reading("good", 3), machine.reading("state", 9))
    assert machine.kinds()[2:] == ["production.counted", "equipment.state_changed", "stop.opened"]


def test_gathered_counts_are_booked_in_time(floor: Floor) -> None:
    machine = Machine(floor, count_every_ms=40)
    machine.says(machine.reading("good", 0, first=True))
    floor.later(seconds=5)
    machine.says(machine.reading("good", 3))

    async def for_a_while() -> None:
        running = asyncio.create_task(machine.watch.run())
        for _ in range(200):
            await asyncio.sleep(0.01)
            if len(machine.booked()) == 2:
                break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(for_a_while())
    assert machine.kinds() == ["production.counted", "production.counted"]


@pytest.mark.log_errors
def test_a_count_that_could_not_be_saved_is_not_forgotten(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(floor)
    machine.says(machine.reading("good", 0, first=True))
    floor.later(seconds=5)
    machine.says(machine.reading("good", 3))

    def broken(_records: object, _wish: object, _context: object) -> list[object]:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr("hmi.watch.count_parts", broken)
        machine.watch.flush()
        floor.count()
    assert len(machine.booked()) == 1
    machine.watch.flush()
    last = machine.booked()[-1]
    assert isinstance(last, p.ProductionCounted)
    assert last.quantity == 3


class HeldLedger:
    """The ledger of a floor, at whose door one thread is held until it may go on."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.ledger = ledger
        self.came, self.may_go = threading.Event(), threading.Event()

    def do(
        self,
        operation: Operation[W],
        wish: W,
        *,
        entry_id: str | None = None,
        draft: tuple[str, str, str] | None = None,
    ) -> Future[Saved]:
        if threading.current_thread().name == "held":
            self.came.set()
            self.may_go.wait(10)
        return self.ledger.do(operation, wish, entry_id=entry_id, draft=draft)

    def read(self, load: Callable[[Records], R]) -> Future[R]:
        return self.ledger.read(load)

    def save_draft(self, draft: Draft) -> Future[None]:
        return self.ledger.save_draft(draft)

    def drop_draft(self, form: str, subject: str, person: str) -> Future[None]:
        return self.ledger.drop_draft(form, subject, person)


def counted(machine: Machine) -> list[tuple[int, int, int, str]]:
    """What was booked: from, to, how many, and how it is known."""
    return [
        (said.counter_from, said.counter_to, int(said.quantity), said.evidence)
        for said in machine.booked()
        if isinstance(said, p.ProductionCounted)
    ]


def test_a_value_that_was_taken_first_is_booked_first(floor: Floor) -> None:
    """The thread of the screens is switched out at the ledger's door while the PLC says a newer value."""
    machine, held = Machine(floor), HeldLedger(floor.ledger)
    machine.says(machine.reading("good", 100, first=True))
    floor.later(seconds=10)
    machine.watch = MachineWatch(held, TAGS, floor.clock, fastest_cycle_s=0.1, count_every_ms=2000)
    machine.says(machine.reading("good", 110))
    screens = threading.Thread(target=machine.watch.flush, name="held")
    screens.start()
    assert held.came.wait(10)
    floor.later(seconds=2)

    def plc() -> None:
        machine.says(machine.reading("good", 112))
        machine.watch.flush()

    field = threading.Thread(target=plc)
    field.start()
    field.join(0.2)  # it may get through, or have to wait
    held.may_go.set()
    screens.join(10)
    field.join(10)
    floor.later(seconds=1)
    machine.says(machine.reading("good", 113))
    machine.watch.flush()
    assert sum(quantity for _, _, quantity, _ in counted(machine)) == 13


@pytest.mark.log_errors
def test_a_value_that_could_not_be_saved_does_not_come_back_after_a_newer_one(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(floor)
    machine.says(machine.reading("good", 0, first=True))
    floor.later(seconds=5)
    blocked, calls = threading.Event(), 0

    def broken_once(records: Records, wish: CounterSeen, context: Context) -> Sequence[NewEntry]:
        nonlocal calls
        calls += 1
        if calls == 1:
            blocked.wait(10)
            raise ZeroDivisionError("a bug")
        return count_parts(records, wish, context)

    monkeypatch.setattr("hmi.watch.count_parts", broken_once)
    machine.says(machine.reading("good", 3))
    machine.watch.flush()
    machine.says(machine.reading("good", 5))
    machine.watch.flush()
    blocked.set()
    machine.booked()
    machine.watch.flush()
    assert counted(machine)[1:] == [(0, 5, 5, "live")]


def test_parts_before_a_reset_of_the_counter_are_booked(floor: Floor) -> None:
    machine = Machine(floor)
    machine.says(machine.reading("good", 150, first=True))
    floor.later(seconds=5)
    machine.says(machine.reading("good", 160))
    floor.later(seconds=0.2)
    machine.says(machine.reading("good", 0))
    floor.later(seconds=0.2)
    machine.says(machine.reading("good", 1))
    machine.watch.flush()
    assert counted(machine)[1:] == [(150, 160, 10, "live"), (160, 1, 0, "reset")]


def test_a_value_of_the_past_that_comes_late_counts_nothing(floor: Floor) -> None:
    machine = Machine(floor)
    late = machine.reading("good", 40)
    machine.says(machine.reading("good", 30, first=True))
    floor.later(seconds=5)
    machine.says(machine.reading("good", 50))
    machine.watch.flush()
    machine.says(replace(late, heard_ms=floor.clock.ticks))
    machine.watch.flush()
    floor.later(seconds=60)
    machine.says(machine.reading("good", 51))
    machine.watch.flush()
    assert counted(machine)[1:] == [(30, 50, 20, "live"), (50, 51, 1, "live")]


def test_a_plc_whose_clock_and_counter_were_set_back_is_counted_on(floor: Floor) -> None:
    machine = Machine(floor)
    machine.says(machine.reading("good", 50, first=True))
    for value in range(30):
        floor.later(seconds=1)
        said = machine.reading("good", value)
        assert said.source_time is not None
        machine.says(replace(said, source_time=said.source_time - timedelta(hours=1)))
    machine.watch.flush()
    assert counted(machine)[1:] == [(50, 0, 0, "reset"), (0, 29, 29, "live")]

"""What watches the machine: only good values, one gathered count, states with the code that explains them."""

from __future__ import annotations

import asyncio
import logging

import pytest

from hmi.domain import payloads as p
from hmi.domain.signals import Quality, Reading, Scalar
from hmi.domain.tags import TagInfo, TagRole
from hmi.watch import MachineWatch
from tests.unit.hmi.conftest import Floor


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

"""The tables that screens read follow from the journal alone, and say what the entries said."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from hmi.domain import payloads as p
from hmi.domain.entries import NewEntry, PersonRef, Subject
from hmi.domain.equipment import PackmlState
from hmi.domain.production import CounterState, HourCount, OrderState
from local_db import tables as t
from local_db.engine import transaction, writing_engine
from local_db.project import rebuild
from local_db.verify import verify
from tests.fakes.clock import START
from tests.unit.local_db.conftest import Desk
from tests.unit.local_db.days import MOVES, Day, Move

MINUTE = timedelta(minutes=1)


def live(day: Day, desk: Desk, moves: Sequence[Move]) -> None:
    """Live through a day, one commit an entry."""
    for move in moves:
        desk.clock.step(1.5)
        day.seen.append(desk.append(day.entry(move))[0].id)


def tables_of(connection: sa.Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        table.name: [
            tuple(row) for row in connection.execute(sa.select(table).order_by(sa.literal_column("1")))
        ]
        for table in t.FACTS
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES)
def test_rebuilt_tables_equal_the_kept_ones(moves: list[Move]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder) / "ledger.sqlite3")
        desk.open()
        live(Day(), desk, moves)
        assert verify(desk.file, tables=True).ok
        desk.ledger.stop()
        with writing_engine(desk.file).connect() as connection:
            with transaction(connection, reads=True):
                kept = tables_of(connection)
            with transaction(connection):
                assert rebuild(connection) == len(moves)
                assert tables_of(connection) == kept


def test_rebuilding_mends_a_table_and_verify_sees_that_it_is_wrong(desk: Desk) -> None:
    live(Day(), desk, [(0, 1, Decimal(0), 10), (4, 1, Decimal(12), 10), (4, 1, Decimal(30), 10)])
    desk.ledger.stop()
    with writing_engine(desk.file).connect() as connection:
        with transaction(connection):
            connection.execute(sa.update(t.order_progress).values(counted=Decimal(41)))
        found = verify(desk.file, tables=True)
        assert not found.ok
        assert "order_progress" in found.words
        assert verify(desk.file).ok
        with transaction(connection):
            rebuild(connection)
    assert verify(desk.file, tables=True).ok
    desk.open()
    progress = desk.ledger.read(lambda r: r.production.progress("WO-1")).result(5)
    assert progress is not None
    assert progress.counted == 42


def test_counts_are_exact_and_fall_into_their_hours(desk: Desk) -> None:
    order = Subject("job_order", "WO-1")
    desk.append(NewEntry(order, p.JobOrderStarted(plan_version=2)))
    for number in range(1, 11):
        at = START + 12 * MINUTE * number
        counted = p.ProductionCounted(
            order="WO-1" if number < 10 else None,
            quantity=Decimal("0.1"),
            counter="good",
            counter_from=number - 1,
            counter_to=number,
            from_time=at - MINUTE,
            to_time=at,
            evidence="live",
        )
        desk.append(NewEntry(order, counted, by_machine=True, source_time=at))
    desk.append(NewEntry(order, p.ProductionDeclared(order="WO-1", quantity=Decimal("-0.20"), comment="")))
    desk.append(
        NewEntry(order, p.ProductionScrapped(order="WO-1", quantity=Decimal("0.3"), unit="kg", reason="S1"))
    )
    production = desk.ledger.read(lambda r: r.production)
    made = production.result(5)
    progress = desk.ledger.read(lambda r: r.production.running()).result(5)
    assert progress is not None
    assert (progress.produced, progress.good) == (Decimal("0.70"), Decimal("0.40"))
    assert str(progress.produced) == "0.70"
    hours = desk.ledger.read(lambda r: made.per_hour(START + 59 * MINUTE)).result(5)
    assert hours == [
        HourCount(START, Decimal("0.20"), Decimal("0.3")),
        HourCount(START + 60 * MINUTE, Decimal("0.5"), Decimal(0)),
    ]
    assert desk.ledger.read(lambda r: r.production.unassigned(START)).result(5) == Decimal("0.1")
    assert desk.ledger.read(lambda r: r.production.unassigned(START + 121 * MINUTE)).result(5) == 0
    counter = desk.ledger.read(lambda r: r.production.counter("good")).result(5)
    assert counter == CounterState("good", 10, START + 120 * MINUTE)


def test_orders_go_through_their_states(desk: Desk) -> None:
    def state_of(order: str) -> OrderState | None:
        progress = desk.ledger.read(lambda r: r.production.progress(order)).result(5)
        return None if progress is None else progress.state

    first, second = Subject("job_order", "WO-1"), Subject("job_order", "WO-2")
    assert state_of("WO-1") is None
    desk.append(NewEntry(first, p.JobOrderStarted(plan_version=1)))
    assert state_of("WO-1") is OrderState.RUNNING
    desk.append(NewEntry(first, p.JobOrderPaused()), NewEntry(second, p.JobOrderStarted(plan_version=1)))
    assert (state_of("WO-1"), state_of("WO-2")) == (OrderState.INTERRUPTED, OrderState.RUNNING)
    started = desk.ledger.read(lambda r: r.production.started()).result(5)
    assert [progress.order for progress in started] == ["WO-2", "WO-1"]
    done = p.JobOrderCompleted(
        produced=Decimal(1),
        good=Decimal(1),
        scrap=Decimal(0),
        unit="pcs",
        started_at=START,
        completed_at=START + MINUTE,
        plan_version=1,
    )
    desk.append(NewEntry(second, done), NewEntry(first, p.JobOrderResumed()))
    assert (state_of("WO-1"), state_of("WO-2")) == (OrderState.RUNNING, OrderState.ENDED)
    ended = desk.ledger.read(lambda r: r.production.progress("WO-2")).result(5)
    assert ended is not None
    assert ended.completed_at == START + MINUTE


@pytest.mark.parametrize("fault_known_later", [False, True])
def test_periods_show_the_stop_its_reason_and_its_fault(desk: Desk, fault_known_later: bool) -> None:
    machine, stop = Subject("equipment", "PRESS-1"), Subject("stop", "S1")

    def state(number: int, minute: int, fault: int | None = None) -> NewEntry:
        changed = p.EquipmentStateChanged(state=number, name="x", previous=None, fault=fault, evidence="live")
        return NewEntry(machine, changed, by_machine=True, source_time=START + minute * MINUTE)

    fault = None if fault_known_later else 17
    opened = p.StopOpened(
        equipment="PRESS-1", order="WO-1", state=9, fault=fault, began_at=START + 5 * MINUTE, evidence="live"
    )
    desk.append(state(6, 0), state(9, 5, fault), NewEntry(stop, opened, by_machine=True))
    if fault_known_later:
        desk.append(NewEntry(stop, p.StopFaultSeen(fault=17), by_machine=True))
    now = desk.ledger.read(lambda r: (r.equipment.state(), r.equipment.open_stop())).result(5)
    assert now[0] is not None
    assert now[1] is not None
    assert (now[0].state, now[0].fault, now[0].since) == (PackmlState.ABORTED, 17, START + 5 * MINUTE)
    assert [s.id for s in desk.ledger.read(lambda r: r.equipment.unclassified()).result(5)] == ["S1"]
    said = desk.append(
        NewEntry(stop, p.StopClassified(reason="R1", comment="snapped"), person=PersonRef("P1", "Ana Silva"))
    )[0]
    closed = p.StopClosed(ended_at=START + 9 * MINUTE, duration_ms=240_000)
    desk.append(state(2, 7), state(6, 9), NewEntry(stop, closed, by_machine=True))
    periods = desk.ledger.read(lambda r: r.equipment.periods(START + 2 * MINUTE)).result(5)
    assert [(x.state, x.end, x.stop_id, x.reason_name, x.fault) for x in periods] == [
        (PackmlState.EXECUTE, START + 5 * MINUTE, None, None, 0),
        (PackmlState.ABORTED, START + 7 * MINUTE, "S1", "Tool broken", 17),
        (PackmlState.STOPPED, START + 9 * MINUTE, "S1", "Tool broken", 17),
        (PackmlState.EXECUTE, None, None, None, 0),
    ]
    ended = desk.ledger.read(lambda r: r.equipment.stop("S1")).result(5)
    assert ended is not None
    assert (ended.ended_at, ended.reason, ended.comment) == (START + 9 * MINUTE, "R1", "snapped")
    assert (ended.classified_by, ended.classification_entry) == ("Ana Silva", said.id)
    assert desk.ledger.read(lambda r: r.equipment.open_stop()).result(5) is None
    assert desk.ledger.read(lambda r: r.equipment.unclassified()).result(5) == []
    assert desk.ledger.read(lambda r: r.equipment.stops(START + 10 * MINUTE)).result(5) == []


def test_a_repair_keeps_what_was_entered_for_it(desk: Desk) -> None:
    stop, repair = Subject("stop", "S1"), Subject("repair", "X1")
    who = PersonRef("P1", "Ana Silva")
    opened = p.StopOpened(equipment="PRESS-1", order=None, state=9, fault=17, began_at=START, evidence="live")
    begun = p.RepairOpened(asset="PRESS-1", stop="S1", fault=17, began_at=START)
    used = p.RepairPartUsed(
        material="M1", lot="L7", serial=None, quantity=Decimal("2"), unit="pcs", scanned="]C1..."
    )
    desk.clock.step(60)
    desk.append(NewEntry(stop, opened, by_machine=True), NewEntry(repair, begun, person=who))
    desk.append(NewEntry(repair, p.RepairStepConfirmed(step=1, text="Off"), person=who))
    desk.append(NewEntry(repair, p.RepairFindingsRecorded(problem="F1", cause="C1", remedy="M1"), person=who))
    desk.append(NewEntry(repair, used, person=who))
    found = desk.ledger.read(lambda r: (r.maintenance.open_repairs(), r.equipment.stop("S1"))).result(5)
    assert found[1] is not None
    assert found[1].repair == "X1"
    (now,) = found[0]
    assert (now.asset, now.stop, now.fault, now.opened_by, now.returned_at) == (
        "PRESS-1",
        "S1",
        17,
        "Ana Silva",
        None,
    )
    assert [(step.step, step.person) for step in now.steps] == [(1, "Ana Silva")]
    assert [(part.material, part.lot, part.quantity) for part in now.parts] == [("M1", "L7", Decimal(2))]
    assert (now.problem, now.cause, now.remedy) == ("F1", "C1", "M1")
    returned = p.RepairReturnedToService(
        asset="PRESS-1",
        began_at=START,
        opened_at=START + MINUTE,
        ended_at=START + 10 * MINUTE,
        downtime_ms=600_000,
        active_ms=540_000,
    )
    desk.append(NewEntry(repair, returned))
    desk.clock.step(3540)
    after = desk.ledger.read(lambda r: (r.maintenance.open_repairs(), r.maintenance.repairs(5))).result(5)
    assert (after[0], [r.returned_at for r in after[1]]) == ([], [START + 10 * MINUTE])
    history = desk.ledger.read(lambda r: r.maintenance.history("PRESS-1", 17, START)).result(5)
    assert (history.repairs, history.same_fault, history.mttr_s, history.mtbf_s) == (1, 1, 600.0, 3000.0)
    nothing = desk.ledger.read(lambda r: r.maintenance.history("PRESS-2", 17, START)).result(5)
    assert (nothing.repairs, nothing.mttr_s, nothing.mtbf_s) == (0, None, None)


def test_samples_are_newest_last_and_a_correction_replaces_its_sample(desk: Desk) -> None:
    day = Day()
    desk.append(day.entry((0, 1, Decimal(0), 1)))
    first = desk.append(day.entry((12, 1, Decimal("12.00"), 1)))[0]
    desk.append(day.entry((4, 1, Decimal(50), 1)))
    second = desk.append(day.entry((12, 1, Decimal("12.50"), 1)))[0]
    samples = desk.ledger.read(lambda r: r.quality.samples("IP-1", "D", 10)).result(5)
    assert [sample.id for sample in samples] == ["Q1", "Q2"]
    assert [sample.produced for sample in samples] == [Decimal(0), Decimal(50)]
    assert str(samples[0].values[0]) == "12.00"
    newest = desk.ledger.read(lambda r: r.quality.samples("IP-1", "D", 1)).result(5)
    assert [sample.id for sample in newest] == ["Q2"]
    mended = NewEntry(first.subject, first.payload.model_copy(update={"sample": "Q3"}), corrects=second.id)
    desk.append(mended)
    assert [s.id for s in desk.ledger.read(lambda r: r.quality.samples_of_order("WO-1")).result(5)] == [
        "Q1",
        "Q3",
    ]

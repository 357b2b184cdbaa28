"""Stops: opened and closed by the PLC, classified by people."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from hmi.domain import payloads as p
from hmi.domain.equipment import PackmlState as State
from hmi.domain.equipment import Stop
from hmi.domain.plans import Reason
from hmi.operations.downtime import ClassifyStop, classify_stop, suggested_reasons
from tests.unit.hmi.conftest import OPERATOR, Floor


def stop_of(floor: Floor) -> Stop:
    """The newest stop."""
    return floor.read(lambda records: records.equipment.unclassified())[-1]


@pytest.mark.parametrize("down", [State.STOPPED, State.ABORTED, State.HELD, State.SUSPENDED, State.STOPPING])
def test_a_machine_that_goes_down_under_an_order_opens_a_stop(floor: Floor, down: State) -> None:
    floor.run()
    floor.later(minutes=1)
    changed, opened = floor.machine(down, fault=7)
    assert isinstance(changed, p.EquipmentStateChanged)
    assert (changed.previous, changed.fault, changed.evidence) == (State.EXECUTE, 7, "live")
    assert isinstance(opened, p.StopOpened)
    assert (opened.order, opened.state, opened.fault, opened.began_at) == ("WO-1", down, 7, floor.clock.now())


def test_the_same_state_again_is_no_event(floor: Floor) -> None:
    floor.run()
    assert floor.machine(State.EXECUTE) == []


@pytest.mark.parametrize("on_the_way", [State.STARTING, State.RESETTING, State.CLEARING, State.UNHOLDING])
def test_states_on_the_way_neither_open_nor_close(floor: Floor, on_the_way: State) -> None:
    floor.run()
    assert [said.kind for said in floor.machine(on_the_way)] == ["equipment.state_changed"]
    floor.machine(State.ABORTED)
    assert [said.kind for said in floor.machine(on_the_way)] == ["equipment.state_changed"]
    assert floor.read(lambda records: records.equipment.open_stop()) is not None


def test_producing_closes_the_stop_at_the_plc_s_time(floor: Floor) -> None:
    floor.run()
    floor.machine(State.HELD)
    floor.later(seconds=90)
    _, closed = floor.machine(State.EXECUTE)
    assert isinstance(closed, p.StopClosed)
    assert (closed.ended_at, closed.duration_ms) == (floor.clock.now(), 90_000)


def test_idle_is_a_stop_only_after_something_was_made(floor: Floor) -> None:
    floor.run()
    assert len(floor.machine(State.IDLE)) == 1
    floor.machine(State.EXECUTE)
    floor.later(seconds=5)
    floor.counter(5)
    assert [said.kind for said in floor.machine(State.IDLE)][-1] == "stop.opened"


def test_without_an_order_only_an_abort_is_a_stop(floor: Floor) -> None:
    floor.machine(State.EXECUTE)
    assert len(floor.machine(State.STOPPED)) == 1
    assert [said.kind for said in floor.machine(State.ABORTING)][-1] == "stop.opened"


@pytest.mark.parametrize("known", [True, False])
def test_a_machine_that_stood_before_the_order_has_not_stopped_for_it(floor: Floor, known: bool) -> None:
    before = floor.clock.now()
    if known:
        floor.machine(State.EXECUTE)
    floor.later(seconds=1)
    floor.start()
    said = floor.machine(State.STOPPED, live=False, at=before)
    assert [each.kind for each in said] == ["equipment.state_changed"]
    floor.machine(State.EXECUTE)
    assert [each.kind for each in floor.machine(State.STOPPED)][-1] == "stop.opened"


def test_a_change_that_nobody_heard_is_marked(floor: Floor) -> None:
    floor.run()
    changed, opened = floor.machine(State.ABORTED, live=False)
    assert isinstance(changed, p.EquipmentStateChanged)
    assert isinstance(opened, p.StopOpened)
    assert (changed.evidence, opened.evidence) == ("gap", "gap")


def test_a_fault_code_that_comes_late_is_added_once(floor: Floor) -> None:
    floor.run()
    floor.machine(State.ABORTED)
    (seen,) = floor.machine(State.ABORTED, fault=7)
    assert isinstance(seen, p.StopFaultSeen)
    assert seen.fault == 7
    assert floor.machine(State.ABORTED, fault=7) == []
    assert floor.machine(State.ABORTED, fault=8) == []


class TestClassifying:
    def stopped(self, floor: Floor) -> str:
        floor.run()
        floor.machine(State.ABORTED, fault=7)
        return stop_of(floor).id

    def test_a_stop_gets_its_reason_and_a_later_one_corrects_it(self, floor: Floor) -> None:
        stop = self.stopped(floor)
        first = floor.saved(classify_stop, ClassifyStop(stop, "R-TOOL")).entries[0]
        assert first.corrects is None
        second = floor.saved(classify_stop, ClassifyStop(stop, "R-PLAN", "die was due")).entries[0]
        assert second.corrects == first.id
        found = floor.read(lambda records: records.equipment.stop(stop))
        assert found is not None
        assert (found.reason, found.comment, found.classified_by) == ("R-PLAN", "die was due", "Olu Ade")

    def test_the_same_reason_again_is_nothing(self, floor: Floor) -> None:
        stop = self.stopped(floor)
        floor.saved(classify_stop, ClassifyStop(stop, "R-TOOL"))
        assert floor.do(classify_stop, ClassifyStop(stop, "R-TOOL")) == []

    def test_what_is_refused(self, floor: Floor) -> None:
        stop = self.stopped(floor)
        assert floor.refused(classify_stop, ClassifyStop("none", "R-TOOL"))[0] == "stop_unknown"
        assert floor.refused(classify_stop, ClassifyStop(stop, "S-BURR"))[0] == "reason_unknown"
        floor.sign_in("B-NO")
        assert floor.refused(classify_stop, ClassifyStop(stop, "R-TOOL"))[0] == "not_permitted"

    def test_nobody_classifies_without_a_name(self, floor: Floor) -> None:
        floor.machine(State.EXECUTE)
        floor.machine(State.ABORTED)
        assert (
            floor.refused(classify_stop, ClassifyStop(stop_of(floor).id, "R-TOOL"))[0] == "nobody_signed_in"
        )
        floor.sign_in(OPERATOR)
        assert len(floor.do(classify_stop, ClassifyStop(stop_of(floor).id, "R-TOOL"))) == 1


def test_reasons_that_the_fault_suggests_come_first() -> None:
    def reason(key: str, rank: int, *codes: int) -> Reason:
        return Reason(
            id=key, version=1, name=key, group="g", applies_to="stop", suggested_by=codes, rank=rank
        )

    given = [reason("a", 1), reason("c", 9, 7), reason("b", 2, 7)]
    assert [one.id for one in suggested_reasons(given, 7)] == ["b", "c", "a"]
    assert [one.id for one in suggested_reasons(given, 0)] == ["a", "b", "c"]


@pytest.mark.parametrize("number", [0, 20, 77])
def test_a_state_that_packml_does_not_know_is_no_entry(number: int) -> None:
    with pytest.raises(ValidationError):
        p.EquipmentStateChanged(state=number, name="Special", previous=None, fault=None, evidence="live")
    with pytest.raises(ValidationError):
        p.EquipmentStateChanged(state=6, name="Execute", previous=number, fault=None, evidence="live")

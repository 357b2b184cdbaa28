"""Repairs: each step and each refusal."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hmi.domain import payloads as p
from hmi.domain.equipment import PackmlState as State
from hmi.operations.maintenance import (
    ConfirmStep,
    OpenRepair,
    RecordFindings,
    ReturnToService,
    UsePart,
    confirm_step,
    open_repair,
    record_findings,
    return_to_service,
    use_part,
)
from tests.unit.hmi.conftest import OPERATOR, TECHNICIAN, Floor, record


def part(
    repair: str, material: str = "M-BOLT", *, lot: str | None = None, serial: str | None = None
) -> UsePart:
    """A wish to fit one of it."""
    return UsePart(repair, material, lot, serial, Decimal(1), f"]d2{material}")


@pytest.fixture
def stop(floor: Floor) -> str:
    """A stop with fault 7; the technician has signed in 10 minutes later."""
    floor.run()
    floor.machine(State.ABORTED, fault=7)
    floor.later(minutes=10)
    floor.sign_in(TECHNICIAN)
    return floor.read(lambda records: records.equipment.unclassified())[-1].id


@pytest.fixture
def repair(floor: Floor, stop: str) -> str:
    """The repair of that stop."""
    return floor.saved(open_repair, OpenRepair(stop)).entries[0].subject.id


def test_a_repair_takes_fault_time_and_asset_from_its_stop(floor: Floor, stop: str) -> None:
    said = floor.one(p.RepairOpened, open_repair, OpenRepair(stop))
    known = floor.read(lambda records: records.equipment.stop(stop))
    assert known is not None
    assert (said.asset, said.stop, said.fault, said.began_at) == ("PRESS-1", stop, 7, known.began_at)


def test_a_repair_without_a_stop_begins_now(floor: Floor) -> None:
    floor.sign_in(TECHNICIAN)
    said = floor.one(p.RepairOpened, open_repair, OpenRepair(None))
    assert (said.stop, said.fault, said.began_at) == (None, None, floor.clock.now())


def test_one_stop_has_one_repair(floor: Floor, stop: str, repair: str) -> None:
    assert floor.refused(open_repair, OpenRepair(stop))[0] == "repair_already_open"
    assert floor.refused(open_repair, OpenRepair("none"))[0] == "stop_unknown"


def test_steps_are_confirmed_in_their_order_and_once(floor: Floor, repair: str) -> None:
    assert floor.refused(confirm_step, ConfirmStep(repair, 2)) == ("step_before_missing", {"step": 1})
    assert floor.refused(confirm_step, ConfirmStep(repair, 0))[0] == "step_unknown"
    assert floor.refused(confirm_step, ConfirmStep(repair, 3))[0] == "step_unknown"
    assert floor.one(p.RepairStepConfirmed, confirm_step, ConfirmStep(repair, 1)).text == "Off"
    assert floor.do(confirm_step, ConfirmStep(repair, 1)) == []
    assert floor.one(p.RepairStepConfirmed, confirm_step, ConfirmStep(repair, 2)).text == "Lock"


@pytest.mark.parametrize(
    ("problem", "cause", "remedy", "key"),
    [
        ("F-WORN", "F-WORN", "F-SWAP", "problem_missing"),
        ("F-LEAK", "", "F-SWAP", "cause_missing"),
        ("F-LEAK", "F-WORN", "F-LEAK", "remedy_missing"),
    ],
)
def test_findings_are_codes_of_their_kind(
    floor: Floor, repair: str, problem: str, cause: str, remedy: str, key: str
) -> None:
    assert floor.refused(record_findings, RecordFindings(repair, problem, cause, remedy))[0] == key


def test_parts_say_what_their_material_is_tracked_by(floor: Floor, repair: str) -> None:
    assert floor.one(p.RepairPartUsed, use_part, part(repair)).unit == "pcs"
    assert floor.refused(use_part, part(repair, "M-NONE"))[0] == "material_unknown"
    assert floor.refused(use_part, part(repair, "M-LID"))[0] == "material_no_spare"
    assert floor.refused(use_part, part(repair, "M-SEAL"))[0] == "lot_missing"
    assert floor.one(p.RepairPartUsed, use_part, part(repair, "M-SEAL", lot="007")).lot == "007"
    assert floor.refused(use_part, part(repair, "M-PUMP"))[0] == "serial_missing"
    floor.saved(use_part, part(repair, "M-PUMP", serial="S1"))
    assert floor.refused(use_part, part(repair, "M-PUMP", serial="S1")) == ("serial_used", {"serial": "S1"})
    none = UsePart(repair, "M-BOLT", None, None, Decimal(0), "x")
    assert floor.refused(use_part, none)[0] == "quantity_not_positive"


def test_the_machine_goes_back_when_it_is_safe_and_found(floor: Floor, repair: str) -> None:
    back = ReturnToService(repair)
    assert floor.refused(return_to_service, back) == ("steps_missing", {"n": 2})
    floor.saved(confirm_step, ConfirmStep(repair, 1))
    assert floor.refused(return_to_service, back) == ("steps_missing", {"n": 1})
    floor.saved(confirm_step, ConfirmStep(repair, 2))
    assert floor.refused(return_to_service, back)[0] == "findings_missing"
    findings = RecordFindings(repair, "F-LEAK", "F-WORN", "F-SWAP")
    floor.one(p.RepairFindingsRecorded, record_findings, findings)
    assert floor.do(record_findings, findings) == []
    floor.later(minutes=5)
    said = floor.one(p.RepairReturnedToService, return_to_service, back)
    assert (said.downtime_ms, said.active_ms) == (15 * 60_000, 5 * 60_000)
    assert floor.refused(return_to_service, back)[0] == "repair_ended"
    assert floor.refused(confirm_step, ConfirmStep(repair, 1))[0] == "repair_ended"
    assert floor.refused(record_findings, findings)[0] == "repair_ended"
    assert floor.refused(use_part, part(repair))[0] == "repair_ended"


def test_an_asset_without_steps_needs_none(floor: Floor) -> None:
    floor.plan(record("asset", "PRESS-1", name="Press", path="A", asset_class="press", lock_out=[]))
    floor.sign_in(TECHNICIAN)
    repair = floor.saved(open_repair, OpenRepair(None)).entries[0].subject.id
    floor.saved(record_findings, RecordFindings(repair, "F-LEAK", "F-WORN", "F-SWAP"))
    floor.one(p.RepairReturnedToService, return_to_service, ReturnToService(repair))


def test_only_who_repairs_may(floor: Floor, repair: str) -> None:
    floor.sign_in(OPERATOR)
    assert floor.refused(open_repair, OpenRepair(None))[0] == "not_permitted"
    assert floor.refused(confirm_step, ConfirmStep(repair, 1))[0] == "not_permitted"
    findings = RecordFindings(repair, "F-LEAK", "F-WORN", "F-SWAP")
    assert floor.refused(record_findings, findings)[0] == "not_permitted"
    assert floor.refused(use_part, part(repair))[0] == "not_permitted"
    assert floor.refused(return_to_service, ReturnToService(repair))[0] == "not_permitted"
    floor.sign_in(TECHNICIAN)
    assert floor.refused(confirm_step, ConfirmStep("none", 1))[0] == "repair_unknown"

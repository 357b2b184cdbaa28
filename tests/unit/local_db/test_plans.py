"""Plans: applied whole or not at all, looked up by what a person or a label says."""

from __future__ import annotations

import pytest

from hmi.domain.changes import Family
from hmi.errors import LinkError
from hmi.ports import PlanRecord, PlansState
from tests.fakes.clock import START
from tests.unit.local_db.conftest import PLANS, Desk, page


def test_a_page_says_how_old_it_is(desk: Desk) -> None:
    assert desk.ledger.plans_state().result(5) == PlansState("1", '"1"', "1", START)
    desk.clock.step(60)
    desk.told.clear()
    assert desk.ledger.apply_plans(None).result(5).families == {Family.PLANS}
    asked = desk.ledger.plans_state().result(5)
    assert (asked.cursor, asked.pulled_at) == ("1", desk.clock.now())
    assert len(desk.told) == 1


def test_every_family_is_found_by_its_names(desk: Desk) -> None:
    def names() -> tuple[object, ...]:
        plans = desk.ledger.read(lambda records: records.plans).result(5)
        return desk.ledger.read(
            lambda records: (
                plans.job_order("WO-1"),
                plans.inspection_plan("IP-1"),
                plans.person("P1"),
                plans.person_by_badge("B2"),
                plans.asset("PRESS-1"),
                plans.material("M1"),
                plans.material_by_gtin("04012345123456"),
                plans.fault(17),
            )
        ).result(5)

    found = [getattr(plan, "id", None) for plan in names()]
    assert found == ["WO-1", "IP-1", "P1", "P2", "PRESS-1", "M1", "M1", "17"]
    read = desk.ledger.read
    assert [reason.id for reason in read(lambda r: r.plans.reasons("stop")).result(5)] == ["R2", "R1"]
    assert [reason.id for reason in read(lambda r: r.plans.reasons("scrap")).result(5)] == ["S1"]
    assert [code.id for code in read(lambda r: r.plans.failure_codes("problem")).result(5)] == ["F1"]
    assert read(lambda r: r.plans.person_by_badge("B9")).result(5) is None
    assert read(lambda r: r.plans.fault(18)).result(5) is None


def test_a_change_replaces_its_record_and_a_tombstone_deletes(desk: Desk) -> None:
    changed = PlanRecord("person", "P2", 2, {"name": "Jo Park", "badge": "B7", "roles": []})
    desk.ledger.apply_plans(
        page(changed, PlanRecord("reason", "R1", 2, None), cursor="2", snapshot=False)
    ).result(5)
    read = desk.ledger.read
    assert read(lambda r: r.plans.person_by_badge("B2")).result(5) is None
    newer = read(lambda r: r.plans.person_by_badge("B7")).result(5)
    assert newer is not None
    assert newer.version == 2
    assert [reason.id for reason in read(lambda r: r.plans.reasons("stop")).result(5)] == ["R2"]
    assert read(lambda r: r.plans.job_order("WO-1")).result(5) is not None


def test_a_snapshot_replaces_everything(desk: Desk) -> None:
    desk.ledger.apply_plans(page(PLANS[0], cursor="9")).result(5)
    read = desk.ledger.read
    assert read(lambda r: r.plans.person("P1")).result(5) is not None
    assert read(lambda r: r.plans.person("P2")).result(5) is None
    assert read(lambda r: r.plans.job_orders()).result(5) == []


def test_one_bad_record_spoils_the_page_and_is_named(desk: Desk) -> None:
    bad = PlanRecord("job_order", "WO-7", 1, {"operation": "press"})
    with pytest.raises(LinkError, match="job_order 'WO-7': material: Field required"):
        desk.ledger.apply_plans(page(PLANS[0], bad, cursor="9")).result(5)
    assert desk.ledger.read(lambda r: r.plans.person("P2")).result(5) is not None
    assert desk.ledger.plans_state().result(5).cursor == "1"


def test_what_the_terminal_does_not_know_is_passed_over(desk: Desk) -> None:
    odd = PlanRecord("weather", "today", 1, {"sky": "blue"})
    more = PlanRecord("person", "P3", 1, {"name": "Li", "badge": "B3", "roles": ["pilot"], "shoe_size": 38})
    desk.ledger.apply_plans(page(odd, more, cursor="2", snapshot=False)).result(5)
    person = desk.ledger.read(lambda r: r.plans.person("P3")).result(5)
    assert person is not None
    assert person.roles == ("pilot",)


def test_orders_come_by_priority_then_by_the_time_they_are_due(desk: Desk) -> None:
    base = PLANS[9].record or {}
    orders = [
        PlanRecord("job_order", "B", 1, {**base, "priority": 2, "due_at": "2026-11-21T10:00:00Z"}),
        PlanRecord("job_order", "A", 1, {**base, "priority": 2, "due_at": "2026-11-21T11:00:00+02:00"}),
        PlanRecord("job_order", "C", 1, {**base, "priority": 2}),
        PlanRecord("job_order", "D", 1, {**base, "priority": 1}),
    ]
    desk.ledger.apply_plans(page(*orders)).result(5)
    listed = desk.ledger.read(lambda r: r.plans.job_orders()).result(5)
    assert [order.id for order in listed] == ["D", "A", "B", "C"]

"""Orders and counts: each rule, and each refusal by its key."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hmi.domain import payloads as p
from hmi.domain.personnel import RoleNames
from hmi.domain.production import OrderState
from hmi.operations.production import (
    Declare,
    OrderWish,
    Scrap,
    complete_order,
    declare_parts,
    pause_order,
    scrap_parts,
    start_order,
)
from tests.unit.hmi.conftest import INSPECTOR, OPERATOR, Floor

WO_1 = OrderWish("WO-1")


def test_an_order_is_started_paused_resumed_and_completed(floor: Floor) -> None:
    floor.sign_in(OPERATOR)
    assert floor.one(p.JobOrderStarted, start_order, WO_1).plan_version == 4
    floor.one(p.JobOrderPaused, pause_order, WO_1)
    floor.one(p.JobOrderResumed, start_order, WO_1)
    done = floor.one(p.JobOrderCompleted, complete_order, WO_1)
    assert (done.produced, done.good, done.scrap, done.unit) == (0, 0, 0, "pcs")
    progress = floor.read(lambda records: records.production.progress("WO-1"))
    assert progress is not None
    assert progress.state is OrderState.ENDED


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("WO-NONE", "order_unknown"),
        ("WO-OFF", "order_cancelled"),
        ("WO-SHUT", "order_closed"),
        ("WO-FAR", "order_elsewhere"),
    ],
)
def test_only_a_released_order_of_this_machine_is_started(floor: Floor, order: str, key: str) -> None:
    floor.sign_in(OPERATOR)
    refused, values = floor.refused(start_order, OrderWish(order))
    assert (refused, values["order"]) == (key, order)


def test_one_order_runs_at_a_time(floor: Floor) -> None:
    floor.run()
    assert floor.refused(start_order, WO_1) == ("order_already_running", {"order": "WO-1"})
    assert floor.refused(start_order, OrderWish("WO-2")) == ("order_other_running", {"order": "WO-1"})


def test_what_did_not_start_or_has_ended_takes_nothing_more(floor: Floor) -> None:
    floor.sign_in(OPERATOR)
    wishes = ((pause_order, WO_1), (complete_order, WO_1))
    assert {floor.refused(operation, wish)[0] for operation, wish in wishes} == {"order_not_started"}
    assert floor.refused(scrap_parts, Scrap("WO-1", Decimal(1), "S-BURR"))[0] == "order_not_started"
    floor.saved(start_order, WO_1)
    floor.saved(pause_order, WO_1)
    assert floor.refused(pause_order, WO_1)[0] == "order_not_running"
    floor.saved(complete_order, WO_1)
    assert floor.refused(start_order, WO_1)[0] == "order_ended"
    assert floor.refused(declare_parts, Declare("WO-1", Decimal(1)))[0] == "order_ended"


def test_who_may_not_is_told_who_may(floor: Floor) -> None:
    for operation, wish in ((start_order, WO_1), (pause_order, WO_1), (complete_order, WO_1)):
        assert floor.refused(operation, wish) == ("nobody_signed_in", {})
    floor.sign_in(INSPECTOR)
    roles = RoleNames(("operator", "supervisor"))
    for operation, wish in ((start_order, WO_1), (pause_order, WO_1), (complete_order, WO_1)):
        assert floor.refused(operation, wish) == ("not_permitted", {"person": "Quinn Cho", "roles": roles})


def test_declared_parts_can_be_taken_back_but_not_below_zero(floor: Floor) -> None:
    floor.run(parts=5)
    floor.one(p.ProductionDeclared, declare_parts, Declare("WO-1", Decimal(3), "box in the aisle"))
    assert floor.refused(declare_parts, Declare("WO-1", Decimal(0)))[0] == "quantity_zero"
    assert floor.refused(declare_parts, Declare("WO-1", Decimal(-9))) == (
        "declared_below_zero",
        {"good": Decimal(8)},
    )
    floor.one(p.ProductionDeclared, declare_parts, Declare("WO-1", Decimal(-8)))


def test_scrap_moves_parts_from_good_and_never_more_than_there_are(floor: Floor) -> None:
    floor.run(parts=5)
    said = floor.one(p.ProductionScrapped, scrap_parts, Scrap("WO-1", Decimal(2), "S-BURR"))
    assert (said.quantity, said.unit, said.reason) == (2, "pcs", "S-BURR")
    progress = floor.read(lambda records: records.production.progress("WO-1"))
    assert progress is not None
    assert (progress.produced, progress.scrapped, progress.good) == (5, 2, 3)
    assert floor.refused(scrap_parts, Scrap("WO-1", Decimal(0), "S-BURR"))[0] == "quantity_not_positive"
    assert floor.refused(scrap_parts, Scrap("WO-1", Decimal(-1), "S-BURR"))[0] == "quantity_not_positive"
    assert floor.refused(scrap_parts, Scrap("WO-1", Decimal(4), "S-BURR"))[0] == "scrap_more_than_good"
    assert floor.refused(scrap_parts, Scrap("WO-1", Decimal(1), "R-TOOL"))[0] == "reason_unknown"


def test_the_confirmation_carries_the_sums(floor: Floor) -> None:
    floor.run(parts=7)
    floor.saved(declare_parts, Declare("WO-1", Decimal(3)))
    floor.saved(scrap_parts, Scrap("WO-1", Decimal(4), "S-BURR"))
    done = floor.one(p.JobOrderCompleted, complete_order, WO_1)
    assert (done.produced, done.scrap, done.good, done.plan_version) == (10, 4, 6, 4)
    assert done.completed_at == floor.clock.now()


class TestCounting:
    def counted(self, found: list[p.Payload]) -> tuple[str | None, int, str]:
        (payload,) = found
        assert isinstance(payload, p.ProductionCounted)
        return payload.order, int(payload.quantity), payload.evidence

    def test_the_first_value_is_where_counting_begins(self, floor: Floor) -> None:
        assert self.counted(floor.counter(5000)) == (None, 0, "reset")

    def test_the_same_value_is_no_news(self, floor: Floor) -> None:
        floor.counter(5)
        assert floor.counter(5) == []

    def test_parts_belong_to_the_order_that_runs(self, floor: Floor) -> None:
        floor.run()
        floor.later(seconds=3)
        assert self.counted(floor.counter(3)) == ("WO-1", 3, "live")
        floor.saved(pause_order, WO_1)
        assert self.counted(floor.counter(4)) == (None, 1, "live")

    def test_what_was_made_while_nobody_listened_is_marked(self, floor: Floor) -> None:
        floor.run()
        floor.later(minutes=1)
        assert self.counted(floor.counter(40, live=False)) == ("WO-1", 40, "gap")

    def test_a_leap_that_no_press_makes_is_a_reset(self, floor: Floor) -> None:
        floor.run()
        floor.later(seconds=1)
        assert self.counted(floor.counter(12)) == ("WO-1", 0, "reset")
        floor.later(seconds=1)
        assert self.counted(floor.counter(13)) == ("WO-1", 1, "live")

    def test_as_many_as_can_be_made_and_ten_more_are_believed(self, floor: Floor) -> None:
        floor.run()
        floor.later(seconds=5)
        assert self.counted(floor.counter(15)) == ("WO-1", 15, "live")

    def test_a_counter_that_went_back_counts_nothing(self, floor: Floor) -> None:
        floor.run(parts=20)
        assert self.counted(floor.counter(2)) == ("WO-1", 0, "reset")

    @pytest.mark.parametrize(("value", "expected"), [(2, (4, "live")), (90, (0, "reset"))])
    def test_a_roll_over_counts_on_when_it_can_be_one(
        self, floor: Floor, value: int, expected: tuple[int, str]
    ) -> None:
        floor.run()
        floor.later(seconds=98)
        floor.counter(98, maximum=99)
        assert self.counted(floor.counter(value, maximum=99))[1:] == expected

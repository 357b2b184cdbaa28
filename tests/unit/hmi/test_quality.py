"""Samples, nonconformances, and when a check falls due."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hmi.domain import payloads as p
from hmi.domain.equipment import PackmlState as State
from hmi.domain.quality import CheckDue
from hmi.operations.production import OrderWish, complete_order
from hmi.operations.quality import RecordSample, checks_due, record_sample
from tests.unit.hmi.conftest import INSPECTOR, OPERATOR, Floor, record


def sample(*values: str, plan: str = "IP-P", characteristic: str = "D", order: str = "WO-1") -> RecordSample:
    """A wish with these values."""
    return RecordSample(order, plan, characteristic, tuple(Decimal(value) for value in values))


def due(floor: Floor) -> list[tuple[str, int | None, int | None, bool]]:
    """Plan, parts and minutes left, and whether it is due, of each check."""
    found: list[CheckDue] = floor.read(lambda records: checks_due(records, floor.clock.now()))
    return [(check.plan, check.parts_left, check.minutes_left, check.due) for check in found]


def test_values_within_limits_are_accepted(floor: Floor) -> None:
    floor.run()
    floor.sign_in(INSPECTOR)
    said = floor.one(p.SampleRecorded, record_sample, sample("12.00", "12.10", "11.90"))
    assert (said.judgement, said.outside, said.mean, said.range) == (
        "accepted",
        (),
        Decimal("12.000"),
        Decimal("0.20"),
    )
    assert (said.plan_version, said.unit) == (4, "mm")


def test_values_outside_open_a_nonconformance_that_names_them(floor: Floor) -> None:
    floor.run()
    floor.sign_in(INSPECTOR)
    recorded, opened = floor.do(record_sample, sample("12.11", "12.00", "11.89"))
    assert isinstance(recorded, p.SampleRecorded)
    assert isinstance(opened, p.NonconformanceOpened)
    assert (recorded.judgement, recorded.outside) == ("rejected", (1, 3))
    assert (opened.sample, opened.outside) == (recorded.sample, (Decimal("12.11"), Decimal("11.89")))
    assert (opened.lower, opened.upper) == (Decimal("11.90"), Decimal("12.10"))


def test_a_one_sided_tolerance_has_one_limit(floor: Floor) -> None:
    floor.run("WO-2")
    floor.sign_in(INSPECTOR)
    high = floor.one(p.SampleRecorded, record_sample, sample("99", plan="IP-T", order="WO-2"))
    assert high.judgement == "accepted"
    recorded, _ = floor.do(record_sample, sample("11.89", plan="IP-T", order="WO-2"))
    assert isinstance(recorded, p.SampleRecorded)
    assert recorded.outside == (1,)


def test_what_is_refused(floor: Floor) -> None:
    whole = sample("12", "12", "12")
    assert floor.refused(record_sample, whole)[0] == "nobody_signed_in"
    floor.sign_in(OPERATOR)
    assert floor.refused(record_sample, whole)[0] == "not_permitted"
    floor.sign_in(INSPECTOR)
    assert floor.refused(record_sample, whole)[0] == "order_not_started"
    floor.run()
    floor.sign_in(INSPECTOR)
    assert floor.refused(record_sample, sample("12", "12")) == ("sample_incomplete", {"n": 1})
    assert floor.refused(record_sample, sample("12", plan="IP-X")) == ("plan_unknown", {"plan": "IP-X"})
    assert floor.refused(record_sample, sample("12", characteristic="Z"))[0] == "characteristic_unknown"
    floor.sign_in(OPERATOR)
    floor.saved(complete_order, OrderWish("WO-1"))
    floor.sign_in(INSPECTOR)
    assert floor.refused(record_sample, whole)[0] == "order_ended"


class TestDue:
    def test_nothing_is_due_without_an_order(self, floor: Floor) -> None:
        assert due(floor) == []

    def test_the_first_part_is_checked_and_then_each_so_many(self, floor: Floor) -> None:
        floor.run(parts=1)
        assert due(floor) == [("IP-P", 0, None, True)]
        floor.sign_in(INSPECTOR)
        floor.saved(record_sample, sample("12", "12", "12"))
        assert due(floor) == [("IP-P", 50, None, False)]
        floor.later(seconds=49)
        floor.counter(50)
        assert due(floor) == [("IP-P", 1, None, False)]
        floor.later(seconds=30)
        floor.counter(80)
        assert due(floor) == [("IP-P", 0, None, True)]

    def test_time_counts_only_while_the_machine_produces(self, floor: Floor) -> None:
        floor.run("WO-2", parts=1)
        floor.sign_in(INSPECTOR)
        floor.saved(record_sample, sample("12", plan="IP-T", order="WO-2"))
        floor.saved(record_sample, sample("12", plan="IP-ONCE", characteristic="E", order="WO-2"))
        assert due(floor) == [("IP-T", None, 30, False)]
        floor.later(minutes=20)
        assert due(floor) == [("IP-T", None, 10, False)]
        floor.machine(State.HELD)
        floor.later(hours=2)
        assert due(floor) == [("IP-T", None, 10, False)]
        floor.machine(State.EXECUTE)
        floor.later(minutes=9, seconds=59)
        assert due(floor) == [("IP-T", None, 1, False)]
        floor.later(seconds=1)
        assert due(floor) == [("IP-T", None, 0, True)]

    def test_it_comes_due_again_after_each_sample(self, floor: Floor) -> None:
        floor.run("WO-2", parts=1)
        floor.sign_in(INSPECTOR)
        floor.saved(record_sample, sample("12", plan="IP-ONCE", characteristic="E", order="WO-2"))
        for _ in range(3):
            assert [check[3] for check in due(floor)] == [True]
            floor.saved(record_sample, sample("12", plan="IP-T", order="WO-2"))
            assert due(floor) == [("IP-T", None, 30, False)]
            floor.later(minutes=30)

    def test_a_plan_without_a_rhythm_asks_once(self, floor: Floor) -> None:
        floor.run("WO-2", parts=1)
        assert [plan for plan, *_ in due(floor)] == ["IP-T", "IP-ONCE"]
        floor.sign_in(INSPECTOR)
        floor.saved(record_sample, sample("12", plan="IP-ONCE", characteristic="E", order="WO-2"))
        assert [plan for plan, *_ in due(floor)] == ["IP-T"]

    @pytest.mark.parametrize(("minutes", "expected"), [(5, (50, 25)), (29, (50, 1))])
    def test_parts_and_minutes_both_count(
        self, floor: Floor, minutes: int, expected: tuple[int, int]
    ) -> None:
        both = {
            "name": "Both",
            "every_parts": 50,
            "every_minutes": 30,
            "characteristics": [
                {"id": "D", "name": "d", "nominal": "1", "unit": "mm", "decimals": 0, "sample_size": 1}
            ],
        }
        floor.plan(record("inspection_plan", "IP-P", **both))
        floor.run(parts=1)
        floor.sign_in(INSPECTOR)
        floor.saved(record_sample, sample("1"))
        floor.later(minutes=minutes)
        assert due(floor) == [("IP-P", *expected, False)]
        floor.later(minutes=30)
        assert due(floor)[0][3]

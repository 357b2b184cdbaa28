"""When a value is an alarm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hmi.domain.alarm_limits import AlarmLimit, AlarmSettings, DelayedCondition
from hmi.domain.alarms import AlarmCondition, Priority

HI = AlarmLimit(AlarmCondition.HI, 78.0, 2.0, Priority.HIGH)
LO = AlarmLimit(AlarmCondition.LO, 10.0, 2.0, Priority.HIGH)


def test_a_limit_is_passed_only_beyond_it() -> None:
    assert [HI.holds(value, was=False) for value in (77.9, 78.0, 78.1)] == [False, False, True]
    assert [LO.holds(value, was=False) for value in (10.1, 10.0, 9.9)] == [False, False, True]


def test_a_value_has_to_come_back_by_the_deadband() -> None:
    assert [HI.holds(value, was=True) for value in (77.0, 76.1, 76.0)] == [True, True, False]
    assert [LO.holds(value, was=True) for value in (11.0, 11.9, 12.0)] == [True, True, False]


@given(st.lists(st.floats(70, 86), min_size=1), st.floats(0, 5))
def test_a_deadband_never_makes_more_changes(values: list[float], deadband: float) -> None:
    def changes(limit: AlarmLimit) -> int:
        was, count = False, 0
        for value in values:
            holds = limit.holds(value, was)
            count, was = count + (holds is not was), holds
        return count

    wide = AlarmLimit(AlarmCondition.HI, 78.0, deadband, Priority.HIGH)
    assert changes(wide) <= changes(AlarmLimit(AlarmCondition.HI, 78.0, 0.0, Priority.HIGH))


def test_a_condition_has_to_last() -> None:
    delayed = DelayedCondition(on_delay_s=1, off_delay_s=2)
    assert not delayed.see(True, 0)
    assert not delayed.due(999)
    assert delayed.due(1000)
    assert delayed.active
    assert not delayed.see(False, 5000)
    assert not delayed.see(True, 6900), "it was back before it had returned"
    assert not delayed.see(False, 6950)
    assert not delayed.due(8900)
    assert delayed.due(8950)
    assert not delayed.active


def test_doubt_begins_the_wait_anew() -> None:
    delayed = DelayedCondition(on_delay_s=1, off_delay_s=0)
    delayed.see(True, 0)
    delayed.doubt()
    assert not delayed.due(5000)
    assert not delayed.see(True, 5000)
    assert delayed.due(6000)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hi": 80, "hihi": 80},
        {"lolo": 5, "lo": 3},
        {"lo": 90, "hi": 80},
        {"hi": 80, "when": True},
        {"deadband": -1},
        {"hy": 80},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AlarmSettings.model_validate(wrong)


def test_outer_limits_have_their_own_priority() -> None:
    settings = AlarmSettings(lolo=1, lo=2, hi=3, hihi=4, priority=Priority.LOW)
    low, critical = Priority.LOW, Priority.CRITICAL
    assert [limit.priority for limit in settings.limits()] == [critical, low, low, critical]

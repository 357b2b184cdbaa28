"""What a node holds is a value of its tag, or refused in words."""

from datetime import UTC, datetime

import pytest
from asyncua import ua

from devices.opcua.settings import TagSettings
from devices.opcua.tag_values import TagValue
from hmi.domain.signals import Scalar


def tag(**more: object) -> TagValue:
    return TagValue(TagSettings.model_validate({"node": "i=1", "label": "Tag", **more}))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (3, "Int32", 3),
        (2.5, "Double", 2.5),
        (True, "Boolean", True),
        ("A", "String", "A"),
        (ua.LocalizedText("Läuft", "de"), "LocalizedText", "Läuft"),
        (datetime(2026, 1, 2, tzinfo=UTC), "DateTime", "2026-01-02T00:00:00.000Z"),
    ],
)
def test_scalars_are_taken(value: object, kind: str, expected: Scalar) -> None:
    assert tag().judge(value, kind, False) == (expected, "")


@pytest.mark.parametrize(
    ("value", "kind", "is_array"),
    [
        ([1, 2], "Int32", True),
        (b"x", "ByteString", False),
        (None, "", False),
        (object(), "ExtensionObject", False),
    ],
)
def test_what_is_no_single_value_is_refused(value: object, kind: str, is_array: bool) -> None:
    kept, words = tag().judge(value, kind, is_array)
    assert kept is None
    assert "one value" in words or "needs" in words


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_is_never_a_value(value: float) -> None:
    judge = tag()
    for _ in range(2):
        kept, words = judge.judge(value, "Double", False)
        assert kept is None
        assert "not a number" in words


@pytest.mark.parametrize("role", ["state", "fault", "produced_count"])
def test_counts_and_states_are_whole_numbers(role: str) -> None:
    judge = tag(role=role)
    assert judge.judge(7.0, "Double", False) == (7, "")
    kept, words = judge.judge(7.5, "Double", False)
    assert kept is None
    assert "whole number" in words
    kept, words = judge.judge(True, "Boolean", False)
    assert kept is None
    assert f"the role {role} needs a number" in words


def test_a_changed_type_is_told_with_the_old_one() -> None:
    judge = tag(high=10)
    assert judge.judge(1, "Int32", False) == (1, "")
    kept, words = judge.judge("1", "String", False)
    assert kept is None
    assert "String (was Int32)" in words
    assert judge.judge(2.5, "Float", False) == (2.5, "")


def test_a_text_tag_that_becomes_a_number_is_told_too() -> None:
    judge = tag()
    assert judge.judge("A", "String", False) == ("A", "")
    kept, words = judge.judge(4, "Int16", False)
    assert kept is None
    assert "now a Int16 (was String)" in words

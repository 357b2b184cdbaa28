"""PackML as plain values: states by name, nested states, counts in arrays of structures."""

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from devices.opcua.packml_values import deepest, element_of, packml_count, packml_number
from hmi.domain.equipment import PackmlState

CLEARED, RUNNING, EXECUTE = PackmlState.CLEARED, PackmlState.RUNNING, PackmlState.EXECUTE


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (ua.LocalizedText("Execute"), 6),
        (" HELD ", 11),
        ("Unsuspending", 14),
        ("Dancing", None),
        (6, None),
        (None, None),
    ],
)
def test_states_are_read_by_name(value: object, number: int | None) -> None:
    assert packml_number(value) == number


@pytest.mark.parametrize(
    ("states", "counts"),
    [
        ([CLEARED, RUNNING, EXECUTE], EXECUTE),
        ([CLEARED, PackmlState.STOPPED, EXECUTE], PackmlState.STOPPED),
        ([PackmlState.ABORTED, RUNNING, EXECUTE], PackmlState.ABORTED),
        ([CLEARED, RUNNING, None], None),
        ([CLEARED, None, EXECUTE], None),
        ([None, RUNNING, EXECUTE], None),
        ([CLEARED], CLEARED),
        ([], None),
    ],
)
def test_the_deepest_state_that_is_on_counts(states: list[int | None], counts: int | None) -> None:
    assert deepest(states) == counts


def text(of: str) -> bytes:
    raw = of.encode()
    return len(raw).to_bytes(4, "little") + raw


def test_a_count_is_read_from_its_bytes() -> None:
    unit = (
        text("urn:units")
        + (1).to_bytes(4, "little")
        + b"\x02"
        + text("pcs")
        + b"\x03"
        + text("en")
        + text("x")
    )
    body = (
        (1).to_bytes(4, "little")
        + text("Ring")
        + unit
        + (7).to_bytes(4, "little")
        + (1207).to_bytes(4, "little")
    )
    count = ua.ExtensionObject(Body=ua.ByteString(body))
    assert packml_count(count) == {"Count": 7, "AccCount": 1207}
    assert element_of([count], "ExtensionObject", 0, "AccCount") == (1207, "Int32", "")
    for cut in range(len(body)):
        assert packml_count(ua.ExtensionObject(Body=ua.ByteString(body[:cut]))) is None


@given(st.binary(max_size=80))
def test_no_bytes_make_it_stumble(body: bytes) -> None:
    found = packml_count(ua.ExtensionObject(Body=ua.ByteString(body)))
    assert found is None or set(found) == {"Count", "AccCount"}


def test_an_element_that_is_not_there_is_told() -> None:
    assert element_of([1, 2], "Int32", 1, "") == (2, "Int32", "")
    assert "no element 2" in element_of([1, 2], "Int32", 2, "")[2]
    assert "not an array" in element_of(3, "Int32", 0, "")[2]
    assert "no PackML count" in element_of([3], "Int32", 0, "Count")[2]

"""The fast decoder says what the stack's own says, of every publish response, or leaves it to that."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_to_binary
from asyncua.ua.uaerrors import UaError
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.opcua import fast_wire, wire
from devices.opcua.wire import Published

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Boolean": st.booleans(),
    "SByte": st.integers(-(2**7), 2**7 - 1),
    "Byte": st.integers(0, 2**8 - 1),
    "Int16": st.integers(-(2**15), 2**15 - 1),
    "UInt16": st.integers(0, 2**16 - 1),
    "Int32": st.integers(-(2**31), 2**31 - 1),
    "UInt32": st.integers(0, 2**32 - 1),
    "Int64": st.integers(-(2**63), 2**63 - 1),
    "UInt64": st.integers(0, 2**64 - 1),
    "Float": st.floats(width=32),
    "Double": st.floats(),
    "String": st.text(max_size=5),
}
FIRST = datetime(1601, 1, 1, tzinfo=UTC)
MOMENTS = st.one_of(
    st.none(),
    st.integers(0, 265046774399).map(lambda tenths: FIRST + timedelta(milliseconds=tenths * 999.9)),
    st.sampled_from([datetime(2026, 11, 21, tzinfo=UTC), FIRST]),
)
STATUSES = st.one_of(
    st.none(), st.just(0), st.sampled_from([0x480, 0x808C0000, 0x40910000]), st.integers(0, 2**32 - 1)
)


@st.composite
def data_values(draw: st.DrawFn, kinds: list[str]) -> ua.DataValue:
    kind = draw(st.sampled_from(kinds))
    array = draw(st.integers(0, 9)) == 0
    value = draw(st.lists(VALUES[kind], max_size=3) if array else VALUES[kind])
    status = draw(STATUSES)
    return replace(
        ua.DataValue(ua.Variant(value, ua.VariantType[kind], is_array=array)),
        StatusCode=None if status is None else ua.StatusCode(ua.UInt32(status)),
        SourceTimestamp=draw(MOMENTS),
        ServerTimestamp=draw(MOMENTS),
        SourcePicoseconds=draw(st.sampled_from([None, None, None, ua.UInt16(5)])),
    )


def response(
    values: list[ua.DataValue], acknowledged: int = 0, available: int = 1, ended: int | None = None
) -> bytes:
    """A publish response as a server writes it."""
    made = ua.PublishResponse()
    data: list[object] = []
    if values:
        items = [
            ua.MonitoredItemNotification(ua.IntegerId(number), value) for number, value in enumerate(values)
        ]
        data.append(ua.DataChangeNotification(MonitoredItems=items))
    if ended is not None:
        data.append(ua.StatusChangeNotification(Status=ua.StatusCode(ua.UInt32(ended))))
    made.Parameters.SubscriptionId = ua.IntegerId(7)
    made.Parameters.AvailableSequenceNumbers = [ua.Counter(number) for number in range(available)]
    made.Parameters.Results = [ua.StatusCode() for _ in range(acknowledged)]
    made.Parameters.NotificationMessage = replace(
        ua.NotificationMessage(), SequenceNumber=ua.Counter(9), NotificationData=data
    )
    return struct_to_binary(made)


def said(decode: Callable[[Buffer], Published], body: bytes) -> object:
    """What a decoder makes of a body, in a form in which not-a-numbers are equal; or that it refused."""
    try:
        told = decode(Buffer(body))
    except (UaError, ValueError) as error:
        return type(error).__name__
    changes = [(each.handle, repr(each.value), type(each.value), *each[2:]) for each in told.changes]
    return told.subscription, told.sequence, changes, told.ended, list(told.events)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.lists(data_values(["Float"]), min_size=1, max_size=20),
        st.lists(data_values(list(VALUES)), max_size=8),
    ),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from([None, None, 0x800A0000]),
)
def test_both_decoders_say_the_same(
    values: list[ua.DataValue], acknowledged: int, available: int, ended: int | None
) -> None:
    body = response(values, acknowledged, available, ended)
    assert said(fast_wire.decode, body) == said(wire.decode, body)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(data_values(["Float", "Int32", "String"]), min_size=1, max_size=4),
    st.integers(0, 10_000),
    st.integers(0, 255),
    st.booleans(),
)
def test_damaged_responses_are_refused_by_both_or_read_alike(
    values: list[ua.DataValue], place: int, byte: int, cut: bool
) -> None:
    whole = response(values)
    place %= len(whole)
    body = whole[:place] if cut else whole[:place] + bytes([byte]) + whole[place + 1 :]
    assert said(fast_wire.decode, body) == said(wire.decode, body)


def test_numbers_never_go_to_the_slow_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the two would be equal for the wrong reason."""

    def slow(body: Buffer) -> Published:
        raise AssertionError("left to the stack")

    now = datetime(2026, 11, 21, tzinfo=UTC)
    monkeypatch.setattr(wire, "decode", slow)
    values = [
        replace(
            ua.DataValue(ua.Variant(value, ua.VariantType[kind])), SourceTimestamp=now, ServerTimestamp=now
        )
        for kind, value in (("Float", 1.5), ("Float", 2.5), ("Int32", -3), ("Boolean", True), ("Double", 0.1))
    ]
    told = fast_wire.decode(Buffer(response(values)))
    assert [each.value for each in told.changes] == [1.5, 2.5, -3, True, 0.1]
    assert [each.kind for each in told.changes] == ["Float", "Float", "Int32", "Boolean", "Double"]
    assert {(each.status, each.source_time, each.server_time) for each in told.changes} == {(0, now, now)}
    assert fast_wire.decode(Buffer(response([]))).keep_alive

"""Scan results of AutoID (OPC 30010): every form, every cut, and any noise."""

import contextlib
import struct

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from devices.opcua.scan_results import codes_of, read_result
from devices.opcua.scans import TakenEvents

_TIME = b"\x00" * 8


def counted(data: bytes) -> bytes:
    """Bytes or text as OPC UA part 6, 5.2.2 writes them."""
    return struct.pack("<i", len(data)) + data


def result(member: int, data: bytes, code_type: bytes = b"RAW:STRING") -> bytes:
    """A scan result without optional fields."""
    return struct.pack("<I", 0) + counted(code_type) + struct.pack("<I", member) + data + _TIME


def test_text_bytes_and_epc_are_read() -> None:
    text = read_result(result(2, counted("Größe".encode())), radio=False)
    assert (text.text, text.raw, text.code_type, text.radio) == (
        "Größe",
        "Größe".encode(),
        "RAW:STRING",
        False,
    )
    assert read_result(result(1, counted(b"\xff1")), radio=False).text == "\ufffd1"
    assert read_result(result(1, counted(b"\xe2\x00")), radio=True).text == "E200"
    assert read_result(result(1, counted(b"\xe2\x00"), b"UID"), radio=False).radio
    epc = struct.pack("<H", 0x3000) + counted(b"\x30\x34") + struct.pack("<HH", 0, 0)
    read = read_result(result(3, epc), radio=False)
    assert (read.text, read.raw, read.radio) == ("3034", b"\x30\x34", True)


@pytest.mark.parametrize("member", [0, 4, 77])
def test_a_form_that_is_not_known_is_not_guessed(member: int) -> None:
    with pytest.raises(ValueError, match="form of its own"):
        read_result(result(member, counted(b"x")), radio=False)


@pytest.mark.parametrize("data", [counted(b""), struct.pack("<i", -1)])
def test_an_empty_code_is_no_code(data: bytes) -> None:
    with pytest.raises(ValueError, match="without a code"):
        read_result(result(2, data), radio=False)


def test_every_cut_before_the_end_of_the_code_is_noticed() -> None:
    whole = result(2, counted(b"WO-104233"))
    for cut in range(len(whole) - len(_TIME)):
        with pytest.raises(ValueError, match="scan result"):
            read_result(whole[:cut], radio=False)


@given(st.binary(max_size=80))
def test_noise_raises_nothing_but_value_errors(noise: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert read_result(noise, radio=False).text


def test_the_field_of_an_event_may_hold_one_result_or_a_list() -> None:
    body = ua.ByteString(result(1, counted(b"\xe2\x00")))
    one = ua.ExtensionObject(TypeId=ua.NodeId(ua.Int32(5011), ua.Int16(7)), Body=body)
    assert [code.text for code in codes_of(one, 7)] == ["E200"]
    assert [code.radio for code in codes_of([one, one], 7)] == [True, True]
    assert not codes_of([one], 3)[0].radio, "the same number in another namespace is another type"
    with pytest.raises(ValueError, match="without content"):
        codes_of([ua.ExtensionObject()], 7)


def test_an_event_is_taken_once_and_one_without_a_name_always() -> None:
    taken = TakenEvents()
    assert [taken.again(each) for each in (b"1", b"2", b"1", b"", b"")] == [False, False, True, False, False]

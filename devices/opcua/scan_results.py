"""What a reader that speaks AutoID (OPC 30010) read: its scan results, as bytes of OPC UA part 6.

The structures are read byte by byte, as far as a terminal needs them: the stack would register them for the
whole process, from each server's own description. What follows the code (time, place, grade, sightings) is
left unread.
"""

import struct
from dataclasses import dataclass
from typing import TypeVar

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import Primitives
from asyncua.ua.uaerrors import UaError

T = TypeVar("T", bytes, str)

RESULT_FIELD = "ScanResult"
SCAN_EVENT = 1004  # AutoIdScanEventType, in the namespace of the model
_RADIO_RESULT = 5011  # the binary encoding of RfidScanResult
_BYTES, _STRING, _EPC = 1, 2, 3  # which member of the union ScanData is there
_RADIO_CODES = frozenset({"EPC", "UID"})


@dataclass(frozen=True, slots=True)
class ReadCode:
    """One code: its bytes, its text (a radio tag's in hexadecimal), how it is coded, and whether by radio."""

    raw: bytes
    text: str
    code_type: str
    radio: bool


def codes_of(value: object, namespace: int) -> list[ReadCode]:
    """The codes of an event's ScanResult field; `namespace` is the model's index at this server.

    A result that cannot be read, or is of a form of the maker's own, gives ValueError: the code is unknown,
    and nothing may be guessed of it.
    """
    results: list[object] = [*value] if isinstance(value, list) else [value]
    return [_code_of(each, namespace) for each in results]


def _code_of(result: object, namespace: int) -> ReadCode:
    if not isinstance(result, ua.ExtensionObject) or result.Body is None:
        raise ValueError(f"a scan result without content: {result!r:.100}")
    return read_result(bytes(result.Body), radio=_is_radio(result.TypeId, namespace))


def _is_radio(kind: ua.NodeId, namespace: int) -> bool:
    return kind.NamespaceIndex == namespace and kind.Identifier == _RADIO_RESULT


def read_result(body: bytes, *, radio: bool) -> ReadCode:
    """One ScanResult from its mask of optional fields on (OPC 30010, 9.3.8 and 9.4.2); ValueError."""
    data = Buffer(body)
    try:
        Primitives.UInt32.unpack(data)
        code_type = Primitives.String.unpack(data) or ""
        member = Primitives.UInt32.unpack(data)
        if member == _BYTES:
            raw = _whole(Primitives.Bytes.unpack(data))
            as_tag = radio or code_type in _RADIO_CODES
            text = raw.hex().upper() if as_tag else raw.decode("utf-8", errors="replace")
            return ReadCode(raw, text, code_type, as_tag)
        if member == _STRING:
            text = _whole(Primitives.String.unpack(data))
            return ReadCode(text.encode(), text, code_type, radio or code_type in _RADIO_CODES)
        if member == _EPC:
            Primitives.UInt16.unpack(data)
            raw = _whole(Primitives.Bytes.unpack(data))
            return ReadCode(raw, raw.hex().upper(), code_type, True)
    except (struct.error, UaError, UnicodeDecodeError, MemoryError, OverflowError) as error:
        raise ValueError(f"a scan result that ends too early or is no such: {error}") from error
    raise ValueError(f"a scan result of a form of its own (member {member}, type {code_type!r:.40})")


def _whole(value: T | None) -> T:
    if value:
        return value
    raise ValueError("a scan result without a code")

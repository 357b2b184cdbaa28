"""Decodes notifications of numbers in one go, and leaves everything else to the stack's own decoder.

A publish response whose one notification holds data changes of Booleans, whole numbers and floats is read as
runs of equal rows with `struct`; anything that is not just so is decoded by `wire.decode`, so that the result
is the same in every case (OPC UA part 6, 5.2: the layouts).
"""

import struct
from datetime import datetime, timedelta
from functools import lru_cache

from asyncua.common.utils import Buffer

from devices.opcua import wire
from devices.opcua.wire import NO_TIME, Change, Published

_PUBLISH_RESPONSE = b"\x01\x00\x3d\x03"  # four-byte node id of the encoding, i=829
_DATA_CHANGE = b"\x01\x00\x2b\x03\x01"  # i=811, with a binary body
_RESULT = struct.Struct("<4xqIIB")  # type id, time, request handle, service result, diagnostics
_NO_HEADER_MORE = frozenset({b"\xff\xff\xff\xff\x00\x00\x00", b"\x00\x00\x00\x00\x00\x00\x00"})
_INT = struct.Struct("<i")
_NUMBER = struct.Struct("<I")
_KINDS = {
    1: ("Boolean", "?"),
    2: ("SByte", "b"),
    3: ("Byte", "B"),
    4: ("Int16", "h"),
    5: ("UInt16", "H"),
    6: ("Int32", "i"),
    7: ("UInt32", "I"),
    8: ("Int64", "q"),
    9: ("UInt64", "Q"),
    10: ("Float", "f"),
    11: ("Double", "d"),
}
_VALUE, _STATUS, _SOURCE, _SERVER = 1, 2, 4, 8
_ROW_HEAD = 6  # client handle, mask of the data value, type of the variant
_LAST_TIME = 2650467743990000000  # 9999-12-31T23:59:59 in units of 100 ns since 1601


def _rows() -> dict[tuple[int, int], struct.Struct]:
    """The layout of one row for each mask and type."""
    found: dict[tuple[int, int], struct.Struct] = {}
    for mask in range(1, 16, 2):
        more = "I" * bool(mask & _STATUS) + "q" * bool(mask & _SOURCE) + "q" * bool(mask & _SERVER)
        for number, (_, sign) in _KINDS.items():
            found[mask, number] = struct.Struct(f"<I2x{sign}{more}")
    return found


_ROWS = _rows()


class _Otherwise(Exception):
    """The response is not of the plain form."""


def decode(body: Buffer) -> Published:
    """Decode a publish response, from its type id on; UaError or ValueError when it cannot be read."""
    plain = bytes(body.copy().read(len(body)))
    try:
        return _plain(plain)
    except (_Otherwise, struct.error):
        return wire.decode(body)


def _plain(body: bytes) -> Published:
    if not body.startswith(_PUBLISH_RESPONSE):
        raise _Otherwise
    _, _, result, diagnostics = _RESULT.unpack_from(body)
    if result or diagnostics or body[21:28] not in _NO_HEADER_MORE:
        raise _Otherwise
    (subscription,) = _NUMBER.unpack_from(body, 28)
    (available,) = _INT.unpack_from(body, 32)
    place = 36 + 4 * max(available, 0) + 1
    (sequence,) = _NUMBER.unpack_from(body, place)
    place += 12  # and the time of publishing
    (parts,) = _INT.unpack_from(body, place)
    place += 4
    changes: list[Change] = []
    if parts == 1:
        if body[place : place + 5] != _DATA_CHANGE:
            raise _Otherwise
        (length,) = _INT.unpack_from(body, place + 5)
        place += 9
        changes = _changes(body, place, place + length)
        place += length
    elif parts > 1:
        raise _Otherwise
    _check_end(body, place)
    return Published(subscription, sequence, changes, None, [])


def _check_end(body: bytes, place: int) -> None:
    """What follows are the results of acknowledgements and their diagnostics, which nobody asked for."""
    (results,) = _INT.unpack_from(body, place)
    place += 4 + 4 * max(results, 0)
    (diagnostics,) = _INT.unpack_from(body, place)
    if diagnostics > 0 or place + 4 != len(body):
        raise _Otherwise


def _changes(body: bytes, place: int, end: int) -> list[Change]:
    if end > len(body):
        raise _Otherwise
    (count,) = _INT.unpack_from(body, place)
    place += 4
    found: list[Change] = []
    while len(found) < count:
        mask, number = body[place + 4], body[place + 5]
        row = _ROWS.get((mask, number))
        if row is None:
            raise _Otherwise
        run = _run(body, place, row.size, count - len(found), end)
        _append(found, body[place : place + run * row.size], row, mask, _KINDS[number][0])
        place += run * row.size
    (diagnostics,) = _INT.unpack_from(body, place)
    if diagnostics > 0 or place + 4 != end:
        raise _Otherwise
    return found


def _run(body: bytes, place: int, size: int, most: int, end: int) -> int:
    """How many rows from here on have the mask and the type of the first one."""
    most = min(most, (end - place) // size)
    if most < 1:
        raise _Otherwise
    if most == 1:
        return 1
    stop = place + most * size
    run = most
    for at in (place + 4, place + 5):
        column = body[at:stop:size]
        run = min(run, len(column) - len(column.lstrip(column[:1])))
    return run


def _append(found: list[Change], rows: bytes, row: struct.Struct, mask: int, kind: str) -> None:
    moment = _moment
    make = tuple.__new__
    match mask & ~_VALUE:
        case 14:  # as nearly every server sends them
            found += [
                make(Change, (handle, value, kind, False, status, moment(source), moment(server)))
                for handle, value, status, source, server in row.iter_unpack(rows)
            ]
        case 12:
            found += [
                make(Change, (handle, value, kind, False, 0, moment(source), moment(server)))
                for handle, value, source, server in row.iter_unpack(rows)
            ]
        case _:
            for told in row.iter_unpack(rows):
                more = iter(told[2:])
                status = next(more) if mask & _STATUS else 0
                source = moment(next(more)) if mask & _SOURCE else None
                server = moment(next(more)) if mask & _SERVER else None
                found.append(Change(told[0], told[1], kind, False, status, source, server))


@lru_cache(maxsize=8192)
def _moment(ticks: int) -> datetime | None:
    """A time in units of 100 ns since 1601; None where there is none."""
    if ticks < 10:
        return None
    if ticks >= _LAST_TIME:
        raise _Otherwise
    return NO_TIME + timedelta(microseconds=ticks // 10)

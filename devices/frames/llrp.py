"""LLRP 1.0.1: the few messages of network readers that an inventory needs, and the tags in reports."""

from collections.abc import Iterator
from dataclasses import dataclass

from devices.frames.packets import PacketDecoder
from devices.frames.tags import SeenTag

SET_READER_CONFIG, CLOSE_CONNECTION = 3, 14
ADD_ROSPEC, DELETE_ROSPEC, ENABLE_ROSPEC = 20, 21, 24
SET_READER_CONFIG_RESPONSE, ADD_ROSPEC_RESPONSE, DELETE_ROSPEC_RESPONSE, ENABLE_ROSPEC_RESPONSE = (
    13,
    30,
    31,
    34,
)
RO_ACCESS_REPORT, KEEPALIVE, READER_EVENT, KEEPALIVE_ACK, ERROR_MESSAGE = 61, 62, 63, 72, 100
LONGEST = 65_536
_HEAD = 10
_VERSIONS = frozenset({1, 2})
_STATUS, _TAG_REPORT, _EPC_DATA, _EVENT_DATA, _CONNECTION_ATTEMPT = 287, 240, 241, 246, 256
_EPC_96, _ANTENNA, _RSSI, _FIRST_SEEN_UTC, _FIRST_SEEN_UPTIME = 13, 1, 6, 2, 3
# parameters with a type of one byte: how many bytes follow
_TV_SIZES = {
    1: 2,
    2: 8,
    3: 8,
    4: 8,
    5: 8,
    6: 1,
    7: 2,
    8: 2,
    9: 4,
    10: 2,
    11: 2,
    12: 2,
    13: 12,
    14: 2,
    15: 2,
    16: 4,
}


@dataclass(frozen=True, slots=True)
class LlrpMessage:
    """One message: its type, the number that an answer repeats, and its parameters."""

    kind: int
    number: int
    body: bytes


def llrp_message(kind: int, number: int, body: bytes = b"") -> bytes:
    """Write a message of version 1."""
    return ((1 << 10) | kind).to_bytes(2, "big") + _u32(_HEAD + len(body)) + _u32(number) + body


def llrp_decoder() -> PacketDecoder[LlrpMessage]:
    """A new decoder; messages above 64 KiB are taken for noise."""
    return PacketDecoder(_look, LONGEST)


def _look(data: bytes, at: int) -> tuple[int, LlrpMessage | None] | None:
    if data[at] >> 5 or (data[at] >> 2) & 7 not in _VERSIONS:
        return 1, None
    if len(data) - at < 6:
        return None
    length = int.from_bytes(data[at + 2 : at + 6], "big")
    if not _HEAD <= length <= LONGEST:
        return 1, None
    if len(data) - at < length:
        return None
    kind = int.from_bytes(data[at : at + 2], "big") & 0x3FF
    number = int.from_bytes(data[at + 6 : at + 10], "big")
    return length, LlrpMessage(kind, number, data[at + _HEAD : at + length])


def parameters(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The parameters one after the other as (type, value), up to the first that cannot be one."""
    at = 0
    while at < len(body):
        if body[at] & 0x80:
            kind = body[at] & 0x7F
            size = _TV_SIZES.get(kind)
            start, end = at + 1, at + 1 + (size or 0)
            if size is None or end > len(body):
                return
        else:
            if at + 4 > len(body):
                return
            kind = int.from_bytes(body[at : at + 2], "big") & 0x3FF
            start, end = at + 4, at + int.from_bytes(body[at + 2 : at + 4], "big")
            if end < start or end > len(body):
                return
        yield kind, body[start:end]
        at = end


def tags_of(message: LlrpMessage) -> list[SeenTag]:
    """The tags of a report."""
    if message.kind != RO_ACCESS_REPORT:
        return []
    tags: list[SeenTag] = []
    for kind, value in parameters(message.body):
        tag = _tag(value) if kind == _TAG_REPORT else None
        if tag is not None:
            tags.append(tag)
    return tags


def _tag(report: bytes) -> SeenTag | None:
    code = ""
    antenna = rssi = utc_us = uptime_us = None
    for kind, value in parameters(report):
        if kind == _EPC_96:
            code = value.hex().upper()
        elif kind == _EPC_DATA and len(value) >= 2:
            size = (int.from_bytes(value[:2], "big") + 7) // 8
            code = value[2 : 2 + size].hex().upper()
        elif kind == _ANTENNA:
            antenna = int.from_bytes(value, "big")
        elif kind == _RSSI:
            rssi = int.from_bytes(value, "big", signed=True)
        elif kind == _FIRST_SEEN_UTC:
            utc_us = int.from_bytes(value, "big")
        elif kind == _FIRST_SEEN_UPTIME:
            uptime_us = int.from_bytes(value, "big")
    return SeenTag(code, antenna, rssi, uptime_us, utc_us) if code else None


def status_of(message: LlrpMessage) -> tuple[int, str]:
    """The LLRPStatus of an answer: 0 is success; its words. -1 when it has none."""
    for kind, value in parameters(message.body):
        if kind == _STATUS and len(value) >= 4:
            size = int.from_bytes(value[2:4], "big")
            return int.from_bytes(value[:2], "big"), value[4 : 4 + size].decode("utf-8", "replace")
    return -1, ""


def connection_attempt(message: LlrpMessage) -> int | None:
    """What a reader's event says of this connection: 0 accepted, other: refused; None: no such event."""
    if message.kind != READER_EVENT:
        return None
    for kind, value in parameters(message.body):
        if kind == _EVENT_DATA:
            for inner, told in parameters(value):
                if inner == _CONNECTION_ATTEMPT and len(told) >= 2:
                    return int.from_bytes(told[:2], "big")
    return None


def keepalive_config(period_ms: int) -> bytes:
    """Body of SET_READER_CONFIG: keep what is set, and send a keep-alive every `period_ms`."""
    return b"\x00" + _tlv(220, b"\x01" + _u32(period_ms))


def rospec(number: int, antennas: tuple[int, ...], report_ms: int) -> bytes:
    """Body of ADD_ROSPEC: read Gen2 tags at once and for ever, and report them every `report_ms`.

    Antenna 0 means all. Each round lasts `report_ms`, and its end sends the report.
    """
    boundary = _tlv(178, _tlv(179, b"\x01") + _tlv(182, b"\x00" + _u32(0)))
    ids = b"".join(_u16(antenna) for antenna in antennas)
    inventory = _tlv(186, _u16(1) + b"\x01")
    ai = _tlv(183, _u16(len(antennas)) + ids + _tlv(184, b"\x01" + _u32(report_ms)) + inventory)
    # antenna, first seen, peak RSSI and count of each tag
    selector = _tlv(238, _u16(0b0001_0110_0100_0000))
    report = _tlv(237, b"\x01" + _u16(0) + selector)
    return _tlv(177, _u32(number) + b"\x00\x00" + boundary + ai + report)


def tag_report(tags: list[SeenTag]) -> bytes:
    """Body of a report, as a reader writes it."""
    body = b""
    for tag in tags:
        code = bytes.fromhex(tag.code)
        inside = b"\x8d" + code if len(code) == 12 else _tlv(_EPC_DATA, _u16(len(code) * 8) + code)
        if tag.antenna is not None:
            inside += b"\x81" + _u16(tag.antenna)
        if tag.rssi is not None:
            inside += b"\x86" + tag.rssi.to_bytes(1, "big", signed=True)
        body += _tlv(_TAG_REPORT, inside)
    return body


def status_body(code: int, words: str = "") -> bytes:
    """Body of an answer with its LLRPStatus."""
    text = words.encode()
    return _tlv(_STATUS, _u16(code) + _u16(len(text)) + text)


def connection_event(code: int) -> bytes:
    """Body of a reader's first event."""
    return _tlv(_EVENT_DATA, _tlv(128, bytes(8)) + _tlv(_CONNECTION_ATTEMPT, _u16(code)))


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _tlv(kind: int, value: bytes) -> bytes:
    return _u16(kind) + _u16(len(value) + 4) + value

"""ThingMagic M6e modules (Mercury API): 0xFF, length, opcode, (status), data, CRC high byte first."""

from dataclasses import dataclass
from typing import Literal

from devices.frames.crc import crc_mercury
from devices.frames.packets import PacketDecoder
from devices.frames.tags import SeenTag

VERSION, READ_MULTIPLE, GET_TAG_BUFFER, MULTI_PROTOCOL = 0x03, 0x22, 0x29, 0x2F
SET_ANTENNA, SET_READ_POWER, SET_PROTOCOL, SET_REGION, SET_OPTION = 0x91, 0x92, 0x93, 0x97, 0x9A
GEN2 = b"\x00\x05"
# region numbers of the Mercury API
REGIONS = {
    "NA": 0x01,
    "IN": 0x04,
    "JP": 0x05,
    "PRC": 0x06,
    "EU3": 0x08,
    "KR2": 0x09,
    "AU": 0x0B,
    "NZ": 0x0C,
    "NA2": 0x0D,
}
# multi-protocol read without end: option 1, read multiple, no flags, Gen2, then its own read command
START_READING = bytes.fromhex("00000122000005072210001b03e801ff")
STOP_READING = bytes.fromhex("000002")
NO_TAG = 0x0400
_HEADER = 0xFF
_LONGEST = 262
# what a tag record begins with, by the bits of the metadata flags: their bytes in order
_FIELDS = ((0x001, 1), (0x002, 1), (0x004, 1), (0x008, 3), (0x010, 4), (0x020, 2), (0x040, 1))
_RSSI, _ANTENNA, _DATA, _GPIO = 0x002, 0x004, 0x080, 0x100


@dataclass(frozen=True, slots=True)
class MercuryPacket:
    """One packet; the CRC held. `status` is 0 for all is well, and None in a command."""

    opcode: int
    status: int | None
    data: bytes


def mercury_command(opcode: int, data: bytes = b"") -> bytes:
    """Write a command."""
    body = bytes([len(data), opcode]) + data
    return bytes([_HEADER]) + body + crc_mercury(body).to_bytes(2, "big")


def mercury_decoder(what: Literal["answers", "commands"] = "answers") -> PacketDecoder[MercuryPacket]:
    """A decoder of what the module sends, or of what a host sends."""
    status = 2 if what == "answers" else 0

    def look(data: bytes, at: int) -> tuple[int, MercuryPacket | None] | None:
        if data[at] != _HEADER:
            following = data.find(_HEADER, at)
            return (following if following >= 0 else len(data)) - at, None
        if len(data) - at < 2:
            return None
        length = data[at + 1] + 5 + status
        if len(data) - at < length:
            return None
        body, told = data[at + 1 : at + length - 2], data[at + length - 2 : at + length]
        if crc_mercury(body) != int.from_bytes(told, "big"):
            return 1, None
        said = int.from_bytes(body[2:4], "big") if status else None
        return length, MercuryPacket(body[1], said, body[2 + status :])

    return PacketDecoder(look, _LONGEST)


def tags_of(packet: MercuryPacket) -> list[SeenTag]:
    """The tags of a streamed read, or of an emptied buffer; none where the metadata do not fit."""
    if packet.status != 0:
        return []
    if packet.opcode == GET_TAG_BUFFER and len(packet.data) > 4:
        flags, count, records = int.from_bytes(packet.data[:2], "big"), packet.data[3], packet.data[4:]
    elif packet.opcode == READ_MULTIPLE and len(packet.data) > 6 and packet.data[0] & 0x10:
        flags, count, records = int.from_bytes(packet.data[3:5], "big"), packet.data[5], packet.data[6:]
    else:
        return []
    tags: list[SeenTag] = []
    for _ in range(count):
        taken = _record(records, flags)
        if taken is None:
            break
        tag, records = taken
        tags.append(tag)
    return tags


def _record(data: bytes, flags: int) -> tuple[SeenTag, bytes] | None:
    at = 0
    rssi = antenna = None
    for bit, size in _FIELDS:
        if not flags & bit:
            continue
        field, at = data[at : at + size], at + size
        if len(field) < size:
            return None
        if bit == _RSSI:
            rssi = int.from_bytes(field, "big", signed=True)
        elif bit == _ANTENNA:
            antenna = field[0] >> 4
    if flags & _DATA:
        at += 2 + (int.from_bytes(data[at : at + 2], "big") + 7) // 8
    if flags & _GPIO:
        at += 1
    size = int.from_bytes(data[at : at + 2], "big") // 8
    told = data[at + 2 : at + 2 + size]
    # protocol control in front, the tag's own CRC behind
    if size < 5 or len(told) < size:
        return None
    return SeenTag(told[2:-2].hex().upper(), antenna, rssi), data[at + 2 + size :]

"""UHFReader18 and its kin (Chafon): length, address, command, (status), data, CRC low byte first."""

from dataclasses import dataclass

from devices.frames.crc import crc_8408
from devices.frames.packets import PacketDecoder
from devices.frames.tags import SeenTag

INVENTORY, READER_INFORMATION = 0x01, 0x21
BROADCAST = 0xFF
# statuses of an inventory: all told, out of time, more follows, memory full; 0xFB: no tag
TOLD_ALL, OUT_OF_TIME, MORE, MEMORY_FULL, NO_TAG = 0x01, 0x02, 0x03, 0x04, 0xFB
_WITH_TAGS = frozenset({TOLD_ALL, OUT_OF_TIME, MORE, MEMORY_FULL})
_SHORTEST, _LONGEST = 4, 256
_TID_INSIDE = 0x80


@dataclass(frozen=True, slots=True)
class UhfAnswer:
    """One frame; the CRC held. A command has no status: its first data byte stands there, or None."""

    address: int
    command: int
    status: int | None
    data: bytes

    @property
    def more(self) -> bool:
        """The rest of the inventory follows in another frame."""
        return self.command == INVENTORY and self.status == MORE


def uhf_command(command: int, data: bytes = b"", *, address: int = BROADCAST) -> bytes:
    """Write a command to the reader."""
    body = bytes([len(data) + 4, address, command]) + data
    return body + crc_8408(body).to_bytes(2, "little")


def uhf_decoder() -> PacketDecoder[UhfAnswer]:
    """A new decoder."""
    return PacketDecoder(_look, _LONGEST)


def tags_of(answer: UhfAnswer) -> list[SeenTag]:
    """The tags of an inventory: antenna bits, count, and for each length, EPC, RSSI; older ones: EPCs.

    Which of both it is follows from the lengths; an answer that fits neither tells no tag.
    """
    if answer.command != INVENTORY or answer.status not in _WITH_TAGS or not answer.data:
        return []
    with_rssi = _records(answer.data[1:], 1)
    if with_rssi is not None:
        antenna = answer.data[0].bit_length() or None
        return [SeenTag(code.hex().upper(), antenna, end[0]) for code, end in with_rssi]
    plain = _records(answer.data, 0)
    return [SeenTag(code.hex().upper()) for code, _ in plain] if plain is not None else []


def _records(data: bytes, after: int) -> list[tuple[bytes, bytes]] | None:
    if not data:
        return None
    count, at = data[0], 1
    records: list[tuple[bytes, bytes]] = []
    for _ in range(count):
        if at >= len(data):
            return None
        length = data[at] & ~_TID_INSIDE
        end = at + 1 + length
        if length == 0 or end + after > len(data):
            return None
        records.append((data[at + 1 : end], data[end : end + after]))
        at = end + after
    return records if at == len(data) else None


def _look(data: bytes, at: int) -> tuple[int, UhfAnswer | None] | None:
    length = data[at]
    if length < _SHORTEST:
        return 1, None
    if len(data) - at < length + 1:
        return None
    frame = data[at : at + length + 1]
    if crc_8408(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
        return 1, None
    inside = frame[3:-2]
    return length + 1, UhfAnswer(frame[1], frame[2], inside[0] if inside else None, inside[1:])

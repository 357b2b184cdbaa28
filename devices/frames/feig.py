"""FEIG OBID readers: standard frames with a length of one byte, advanced ones with STX and two bytes."""

from dataclasses import dataclass

from devices.frames.crc import crc_8408
from devices.frames.packets import PacketDecoder
from devices.frames.tags import SeenTag

ISO_HOST_COMMAND, SOFTWARE_VERSION = 0xB0, 0x65
INVENTORY = 0x01
OK, NO_TRANSPONDER, MORE_DATA = 0x00, 0x01, 0x94
ANY_ADDRESS = 0xFF
_STX = 0x02
_SHORTEST, _SHORTEST_ADVANCED = 5, 7
LONGEST = 2048
_ISO15693, _UHF = 0x03, 0x80


@dataclass(frozen=True, slots=True)
class FeigFrame:
    """One frame; the CRC held. `data` of an answer begins with its status."""

    address: int
    control: int
    data: bytes


def feig_command(control: int, data: bytes = b"", *, address: int = ANY_ADDRESS) -> bytes:
    """Write a standard frame."""
    body = bytes([len(data) + 5, address, control]) + data
    return body + crc_8408(body).to_bytes(2, "little")


def feig_decoder() -> PacketDecoder[FeigFrame]:
    """A new decoder; advanced frames above 2048 bytes are taken for noise."""
    return PacketDecoder(_look, LONGEST)


def tags_of(frame: FeigFrame) -> list[SeenTag]:
    """The transponders of an answer to [0xB0] inventory, up to the first of a type that is not known here.

    ISO 15693: type, DSFID, eight bytes of UID. UHF (type 0x80 and up): type, IDDT, length, EPC.
    """
    if frame.control != ISO_HOST_COMMAND or len(frame.data) < 2 or frame.data[0] not in (OK, MORE_DATA):
        return []
    tags: list[SeenTag] = []
    data, at = frame.data, 2
    for _ in range(data[1]):
        kind = data[at] if at < len(data) else None
        if kind == _ISO15693:
            code, at = data[at + 2 : at + 10], at + 10
        elif kind is not None and kind & _UHF and at + 2 < len(data):
            length = data[at + 2]
            code, at = data[at + 3 : at + 3 + length], at + 3 + length
        else:
            break
        if not code or at > len(data):
            break
        tags.append(SeenTag(code.hex().upper()))
    return tags


def _look(data: bytes, at: int) -> tuple[int, FeigFrame | None] | None:
    if data[at] == _STX:
        if len(data) - at < 3:
            return None
        length, head = int.from_bytes(data[at + 1 : at + 3], "big"), 3
        shortest = _SHORTEST_ADVANCED
    else:
        length, head = data[at], 1
        shortest = _SHORTEST
    if not shortest <= length <= LONGEST:
        return 1, None
    if len(data) - at < length:
        return None
    frame = data[at : at + length]
    if crc_8408(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
        return 1, None
    return length, FeigFrame(frame[head], frame[head + 1], frame[head + 2 : -2])

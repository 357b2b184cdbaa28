"""RDM6300 and ID-12/ID-20 readers: STX, ten hexadecimal digits, two of their XOR, (CR LF) ETX."""

import string
from dataclasses import dataclass

from devices.frames.packets import PacketDecoder

_STX, _ETX = 0x02, 0x03
_HEX = frozenset(string.hexdigits.encode())
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class HexTag:
    """A 125 kHz tag: `tag` is version and number as ten digits; it is sent again and again while present."""

    tag: str

    @property
    def decimal(self) -> int:
        """The 32 bit number that is often printed on the tag."""
        return int(self.tag[2:], 16)


def rdm6300_decoder() -> PacketDecoder[HexTag]:
    """A new decoder."""
    return PacketDecoder(_look, 16)


def _look(data: bytes, at: int) -> tuple[int, HexTag | None] | None:
    if data[at] != _STX:
        following = data.find(_STX, at)
        return (following if following >= 0 else len(data)) - at, None
    digits = data[at + 1 : at + 1 + _DIGITS]
    for place, digit in enumerate(digits):
        if digit not in _HEX:
            return place + 1, None
    end = data[at + 1 + _DIGITS : at + 4 + _DIGITS]
    for ending in (b"\x03", b"\r\n\x03"):
        if end.startswith(ending):
            code = bytes.fromhex(digits.decode("ascii"))
            length = 1 + _DIGITS + len(ending)
            folded = 0
            for byte in code:
                folded ^= byte
            return length, HexTag(code[:5].hex().upper()) if folded == 0 else None
        if len(digits) < _DIGITS or ending.startswith(end):
            return None
    return 1, None

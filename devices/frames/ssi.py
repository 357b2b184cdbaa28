"""Zebra SSI: packets of a decoder, the answers it waits for, and the scans they are."""

from dataclasses import dataclass

from devices.frames.packets import PacketDecoder

DECODE_DATA, EVENT, CMD_ACK, CMD_NAK = 0xF3, 0xF6, 0xD0, 0xD1
DECODER, HOST = 0x00, 0x04
_RESENT, _CONTINUED = 0x01, 0x02
_LONGEST = 257
_LONGEST_CODE = 16_384
# types of DECODE_DATA whose AIM identifier is certain
_AIM = {0x0B: "]E0", 0x0F: "]C1"}


@dataclass(frozen=True, slots=True)
class SsiPacket:
    """One packet; the sum held."""

    opcode: int
    source: int
    status: int
    data: bytes

    @property
    def resent(self) -> bool:
        """The decoder heard no ACK of this packet before."""
        return bool(self.status & _RESENT)

    @property
    def continued(self) -> bool:
        """More packets of the same message follow."""
        return bool(self.status & _CONTINUED)


@dataclass(frozen=True, slots=True)
class SsiCode:
    """A whole code: its bytes, and its AIM identifier where the type of the packet says it."""

    raw: bytes
    aim: str | None


def ssi_packet(opcode: int, data: bytes = b"", *, source: int = HOST, status: int = 0) -> bytes:
    """Write a packet: length, opcode, source, status, data, and the 16 bit two's complement of their sum."""
    body = bytes([len(data) + 4, opcode, source, status]) + data
    return body + _sum(body)


def ssi_decoder() -> PacketDecoder[SsiPacket]:
    """A new decoder."""
    return PacketDecoder(_look, _LONGEST)


def _sum(body: bytes) -> bytes:
    return (-sum(body) & 0xFFFF).to_bytes(2, "big")


def _look(data: bytes, at: int) -> tuple[int, SsiPacket | None] | None:
    length = data[at]
    if length < 4:
        return 1, None
    if len(data) - at < 3:
        return None
    if data[at + 2] not in (DECODER, HOST):
        return 1, None
    if len(data) - at < length + 2:
        return None
    body = data[at : at + length]
    if data[at + length : at + length + 2] != _sum(body):
        return 1, None
    return length + 2, SsiPacket(body[1], body[2], body[3], body[4:])


class SsiReader:
    """What packets are: codes, and the answer that the decoder waits for; pure."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._last: SsiPacket | None = None
        self._type = 0
        self._code = b""

    def take(self, packet: SsiPacket) -> tuple[list[SsiCode], bytes]:
        """The codes that this packet completes, and what to send back (nothing for an ACK).

        A packet that comes again because its ACK was lost is acknowledged again, and is no second scan.
        """
        if packet.source != DECODER or packet.opcode in (CMD_ACK, CMD_NAK):
            return [], b""
        again = packet.resent and self._last is not None and packet.data == self._last.data
        self._last = packet
        answer = ssi_packet(CMD_ACK)
        if packet.opcode != DECODE_DATA or again or not packet.data:
            return [], answer
        if not self._code:
            self._type = packet.data[0]
        self._code = (self._code + packet.data[1:])[:_LONGEST_CODE]
        if packet.continued:
            return [], answer
        code, self._code = self._code, b""
        return [SsiCode(code, _AIM.get(self._type))], answer

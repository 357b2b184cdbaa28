"""A stream of bytes cut into packets that carry their own proof: length and sum, with noise between them."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

# How many bytes to take off at this place, and the packet they were; None: too few bytes to judge.
Look = Callable[[bytes, int], tuple[int, T | None] | None]
_PIECE = 4096


class PacketDecoder(Generic[T]):
    """Finds every packet of a stream, however the stream is cut; keeps less than `max_length` bytes.

    `look(data, at)` judges the bytes from `at` on, and must judge them the same when more bytes follow. A
    length in noise that claims more than comes holds the stream up until more bytes come, or silence.
    """

    def __init__(self, look: Look[T], max_length: int) -> None:
        """Nothing was heard yet; no packet is longer than `max_length` bytes."""
        self._look = look
        self._max_length = max_length
        self._bytes = b""
        self._noise = 0

    @property
    def pending(self) -> bool:
        """Whether bytes are held that may become a packet."""
        return bool(self._bytes)

    @property
    def noise(self) -> int:
        """How many bytes were no part of a packet since the last time this was asked."""
        noise, self._noise = self._noise, 0
        return noise

    def feed(self, data: bytes) -> list[T]:
        """Take the next bytes and return the packets that they complete."""
        packets: list[T] = []
        for start in range(0, len(data), _PIECE):
            self._bytes += data[start : start + _PIECE]
            packets += self._cut(final=False)
        return packets

    def silence(self) -> list[T]:
        """Nothing more comes: what waits for more bytes is noise, and packets behind its start are found."""
        return self._cut(final=True)

    def _cut(self, *, final: bool) -> list[T]:
        packets: list[T] = []
        data, at = self._bytes, 0
        while at < len(data):
            found = self._look(data, at)
            if found is None:
                if not final and len(data) - at < self._max_length:
                    break
                found = (1, None)
            length, packet = found
            at += length
            if packet is None:
                self._noise += length
            else:
                packets.append(packet)
        self._bytes = data[at:]
        return packets

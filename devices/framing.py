"""Pure decoders of a stream of bytes: however the stream comes in pieces, the frames are the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

F_co = TypeVar("F_co", covariant=True)
STX, ETX = 0x02, 0x03


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame without its marks. `fault` says why it cannot be read; `raw` is then its beginning."""

    raw: bytes
    fault: str = ""


class StreamDecoder(Protocol[F_co]):
    """Cuts a stream into frames or packets; keeps a bounded number of bytes whatever comes."""

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and not ended."""
        ...

    def feed(self, data: bytes) -> Sequence[F_co]:
        """Take the next bytes and return the frames that they end; empty ones are left out."""
        ...

    def silence(self) -> Sequence[F_co]:
        """Nothing came for the length of the gap: what that makes of a frame that has begun."""
        ...


class FrameDecoder(StreamDecoder[Frame], Protocol):
    """Cuts a stream into frames."""

    def feed(self, data: bytes) -> list[Frame]:
        """See StreamDecoder."""
        ...

    def silence(self) -> list[Frame]:
        """See StreamDecoder."""
        ...


class _Collected:
    """The bytes of the frame that has begun, up to a limit; what is over the limit is only counted."""

    def __init__(self, max_length: int) -> None:
        self._max_length = max_length
        self._bytes = bytearray()
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, data: bytes) -> None:
        self._bytes += data[: max(0, self._max_length - len(self._bytes))]
        self._length += len(data)

    def drop(self) -> None:
        self._bytes.clear()
        self._length = 0

    def take(self, fault: str = "") -> list[Frame]:
        raw, length = bytes(self._bytes), self._length
        self.drop()
        if length > self._max_length:
            return [Frame(raw[:64], f"{length} bytes, more than {self._max_length}")]
        return [Frame(raw, fault)] if raw else []


class TerminatorDecoder:
    """Frames that end with fixed bytes, such as CR or CR LF."""

    def __init__(self, terminator: bytes, max_length: int) -> None:
        """ValueError when there is no terminator."""
        if not terminator:
            raise ValueError("a terminator has at least one byte")
        self._terminator = terminator
        self._collected = _Collected(max_length)
        self._tail = b""

    @property
    def pending(self) -> bool:
        """See FrameDecoder."""
        return bool(self._tail) or len(self._collected) > 0

    def feed(self, data: bytes) -> list[Frame]:
        """See FrameDecoder."""
        *ended, rest = (self._tail + data).split(self._terminator)
        frames: list[Frame] = []
        for part in ended:
            self._collected.add(part)
            frames += self._collected.take()
        keep = self._begun_terminator(rest)
        self._collected.add(rest[: len(rest) - keep])
        self._tail = rest[len(rest) - keep :]
        return frames

    def silence(self) -> list[Frame]:
        """A frame without its end is a cut one."""
        self._collected.add(self._tail)
        self._tail = b""
        return self._collected.take("cut off before its end")

    def _begun_terminator(self, rest: bytes) -> int:
        """How many bytes at the end may be the beginning of a terminator."""
        for length in range(min(len(self._terminator) - 1, len(rest)), 0, -1):
            if self._terminator.startswith(rest[-length:]):
                return length
        return 0


class StxEtxDecoder:
    """Frames between STX and ETX; what stands outside is noise, and a second STX begins the frame anew."""

    def __init__(self, max_length: int) -> None:
        """Nothing has begun."""
        self._collected = _Collected(max_length)
        self._begun = False

    @property
    def pending(self) -> bool:
        """See FrameDecoder."""
        return self._begun

    def feed(self, data: bytes) -> list[Frame]:
        """See FrameDecoder."""
        frames: list[Frame] = []
        position = 0
        while position < len(data):
            if not self._begun:
                start = data.find(STX, position)
                if start < 0:
                    break
                self._begun, position = True, start + 1
                continue
            stops = [at for at in (data.find(STX, position), data.find(ETX, position)) if at >= 0]
            stop = min(stops, default=len(data))
            self._collected.add(data[position:stop])
            position = stop + 1
            if stop < len(data):
                if data[stop] == ETX:
                    frames += self._collected.take()
                    self._begun = False
                else:
                    self._collected.drop()
        return frames

    def silence(self) -> list[Frame]:
        """A frame without its end is a cut one."""
        self._begun = False
        return self._collected.take("cut off before its end")


class GapDecoder:
    """Frames that end with silence: for devices that send nothing after the code."""

    def __init__(self, max_length: int) -> None:
        """Nothing has begun."""
        self._collected = _Collected(max_length)

    @property
    def pending(self) -> bool:
        """See FrameDecoder."""
        return len(self._collected) > 0

    def feed(self, data: bytes) -> list[Frame]:
        """See FrameDecoder; only silence ends a frame."""
        self._collected.add(data)
        return []

    def silence(self) -> list[Frame]:
        """The frame is whole."""
        return self._collected.take()

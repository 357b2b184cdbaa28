"""Speaking with a device on a line until somebody says stop: the blocking half of every serial driver."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from threading import Event
from typing import Generic, TypeVar

from devices.byte_line import ByteLine, LineSettings, open_line
from devices.framing import StreamDecoder
from hmi.errors import LinkError
from hmi.ports import Finding

T = TypeVar("T")
LOOK_S = 0.1
_STALLED_S = 1.0


class Conversation(Generic[T]):
    """An open line with its decoder: send bytes, hear packets."""

    def __init__(self, source: ByteLine, decoder: StreamDecoder[T], silence_s: float) -> None:
        """A frame that is left unfinished for `silence_s` is told to the decoder."""
        self._source = source
        self._decoder = decoder
        self._silence_s = silence_s
        self._silent_s = 0.0
        self.heard_bytes = 0

    def send(self, data: bytes) -> None:
        """Send bytes; LinkError when the line takes none."""
        if data:
            self._source.write(data)

    def hear(self, within_s: float = LOOK_S) -> list[T]:
        """Look at the line once, for `within_s` at most, and return what came to its end."""
        decoder = self._decoder
        timeout_s = min(within_s, self._silence_s - self._silent_s) if decoder.pending else within_s
        data = self._source.read(timeout_s)
        if data:
            self._silent_s = 0.0
            self.heard_bytes += len(data)
            return list(decoder.feed(data))
        if decoder.pending:
            self._silent_s += timeout_s
            if self._silent_s >= self._silence_s - 1e-6:
                self._silent_s = 0.0
                return list(decoder.silence())
        return []


@contextmanager
def conversation(
    port: str, line: LineSettings, decoder: StreamDecoder[T], *, gap_s: float | None = None
) -> Generator[Conversation[T]]:
    """Open the port and close it at the end. `gap_s` is the silence that ends a frame, by default 1 s."""
    with closing(open_line(port, line)) as source:
        yield Conversation(source, decoder, gap_s if gap_s is not None else _STALLED_S)


def frames(
    port: str,
    line: LineSettings,
    decoder: StreamDecoder[T],
    stop: Event,
    *,
    gap_s: float | None,
    opened: Callable[[], None],
    alive: Callable[[], None],
) -> Iterator[tuple[T, Conversation[T]]]:
    """Open the port, say `opened`, and yield its frames until `stop` is set; LinkError when the port is gone.

    `alive` is called each time the port was looked at and is still there, about ten times a second.
    `gap_s` is the silence that ends a frame; without one, a frame left unfinished for 1 s is a cut one.
    """
    with conversation(port, line, decoder, gap_s=gap_s) as talk:
        opened()
        while not stop.is_set():
            heard = talk.hear()
            alive()
            for frame in heard:
                yield frame, talk


def probe_port(link: str, port: str, line: LineSettings) -> Finding:
    """Open the port once with these settings and let go of it."""
    what = f"{link}: {port}"
    try:
        open_line(port, line).close()
    except LinkError as error:
        words, _, remedy = str(error).rpartition(": ")
        return Finding(False, what, words, remedy)
    return Finding(True, what, f"can be opened with {line}")

"""Frames from a line until somebody says stop: the blocking half of every serial driver."""

from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event

from devices.byte_line import LineSettings, open_line
from devices.framing import Frame, FrameDecoder
from hmi.errors import LinkError
from hmi.ports import Finding

_LOOK_S = 0.1
_STALLED_S = 1.0


def frames(
    port: str,
    line: LineSettings,
    decoder: FrameDecoder,
    stop: Event,
    *,
    gap_s: float | None,
    opened: Callable[[], None],
    alive: Callable[[], None],
) -> Iterator[Frame]:
    """Open the port, say `opened`, and yield its frames until `stop` is set; LinkError when the port is gone.

    `alive` is called each time the port was looked at and is still there, about ten times a second.
    `gap_s` is the silence that ends a frame; without one, a frame left unfinished for 1 s is a cut one.
    """
    with closing(open_line(port, line)) as source:
        opened()
        silence_s = gap_s if gap_s is not None else _STALLED_S
        silent_s = 0.0
        while not stop.is_set():
            timeout_s = min(_LOOK_S, silence_s - silent_s) if decoder.pending else _LOOK_S
            data = source.read(timeout_s)
            alive()
            if data:
                silent_s = 0.0
                yield from decoder.feed(data)
            elif decoder.pending:
                silent_s += timeout_s
                if silent_s >= silence_s - 1e-6:
                    silent_s = 0.0
                    yield from decoder.silence()


def probe_port(link: str, port: str, line: LineSettings) -> Finding:
    """Open the port once with these settings and let go of it."""
    what = f"{link}: {port}"
    try:
        open_line(port, line).close()
    except LinkError as error:
        words, _, remedy = str(error).rpartition(": ")
        return Finding(False, what, words, remedy)
    return Finding(True, what, f"can be opened with {line}")

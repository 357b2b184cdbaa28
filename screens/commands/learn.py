"""`lineside learn PORT`: scan three labels, and get the table of this reader for the configuration."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import closing

from devices.byte_line import LineSettings, open_line
from devices.learning import Proposal, propose
from devices.usb_ports import plugged_in
from hmi.domain.codes import visible
from hmi.errors import LinkError

_BAUDS = (9600, 115_200, 57_600, 38_400, 19_200)
_SILENCE_S = 0.3
_PATIENCE_S = 60.0
_MOST = 8192

Say = Callable[[str], None]


def table_of(name: str, port: str, baud: int, proposal: Proposal) -> str:
    """The TOML table of a reader, with what differs from the defaults."""
    lines = [f"[links.{name}]", f'driver = "{proposal.driver}"', f"port = {json.dumps(port)}"]
    if baud != _BAUDS[0]:
        lines.append(f"baud = {baud}")
    for key, value in proposal.settings.items():
        # TOML and JSON write booleans and texts alike
        lines.append(f"{key} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def stable_name(port: str) -> str:
    """The address that finds this device at whatever port, where it has one."""
    return next((each.usb for each in plugged_in() if each.port == port and each.usb), port)


def read_label(read: Callable[[float], bytes], patience_s: float) -> bytes:
    """Everything that comes until it is silent; empty when nothing comes within `patience_s`."""
    heard = b""
    end = time.monotonic() + patience_s
    while not heard and time.monotonic() < end:
        heard = read(0.1)
    while heard and len(heard) < _MOST:
        more = read(_SILENCE_S)
        if not more:
            break
        heard += more
    return heard


def run_learn(
    port: str, name: str, count: int, bauds: tuple[int, ...] = _BAUDS, patience_s: float = _PATIENCE_S
) -> int:
    """Ask for labels until a profile reads them all; 0 when one was found."""

    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    for baud in bauds:
        try:
            labels = _labels(port, baud, count, patience_s, say)
        except LinkError as error:
            say(f"lineside: {error}")
            return 1
        proposal = propose(labels) if len(labels) == count else Proposal("", why="nothing came")
        if proposal.driver:
            say("This reader says: " + ", ".join(visible(code) for code in proposal.codes))
            print(table_of(name, stable_name(port), baud, proposal))
            return 0
        say(f"At {baud} bits a second: {proposal.why}.")
        if not labels:
            return 1
    say("No profile reads these labels. Set the reader back to its factory settings, and try again.")
    return 1


def _labels(port: str, baud: int, count: int, patience_s: float, say: Say) -> list[bytes]:
    labels: list[bytes] = []
    with closing(open_line(port, LineSettings(baud, 8, "none", 1))) as line:
        while len(labels) < count:
            say(f"Scan label {len(labels) + 1} of {count} now ({baud} bits a second).")
            label = read_label(line.read, patience_s)
            if not label:
                return labels
            if label in labels:
                say("That was the same label. Scan another one.")
                continue
            labels.append(label)
            if not propose(labels).driver:
                break
    return labels

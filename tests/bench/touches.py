"""From a scan, a key or a touch on the rail to the paint that answers it."""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.bench.child import Measured
from tests.bench.figures import Figure, Goal, Table, figure, percentile
from tests.bench.place import Effort, Place

_PEOPLE = (("B-7355", "R. Lindqvist"), ("B-7341", "M. Okafor"))
_ORDERS = ("WO-104240", "WO-104233")
_SCREENS = ("orders", "inspection", "repair", "waiting", "devices", "run")
_LOAD_TAGS = 100
_SCAN = Goal(limit=30, words="p95 <= 30 ms")
_KEY = Goal(limit=30, words="p95 <= 30 ms")
_SCREEN = Goal(limit=80, words="p95 <= 80 ms")


@dataclass
class Took:
    """Milliseconds of each touch of one kind, by run."""

    what: str
    goal: Goal | None
    runs: list[list[float]] = field(default_factory=list[list[float]])


def measure(place: Place, effort: Effort, say: Callable[[str], None]) -> Table:
    """Everything idle, and again while 1,000 tags change in a second."""
    figures: list[Figure] = []
    say("scans, keys and screens, idle")
    figures += _figures("idle", _all(place, effort, place.terminal(place.configure())))
    say("scans, keys and screens, under 1,000 changes/s")
    file = place.configure(_LOAD_TAGS)
    figures += _figures("1,000 changes/s", _all(place, effort, place.terminal(file)))
    return Table(
        title="A scan, a key, a screen -> it is painted",
        figures=figures,
        notes=[
            (
                "Scan: from its last byte written to the pseudo-terminal. A badge is answered in the action "
                "bar when its entry is committed, and in the header when the frame was read anew; a label is "
                "answered by its order in the detail. Key: of the scrap page's keypad, whose every key keeps "
                "a draft. Screen: from the touch on the rail to the paint of its newest data."
            )
        ],
    )


def sign_in(place: Place, terminal: Measured, badge: str, name: str) -> None:
    """Scan a badge until that person is signed in."""
    number = terminal.tell("expect", f"person:{name}")
    terminal.answer(number, "ready")
    place.badges.scan(badge)
    terminal.answer(number, "seen")


def open_keypad(terminal: Measured) -> None:
    """Open the scrap page of the running order."""
    _tap(terminal, "rail.run")
    _wait(terminal, "action.scrap")
    _tap(terminal, "action.scrap")
    _wait(terminal, "scrap.keypad.5")


def press_key(terminal: Measured, number: int) -> float:
    """Press a key of the keypad, and take it back with the next; ms until it is painted."""
    return terminal.touch_ms("press", "scrap.keypad." + ("5" if number % 2 == 0 else "backspace"))


def _all(place: Place, effort: Effort, program: Measured) -> list[Took]:
    answer, header = Took("badge -> answer", _SCAN), Took("badge -> name in the header", _SCAN)
    label, key = Took("label -> order", _SCAN), Took("key -> paint", _KEY)
    screen = Took("screen -> painted with its data", _SCREEN)
    with program as terminal:
        terminal.mark_ms("value")
        time.sleep(effort.settle_s)
        sign_in(place, terminal, "B-7341", "M. Okafor")
        people, orders = itertools.cycle(_PEOPLE), itertools.cycle(_ORDERS)
        for _ in range(effort.runs):
            both = [_badge(place, terminal, *next(people)) for _ in _paced(effort.touches)]
            answer.runs.append([took for took, _ in both])
            header.runs.append([took for _, took in both])
            label.runs.append([_label(place, terminal, next(orders)) for _ in _paced(effort.touches)])
        sign_in(place, terminal, "B-7300", "A. Novak")
        _run_an_order(place, terminal)
        for _ in range(effort.runs):
            open_keypad(terminal)
            key.runs.append([press_key(terminal, number) for number in _paced(effort.touches // 2 * 2)])
            screens = itertools.cycle(_SCREENS)
            screen.runs.append([terminal.touch_ms("go", next(screens)) for _ in _paced(effort.touches)])
    return [answer, header, label, key, screen]


def _paced(count: int) -> Iterator[int]:
    """So many touches, each at a moment of its own."""
    for number in range(count):
        time.sleep(random.uniform(0.05, 0.15))
        yield number


def _badge(place: Place, terminal: Measured, badge: str, name: str) -> tuple[float, float]:
    answer = terminal.tell("expect", f"answer:{name}")
    header = terminal.tell("expect", f"person:{name}")
    terminal.answer(answer, "ready")
    terminal.answer(header, "ready")
    began = place.badges.scan(badge)
    first = terminal.answer(answer, "seen").at_ns
    second = terminal.answer(header, "seen").at_ns
    return (first - began) / 1e6, (second - began) / 1e6


def _label(place: Place, terminal: Measured, order: str) -> float:
    number = terminal.tell("expect", f"order:{order}")
    terminal.answer(number, "ready")
    began = place.scanner.scan(f"]C0{order}")
    return (terminal.answer(number, "seen").at_ns - began) / 1e6


def _run_an_order(place: Place, terminal: Measured) -> None:
    """Start an order, unless one of an earlier terminal runs already."""
    _tap(terminal, "rail.run")
    if not _offered(terminal, "action.scrap", 1.0):
        _label(place, terminal, _ORDERS[1])
        _wait(terminal, "action.start")
        _tap(terminal, "action.start")


def _offered(terminal: Measured, button: str, timeout_s: float) -> bool:
    number = terminal.tell("expect", f"enabled:{button}")
    terminal.answer(number, "ready")
    return terminal.is_seen(number, timeout_s)


def _tap(terminal: Measured, name: str) -> None:
    terminal.answer(terminal.tell("tap", name), "ready")


def _wait(terminal: Measured, button: str) -> None:
    number = terminal.tell("expect", f"enabled:{button}")
    terminal.answer(number, "seen")


def _figures(state: str, all_took: list[Took]) -> list[Figure]:
    made: list[Figure] = []
    for took in all_took:
        what = f"{state}: {took.what}"
        made.append(figure(f"{what} p50", "ms", [percentile(run, 50) for run in took.runs]))
        made.append(figure(f"{what} p95", "ms", [percentile(run, 95) for run in took.runs], goal=took.goal))
    return made

"""From the start of the process to its window and its first live value."""

import re
from collections.abc import Callable

from tests.bench.figures import Goal, Table, figure
from tests.bench.place import Effort, Place

_FIRST_VALUE = Goal(limit=1500, words="<= 1.5 s from source")
_IMPORT = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \|(\s*)(\S+)")
_SLOWEST = 8


def measure(place: Place, effort: Effort, say: Callable[[str], None]) -> Table:
    """Warm starts of the shipped configuration, and what the imports take of one more."""
    file = place.configure()
    marks: dict[str, list[float]] = {name: [] for name in ("python", "started", "window", "value")}
    for number in range(effort.starts + 1):
        say(f"cold start {number} of {effort.starts}")
        with place.terminal(file) as terminal:
            took = {name: terminal.mark_ms(name) for name in ("python", "window", "value", "started")}
        # the first one writes bytecode and makes the journal
        if number:
            for name, values in marks.items():
                values.append(took[name])
    imports_ms, value_ms, slowest = _imports(place)
    return Table(
        title="Start -> window -> first live value",
        figures=[
            figure("process start -> first line of Python", "ms", marks["python"]),
            figure("process start -> everything is put together", "ms", marks["started"]),
            figure("process start -> window painted", "ms", marks["window"]),
            figure("process start -> first live value painted", "ms", marks["value"], goal=_FIRST_VALUE),
            figure("imports of one more start, with -X importtime", "ms", [imports_ms]),
            figure("their share of its time to the first live value", "%", [imports_ms / value_ms * 100]),
        ],
        notes=[
            (
                "Bytecode and disk cache are warm, the journal exists. The window is painted when the event "
                f"loop turns after the first paint. Own time of imports by package: {slowest}."
            )
        ],
    )


def _imports(place: Place) -> tuple[float, float, str]:
    """Milliseconds of all imports, ms to the first live value, and the slowest packages in words."""
    before = place.log.stat().st_size
    with place.terminal(place.configure(), python_words=("-X", "importtime")) as terminal:
        value_ms = terminal.mark_ms("value")
    with place.log.open("rb") as told:
        told.seek(before)
        lines = told.read().decode("utf-8", "replace").splitlines()
    own: dict[str, int] = {}
    for line in lines:
        if (found := _IMPORT.match(line)) is not None:
            package = found[4].split(".")[0]
            own[package] = own.get(package, 0) + int(found[1])
    ranked = sorted(own.items(), key=lambda item: item[1], reverse=True)[:_SLOWEST]
    words = ", ".join(f"{name} {micros / 1000:.0f} ms" for name, micros in ranked)
    return sum(own.values()) / 1000, value_ms, words

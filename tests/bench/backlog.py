"""A backlog goes to the reference MES while somebody types; and one entry after a link-up."""

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from tests.bench.child import Measured
from tests.bench.figures import Goal, Table, figure, percentile
from tests.bench.place import Effort, Place
from tests.bench.shift import shift
from tests.bench.touches import open_keypad, press_key, sign_in

_RATE = Goal(limit=5000, words=">= 5,000 entries/s", least=True)
_FIRST = Goal(limit=1.0, words="<= 1 s")
_KEY = Goal(limit=50, words="key -> paint p95 <= 50 ms meanwhile")
_LOST_S = 4.0
_LONGEST_S = 600.0


@dataclass(frozen=True)
class Drained:
    """Entries received, seconds from link-up to the first and to the last, keys meanwhile in ms."""

    entries: int
    first_s: float
    all_s: float
    keys_ms: list[float]


def measure(place: Place, effort: Effort, say: Callable[[str], None]) -> Table:
    """`place` is a fresh one: its MES knows nothing of this terminal yet."""
    file = place.configure()
    place.plant.mes("off")
    say(f"{effort.backlog} entries are booked")
    began = time.perf_counter()
    place.journal.parent.mkdir(parents=True, exist_ok=True)
    with shift(place.journal, effort.backlog) as booked:
        booked.book(effort.backlog)
    booked_s = time.perf_counter() - began
    with place.terminal(file) as terminal:
        terminal.mark_ms("window")
        time.sleep(_LOST_S)
        sign_in(place, terminal, "B-7300", "A. Novak")
        open_keypad(terminal)
        still = [press_key(terminal, number) for number in range(effort.touches // 2 * 2)]
        say("the MES is there")
        drained = _drain(place, terminal)
        say("link-ups with one entry")
        ups = [_link_up(place, terminal, number) for number in range(effort.link_ups)]
    keys = drained.keys_ms
    return Table(
        title="A backlog goes to the MES",
        figures=[
            figure("booked before", "/s", [effort.backlog / booked_s]),
            figure(
                "received, from the first receipt to the last",
                "entries/s",
                [drained.entries / max(drained.all_s - drained.first_s, 0.001)],
                goal=_RATE,
            ),
            figure(
                "received, from link-up to the last receipt", "entries/s", [drained.entries / drained.all_s]
            ),
            figure("link-up -> first receipt, with the backlog", "s", [drained.first_s], goal=_FIRST),
            figure("link-up -> receipt of one entry", "s", ups, goal=_FIRST),
            figure("key -> paint p95 before", "ms", [percentile(still, 95)]),
            figure("key -> paint p95 meanwhile", "ms", [percentile(keys, 95)], goal=_KEY),
        ],
        notes=[
            (
                f"{drained.entries} entries, each judged, stored and answered by the reference MES on the "
                f"same machine; {len(keys)} keys meanwhile. Link-up: the MES says that it listens."
            )
        ],
    )


def _drain(place: Place, terminal: Measured) -> Drained:
    entries = _waiting(place)
    keys: list[float] = []
    place.plant.mes("on")
    up = time.monotonic()
    first_s = 0.0
    while (left := _waiting(place)) > 0:
        now = time.monotonic() - up
        if left < entries and not first_s:
            first_s = now
        if now > _LONGEST_S:
            raise TimeoutError(f"{left} of {entries} entries still wait after {now:.0f} s")
        keys.append(press_key(terminal, len(keys)))
        time.sleep(random.uniform(0.02, 0.08))
    return Drained(entries, first_s, time.monotonic() - up, keys)


def _link_up(place: Place, terminal: Measured, number: int) -> float:
    place.plant.mes("off")
    time.sleep(_LOST_S)
    people = (("B-7341", "M. Okafor"), ("B-7300", "A. Novak"))
    sign_in(place, terminal, *people[number % 2])
    place.plant.mes("on")
    up = time.monotonic()
    while _waiting(place) > 0:
        if time.monotonic() - up > _LONGEST_S:
            raise TimeoutError("one entry was not received")
        time.sleep(0.01)
    return time.monotonic() - up


def _waiting(place: Place) -> int:
    """Entries without a receipt, read beside the terminal."""
    with closing(sqlite3.connect(f"file:{place.journal}?mode=ro", uri=True)) as connection:
        query = "SELECT count(*) FROM receipt WHERE state = 'waiting' AND state <> 'received'"
        return int(connection.execute(query).fetchone()[0])

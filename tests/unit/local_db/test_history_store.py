"""Every level says what the samples say, over restarts, late samples and time."""

from __future__ import annotations

import math
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hmi.domain.trends import TrendLine, TrendQuery, Trust
from local_db.history_levels import LEVELS, RAW, Level
from local_db.history_store import HistoryStore

DAY = 86_400_000
T0 = 20_000 * DAY
NAN = math.nan
Sample = tuple[int, float, int]
Told = tuple[float, float, float, int, int]
SPAN = 7_400_000


def opened(file: Path, now_ms: int = T0, most_bytes: int = 1 << 30, most_held: int = 1000) -> HistoryStore:
    return HistoryStore(file, most_bytes=most_bytes, now_ms=now_ms, most_held=most_held)


def put(store: HistoryStore, items: Sequence[Sample], tag: str = "a") -> None:
    """Record samples of one tag."""
    store.append([tag] * len(items), [i[0] for i in items], [i[1] for i in items], [i[2] for i in items])


def ask(store: HistoryStore, start: int, end: int, points: int, *, now: int, tag: str = "a") -> TrendLine:
    found = store.line(tag, TrendQuery((tag,), start, end, points), now)
    assert found is not None
    return found


def plain(items: Sequence[Sample], step: int) -> dict[int, Told]:
    """The same buckets, made in the simplest way."""
    members: dict[int, list[Sample]] = {}
    for sample in sorted(items, key=lambda sample: sample[0]):
        members.setdefault(sample[0] // step * step, []).append(sample)
    told: dict[int, Told] = {}
    for start, inside in members.items():
        known = [value for _, value, trust in inside if trust < Trust.BAD]
        _, value, trust = inside[-1]
        low, high = (min(known), max(known)) if known else (NAN, NAN)
        told[start] = (low, high, value if trust < Trust.BAD else NAN, trust, max(i[2] for i in inside))
    return told


def buckets(line: TrendLine) -> dict[int, Told]:
    """What the line says, by time; samples of one millisecond stand beside each other in it."""
    told: dict[int, Told] = {}
    for at, *rest in zip(line.times, line.low, line.high, line.last, line.trust, line.worst, strict=True):
        low, high, last, trust, worst = rest
        if at in told:
            old = told[at]
            low, high = float(np.fmin(low, old[0])), float(np.fmax(high, old[1]))
            worst = max(worst, old[4])
        told[at] = (low, high, last, trust, worst)
    return told


GOOD, BAD = int(Trust.GOOD), int(Trust.BAD)
SAMPLES = st.lists(
    st.tuples(
        st.integers(1, SPAN - 1),
        st.floats(-1000, 1000),
        st.sampled_from([GOOD] * 6 + [int(Trust.UNCERTAIN), BAD, int(Trust.GAP)]),
    ),
    min_size=1,
    max_size=200,
)


@settings(max_examples=60, deadline=None)
@given(
    SAMPLES, st.lists(st.integers(0, 199), max_size=4), st.sampled_from(LEVELS), st.sampled_from((5, 1000))
)
@example([(1, 0.0, GOOD), (1, 1.0, GOOD)], [], RAW, 1000)
def test_every_level_says_what_the_samples_say(
    items: list[Sample], seals: list[int], level: Level, most_held: int
) -> None:
    """Samples in any order, sealed at any times, some after others that are later than they."""
    told = [(T0 + at, value, trust) for at, value, trust in items]
    cuts = sorted({0, *(cut for cut in seals if cut < len(told)), len(told)})
    with tempfile.TemporaryDirectory() as folder:
        store, now = opened(Path(folder) / "history.db", most_held=most_held), T0
        for first, final in pairwise(cuts):
            put(store, told[first:final])
            now += RAW.row_ms * 2
            store.flush(now)
            store.seal_if_due(now)
        line = ask(store, T0, T0 + SPAN, -(-SPAN // max(level.step_ms, 100)), now=now)
        store.close(now)
    wanted, got = plain(told, level.step_ms), buckets(line)
    assert line.step_ms == level.step_ms
    assert set(got) == set(wanted)
    for start, rest in wanted.items():
        assert got[start] == pytest.approx(rest, nan_ok=True)


def test_what_held_before_holds_on(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    put(store, [(T0 + 1000, 5.0, GOOD)])
    line = ask(store, T0 + 60_000, T0 + 120_000, 1000, now=T0 + 120_000)
    assert (line.times, line.last, line.trust) == ([T0 + 60_000], [5.0], [GOOD])
    store.seal_if_due(T0 + 2 * RAW.row_ms)
    again = ask(store, T0 + 60_000, T0 + 120_000, 1000, now=T0 + 2 * RAW.row_ms)
    assert (again.times, again.last) == ([T0 + 60_000], [5.0])
    assert store.line("b", TrendQuery(("b",), T0, T0 + 1, 10), T0) is None
    store.close(T0)


def test_a_bad_value_and_a_gap_are_kept_as_such(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    put(store, [(T0 + 1000, 5.0, GOOD), (T0 + 2000, NAN, BAD)])
    store.gap(["a"], T0 + 3000)
    line = ask(store, T0, T0 + 10_000, 1000, now=T0 + 10_000)
    assert line.trust == [GOOD, BAD, int(Trust.GAP)]
    assert math.isnan(line.last[1])
    coarse = ask(store, T0, T0 + 10_000, 1, now=T0 + 10_000)
    assert (coarse.low[-1], coarse.high[-1], coarse.trust[-1]) == (5.0, 5.0, int(Trust.GAP))
    store.close(T0)


def test_a_kill_loses_nothing_that_was_flushed_and_leaves_a_gap(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    put(store, [(T0 + 1000, 5.0, GOOD)])
    store.flush(T0 + 1500)
    put(store, [(T0 + 1600, 6.0, GOOD)])
    store.abandon()
    again = opened(tmp_path / "history.db", T0 + 60_000)
    put(again, [(T0 + 61_000, 7.0, GOOD)])
    line = ask(again, T0, T0 + 70_000, 1000, now=T0 + 70_000)
    assert list(zip(line.times, line.trust, strict=True)) == [
        (T0 + 1000, GOOD), (T0 + 1501, int(Trust.GAP)), (T0 + 61_000, GOOD),
    ]  # fmt: skip
    again.close(T0 + 70_000)


def test_levels_are_made_when_they_are_looked_at_and_wait_over_a_kill(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db", most_held=10)
    items = [(T0 + n * 1000, float(n), GOOD) for n in range(30)]
    for item in items:
        put(store, [item])
        store.seal_if_due(item[0])
    store.abandon()
    assert levels_written(tmp_path / "history.db") == 0

    again = opened(tmp_path / "history.db", T0 + 60_000, most_held=10)
    line = ask(again, T0, T0 + 29_999, 1, now=T0 + 60_000)
    step = line.step_ms
    assert step > 1000
    assert buckets(line)[T0] == plain(items, step)[T0]
    again.close(T0 + 60_000)
    assert levels_written(tmp_path / "history.db") > 0


def levels_written(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM row WHERE level > 0").fetchone()[0])


def test_thinning_keeps_the_extremes(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    put(store, [(T0 + n, float(n % 100), GOOD) for n in range(20_000)])
    put(store, [(T0 + 12_345, 9999.0, GOOD)])
    line = ask(store, T0, T0 + 20_000, 300, now=T0 + 20_000)
    assert len(line.times) <= 600
    assert (min(line.low), max(line.high)) == (0.0, 9999.0)
    store.close(T0)


def test_old_samples_go_and_their_levels_stay(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db")
    put(store, [(T0 + n * 1000, float(n), GOOD) for n in range(1200)])
    store.seal_if_due(T0 + 3 * RAW.row_ms)
    later = T0 + 5 * DAY
    assert store.forget(later) == 2
    line = ask(store, T0, T0 + 1_200_000, 12_000, now=later)
    assert line.step_ms == 1000, "the finest level that is kept for so long"
    assert len(line.times) == 1200
    store.close(later)


def test_a_file_that_grows_too_large_loses_its_oldest_samples_first(tmp_path: Path) -> None:
    store = opened(tmp_path / "history.db", most_bytes=1_500_000)
    now = T0
    for block in range(30):
        begin = T0 + block * RAW.row_ms
        put(store, [(begin + n * 100, float(n), GOOD) for n in range(6000)])
        now = begin + 2 * RAW.row_ms
        store.seal_if_due(now)
        store.forget(now)
    assert store.used_bytes() <= 1_500_000
    whole = ask(store, T0, now, 400, now=now)
    assert whole.times[0] <= T0 + 60_000, "a coarse level still knows the beginning"
    newest = ask(store, now - RAW.row_ms - 60_000, now - RAW.row_ms, 600, now=now)
    assert len(newest.times) == 600
    store.close(now)


def test_the_file_of_another_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        opened(file)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE series (x)")
    with pytest.raises(sqlite3.OperationalError):
        opened(tmp_path / "other.db")

"""The file of the history: samples and levels in rows of arrays, beside the journal and never in it."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np

from hmi.domain.trends import TrendLine, TrendQuery, Trust
from local_db.history_levels import (
    BUCKET,
    LEVELS,
    RAW,
    SAMPLE,
    Array,
    Level,
    as_buckets,
    between,
    coarser,
    joined,
)
from local_db.history_tail import Tail

_SCHEMA = """
CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, tag TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS row (
    series INTEGER NOT NULL, level INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (series, level, start)
);
CREATE INDEX IF NOT EXISTS row_age ON row (level, start);
CREATE TABLE IF NOT EXISTS recent (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS due (
    series INTEGER NOT NULL, place INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (series, place)
);
CREATE TABLE IF NOT EXISTS alive (one INTEGER PRIMARY KEY, at INTEGER NOT NULL);
"""
_MOST_HELD = 250_000  # samples, 5 MB
_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=2000", "journal_size_limit=33554432")
_THINNED_FROM = 2  # times the wished points


class HistoryStore:
    """The open file. Opened and used on one thread; raises sqlite3.Error when the file cannot be used.

    Samples go into `recent` at once and stay in memory; when there are many, or a row of time is over, they
    are sealed: written by tag. Levels are made when the row of time is over, or when somebody looks at them:
    each anew from the finer one where samples came (`due`), so that late ones change every level alike. Made
    at each seal, they would be written again and again: 60 MB a minute with 1,000 tags.
    """

    def __init__(self, file: Path, *, most_bytes: int, now_ms: int, most_held: int = _MOST_HELD) -> None:
        """Open or make the file; between the last life of the program and now there is a gap.

        `most_bytes` on the disk, `most_held` samples in memory.
        """
        self._most_held = most_held
        self._most_bytes = most_bytes
        self._connection = sqlite3.connect(file, isolation_level=None)
        try:
            for pragma in _PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(_SCHEMA)
            self._series = dict(self._connection.execute("SELECT tag, id FROM series").fetchall())
            self._due = self._read_due()
            self._tail = Tail()
            for (data,) in self._connection.execute("SELECT data FROM recent ORDER BY id"):
                self._tail.restore(data)
            alive = self._connection.execute("SELECT at FROM alive").fetchone()
            if alive is not None:
                self.gap(list(self._series), max(alive[0], self._tail.newest_ms) + 1)
        except BaseException:
            self._connection.close()
            raise
        self._sealed_to = now_ms // RAW.row_ms * RAW.row_ms

    def close(self, now_ms: int) -> None:
        """Keep what is in memory, and when the program ended."""
        try:
            self.flush(now_ms)
        finally:
            self._connection.close()

    def abandon(self) -> None:
        """Let go of a file that failed, as it is."""
        self._connection.close()

    # ------------------------------------------------------------ what is recorded

    def append(
        self, tags: Sequence[str], times: Sequence[int], values: Sequence[float], trusts: Sequence[int]
    ) -> None:
        """Take samples: one tag, time in ms, value and trust each; they are on the disk after `flush`."""
        for tag in set(tags) - self._series.keys():
            key = self._connection.execute("INSERT INTO series (tag) VALUES (?)", (tag,)).lastrowid
            self._series[tag] = int(key or 0)
        known = self._series
        self._tail.append([known[tag] for tag in tags], times, values, trusts)

    def gap(self, tags: Sequence[str], at_ms: int) -> None:
        """From now on nothing is known of these tags, until they are heard again."""
        if tags:
            many = len(tags)
            self.append(tags, [at_ms] * many, [float("nan")] * many, [int(Trust.GAP)] * many)

    def flush(self, now_ms: int) -> None:
        """Write what came since the last time into the file."""
        data = self._tail.unsaved()
        with self._transaction():
            if data:
                self._connection.execute("INSERT INTO recent (data) VALUES (?)", (data,))
            self._connection.execute("INSERT OR REPLACE INTO alive VALUES (1, ?)", (now_ms,))

    def seal_if_due(self, now_ms: int) -> bool:
        """Seal all when memory has enough of it, and what is over when a row of time has ended: then True."""
        over = (now_ms - 5000) // RAW.row_ms * RAW.row_ms
        ended = over > self._sealed_to
        if ended:
            self._seal(now_ms, over)
            self._sealed_to = over
            self._make_levels(list(self._due))
        if self._tail.count >= self._most_held:
            self._seal(now_ms, now_ms + RAW.row_ms)
        return ended

    def _seal(self, now_ms: int, before_ms: int) -> None:
        taken, rest = self._tail.split(before_ms)
        oldest = now_ms - RAW.keep_ms
        due = {series: dict(places) for series, places in self._due.items()}
        with self._transaction():
            for series, raw in taken.by_series():
                kept = raw[raw["t"] >= oldest]
                places = kept["t"] // RAW.row_ms
                for place in np.unique(places).tolist():
                    start, end = self._write_samples(series, kept[places == place])
                    first, final = due.setdefault(series, {}).get(place, (start, end))
                    first, final = min(first, start), max(final, end)
                    due[series][place] = first, final
                    self._connection.execute(
                        "INSERT OR REPLACE INTO due VALUES (?, ?, ?, ?)", (series, place, first, final)
                    )
            self._connection.execute("DELETE FROM recent")
            data = rest.everything()
            if data:
                self._connection.execute("INSERT INTO recent (data) VALUES (?)", (data,))
        self._tail, self._due = rest, due

    def _read_due(self) -> dict[int, dict[int, tuple[int, int]]]:
        due: dict[int, dict[int, tuple[int, int]]] = {}
        for series, place, start, end in self._connection.execute("SELECT * FROM due"):
            due.setdefault(series, {})[place] = start, end
        return due

    def _write_samples(self, series: int, raw: Array) -> tuple[int, int]:
        start, end = int(raw["t"][0]), int(raw["t"][-1])
        found = self._connection.execute(
            "SELECT data FROM row WHERE series = ? AND level = 0 AND start = ?", (series, start)
        ).fetchone()
        whole = raw if found is None else joined([np.frombuffer(found[0], SAMPLE), raw], SAMPLE)
        self._put(series, RAW, start, max(end, int(whole["t"][-1])), whole)
        return start, end

    def _make_levels(self, wanted: Sequence[int]) -> None:
        with self._transaction():
            for series in wanted:
                for start, end in self._due.get(series, {}).values():
                    self._make_levels_of(series, start, end)
                self._connection.execute("DELETE FROM due WHERE series = ?", (series,))
        for series in wanted:
            self._due.pop(series, None)

    def _make_levels_of(self, series: int, start: int, end: int) -> None:
        for finer, level in pairwise(LEVELS):
            first = start // level.step_ms * level.step_ms
            final = end // level.step_ms * level.step_ms + level.step_ms
            fine = self._read(series, finer, first, final)
            made = coarser(as_buckets(fine) if finer is RAW else fine, level.step_ms)
            self._replace(series, level, first, final, made)

    def _replace(self, series: int, level: Level, first: int, final: int, made: Array) -> None:
        for row_start in range(first // level.row_ms * level.row_ms, final, level.row_ms):
            found = self._connection.execute(
                "SELECT data FROM row WHERE series = ? AND level = ? AND start = ?",
                (series, level.number, row_start),
            ).fetchone()
            old = np.empty(0, BUCKET) if found is None else np.frombuffer(found[0], BUCKET)
            part = between(made, row_start, row_start + level.row_ms)
            kept = [between(old, row_start, first), part, between(old, final, row_start + level.row_ms)]
            self._put(series, level, row_start, row_start + level.row_ms - 1, np.concatenate(kept))

    def _put(self, series: int, level: Level, start: int, end: int, items: Array) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?)",
            (series, level.number, start, end, items.tobytes()),
        )

    def _read(self, series: int, level: Level, start_ms: int, end_ms: int) -> Array:
        kind = SAMPLE if level is RAW else BUCKET
        found = self._connection.execute(
            'SELECT data FROM row WHERE series = ? AND level = ? AND start > ? AND start < ? AND "end" >= ?'
            " ORDER BY start",
            (series, level.number, start_ms - level.row_ms, end_ms, start_ms),
        ).fetchall()
        return between(joined([np.frombuffer(data, kind) for (data,) in found], kind), start_ms, end_ms)

    # ------------------------------------------------------------ what is looked at

    def line(self, tag: str, query: TrendQuery, now_ms: int) -> TrendLine | None:
        """One tag over the time of a query; None when it was never recorded."""
        series = self._series.get(tag)
        if series is None:
            return None
        level = level_for(query, now_ms)
        if level is not RAW and series in self._due:
            self._make_levels([series])
        sealed = self._read(series, level, query.start_ms, query.end_ms)
        fresh = as_buckets(self._tail.of(series, query.start_ms, query.end_ms))
        if level is RAW:
            items = joined([as_buckets(sealed), fresh], BUCKET)
        else:
            items = coarser(joined([sealed, coarser(fresh, level.step_ms)], BUCKET), level.step_ms)
        step_ms = level.step_ms
        if len(items) > _THINNED_FROM * query.points:
            span = query.end_ms - query.start_ms
            step_ms = max(step_ms, -(-span // query.points // level.step_ms) * level.step_ms)
            items = coarser(items, step_ms)
        before = self._before(series, level, query.start_ms)
        if before is not None and (not len(items) or items["t"][0] > query.start_ms):
            items = np.concatenate([before, items])
        return TrendLine(
            tag,
            step_ms,
            items["t"].tolist(),
            items["low"].tolist(),
            items["high"].tolist(),
            items["last"].tolist(),
            items["q"].tolist(),
            items["worst"].tolist(),
        )

    def _before(self, series: int, level: Level, start_ms: int) -> Array | None:
        """What held when the time of the query began."""
        fresh = self._tail.of(series, 0, start_ms)
        if len(fresh):
            held = as_buckets(fresh[-1:])
        else:
            found = self._connection.execute(
                "SELECT data FROM row WHERE series = ? AND level = ? AND start < ?"
                " ORDER BY start DESC LIMIT 1",
                (series, level.number, start_ms),
            ).fetchone()
            if found is None:
                return None
            kind = SAMPLE if level is RAW else BUCKET
            items = between(np.frombuffer(found[0], kind), 0, start_ms)
            if not len(items):
                return None
            held = (as_buckets(items[-1:]) if level is RAW else items[-1:]).copy()
        held["t"], held["low"], held["high"] = start_ms, held["last"], held["last"]
        held["worst"] = held["q"]
        return held

    # ------------------------------------------------------------ what is kept

    def forget(self, now_ms: int) -> int:
        """Drop what is too old for its level, and the oldest while the file is too large; how many rows."""
        self._make_levels(list(self._due))
        dropped = 0
        for level in LEVELS:
            with self._transaction():
                dropped += self._connection.execute(
                    'DELETE FROM row WHERE level = ? AND start < ? AND "end" < ?',
                    (level.number, now_ms - level.keep_ms, now_ms - level.keep_ms),
                ).rowcount
        for level in LEVELS:
            while self.used_bytes() > self._most_bytes:
                with self._transaction():
                    gone = self._connection.execute(
                        "DELETE FROM row WHERE rowid IN"
                        " (SELECT rowid FROM row WHERE level = ? ORDER BY start LIMIT 200)",
                        (level.number,),
                    ).rowcount
                dropped += gone
                if gone == 0:
                    break
        return dropped

    def used_bytes(self) -> int:
        """The bytes that are in use in the file; pages that became free are used again."""
        pages, free, size = (
            int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def level_for(query: TrendQuery, now_ms: int) -> Level:
    """The finest level that has no more buckets than wished, and that is kept for so long."""
    span = max(query.end_ms - query.start_ms, 1)
    for level in LEVELS:
        fine = max(level.step_ms, 100)  # a tag says at most about ten samples a second
        if span / fine <= query.points and query.start_ms >= now_ms - level.keep_ms:
            return level
    return LEVELS[-1]

"""The history on disk: how fast samples go in, an hour and a week come out, and a frame is drawn."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from hmi.domain.tags import TagInfo, TagRole
from hmi.domain.trends import TrendQuery
from local_db.history_levels import RAW
from local_db.history_store import HistoryStore
from screens.trends_chart import ChartWords, TrendChart
from screens.trends_lane import Lane
from screens.trends_window import TimeWindow
from tests.bench.figures import Figure, Goal, Table, figure, percentile
from tests.bench.place import Effort

_TAGS = tuple(f"t{number}" for number in range(8))
_HOUR = 3_600_000
_WEEK = 7 * 24 * _HOUR
_POINTS = 3 * 964 // 2
_FRAME = Goal(limit=16, words="a frame <= 16 ms")
_OPEN = Goal(limit=200, words="opening a week <= 200 ms")
_INGEST = Goal(limit=100_000, words=">= 100,000 samples/s", least=True)
_NOW = 20_000 * 24 * _HOUR


def measure(folder: Path, effort: Effort, say: Callable[[str], None]) -> Table:
    """A week of eight values, written through the store itself, then looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "history.db"
    every_ms = 100 if effort.backlog > 10_000 else 2_000
    say(f"a week of 8 values, one sample each {every_ms} ms")
    samples, took = _fill(file, every_ms)
    store = HistoryStore(file, most_bytes=1 << 40, now_ms=_NOW)
    figures = [figure("samples in, sealed with all levels", "/s", [samples / took], goal=_INGEST)]
    for name, span in (("an hour", _HOUR), ("a day", 24 * _HOUR), ("a week", _WEEK)):
        runs = [_ask(store, span) for _ in range(5 * effort.runs)]
        goal = _OPEN if span == _WEEK else None
        figures.append(figure(f"{name} of 8 values out", "ms", runs, goal=goal))
    figures += _frames(store, effort)
    size = store.used_bytes() / samples
    store.abandon()
    figures.append(figure("bytes a sample, with all levels", "B", [size]))
    return Table(
        title="The history of the tags",
        figures=figures,
        notes=[f"{samples:,} samples; the file is warm. A frame is drawn at 1,160 x 480 in memory."],
    )


def _fill(file: Path, every_ms: int) -> tuple[int, float]:
    store = HistoryStore(file, most_bytes=1 << 40, now_ms=_NOW - _WEEK)
    noise = random.Random(7)
    count = RAW.row_ms // every_ms
    values = [400 + noise.gauss(0, 5) for _ in range(count + 1000)]
    tags, trusts = list(_TAGS) * count, [0] * (count * len(_TAGS))
    samples, began = 0, time.perf_counter()
    for block in range(_NOW - _WEEK, _NOW, RAW.row_ms):
        times = [block + number * every_ms for number in range(count) for _ in _TAGS]
        shift = noise.randrange(900)
        store.append(tags, times, [values[shift + n // 8 + n % 8] for n in range(count * 8)], trusts)
        samples += len(times)
        store.flush(block + RAW.row_ms)
        store.seal_if_due(block + RAW.row_ms + 6000)
    took = time.perf_counter() - began
    store.abandon()
    return samples, took


def _ask(store: HistoryStore, span: int) -> float:
    began = time.perf_counter()
    for tag in _TAGS:
        store.line(tag, TrendQuery(_TAGS, _NOW - span, _NOW, _POINTS), _NOW)
    return (time.perf_counter() - began) * 1000


def _frames(store: HistoryStore, effort: Effort) -> list[Figure]:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    words = ChartWords(
        value=lambda lane, value, trust: (f"{value or 0:.1f}", "kN"),
        number=lambda lane, value: f"{value:.1f}",
        tick=lambda at, step: f"{at / _HOUR % 24:.1f}",
        moment=lambda at: f"{at:.0f}",
        zone_offset=lambda at: 0.0,
        machine="Stops",
        limit=lambda name, value: f"{name} {value}",
    )
    chart = TrendChart("chart", words, lambda: float(_NOW))
    chart.resize(1160, 480)
    tags = [TagInfo(t, "PLC", t, "kN", 1, TagRole.VALUE, None, None, None, None, True, None) for t in _TAGS]
    window = TimeWindow(_NOW - _WEEK / 3, _NOW - 60_000.0, follows=False)
    query = TrendQuery(_TAGS, int(_NOW - _WEEK), _NOW, _POINTS)
    made: list[float] = []
    painted: list[float] = []
    picture = QImage(chart.size(), QImage.Format.Format_RGB32)
    for _ in range(effort.runs):
        lines = [store.line(tag, query, _NOW) for tag in _TAGS]
        began = time.perf_counter()
        chart.show_lanes([Lane(tag, line, float(_NOW)) for tag, line in zip(tags, lines, strict=True)])
        made.append((time.perf_counter() - began) * 1000)
        for _ in range(20):
            window = window.moved(-window.span / 200, _NOW)
            chart.show_window(window)
            began = time.perf_counter()
            chart.render(picture)
            painted.append((time.perf_counter() - began) * 1000)
    assert application is not None
    return [
        figure("curves of 8 values made", "ms", made),
        figure("a frame p50, panning", "ms", [percentile(painted, 50)], goal=_FRAME),
        figure("a frame p95, panning", "ms", [percentile(painted, 95)]),
    ]

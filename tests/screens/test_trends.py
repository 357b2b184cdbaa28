"""Trends: what was recorded is drawn as it was, moved by fingers, wheel, keys and buttons."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.domain.alarm_limits import AlarmSettings
from hmi.domain.equipment import PackmlState
from hmi.domain.tags import TagInfo, TagRole
from hmi.domain.trends import TrendLine, Trust
from hmi.operations.downtime import StateSeen, observe_state
from local_db.history import HistoryThread
from screens.kit import theme
from screens.shell.registry_types import ScreenSpec
from screens.trends import TrendsScreen
from screens.trends_chart import TrendChart
from screens.trends_lane import Lane
from screens.trends_window import TimeWindow, tick_step
from tests.screens.recorded import HOUR, open_store, recorded
from tests.screens.stand import TAGS, SetClock, Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("trends", "trend", TrendsScreen)]
DIE = AlarmSettings(hi=78, hihi=90)
WATCHED = [replace(tag, alarm=DIE) if tag.name == "die" else tag for tag in TAGS]
NAN = math.nan


class Recorded(Stand):
    """A stand with a history of eight hours."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800), hours: float = 8) -> None:
        clock = SetClock()
        if hours:
            self.history = recorded(folder, clock, hours=hours, every_s=4)
        else:
            self.history = HistoryThread(folder / "history.db", open_store, clock)
            self.history.start()
        super().__init__(folder, SCREENS, size, clock=clock, tags=WATCHED)
        self.terminal.history = self.history
        self.touch("rail.trends")
        self.answered_all()

    def answered_all(self) -> None:
        """Wait until the history has answered and the chart has shown it."""
        screen = self.window.screens["trends"]
        assert isinstance(screen, TrendsScreen)
        screen.refresh()
        self.settle()
        self.settle()

    @property
    def chart(self) -> TrendChart:
        """The chart, also when it is not to be seen."""
        found = self.window.findChild(TrendChart, "trends.chart")
        assert found is not None
        return found

    @property
    def shown(self) -> TimeWindow:
        """The time that the chart shows."""
        return self.chart.window_shown

    @property
    def now(self) -> float:
        """The present in ms."""
        return self.clock.now().timestamp() * 1000

    def close(self) -> None:
        """Close history, window and ledger."""
        self.history.stop()
        super().close()


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Recorded]:
    made = Recorded(tmp_path)
    yield made
    made.close()


# ---------------------------------------------------------------- the window of time


def test_a_window_stays_where_the_finger_is_and_comes_back_to_now() -> None:
    now = 10_000_000.0
    window = TimeWindow(now - 600_000, now)
    near = window.zoomed(0.5, now - 300_000, now)
    assert (near.start, near.end, near.follows) == (now - 450_000, now - 150_000, False)
    past = window.moved(-100_000, now)
    assert (past.end, past.follows) == (now - 100_000, False)
    assert past.at(now + 5000) == past, "the past stands still"
    assert past.moved(500_000, now).follows, "nothing lies beyond the present"
    assert past.back(now).end == now
    assert window.at(now + 5000).end == now + 5000


@pytest.mark.parametrize(("span", "step"), [(600_000, 60_000), (HOUR, 600_000), (7 * 24 * HOUR, 24 * HOUR)])
def test_ticks_are_round_times(span: float, step: int) -> None:
    assert tick_step(span, 10) == step


# ---------------------------------------------------------------- a lane


def line(*points: tuple[int, float, float, float, Trust], step: int = 1000) -> TrendLine:
    times, low, high, last, trust = zip(*points, strict=True)
    return TrendLine("die", step, times, low, high, last, trust, trust)


def test_a_lane_breaks_where_nothing_is_known() -> None:
    tag = TagInfo("die", "plc", "Die", "°C", 1, TagRole.VALUE, None, 78, None, None, True, None)
    good, bad, gap = Trust.GOOD, Trust.BAD, Trust.GAP
    told = line(
        (1000, 5, 5, 5, good), (2000, NAN, NAN, NAN, bad), (4000, 6, 9, 7, good), (5000, NAN, NAN, NAN, gap)
    )
    lane = Lane(tag, told, until_ms=9000)
    drawn = [(s.x1(), s.y1(), s.x2(), s.y2()) for s in lane.strokes(0, 9000)]
    assert drawn == [(0, 5, 1, 5), (3, 6, 3, 9), (3, 7, 4, 7)], "nothing in the bad time, nothing in the gap"
    assert [(s.start, s.end, s.trust) for s in lane.stretches[1:]] == [(2000, 4000, bad), (5000, 9000, gap)]
    assert lane.value_at(1500) == (5, good)
    assert lane.value_at(3000) == (None, bad)
    assert lane.value_at(4500) == (7, good)
    assert lane.value_at(8000) == (None, gap)
    assert lane.value_at(500) == (None, gap)
    low, high = lane.reach(1000, 9000)
    assert low < 5 < 9 < high < 20, "a limit that is far away does not flatten the curve"


# ---------------------------------------------------------------- the page


def test_the_newest_values_stand_beside_their_lanes(stand: Recorded) -> None:
    said = stand.chart.accessibleName()
    assert "Die temperature" in said
    assert "°C" in said
    assert stand.shown.follows
    assert "Trends · 4 values" in " ".join(stand.texts_in("trends.headline"))


def test_the_present_goes_on_by_itself(stand: Recorded) -> None:
    stand.clock.go(30)
    stand.go(1)
    assert stand.shown.end == stand.now
    assert stand.shown.span == HOUR


def test_the_present_is_there_at_once_when_one_comes_back_after_hours(stand: Recorded) -> None:
    stand.clock.go(3 * 3600)
    stand.answered_all()
    assert (stand.shown.end, stand.shown.follows) == (stand.now, True)


def test_a_drag_looks_back_and_now_comes_back(stand: Recorded) -> None:
    chart = stand.chart
    left, right = Qt.MouseButton.LeftButton, QPoint(900, 200)
    QTest.mousePress(chart, left, pos=right)
    QTest.mouseMove(chart, right + QPoint(100, 0))
    QTest.mouseMove(chart, right + QPoint(200, 0))
    QTest.mouseRelease(chart, left, pos=right + QPoint(200, 0))
    stand.settle()
    assert not stand.shown.follows
    assert stand.shown.end == pytest.approx(stand.now - 200 / chart.plot_width() * HOUR, rel=1e-3)
    assert "to" in " ".join(stand.texts_in("trends.headline"))
    stand.go(5)
    assert stand.shown.end < stand.now - 60_000, "the past stands still"
    stand.touch("action.now")
    assert stand.shown.follows
    assert stand.shown.end == stand.now


def test_a_touch_sets_the_cursor_and_reads_every_lane(stand: Recorded) -> None:
    before = stand.chart.accessibleName()
    QTest.mouseClick(stand.chart, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    at = stand.chart.cursor_ms
    assert at is not None
    assert stand.chart.accessibleName() != before
    stand.chart.setFocus()
    QTest.keyClick(stand.chart, Qt.Key.Key_Right)
    moved = stand.chart.cursor_ms
    assert moved is not None
    assert moved > at
    QTest.mouseClick(stand.chart, Qt.MouseButton.LeftButton, pos=QPoint(20, 100))
    assert stand.chart.cursor_ms is None


def test_where_nothing_was_heard_no_value_is_read(stand: Recorded) -> None:
    stand.chart.set_cursor(stand.now - 0.74 * HOUR)
    assert "Die temperature – – – not heard" in stand.chart.accessibleName()
    stand.chart.set_cursor(stand.now - 0.36 * HOUR)
    assert "Hydraulic pressure – – – bad value" in stand.chart.accessibleName()
    stand.chart.set_cursor(stand.now - 0.17 * HOUR)
    assert "uncertain" in stand.chart.accessibleName()


def test_wheel_keys_and_buttons_zoom(stand: Recorded) -> None:
    chart = stand.chart
    turned = QWheelEvent(
        QPointF(700, 200), chart.mapToGlobal(QPointF(700, 200)), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(chart, turned)
    assert stand.shown.span == pytest.approx(0.8 * HOUR)
    QTest.keyClick(chart, Qt.Key.Key_Minus)
    assert stand.shown.span == pytest.approx(1.6 * HOUR)
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert stand.shown.follows
    stand.settle()
    stand.touch("action.closer")
    assert stand.shown.span == pytest.approx(0.8 * HOUR)
    assert stand.shown.follows
    stand.touch("trends.range.480")
    assert stand.shown.span == 8 * HOUR
    stand.touch("action.earlier")
    assert stand.shown.end == pytest.approx(stand.now - 4 * HOUR)


def test_values_are_chosen_up_to_eight(stand: Recorded) -> None:
    stand.touch("action.tags")
    assert not stand.sees("trends.chart")
    stand.touch("trends.tag.die")
    stand.touch("trends.tag.coil")
    stand.touch("action.done")
    stand.settle()
    said = stand.chart.accessibleName()
    assert "Coil remaining" in said
    assert "Die temperature" not in said
    stand.touch("action.tags")
    for tag in ("force", "cycle", "oil", "coil"):
        stand.touch(f"trends.tag.{tag}")
    stand.touch("action.done")
    assert any("Nothing is chosen" in text for text in stand.texts_in("trends.empty"))


def test_stops_are_drawn_in(stand: Recorded) -> None:
    before = stand.chart.grab().toImage()
    at = stand.clock.now() - timedelta(minutes=20)
    stand.do(observe_state, StateSeen(PackmlState.ABORTED, 312, at, True))
    stand.do(observe_state, StateSeen(PackmlState.EXECUTE, 0, at + timedelta(minutes=6), True))
    stand.answered_all()
    after = stand.chart.grab().toImage()
    x = int(196 + (1 - 17 / 60) * stand.chart.plot_width())
    assert before.pixelColor(x - 30, 9) != after.pixelColor(x - 30, 9)
    assert after.pixelColor(x - 30, 9).name().upper() == theme.DAY.critical.fill


def test_nothing_was_recorded_yet(tmp_path: Path, qapp: object) -> None:
    stand = Recorded(tmp_path, hours=0)
    try:
        assert any("Nothing was recorded in this time" in text for text in stand.texts_in("trends.empty"))
        assert not stand.sees("trends.chart")
    finally:
        stand.close()


def test_a_history_that_cannot_be_kept_says_so(tmp_path: Path, qapp: object) -> None:
    stand = Stand(tmp_path, SCREENS, tags=WATCHED)
    history = HistoryThread(tmp_path / "nowhere" / "history.db", open_store, stand.clock)
    history.start()
    stand.terminal.history = history
    try:
        stand.touch("rail.trends")
        stand.settle()
        stand.window.screens["trends"].refresh()
        stand.until(lambda: stand.sees("trends.trouble"))
        assert "everything else goes on" in stand.text("trends.trouble")
    finally:
        history.stop()
        stand.close()


@pytest.mark.parametrize("size", [(1024, 768), (1080, 1920)])
def test_it_fits(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    stand = Recorded(tmp_path, size)
    try:
        assert stand.window.width() == size[0]
        for name in ("trends.range.60", "action.earlier", "action.tags", "action.help"):
            assert stand.inside(name), name
    finally:
        stand.close()

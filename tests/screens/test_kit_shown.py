"""What the kit shows: reasons, tables, values with their quality and age, lists, and room for them."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from screens.gallery.parts import DOWN, SORT, UP, reason_words
from screens.kit import labels, theme
from screens.kit.answer_line import Answer, AnswerLine
from screens.kit.chip import Chip
from screens.kit.folding import FoldingColumn
from screens.kit.keyboard import Keyboard
from screens.kit.part_row import Part, PartRow
from screens.kit.reason_tiles import Reason, ReasonTiles
from screens.kit.scroll import TouchScroll
from screens.kit.state_timeline import Span, SpanKind, StateTimeline
from screens.kit.step_list import Step, StepList
from screens.kit.table_head import Sorting, SortKey, sorted_places
from screens.kit.task_list import Task, TaskList
from screens.kit.theme import Tone
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit.value_tile import DASHES, Quality, ValueTile
from tests.screens.hands import LEFT, colours_of, pixels, press, shown

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture(autouse=True)
def _day(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.DAY)
    yield
    theme.apply(qapp, theme.DAY)


class TestReasons:
    def many(self, qtbot: QtBot) -> ReasonTiles:
        tiles = ReasonTiles("why", reason_words())
        reasons = [Reason(f"r{i}", f"Reason {i}", "Unplanned") for i in range(30)]
        tiles.set_reasons([*reasons, Reason("hyd", "Hydraulics", "Öldruck", suggested=True)])
        shown(qtbot, tiles, 900, 560)
        return tiles

    def visible(self, tiles: ReasonTiles) -> list[str]:
        names = [b.objectName() for b in tiles.findChildren(QPushButton) if b.isVisible()]
        return [name for name in names if re.fullmatch(r"why\.(r\d+|hyd)", name)]

    def test_one_touch_picks_and_the_suggestion_stands_first(self, qtbot: QtBot) -> None:
        tiles = self.many(qtbot)
        assert self.visible(tiles)[0] == "why.hyd"
        suggestion = tiles.findChild(QPushButton, "why.hyd")
        assert suggestion is not None
        assert "suggested from F-312" in suggestion.accessibleName()
        with qtbot.waitSignal(tiles.picked) as heard:
            press(tiles, "why.r3")
        assert heard.args == ["r3"]
        assert tiles.selected_id == "r3"

    def test_pages_by_button_and_by_swipe_reach_every_reason(self, qtbot: QtBot) -> None:
        tiles = self.many(qtbot)
        seen = set(self.visible(tiles))
        first = set(seen)
        for _ in range(4):
            press(tiles, "why.pages.down")
            seen |= set(self.visible(tiles))
        assert len(seen) == 31
        ground = tiles.childAt(4, 2)
        button = tiles.findChild(QPushButton, "why.hyd")
        assert button is not None
        grid = button.parentWidget()
        assert ground is not None
        assert grid is not None
        for _ in range(5):
            QTest.mousePress(grid, LEFT, pos=QPoint(5, 10))
            QTest.mouseRelease(grid, LEFT, pos=QPoint(5, 200))
        assert set(self.visible(tiles)) == first

    def test_search_needs_no_accents_and_says_when_nothing_is_found(self, qtbot: QtBot) -> None:
        tiles = self.many(qtbot)
        press(tiles, "why.search")
        board = tiles.findChild(Keyboard)
        assert board is not None
        assert board.isVisible()
        QTest.keyClicks(board, "oldruck")
        assert self.visible(tiles) == ["why.hyd"]
        QTest.keyClicks(board, "zzz")
        assert self.visible(tiles) == []
        assert any(text.isVisible() and "No reason" in text.text() for text in tiles.findChildren(QLabel))
        press(tiles, "why.keyboard.enter")
        assert not board.isVisible()


class TestChip:
    WORDS = "PLC says F-312 hydraulic pressure low, pump 2 of the left-hand line of hall 4"

    def test_long_words_break_into_two_lines_where_they_may(self, qtbot: QtBot) -> None:
        one, two = Chip(self.WORDS), Chip(self.WORDS, breaking=True)
        for chip in (one, two):
            shown(qtbot, chip)
        assert two.sizeHint().width() < 0.6 * one.sizeHint().width()
        assert two.sizeHint().height() > one.sizeHint().height()
        two.set("Short")
        assert two.sizeHint() == Chip("Short").sizeHint()


class TestTable:
    COLUMNS = (Column("Order", 2), Column("Due", 1, right=True))

    def table(self, qtbot: QtBot, rows: int) -> TouchTable:
        made = TouchTable("t", self.COLUMNS, empty_text="No orders yet.", up_text=UP, down_text=DOWN)
        made.set_rows([Row(str(i), [f"WO-{i}", "14:30"]) for i in range(rows)])
        shown(qtbot, made, 600, 420)
        return made

    def visible(self, table: TouchTable) -> list[str]:
        rows = [
            b
            for b in table.findChildren(QPushButton)
            if b.objectName().startswith("t.row.") and b.isVisible()
        ]
        return [row.objectName() for row in sorted(rows, key=lambda row: row.y())]

    def test_a_row_answers_to_touch(self, qtbot: QtBot) -> None:
        table = self.table(qtbot, 3)
        with qtbot.waitSignal(table.row_touched) as heard:
            press(table, "t.row.1")
        assert heard.args == ["1"]

    def test_pages_show_every_row_once(self, qtbot: QtBot) -> None:
        table = self.table(qtbot, 14)
        seen = self.visible(table)
        down = table.findChild(QPushButton, "t.pages.down")
        assert down is not None
        while down.isEnabled():
            QTest.mouseClick(down, LEFT)
            seen += self.visible(table)
        assert seen == [f"t.row.{i}" for i in range(14)]

    def test_an_empty_table_says_why(self, qtbot: QtBot) -> None:
        table = self.table(qtbot, 0)
        assert [text.text() for text in table.findChildren(QLabel) if text.isVisible() and text.text()] == [
            "No orders yet."
        ]
        table.set_empty_text("The MES sent no order for this press.")
        assert any("sent no order" in text.text() for text in table.findChildren(QLabel))
        table.set_rows([Row("1", ["WO-1", ""])])
        assert self.visible(table) == ["t.row.1"]

    def test_an_update_keeps_the_page_and_the_buttons(self, qtbot: QtBot) -> None:
        table = self.table(qtbot, 14)
        press(table, "t.pages.down")
        before = self.visible(table)
        button = table.findChild(QPushButton, before[0])
        table.set_rows([Row(str(i), [f"WO-{i}", "15:00"], Tone.HIGH) for i in range(14)])
        assert self.visible(table) == before
        assert table.findChild(QPushButton, before[0]) is button

    def test_rows_to_be_read_only_take_no_touch(self, qtbot: QtBot) -> None:
        table = TouchTable("t", self.COLUMNS, empty_text="", up_text=UP, down_text=DOWN, touchable=False)
        table.set_rows([Row("1", ["WO-1", ""])])
        shown(qtbot, table)
        row = table.findChild(QPushButton, "t.row.1")
        assert row is not None
        assert row.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        assert row.focusPolicy() == Qt.FocusPolicy.NoFocus


class TestSorting:
    NAMES = ("WO-9", "wo-10", "WO-100", "WO-1", "WO-20")
    DUES = (5, 1, None, 2, 1)

    def table(self, qtbot: QtBot) -> TouchTable:
        columns = (Column("Order", 2), Column("Due", 1, right=True), Column("Note", 1, sorts=False))
        made = TouchTable("t", columns, empty_text="", up_text=UP, down_text=DOWN, sort=SORT)
        made.set_rows(self.rows())
        shown(qtbot, made, 600, 620)
        return made

    def rows(self) -> list[Row]:
        return [
            Row(name, [name, f"in {due} h" if due else "", ""], keys=(name, due, ""))
            for name, due in zip(self.NAMES, self.DUES, strict=True)
        ]

    def test_a_touch_sorts_the_next_turns_it_and_the_third_takes_it_back(self, qtbot: QtBot) -> None:
        table = self.table(qtbot)
        assert table.shown_ids() == list(self.NAMES)
        press(table, "t.head.0")
        assert table.shown_ids() == ["WO-1", "WO-9", "wo-10", "WO-20", "WO-100"]
        press(table, "t.head.0")
        assert table.shown_ids() == ["WO-100", "WO-20", "wo-10", "WO-9", "WO-1"]
        press(table, "t.head.0")
        assert table.shown_ids() == list(self.NAMES)

    def test_another_column_starts_anew_and_equal_rows_stay_as_they_came(self, qtbot: QtBot) -> None:
        table = self.table(qtbot)
        press(table, "t.head.0")
        press(table, "t.head.1")
        assert table.shown_ids() == ["wo-10", "WO-20", "WO-1", "WO-9", "WO-100"]
        press(table, "t.head.1")
        assert table.shown_ids() == ["WO-9", "WO-1", "wo-10", "WO-20", "WO-100"], "without a due time: last"

    def test_new_rows_stand_where_they_sort_and_the_first_page_is_shown(self, qtbot: QtBot) -> None:
        table = self.table(qtbot)
        table.resize(600, 300)
        press(table, "t.pages.down")
        press(table, "t.head.0")
        assert table.shown_ids()[0] == "WO-1"
        table.set_rows([*self.rows(), Row("WO-0", ["WO-0", "", ""], keys=("WO-0", None, ""))])
        assert table.shown_ids()[:2] == ["WO-0", "WO-1"]

    def test_the_keyboard_reaches_heads_then_rows_as_they_stand(self, qtbot: QtBot) -> None:
        table = self.table(qtbot)
        first = table.findChild(QPushButton, "t.head.0")
        assert first is not None
        first.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(first, Qt.Key.Key_Return)
        reached: list[str] = []
        for _ in range(4):
            at = QApplication.focusWidget()
            assert at is not None
            reached.append(at.objectName())
            QTest.keyClick(at, Qt.Key.Key_Tab)
        assert reached == ["t.head.0", "t.head.1", "t.row.WO-1", "t.row.WO-9"]

    def test_a_head_says_how_it_is_sorted_and_shows_it(self, qtbot: QtBot) -> None:
        table = self.table(qtbot)
        head = table.findChild(QPushButton, "t.head.1")
        assert head is not None
        looks: list[QImage] = []
        for said in ("not sorted", "sorted, lowest first", "sorted, highest first"):
            assert head.accessibleName() == f"Due, {said}"
            looks.append(pixels(head))
            QTest.mouseClick(head, LEFT)
        assert not any(one == other for one, other in combinations(looks, 2))

    def test_a_head_that_sorts_nothing_is_no_button(self, qtbot: QtBot) -> None:
        table = self.table(qtbot)
        unsorted = table.findChild(QPushButton, "t.head.2")
        assert unsorted is not None
        assert not unsorted.isVisible()
        table.set_columns((Column("Order"), Column("Due")))
        table.set_rows([Row("WO-1", ["WO-1", "14:30"])])
        visible = [b.objectName() for b in table.findChildren(QPushButton) if b.isVisible()]
        assert visible == ["t.head.0", "t.head.1", "t.row.WO-1"]

    @pytest.mark.parametrize(
        ("keys", "rising"),
        [
            (["b", "A", "c"], [1, 0, 2]),
            ([Decimal("2.5"), 2, 3.5], [1, 0, 2]),
            (["", "Ä", None, "a"], [3, 1, 0, 2]),
            ([datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)], [1, 0]),
        ],
    )
    def test_what_sorts(self, keys: list[SortKey], rising: list[int]) -> None:
        assert sorted_places(keys, Sorting.UP) == rising
        assert sorted_places(keys, Sorting.NONE) == list(range(len(keys)))


class TestValueTile:
    def tile(self, qtbot: QtBot) -> ValueTile:
        made = ValueTile("Ram force", "kN", name="tile", band=(400.0, 420.0))
        made.set_trace(deque((float(i), 410.0 + i % 5) for i in range(50)))
        shown(qtbot, made, 260, 150)
        return made

    def test_before_the_first_value_there_are_dashes(self, qtbot: QtBot) -> None:
        assert self.tile(qtbot).shown_value == DASHES

    def test_a_bad_value_is_never_shown(self, qtbot: QtBot) -> None:
        tile = self.tile(qtbot)
        tile.show_value("412", Quality.BAD, "no answer from the sensor")
        assert tile.shown_value == DASHES
        assert "412" not in tile.accessibleName()
        assert "no answer from the sensor" in tile.accessibleName()

    def test_good_uncertain_stale_and_bad_look_different(self, qtbot: QtBot) -> None:
        tile = self.tile(qtbot)
        seen: list[QImage] = []
        for quality in Quality:
            tile.show_value("412", quality, "" if quality is Quality.GOOD else "12 min old")
            seen.append(pixels(tile))
        assert all(one != other for one, other in combinations(seen, 2))

    def test_a_stale_value_is_hatched_over_its_figures(self, qtbot: QtBot) -> None:
        tile = self.tile(qtbot)
        value = QRect(12, 34, 90, 40)
        hatch = QColor(theme.DAY.edge)

        def near(image: QImage) -> int:
            area = image.copy(value)
            return sum(
                abs(area.pixelColor(x, y).lightness() - hatch.lightness()) < 24
                for x in range(area.width())
                for y in range(area.height())
            )

        tile.show_value("1", Quality.GOOD)
        plain = near(pixels(tile))
        tile.show_value("1", Quality.STALE, "12 min old")
        assert near(pixels(tile)) > 3 * plain + 50

    @pytest.mark.parametrize("tone", [Tone.CRITICAL, Tone.HIGH, Tone.MEDIUM, Tone.LOW])
    def test_an_alarm_has_colour_outline_and_word(self, qtbot: QtBot, tone: Tone) -> None:
        tile = self.tile(qtbot)
        tile.show_value("79.2")
        calm = colours_of(pixels(tile))
        tile.show_alarm(tone, "HIGH > 78")
        tile.show_value("79.2")
        edge = theme.DAY.signal(tone).edge.lower()
        assert edge not in calm
        assert edge in colours_of(pixels(tile))
        assert "HIGH > 78" in tile.accessibleName()
        tile.show_alarm(Tone.NORMAL, "")
        assert edge not in colours_of(pixels(tile))

    def test_a_gap_in_the_history_is_a_gap(self, qtbot: QtBot) -> None:
        tile = ValueTile("Ram force", "kN", name="tile")
        shown(qtbot, tile, 260, 150)
        tile.show_value("", Quality.GOOD)
        points: deque[tuple[float, float | None]] = deque((float(i), 5.0 + i % 2) for i in range(30))
        tile.set_trace(points)
        whole = pixels(tile)
        for i in range(10, 20):
            points[i] = (float(i), None)
        tile.show_value("", Quality.GOOD)
        broken = pixels(tile)
        middle = QRect(115, 84, 30, 58)
        ground = {theme.DAY.card.lower()}
        assert colours_of(whole.copy(middle)) > ground
        assert colours_of(broken.copy(middle)) == ground

    def test_a_hundred_repaints_of_eight_tiles_are_cheap(self, qtbot: QtBot) -> None:
        tile = self.tile(qtbot)
        started = datetime.now(UTC)
        for number in range(200):
            tile.show_value(str(400 + number % 20))
            tile.repaint()
        each = (datetime.now(UTC) - started).total_seconds() / 200
        assert each < 0.006, f"{each * 1000:.2f} ms; 8 tiles at 10 Hz must leave half a core free"


class TestLists:
    def test_tasks_are_chosen_and_page(self, qtbot: QtBot) -> None:
        tasks = TaskList("todo", empty_text="Nothing to do now.", up_text=UP, down_text=DOWN)
        shown(qtbot, tasks, 320, 300)
        tasks.set_tasks([])
        assert any(
            text.isVisible() and text.text() == "Nothing to do now." for text in tasks.findChildren(QLabel)
        )
        tasks.set_tasks([Task(str(i), "box", f"Task {i}") for i in range(6)])
        QApplication.processEvents()
        press(tasks, "todo.pages.down")
        shown_now = [b.objectName() for b in tasks.findChildren(QPushButton) if b.isVisible()]
        assert "todo.0" not in shown_now
        last = next(name for name in shown_now if re.fullmatch(r"todo\.\d", name))
        with qtbot.waitSignal(tasks.chosen) as heard:
            press(tasks, last)
        assert heard.args == [last.removeprefix("todo.")]

    def test_steps_tell_who_and_when_and_answer_to_touch(self, qtbot: QtBot) -> None:
        steps = StepList("lock")
        steps.set_steps([Step("1", "Main isolator locked", True, "J. Haddad", "10:02"), Step("2", "Bled")])
        shown(qtbot, steps, 500, 160)
        first = steps.findChild(QPushButton, "lock.1")
        assert first is not None
        assert first.accessibleName() == "Main isolator locked J. Haddad 10:02"
        with qtbot.waitSignal(steps.touched) as heard:
            press(steps, "lock.2")
        assert heard.args == ["2"]

    def test_parts_wrap_into_rows_of_fingers(self, qtbot: QtBot) -> None:
        page = QWidget()
        parts = PartRow("part")
        parts.set_parts([Part(str(i), str(i)) for i in range(8)], "0")
        box = QVBoxLayout(page)
        box.addWidget(parts)
        box.addStretch(1)
        shown(qtbot, page, 420, 400)
        boxes = parts.findChildren(QPushButton)
        assert len({button.y() for button in boxes}) > 1
        assert all(button.geometry().bottom() < parts.height() for button in boxes)
        with qtbot.waitSignal(parts.touched) as heard:
            press(parts, "part.7")
        assert heard.args == ["7"]

    def test_an_answer_follows_the_entry_and_can_be_taken_away(self, qtbot: QtBot) -> None:
        page = QWidget()
        line = AnswerLine("answer", page)
        shown(qtbot, page)
        assert not line.isVisible()
        line.show_answer("Saved on this terminal", "10:41:52")
        assert (line.isVisible(), line.state) == (True, Answer.SAVED)
        line.show_answer("Received by MES", "10:41:53", Answer.RECEIVED)
        assert line.accessibleName() == "Received by MES 10:41:53"
        line.clear()
        assert not line.isVisible()

    def test_a_narrow_stop_is_met_by_a_finger_beside_it(self, qtbot: QtBot) -> None:
        line = StateTimeline("line")
        start = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
        stop = Span(
            "stop", start + timedelta(minutes=240), start + timedelta(minutes=241), SpanKind.UNCLASSIFIED
        )
        run = Span("run", start, start + timedelta(minutes=480), SpanKind.RUNNING)
        line.set_spans(start, start + timedelta(minutes=480), [run, stop])
        shown(qtbot, line, 600, 100)
        near, far = line.span_at(QPointF(320, 40)), line.span_at(QPointF(400, 40))
        assert near is stop
        assert far is run
        with qtbot.waitSignal(line.touched) as heard:
            QTest.mouseClick(line, LEFT, pos=QPoint(301, 40))
        assert heard.args == ["stop"]

    def test_time_without_data_is_hatched_not_grey(self, qtbot: QtBot) -> None:
        line = StateTimeline("line")
        start = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
        line.set_spans(
            start,
            start + timedelta(hours=8),
            [Span("r", start, start + timedelta(hours=4), SpanKind.RUNNING)],
        )
        shown(qtbot, line, 600, 90)
        image = pixels(line)
        assert colours_of(image.copy(QRect(10, 4, 200, 20))) == {theme.DAY.calm.lower()}
        unknown = colours_of(image.copy(QRect(350, 4, 200, 20)))
        assert theme.DAY.card.lower() in unknown
        assert theme.DAY.calm.lower() not in unknown
        assert max(theme.contrast(colour, theme.DAY.card) for colour in unknown) >= 3


class TestRoom:
    def test_what_matters_least_folds_away(self, qtbot: QtBot) -> None:
        column = FoldingColumn(gap=10)
        keep, fold = QWidget(), QWidget()
        keep.setMinimumHeight(100)
        fold.setMinimumHeight(80)
        column.add(keep)
        column.add(fold, foldable=True)
        shown(qtbot, column, 200, 195)
        assert fold.isVisible()
        column.resize(200, 150)
        QApplication.processEvents()
        assert not fold.isVisible()
        column.resize(200, 300)
        QApplication.processEvents()
        assert fold.isVisible()
        assert column.minimumSizeHint().height() == 100

    def test_scrolling_by_page_buttons_reaches_the_end(self, qtbot: QtBot) -> None:
        content = QWidget()
        box = QVBoxLayout(content)
        marks = [labels.label(f"Line {i}") for i in range(40)]
        for mark in marks:
            box.addWidget(mark)
        scroll = TouchScroll(content, name="s", up_text=UP, down_text=DOWN)
        shown(qtbot, scroll, 300, 320)
        down = scroll.findChild(QPushButton, "s.pages.down")
        assert down is not None
        assert down.isVisible()
        assert marks[-1].visibleRegion().isEmpty()
        for _ in range(12):
            QTest.mouseClick(down, LEFT)
        assert not marks[-1].visibleRegion().isEmpty()
        scroll.resize(300, 1600)
        QApplication.processEvents()
        assert not down.isVisible()

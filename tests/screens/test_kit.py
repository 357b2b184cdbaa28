"""The kit as hands and eyes meet it: contrast, sizes, entry by touch and keys, signs of bad and old values."""

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from screens.kit import icons, labels, painting, theme
from screens.kit.answer_line import Answer, AnswerLine
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import SelectableCard
from screens.kit.choice_field import Choice, ChoiceField
from screens.kit.folding import FoldingColumn
from screens.kit.keyboard import Keyboard
from screens.kit.keypad import Keypad, KeypadWords
from screens.kit.part_row import Part, PartRow
from screens.kit.reason_tiles import Reason, ReasonTiles
from screens.kit.scroll import TouchScroll
from screens.kit.state_timeline import Span, SpanKind, StateTimeline
from screens.kit.step_list import Step, StepList
from screens.kit.task_list import Task, TaskList
from screens.kit.theme import Scale, Theme, Tone
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit.value_tile import DASHES, Quality, ValueTile
from tests.screens import gallery
from tests.screens.gallery_parts import DOWN, KEYS, PAD_KEYS, UP, reason_words

KIT = Path(theme.__file__).parent
SHELL = [KIT.parent / "shell" / f"{name}.py" for name in ("header", "rail", "strip", "action_bar")]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SOURCES = [*sorted(KIT.glob("*.py")), *SHELL]
LOOKS = [theme.DAY, theme.NIGHT]
SIZES = [(1024, 768), (1280, 800), (1366, 768), (1920, 1080), (1080, 1920)]
GROUNDS = ("ground", "panel", "card", "field", "selected")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _day(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.DAY)
    yield
    theme.apply(qapp, theme.DAY)


def press(widget: QWidget, name: str) -> None:
    button = widget.findChild(QPushButton, name)
    assert button is not None, name
    QTest.mouseClick(button, LEFT)


def shown(qtbot: QtBot, widget: QWidget, width: int = 600, height: int = 400) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    for _ in range(3):
        QApplication.processEvents()
    return widget


def pixels(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def colours_of(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


class TestTheme:
    @pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
    def test_text_reaches_seven_to_one_on_every_ground(self, look: Theme) -> None:
        inks = {"ink": look.ink, "muted": look.muted}
        inks |= {tone.value: look.signal(tone).text for tone in Tone}
        short = {
            (name, ground): round(theme.contrast(ink, getattr(look, ground)), 2)
            for name, ink in inks.items()
            for ground in GROUNDS
            if theme.contrast(ink, getattr(look, ground)) < 7
            and not (ground == "selected" and name not in ("ink",))
        }
        assert short == {}

    @pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
    def test_words_on_a_coloured_ground_reach_seven_to_one(self, look: Theme) -> None:
        for tone in Tone:
            signal = look.signal(tone)
            assert theme.contrast(signal.on, signal.strip) >= 7, tone
        assert theme.contrast(look.action.on, look.action.fill) >= 7
        assert theme.contrast(look.action.on, look.action_pressed) >= 7
        assert theme.contrast(look.ink, look.pressed) >= 7

    @pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
    def test_graphics_with_a_meaning_reach_three_to_one(self, look: Theme) -> None:
        for ground in GROUNDS:
            for tone in Tone:
                assert theme.contrast(look.signal(tone).edge, getattr(look, ground)) >= 3, (tone, ground)
        for graphic in (look.calm, look.bar, look.edge):
            assert theme.contrast(graphic, look.card) >= 3
        assert theme.contrast(look.disabled, look.panel) >= 3

    def test_contrast_agrees_with_known_pairs(self) -> None:
        assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
        assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)

    def test_every_tone_but_normal_and_action_has_its_own_shape(self) -> None:
        shapes = [icons.sign_of(tone) for tone in Tone if tone not in (Tone.NORMAL, Tone.ACTION)]
        assert "" not in shapes
        assert len(set(shapes)) == len(shapes)

    def test_figures_are_of_equal_width(self, qapp: QApplication) -> None:
        for scale in Scale:
            font = theme.font(scale)
            assert painting.text_width("1111", font) == pytest.approx(
                painting.text_width("8888", font), abs=0.6
            )

    def test_a_live_switch_repaints_what_is_shown(self, qtbot: QtBot, qapp: QApplication) -> None:
        window = gallery.shown("touch", QSize(1280, 800))
        qtbot.addWidget(window)
        assert theme.DAY.field.lower() in colours_of(pixels(window))
        theme.apply(qapp, theme.NIGHT)
        QApplication.processEvents()
        after = colours_of(pixels(window))
        assert theme.current() is theme.NIGHT
        assert theme.NIGHT.field.lower() in after
        assert theme.DAY.field.lower() not in after - {"#ffffff"}

    def test_no_colour_and_no_size_of_type_outside_the_theme(self) -> None:
        found = [
            f"{path.name}: {line.strip()}"
            for path in SOURCES
            if path.name != "theme.py"
            for line in path.read_text("utf-8").splitlines()
            if re.search(
                r"#[0-9A-Fa-f]{6}\b|QColor\(\d|setPixelSize|setPointSize|setFamil|setStyleSheet", line
            )
        ]
        assert found == []


class TestHouse:
    def test_the_kit_imports_no_other_room(self) -> None:
        pattern = re.compile(r"^\s*(?:from|import) (hmi|devices|local_db)\b", re.MULTILINE)
        assert [path.name for path in SOURCES if pattern.search(path.read_text("utf-8"))] == []

    def test_labels_are_made_in_one_place_only(self) -> None:
        makers = [path.name for path in SOURCES if re.search(r"\bQLabel\b", path.read_text("utf-8"))]
        assert makers == ["labels.py"]

    def test_labels_show_markup_as_it_was_written(self, qtbot: QtBot) -> None:
        text = '<b>lot</b> <a href="x">L-1</a>'
        for made in (labels.label(text), labels.wrapped(text), labels.eyebrow(text)):
            qtbot.addWidget(made)
            assert made.textFormat() == Qt.TextFormat.PlainText
            assert not made.openExternalLinks()
            assert made.text() == text


def touchables(window: QWidget) -> list[QWidget]:
    found = [*window.findChildren(QPushButton), *window.findChildren(SelectableCard)]
    return [widget for widget in found if widget.isVisible()]


def findings(window: QWidget) -> list[str]:
    """What a glove or an eye would stumble over on a page that is shown."""
    made: list[str] = []
    names: set[str] = set()
    for widget in touchables(window):
        name = widget.objectName()
        if widget.width() < theme.TOUCH or widget.height() < theme.TOUCH:
            made.append(f"{name} is {widget.width()} x {widget.height()}")
        if not name or name in names:
            made.append(f"a touchable without a name of its own: {name!r} {widget.accessibleName()!r}")
        if not widget.accessibleName() and not name.startswith(("icon.", "large.")):
            made.append(f"{name} has no accessible name")
        names.add(name)
    places = [(w, QRect(w.mapTo(window, QPoint(0, 0)), w.size())) for w in touchables(window)]
    for (one, first), (other, second) in combinations(places, 2):
        covered = one.isAncestorOf(other) or other.isAncestorOf(one)
        under = any(_inside(w, "sheet") != _inside(one, "sheet") for w in (other,))
        if not covered and not under and _seen(one).intersects(_seen(other)) and first.intersects(second):
            made.append(f"{one.objectName()} overlaps {other.objectName()}")
    for text in window.findChildren(QLabel):
        if text.isVisible() and text.textFormat() != Qt.TextFormat.PlainText:
            made.append(f"not plain: {text.text()!r}")
        if text.isVisible() and isinstance(text, labels.WrapLabel) and not text.visibleRegion().isEmpty():
            needed = text.height_at(text.width())
            if needed > text.height():
                made.append(f"cut: {text.text()!r} needs {needed}, has {text.height()}")
    return made


def _seen(widget: QWidget) -> QRect:
    rect = widget.visibleRegion().boundingRect()
    return QRect(widget.mapTo(widget.window(), rect.topLeft()), rect.size())


def _inside(widget: QWidget, part: str) -> bool:
    at: QWidget | None = widget
    while at is not None:
        if at.objectName().endswith(f".{part}"):
            return True
        at = at.parentWidget()
    return False


class TestPages:
    @pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
    @pytest.mark.parametrize("page", list(gallery.PAGES))
    def test_nothing_is_too_small_cut_unnamed_or_overlapping(
        self, qtbot: QtBot, page: str, size: tuple[int, int]
    ) -> None:
        window = gallery.shown(page, QSize(*size))
        qtbot.addWidget(window)
        assert findings(window) == []

    @pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
    def test_the_frame_fits_every_screen(self, qtbot: QtBot, size: tuple[int, int]) -> None:
        for page in ("run", "stop_reason", "stop_reason_search", "quality", "maintenance", "table"):
            window = gallery.shown(page, QSize(*size))
            qtbot.addWidget(window)
            assert (window.width(), window.height()) == size, page

    def test_the_check_finds_planted_faults(self, qtbot: QtBot) -> None:
        window = QWidget()
        small = ActionButton("", name="", parent=window)
        small.setMinimumSize(10, 10)
        small.setGeometry(0, 0, 40, 40)
        over = ActionButton("Over", name="over", parent=window)
        over.setGeometry(20, 20, 80, 80)
        cut = labels.wrapped("Many words that need more than one line")
        cut.setParent(window)
        cut.setGeometry(0, 120, 90, 12)
        rich = QLabel("<b>rich</b>", window)
        rich.setTextFormat(Qt.TextFormat.RichText)
        shown(qtbot, window)
        text = "\n".join(findings(window))
        for fault in ("40 x 40", "without a name", "no accessible name", "overlaps", "cut:", "not plain"):
            assert fault in text, fault

    def test_render_writes_one_picture_a_page_and_look(self, tmp_path: Path) -> None:
        made = gallery.render(tmp_path, (1280, 800))
        assert len(made) == 2 * len(gallery.PAGES)
        for path in made:
            picture = QImage(str(path))
            assert len({picture.pixelColor(x, 400).name() for x in range(0, picture.width(), 3)}) > 1, (
                path.name
            )


class TestText:
    @pytest.mark.parametrize("width", [40, 80, 160, 320])
    @pytest.mark.parametrize(
        "text",
        [
            "Donaudampfschifffahrtsgesellschaftskapitän meldet Störung",
            "液压压力过低，请立即联系维修人员并等待处理完成后再继续运行设备",
            "a",
            "X̄ chart 🔧 of a very long name",
        ],
    )
    def test_lines_are_never_wider_than_their_room_and_lose_nothing(
        self, qapp: QApplication, text: str, width: int
    ) -> None:
        font = theme.font(Scale.STRONG)
        made = painting.lines(text, font, width)
        assert all(painting.text_width(line, font) <= width + 1 for line in made)
        assert "".join(made).replace(" ", "") == text.replace(" ", "")
        limited = painting.lines(text, font, width, 2)
        assert len(limited) <= 2
        assert len(made) <= 2 or limited[-1].endswith("…")

    def test_a_wrapping_label_claims_the_height_of_its_width(self, qtbot: QtBot) -> None:
        page = QWidget()
        text = labels.wrapped(
            "The hydraulic pressure was low for six minutes and twelve seconds this morning"
        )
        box = QVBoxLayout(page)
        box.addWidget(text)
        box.addStretch(1)
        shown(qtbot, page, 900, 400)
        one = text.height()
        page.resize(200, 400)
        for _ in range(3):
            QApplication.processEvents()
        assert text.height() == text.height_at(text.width())
        assert text.height() > 2 * one
        text.setText("Short")
        for _ in range(3):
            QApplication.processEvents()
        assert text.height() == one

    def test_an_elided_label_keeps_its_whole_text_for_readers(self, qtbot: QtBot) -> None:
        text = labels.label("A rather long line that will not fit")
        shown(qtbot, text, 80, 30)
        assert text.text() == "A rather long line that will not fit"
        assert text.minimumSizeHint().width() < 60


class TestIcons:
    @pytest.mark.parametrize("name", sorted(icons.NAMES))
    def test_every_icon_draws_inside_its_square(self, qapp: QApplication, name: str) -> None:
        for size, ratio in ((16, 1.0), (24, 1.0), (64, 1.0), (24, 2.0)):
            picture = icons.pixmap(name, theme.DAY.ink, size, ratio).toImage()
            assert picture.width() == round(size * ratio)
            inked = [
                (x, y)
                for x in range(picture.width())
                for y in range(picture.height())
                if picture.pixelColor(x, y).alpha() > 128
            ]
            assert len(inked) > picture.width() / 2

    def test_an_icon_takes_the_colour_it_is_given(self, qapp: QApplication) -> None:
        picture = icons.icon("square", "#123456", 24).pixmap(24, 24).toImage()
        assert picture.pixelColor(12, 12) == QColor("#123456")


class TestButtons:
    def test_touch_enter_space_and_shortcut_all_act(self, qtbot: QtBot) -> None:
        page = QWidget()
        button = ActionButton(
            "Pause order", name="pause", kind=Kind.PRIMARY, icon="pause", shortcut="F5", parent=page
        )
        button.setGeometry(0, 0, 200, 64)
        field = ActionButton("Field", name="field", parent=page)
        field.setGeometry(0, 100, 200, 64)
        shown(qtbot, page)
        page.activateWindow()
        field.setFocus()
        heard: list[bool] = []
        button.clicked.connect(lambda: heard.append(True))
        QTest.mouseClick(button, LEFT)
        assert not button.hasFocus(), "a touch takes no focus away"
        button.setFocus(Qt.FocusReason.TabFocusReason)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            QTest.keyClick(button, key)
        assert len(heard) == 4
        with qtbot.waitSignal(button.clicked):
            QTest.keyClick(page, Qt.Key.Key_F5)
        assert not button.autoDefault()
        assert button.accessibleName() == "Pause order"
        button.set_text("Resume order")
        assert button.shortcut().toString() == "F5"
        assert button.accessibleName() == "Resume order"

    def test_a_press_is_seen_at_once(self, qtbot: QtBot) -> None:
        button = ActionButton("Good", name="good")
        shown(qtbot, button, 160, 64)
        before = pixels(button)
        QTest.mousePress(button, LEFT)
        assert pixels(button) != before
        QTest.mouseRelease(button, LEFT)
        assert pixels(button) == before

    def test_too_narrow_for_its_word_it_shows_the_icon_alone(self, qtbot: QtBot) -> None:
        narrow, bare = (ActionButton(text, name="b", icon="up", main=False) for text in ("Page up", ""))
        for button in (narrow, bare):
            shown(qtbot, button, 60, 56)
            button.setFixedSize(60, 56)
        assert pixels(narrow) == pixels(bare)

    def test_a_card_is_touched_as_a_whole(self, qtbot: QtBot) -> None:
        made = SelectableCard("card", "Order WO-1")
        made.add(labels.label("WO-1"))
        shown(qtbot, made, 200, 80)
        with qtbot.waitSignals([made.touched, made.touched]):
            QTest.mouseClick(made, LEFT)
            QTest.keyClick(made, Qt.Key.Key_Return)
        made.set_selected(True)
        assert made.is_selected


def keypad(qtbot: QtBot, *, signed: bool = False, point: str = ".") -> Keypad:
    made = Keypad("pad", KeypadWords("Clear", "Backspace", "Sign", point))
    made.set_field(
        main_text="Save",
        unit="mm",
        decimals=2,
        low=Decimal("-5"),
        high=Decimal("14"),
        signed=signed,
        label="Hole",
        limit_text="-5 to 14",
    )
    shown(qtbot, made, 320, 480)
    return made


class TestKeypad:
    def test_touches_make_a_number_and_the_main_button_enters_it(self, qtbot: QtBot) -> None:
        pad = keypad(qtbot)
        for name in ("1", "2", "point", "0", "7"):
            press(pad, f"pad.{name}")
        assert pad.value == Decimal("12.07")
        with qtbot.waitSignal(pad.entered) as heard:
            press(pad, "pad.main")
        assert heard.args == [Decimal("12.07")]

    def test_physical_keys_do_the_same(self, qtbot: QtBot) -> None:
        pad = keypad(qtbot, signed=True)
        QTest.keyClicks(pad, "3,58")
        QTest.keyClick(pad, Qt.Key.Key_Backspace)
        QTest.keyClicks(pad, "-")
        assert pad.value == Decimal("-3.5")
        with qtbot.waitSignal(pad.entered) as heard:
            QTest.keyClick(pad, Qt.Key.Key_Return)
        assert heard.args == [Decimal("-3.5")]
        QTest.keyClick(pad, Qt.Key.Key_Delete)
        assert pad.value is None

    def test_no_more_decimals_than_the_field_has(self, qtbot: QtBot) -> None:
        pad = keypad(qtbot)
        QTest.keyClicks(pad, "1.2345")
        assert pad.text == "1.23"
        pad.set_field(main_text="Save", decimals=0)
        QTest.keyClicks(pad, "00127.5")
        assert pad.text == "1275"
        point = pad.findChild(QPushButton, "pad.point")
        assert point is not None
        assert not point.isVisible()

    def test_outside_the_limits_nothing_is_entered_and_the_limit_is_named(self, qtbot: QtBot) -> None:
        pad = keypad(qtbot)
        QTest.keyClicks(pad, "14.01")
        main = pad.findChild(QPushButton, "pad.main")
        assert main is not None
        assert not main.isEnabled()
        entered: list[object] = []
        pad.entered.connect(entered.append)
        with qtbot.waitSignal(pad.refused) as heard:
            QTest.keyClick(pad, Qt.Key.Key_Enter)
        assert heard.args == ["-5 to 14"]
        assert entered == []
        QTest.keyClick(pad, Qt.Key.Key_Backspace)
        assert main.isEnabled()

    def test_a_gauge_fills_it_and_the_next_key_starts_anew(self, qtbot: QtBot) -> None:
        pad = keypad(qtbot, point=",")
        heard: list[object] = []
        pad.changed.connect(heard.append)
        pad.set_value(Decimal("12.074"))
        assert pad.text == "12,07"
        assert heard == [Decimal("12.07")]
        QTest.keyClicks(pad, "9")
        assert pad.value == Decimal("9")

    def test_the_sign_key_is_there_only_where_a_sign_may_be(self, qtbot: QtBot) -> None:
        for signed in (True, False):
            pad = keypad(qtbot, signed=signed)
            sign = pad.findChild(QPushButton, "pad.sign")
            assert sign is not None
            assert sign.isVisible() is signed

    def test_the_main_button_can_be_withheld(self, qtbot: QtBot) -> None:
        pad = keypad(qtbot)
        QTest.keyClicks(pad, "1")
        pad.set_main_enabled(False)
        entered: list[object] = []
        pad.entered.connect(entered.append)
        QTest.keyClick(pad, Qt.Key.Key_Return)
        press(pad, "pad.main")
        assert entered == []

    def test_without_a_readout_it_still_enters(self, qtbot: QtBot) -> None:
        pad = Keypad("pad", PAD_KEYS, readout=False)
        pad.set_field(main_text="Save")
        shown(qtbot, pad, 300, 400)
        press(pad, "pad.8")
        assert pad.value == Decimal("8")


class TestKeyboard:
    def test_touches_write_with_one_capital_at_the_start(self, qtbot: QtBot) -> None:
        board = Keyboard("kb", KEYS)
        shown(qtbot, board, 900, 400)
        for letter in "seal":
            press(board, f"kb.key.{letter}")
        press(board, "kb.space")
        press(board, "kb.key.2")
        assert board.text == "Seal 2"
        press(board, "kb.backspace")
        press(board, "kb.shift")
        press(board, "kb.key.o")
        assert board.text == "Seal O"
        with qtbot.waitSignal(board.entered) as heard:
            press(board, "kb.enter")
        assert heard.args == ["Seal O"]
        press(board, "kb.clear")
        assert board.text == ""

    def test_physical_keys_and_the_longest_text(self, qtbot: QtBot) -> None:
        board = Keyboard("kb", KEYS, max_length=8)
        shown(qtbot, board, 900, 400)
        QTest.keyClicks(board, "Oil leak at valve")
        assert board.text == "Oil leak"
        QTest.keyClick(board, Qt.Key.Key_Backspace)
        assert board.text == "Oil lea"

    @pytest.mark.parametrize(
        ("language", "letters"),
        [("en", "az"), ("de", "äöüß"), ("es", "ñáéíóúü"), ("pl", "ąćęłńóśźż"), ("zh", "az")],
    )
    def test_every_language_has_its_letters_within_reach(
        self, qtbot: QtBot, language: str, letters: str
    ) -> None:
        board = Keyboard("kb", KEYS, language=language)
        shown(qtbot, board, 888, 400)
        for letter in letters:
            press(board, f"kb.key.{letter}")
        assert board.text.casefold() == letters.casefold()
        for key in board.findChildren(QPushButton):
            assert key.width() >= theme.TOUCH, key.objectName()
            assert key.height() >= theme.TOUCH, key.objectName()

    def test_marks_and_figures_are_a_touch_away(self, qtbot: QtBot) -> None:
        board = Keyboard("kb", KEYS, language="pl", digits=False)
        shown(qtbot, board, 900, 400)
        press(board, "kb.marks")
        QApplication.processEvents()
        press(board, "kb.key.7")
        press(board, "kb.key.-")
        assert board.text == "7-"


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


class TestChoice:
    def page(self, qtbot: QtBot) -> tuple[QStackedWidget, ChoiceField]:
        stack = QStackedWidget()
        page = QWidget()
        field = ChoiceField("Cause", "Choose", name="cause", up_text=UP, down_text=DOWN, close_text="Close")
        field.set_choices([Choice(str(i), f"Cause {i}") for i in range(40)])
        box = QVBoxLayout(page)
        box.addWidget(field)
        box.addStretch(1)
        stack.addWidget(page)
        stack.addWidget(QWidget())
        shown(qtbot, stack, 800, 500)
        return stack, field

    def test_options_open_inside_the_page_and_one_touch_chooses(self, qtbot: QtBot) -> None:
        stack, field = self.page(qtbot)
        windows = len([w for w in QApplication.topLevelWidgets() if w.isVisible()])
        QTest.mouseClick(field, LEFT)
        assert field.is_open
        assert len([w for w in QApplication.topLevelWidgets() if w.isVisible()]) == windows
        press(stack, "cause.pages.down")
        with qtbot.waitSignal(field.chosen) as heard:
            option = next(
                b for b in stack.findChildren(QPushButton) if ".option." in b.objectName() and b.isVisible()
            )
            QTest.mouseClick(option, LEFT)
        chosen = option.objectName().removeprefix("cause.option.")
        assert heard.args == [chosen]
        assert (field.chosen_id, field.text(), field.is_open) == (chosen, f"Cause {chosen}", False)

    def test_escape_close_button_a_touch_beside_and_leaving_close_without_choosing(
        self, qtbot: QtBot
    ) -> None:
        stack, field = self.page(qtbot)
        chosen: list[str] = []
        field.chosen.connect(chosen.append)
        field.click()
        sheet = stack.findChild(QWidget, "cause.sheet")
        assert sheet is not None
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        assert not field.is_open
        field.click()
        press(stack, "cause.close")
        assert not field.is_open
        field.click()
        stack.setCurrentIndex(1)
        stack.setCurrentIndex(0)
        assert not field.is_open
        field.click()
        assert field.is_open
        assert chosen == []
        assert field.chosen_id is None

    def test_a_choice_that_is_no_longer_offered_is_taken_back(self, qtbot: QtBot) -> None:
        _, field = self.page(qtbot)
        field.select("3")
        assert field.text() == "Cause 3"
        field.set_choices([Choice("9", "Other")])
        assert (field.chosen_id, field.text()) == (None, "")
        field.set_choices([])
        assert not field.isEnabled()

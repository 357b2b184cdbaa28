"""The kit as hands meet it: buttons, keypad, keyboard and choices, by touch and by keys."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from screens.gallery.parts import DOWN, KEYS, PAD_KEYS, UP
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import SelectableCard
from screens.kit.choice_field import Choice, ChoiceField
from screens.kit.keyboard import Keyboard
from screens.kit.keypad import Keypad, KeypadWords
from tests.screens.hands import LEFT, pixels, press, shown

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture(autouse=True)
def _day(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, theme.DAY)
    yield
    theme.apply(qapp, theme.DAY)


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

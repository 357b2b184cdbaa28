from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from screens.kit import theme
from screens.kit.keypad import Keypad, KeypadWords
from screens.kit.photo_note import PhotoNote, PhotoNoteWords
from screens.kit.progress import ProgressLine
from screens.kit.signature import SignatureField, Signing
from tests.screens.hands import findings, press, shown

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
WORDS = KeypadWords("Clear", "Delete", "Sign", ",", "Less", "More")


@pytest.fixture(autouse=True)
def _day(qapp: QApplication) -> None:
    theme.apply(qapp, theme.DAY)


def pad(qtbot: QtBot) -> Keypad:
    made = Keypad("pad", WORDS)
    made.set_field(
        main_text="Save",
        unit="mm",
        decimals=1,
        low=Decimal(0),
        high=Decimal(2),
        label="Offset",
        step=Decimal("0.5"),
    )
    shown(qtbot, made, 420, 520)
    return made


class TestKeypad:
    def test_steps_stop_at_the_limits(self, qtbot: QtBot) -> None:
        made = pad(qtbot)
        press(made, "pad.more")
        assert made.value == Decimal(0)
        for _ in range(6):
            press(made, "pad.more")
        assert made.value == Decimal(2)
        press(made, "pad.less")
        assert made.text == "1,5"
        QTest.keyClick(made, Qt.Key.Key_Down)
        assert made.value == Decimal(1)

    def test_without_a_step_there_are_no_keys_for_it(self, qtbot: QtBot) -> None:
        made = pad(qtbot)
        made.set_field(main_text="Save")
        more = made.findChild(QPushButton, "pad.more")
        assert more is not None
        assert not more.isVisible()

    @pytest.mark.parametrize(("text", "value"), [("1.5", "1.5"), (" 1,5 ", "1.5"), ("+2", "2")])
    def test_a_number_that_was_copied_is_taken(self, qtbot: QtBot, text: str, value: str) -> None:
        made = pad(qtbot)
        QGuiApplication.clipboard().setText(text)
        QTest.keyClick(made, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert made.value == Decimal(value)

    @pytest.mark.parametrize("text", ["", "twelve", "1.234,5", "-1", "12 mm", "1e3"])
    def test_what_is_no_number_for_this_field_is_not(self, qtbot: QtBot, text: str) -> None:
        made = pad(qtbot)
        assert not made.paste(text)
        assert made.value is None

    def test_everything_can_be_touched(self, qtbot: QtBot) -> None:
        assert findings(pad(qtbot)) == []


class TestProgress:
    def test_it_says_how_far_it_is_and_can_be_cancelled_once(self, qtbot: QtBot) -> None:
        line = ProgressLine("work", "Cancel")
        line.show_progress("Recipe R-210 is written", 0.25, "11 of 42 values")
        shown(qtbot, line, 600, 120)
        assert line.accessibleName() == "Recipe R-210 is written 25% 11 of 42 values"
        with qtbot.waitSignal(line.cancelled):
            press(line, "work.cancel")
        cancel = line.findChild(QPushButton, "work.cancel")
        assert cancel is not None
        assert not cancel.isEnabled()
        line.end()
        assert line.isHidden()

    def test_what_cannot_be_told_is_not_told(self, qtbot: QtBot) -> None:
        line = ProgressLine("work", "Cancel")
        line.show_progress("Asking the MES")
        shown(qtbot, line, 600, 120)
        assert line.accessibleName() == "Asking the MES"


class TestSignature:
    def test_a_signature_that_is_given_is_no_longer_asked_for(self, qtbot: QtBot) -> None:
        field = SignatureField("sign", "Released by")
        field.show_signature(Signing.OPEN, "Inspector: touch to sign")
        shown(qtbot, field, 400, 100)
        with qtbot.waitSignal(field.clicked):
            QTest.mouseClick(field, Qt.MouseButton.LeftButton)
        field.show_signature(Signing.SIGNED, "R. Lindqvist", "10:41:52")
        assert field.state is Signing.SIGNED
        assert not field.isEnabled()
        assert field.accessibleName() == "Released by R. Lindqvist 10:41:52"


class TestPhotoNote:
    def test_a_note_and_photos_are_touched_each_by_itself(self, qtbot: QtBot) -> None:
        made = PhotoNote("seen", PhotoNoteWords("Note", "Write", "Photo", "Take back"))
        image = QImage(64, 48, QImage.Format.Format_RGB32)
        made.set_photos([image, image])
        made.set_note("Seal was worn")
        shown(qtbot, made, 500, 260)
        with qtbot.waitSignal(made.note_touched):
            press(made, "seen.note")
        with qtbot.waitSignal(made.photo_wanted):
            press(made, "seen.photo")
        with qtbot.waitSignal(made.photo_touched) as touched:
            press(made, "seen.photo.1")
        assert touched.args == [1]
        assert findings(made) == []

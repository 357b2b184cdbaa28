"""Readers that act as a keyboard: a code is heard wherever the focus is, and typing is untouched."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hmi.config import CodeSettings
from hmi.domain.signals import Scan
from hmi.times import SystemClock
from screens.shell.key_burst import Found, KeyBurst
from screens.shell.wedge import WedgeReader

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


class Page:
    """A field, a button, and what was heard."""

    def __init__(self, qtbot: QtBot, settings: CodeSettings) -> None:
        self.heard: list[Scan] = []
        self.pressed = 0
        self.window = QWidget()
        self.field, self.button = QLineEdit(), QPushButton("press")
        self.button.clicked.connect(self._press)
        box = QVBoxLayout(self.window)
        box.addWidget(self.field)
        box.addWidget(self.button)
        qtbot.addWidget(self.window)
        self.reader = WedgeReader(settings, SystemClock(), self.window)
        self.reader.scanned.connect(self.heard.append)
        self.application = QApplication.instance()
        assert self.application is not None
        self.application.installEventFilter(self.reader)
        self.window.show()
        self.field.setFocus()
        self._ms = 1000

    def _press(self) -> None:
        self.pressed += 1

    def close(self) -> None:
        assert self.application is not None
        self.application.removeEventFilter(self.reader)

    def key(self, key: int, text: str, after_ms: int, to: QWidget | None = None) -> None:
        """Press and release, with the time that the system gives them."""
        self._ms += after_ms
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
            event.setTimestamp(self._ms)
            QApplication.sendEvent(to or self.field, event)

    def type(self, text: str, each_ms: int, end: bool = True, to: QWidget | None = None) -> None:
        for sign in text:
            self.key(ord(sign.upper()), sign, each_ms, to)
        if end:
            self.key(Qt.Key.Key_Return, "\r", each_ms, to)

    @property
    def codes(self) -> list[tuple[str, str | None]]:
        return [(scan.text, scan.aim) for scan in self.heard]


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[Page]:
    made = Page(qtbot, CodeSettings(keyboard="timing"))
    yield made
    made.close()


def test_a_code_is_heard_and_not_typed(page: Page) -> None:
    page.type("]C1WO-1001", 3)
    assert page.codes == [("WO-1001", "]C1")]
    assert page.heard[0].link == "keyboard"
    QTest.qWait(60)
    assert page.field.text() == ""


def test_what_a_person_types_arrives_in_order(page: Page) -> None:
    page.type("12.05", 80, end=False)
    QTest.qWait(60)
    assert page.field.text() == "12.05"
    assert page.codes == []


def test_a_single_key_arrives_by_itself(page: Page) -> None:
    page.key(ord("7"), "7", 500)
    assert page.field.text() == ""
    QTest.qWait(60)
    assert page.field.text() == "7"


def test_two_quick_keys_are_a_persons(page: Page) -> None:
    page.type("42", 5)
    QTest.qWait(60)
    assert page.field.text() == "42"
    assert page.codes == []


def test_a_code_without_an_end_is_heard_after_silence(page: Page) -> None:
    page.type("4006381333931", 2, end=False)
    QTest.qWait(60)
    assert page.codes == [("4006381333931", None)]
    assert page.field.text() == ""


def test_a_code_presses_no_button(page: Page) -> None:
    page.button.setFocus()
    page.type("WO 1001", 2, to=page.button)
    QTest.qWait(60)
    assert page.codes == [("WO 1001", None)]
    assert page.pressed == 0


def test_a_button_is_still_pressed_by_a_key(page: Page) -> None:
    page.button.setFocus()
    page.key(Qt.Key.Key_Space, " ", 500, page.button)
    QTest.qWait(60)
    assert page.pressed == 1


def test_a_key_held_down_is_a_persons(page: Page) -> None:
    for _ in range(8):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_5, Qt.KeyboardModifier.NoModifier, "5", True)
        QApplication.sendEvent(page.field, event)
    QTest.qWait(60)
    assert page.field.text() == "5" * 8
    assert page.codes == []


def test_typing_after_a_code_is_typing(page: Page) -> None:
    page.type("WO-1001", 2)
    page.type("3", 300, end=False)
    QTest.qWait(60)
    assert (len(page.codes), page.field.text()) == (1, "3")


def test_with_a_prefix_speed_does_not_matter(qtbot: QtBot) -> None:
    page = Page(qtbot, CodeSettings(keyboard="prefix", keyboard_prefix="~"))
    page.type("~WO-1001", 60)
    page.type("12345", 2, end=False)
    QTest.qWait(60)
    assert page.codes == [("WO-1001", None)]
    assert page.field.text() == "12345"
    page.close()


def test_a_receiver_that_is_gone_is_left_alone(page: Page, qtbot: QtBot) -> None:
    dying = QLineEdit()
    page.key(ord("7"), "7", 500, dying)
    dying.deleteLater()
    QApplication.sendPostedEvents(dying, QEvent.Type.DeferredDelete)
    QTest.qWait(60)
    assert page.codes == []


@pytest.mark.parametrize(("gap", "found"), [(30, Found.CODE), (31, None)])
def test_the_limit_between_reader_and_person(gap: int, found: Found | None) -> None:
    burst = KeyBurst(30)
    for number, sign in enumerate("ABCD"):
        if burst.late(number * gap):
            burst.take()
        burst.add(sign, number * gap)
    assert (burst.end() if len(burst.text) == 4 else None) == found

"""The screen check itself: it finds each kind of planted fault, and it finds nothing on the real screens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from hmi.i18n import Texts
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.kit import icons, labels, painting, theme
from screens.kit.buttons import ActionButton
from screens.kit.scroll import TouchScroll
from screens.kit.touch import Touchable
from screens.registry import SCREENS
from screens.shell.registry_types import ScreenSpec
from screens.shell.screen import Screen
from tests.screens.check.eye import open_eye
from tests.screens.check.findings import Report, check_contrast, check_focus, check_texts, check_touch
from tests.screens.check.run import SIZES, THEMES, Share, check_screens, listen, look_at_all, told
from tests.screens.check.states import stand_in
from tests.screens.hands import shown

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


class Drawn(QWidget):
    """A widget that paints whatever a test plants."""

    def __init__(self, paint: Callable[[QPainter], None]) -> None:
        super().__init__()
        self.setObjectName("drawn")
        self._paint = paint

    def paintEvent(self, event: QPaintEvent) -> None:
        self._paint(QPainter(self))


def looked(page: QWidget, *, focus: bool = False) -> Report:
    report = Report()
    with open_eye() as eye:
        eye.look(page)
        check_texts(eye, page, report, shortening=False)
        touched = check_touch(page, report)
        if focus:
            check_focus(page, touched, report)
        check_contrast(eye, page, report)
    return report


def kinds(report: Report) -> set[str]:
    return {kind for kind, _, _ in report.found}


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication) -> QWidget:
    theme.apply(qapp, theme.DAY)
    made = QWidget()
    made.setObjectName("page")
    return made


def placed(page: QWidget, qtbot: QtBot, *widgets: tuple[QWidget, tuple[int, int, int, int]]) -> QWidget:
    for widget, place in widgets:
        widget.setParent(page)
        widget.setGeometry(*place)
    return shown(qtbot, page, 600, 400)


def write(text: str, rect: QRectF, colour: str = theme.DAY.ink) -> Callable[[QPainter], None]:
    return lambda painter: painting.draw_text(
        painter, rect, text, theme.font(theme.Scale.BODY), colour, Qt.AlignmentFlag.AlignLeft
    )


class TestPlantedFaults:
    def test_a_page_without_fault_has_no_finding(self, page: QWidget, qtbot: QtBot) -> None:
        first, second = ActionButton("Save", name="save"), ActionButton("Back", name="back")
        text = labels.label("All is well")
        placed(
            page, qtbot, (first, (20, 20, 120, 64)), (second, (152, 20, 120, 64)), (text, (20, 120, 300, 30))
        )
        report = looked(page, focus=True)
        assert report.found == []
        assert sum(report.checks.values()) > 20

    def test_a_text_that_is_cut(self, page: QWidget, qtbot: QtBot) -> None:
        placed(page, qtbot, (labels.label("A text much too long for this"), (20, 20, 90, 30)))
        assert kinds(looked(page)) == {"text cut"}

    def test_a_text_that_leaves_its_box(self, page: QWidget, qtbot: QtBot) -> None:
        drawn = Drawn(write("Too low", QRectF(4, 18, 200, 22)))
        placed(page, qtbot, (drawn, (20, 20, 240, 24)))
        assert "text inside" in kinds(looked(page))

    def test_texts_on_each_other(self, page: QWidget, qtbot: QtBot) -> None:
        one, other = write("First words", QRectF(0, 0, 200, 22)), write("Other words", QRectF(20, 6, 200, 22))

        def both(painter: QPainter) -> None:
            one(painter)
            other(painter)

        placed(page, qtbot, (Drawn(both), (20, 20, 300, 60)))
        assert "text overlap" in kinds(looked(page))

    def test_a_text_that_is_too_small(self, page: QWidget, qtbot: QtBot) -> None:
        def tiny(painter: QPainter) -> None:
            font = theme.font(theme.Scale.BODY)
            font.setPixelSize(12)
            painting.draw_text(painter, QRectF(0, 0, 200, 22), "tiny", font, theme.DAY.ink)

        placed(page, qtbot, (Drawn(tiny), (20, 20, 300, 60)))
        assert kinds(looked(page)) == {"text size"}

    def test_a_text_without_contrast(self, page: QWidget, qtbot: QtBot) -> None:
        placed(
            page, qtbot, (Drawn(write("grey on grey", QRectF(0, 0, 200, 22), "#8a929a")), (20, 20, 300, 60))
        )
        assert kinds(looked(page)) == {"text contrast"}

    def test_a_shape_without_contrast(self, page: QWidget, qtbot: QtBot) -> None:
        def faint(painter: QPainter) -> None:
            icons.paint_icon(painter, "bell", QRectF(0, 0, 30, 30), "#b0b6bc")

        placed(page, qtbot, (Drawn(faint), (20, 20, 40, 40)))
        assert kinds(looked(page)) == {"graphics contrast"}

    def test_something_too_small_to_touch(self, page: QWidget, qtbot: QtBot) -> None:
        button = ActionButton("OK", name="ok", main=False)
        button.setMinimumSize(1, 1)
        placed(page, qtbot, (button, (20, 20, 60, 40)))
        assert kinds(looked(page)) == {"touch size"}

    def test_two_too_close_to_each_other(self, page: QWidget, qtbot: QtBot) -> None:
        first, second = ActionButton("Save", name="save"), ActionButton("Back", name="back")
        placed(page, qtbot, (first, (20, 20, 120, 64)), (second, (148, 20, 120, 64)))
        assert kinds(looked(page)) == {"touch apart"}

    def test_something_beyond_the_edge(self, page: QWidget, qtbot: QtBot) -> None:
        placed(page, qtbot, (ActionButton("Save", name="save"), (540, 20, 120, 64)))
        assert "touch inside" in kinds(looked(page))

    def test_two_of_one_name(self, page: QWidget, qtbot: QtBot) -> None:
        first, second = ActionButton("Save", name="same"), ActionButton("Back", name="same")
        placed(page, qtbot, (first, (20, 20, 120, 64)), (second, (152, 20, 120, 64)))
        assert kinds(looked(page)) == {"touch name"}

    def test_something_that_tab_does_not_reach(self, page: QWidget, qtbot: QtBot) -> None:
        first, second = ActionButton("Save", name="save"), ActionButton("Back", name="back")
        second.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        placed(page, qtbot, (first, (20, 20, 120, 64)), (second, (152, 20, 120, 64)))
        assert kinds(looked(page, focus=True)) == {"focus"}

    def test_something_scrolled_away_without_a_page_button(self, page: QWidget, qtbot: QtBot) -> None:
        long = QWidget()
        box = QVBoxLayout(long)
        box.addWidget(labels.label("The last line"), 0, Qt.AlignmentFlag.AlignBottom)
        scroll = TouchScroll(long, name="long", up_text="Up", down_text="Down")
        placed(page, qtbot, (scroll, (20, 20, 300, 200)))
        long.setMinimumHeight(600)
        QApplication.processEvents()
        assert "scroll" not in kinds(looked(page))
        for button in scroll.findChildren(Touchable):
            button.hide()
        assert "scroll" in kinds(looked(page))

    def test_a_key_that_no_file_has(self) -> None:
        report = Report()
        with listen(report):
            assert Texts("de").t("run.never_written") == "run.never_written"
            Texts("de").t("run.pause")
        assert report.checks["text there"] == 2
        assert kinds(report) == {"text there"}

    def test_a_fault_on_a_real_screen_is_told_with_its_place(self, tmp_path: Path, qapp: object) -> None:
        spec = ScreenSpec("help", None, Faulty)
        report, pictures = check_screens(
            [spec], tmp_path, states=["empty"], spoken=["en"], sizes=SIZES[:1], themes=THEMES[:1]
        )
        assert pictures == 1
        assert "text cut" in kinds(report)
        assert "text cut: faulty: shortened to" in told(report, pictures, 1.0)

    def test_a_share_that_breaks_off_is_a_finding_and_the_others_go_on(self) -> None:
        shares = [
            Share(state, "en", ("help",), SIZES[:1], THEMES[:1]) for state in ("no such state", "empty")
        ]
        report, pictures = look_at_all(shares, processes=2)
        assert pictures == 1
        assert kinds(report) == {"broke off"}
        assert "no such state en" in told(report, pictures, 1.0)


def test_a_record_longer_than_the_screen_is_read_page_by_page_before_it_is_signed(
    tmp_path: Path, qapp: object
) -> None:
    specs = [spec for spec in SCREENS if spec.id == "signing"]
    stand = stand_in("alarm", tmp_path, specs, SIZES[0])
    try:
        stand.window.show_screen("signing")
        stand.settle()
        rows = [
            row for row in stand.window.findChildren(Touchable) if "signing.list.row." in row.objectName()
        ]
        rows[0].click()
        stand.settle()
        assert looked(stand.window).found == []
        assert stand.sees("signing.record.page.pages.down")
    finally:
        stand.close()


class Faulty(Screen[None]):
    """A screen whose one text is too long."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        box = QVBoxLayout(self)
        text = labels.label("Words without end, " * 20, name="faulty")
        box.addWidget(text)

    def loader(self) -> Callable[[Records], None]:
        return lambda _records: None

    def show_view(self, view: None) -> None:
        pass


# the quick tier: a language for each state, at 1280 x 800; the whole is one command away:
# `python -m tests.screens.check.run`
QUICK = (("empty", "es"), ("alarm", "de"), ("offline", "pl"), ("normal", "zh"))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("state", "language"), QUICK)
def test_no_screen_has_a_finding(state: str, language: str, tmp_path: Path, qapp: object) -> None:
    report, pictures = check_screens(
        SCREENS,
        tmp_path,
        states=[state],
        spoken=[language],
        sizes=SIZES[1:2],
        themes=THEMES,
        behind=False,
    )
    assert report.found == [], "\n" + told(report, pictures, 0)

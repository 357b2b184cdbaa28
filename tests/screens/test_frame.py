"""The frame around every screen: what it says, what it answers to, and that nothing in it collides."""

from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from screens.kit import theme
from screens.kit.buttons import Kind
from screens.kit.chip import Chip
from screens.kit.theme import Tone
from screens.shell.action_bar import ActionBar, ActionButtonSpec, Align
from screens.shell.header import Header, Link, LinksButton, LinkState, MachineKind
from screens.shell.rail import Rail, RailItem
from screens.shell.strip import AlarmStrip

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
LEFT = Qt.MouseButton.LeftButton
WORDS = {
    "short": ("Press 12", "Plant A / Line 3", "EXECUTE", "offline · 12 waiting", "M. Okafor", "Shift B"),
    "long": (
        "Exzenterpresse Nummer 12",
        "Werk Norddeutschland / Umformung / Fertigungslinie 3",
        "NICHT VERBUNDEN",
        "nicht erreichbar · 1 234 Einträge warten",
        "Dr. Wilhelmine Schmidt-Rottluff · Instandhaltung",
        "Spätschicht B",
    ),
}


def shown(qtbot: QtBot, widget: QWidget, width: int, height: int) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    for _ in range(3):
        QApplication.processEvents()


def press(widget: QWidget, name: str) -> None:
    button = widget.findChild(QPushButton, name)
    assert button is not None, name
    QTest.mouseClick(button, LEFT)


def header(qtbot: QtBot, words: str, width: int) -> Header:
    station, path, machine, link, person, shift = WORDS[words]
    made = Header("Scan your badge")
    made.set_station(station, path)
    made.set_machine(MachineKind.STOPPED, machine, "00:46:10")
    made.set_links(
        [Link("PLC", LinkState.OK), Link("Scanner", LinkState.LOST, ""), Link("MES", LinkState.WAITING, link)]
    )
    made.set_person(person)
    made.set_clock("10:42", shift)
    shown(qtbot, made, width, theme.HEADER)
    return made


class TestHeader:
    @pytest.mark.parametrize("width", [1024, 1080, 1280, 1366, 1920])
    @pytest.mark.parametrize("words", list(WORDS))
    def test_nothing_collides_or_leaves_the_bar(self, qtbot: QtBot, words: str, width: int) -> None:
        made = header(qtbot, words, width)
        parts = [child for child in made.findChildren(QWidget) if child.isVisible()]
        assert len(parts) >= 6  # the path is left out before anything is cut
        for part in parts:
            assert made.rect().contains(part.geometry()), part.objectName()
        for one, other in combinations(parts, 2):
            assert not one.geometry().intersects(other.geometry()), (one.objectName(), other.objectName())

    @pytest.mark.parametrize("width", [1024, 1280])
    def test_the_machine_and_the_person_are_whole_when_path_and_words_of_links_give_way(
        self, qtbot: QtBot, width: int
    ) -> None:
        made = header(qtbot, "short", width)
        machine, links = made.findChild(Chip), made.findChild(LinksButton)
        person = made.findChild(QPushButton, "header.person")
        assert machine is not None
        assert links is not None
        assert person is not None
        assert machine.width() >= machine.sizeHint().width()
        assert person.width() >= person.sizeHint().width()
        assert links.width() >= links.minimumSizeHint().width()

    def test_each_link_is_named_for_readers_with_what_is_wrong(self, qtbot: QtBot) -> None:
        made = header(qtbot, "short", 1280)
        links = made.findChild(LinksButton)
        assert links is not None
        assert links.accessibleName() == "PLC ok, Scanner lost, MES offline · 12 waiting"

    def test_touches_go_to_person_and_links(self, qtbot: QtBot) -> None:
        made = header(qtbot, "short", 1280)
        with qtbot.waitSignals([made.person_touched, made.links_touched]):
            press(made, "header.person")
            press(made, "header.links")

    def test_nobody_signed_in_shows_how_to(self, qtbot: QtBot) -> None:
        made = header(qtbot, "short", 1280)
        made.set_person(None)
        person = made.findChild(QPushButton, "header.person")
        assert person is not None
        assert person.accessibleName() == "Scan your badge"

    def test_a_longer_word_finds_its_room_at_once(self, qtbot: QtBot) -> None:
        made = header(qtbot, "short", 1280)
        machine = made.findChild(Chip)
        assert machine is not None
        made.set_machine(MachineKind.IDLE, "WAITING FOR MATERIAL", "00:00:10")
        assert machine.width() >= machine.sizeHint().width()


class TestRail:
    def items(self, count: int) -> list[RailItem]:
        return [RailItem(str(i), "box", f"Screen {i}", i) for i in range(count)]

    def test_a_touch_chooses(self, qtbot: QtBot) -> None:
        rail = Rail()
        rail.set_items(self.items(5))
        shown(qtbot, rail, theme.RAIL, 700)
        with qtbot.waitSignal(rail.chosen) as heard:
            press(rail, "rail.3")
        assert heard.args == ["3"]

    def test_what_does_not_fit_is_a_touch_away(self, qtbot: QtBot) -> None:
        rail = Rail(up_text="Page up", down_text="Page down")
        rail.set_items(self.items(14))
        shown(qtbot, rail, theme.RAIL, 600)
        seen: set[str] = set()
        for _ in range(2):
            buttons = [b for b in rail.findChildren(QPushButton) if b.isVisible()]
            assert all(button.height() >= theme.TOUCH for button in buttons)
            assert all(button.geometry().bottom() < rail.height() for button in buttons)
            seen |= {button.objectName() for button in buttons}
            press(rail, "rail.page")
        assert {f"rail.{i}" for i in range(14)} <= seen

    def test_a_new_count_keeps_the_button_and_tells_it(self, qtbot: QtBot) -> None:
        rail = Rail()
        rail.set_items(self.items(3))
        shown(qtbot, rail, theme.RAIL, 500)
        before = rail.findChild(QPushButton, "rail.1")
        rail.set_items(
            [
                RailItem("0", "box", "Screen 0"),
                RailItem("1", "box", "Screen 1", 128),
                RailItem("2", "box", "C"),
            ]
        )
        after = rail.findChild(QPushButton, "rail.1")
        assert after is before
        assert after is not None
        assert after.accessibleName() == "Screen 1 128"


class TestStrip:
    def test_it_stands_only_while_an_alarm_is_not_acknowledged(self, qtbot: QtBot) -> None:
        page = QWidget()
        box = QVBoxLayout(page)
        strip = AlarmStrip("Acknowledge")
        box.addWidget(strip)
        shown(qtbot, page, 800, 200)
        assert not strip.isVisible()
        strip.show_alarm(Tone.HIGH, "HIGH · Die temperature 79.2 °C", "+1 more")
        assert strip.isVisible()
        assert strip.accessibleName() == "HIGH · Die temperature 79.2 °C +1 more"
        with qtbot.waitSignal(strip.acknowledged):
            press(strip, "strip.acknowledge")
        strip.clear()
        assert not strip.isVisible()

    @pytest.mark.parametrize("tone", [Tone.CRITICAL, Tone.HIGH, Tone.MEDIUM, Tone.LOW])
    def test_its_ground_is_the_colour_of_the_priority(self, qtbot: QtBot, tone: Tone) -> None:
        strip = AlarmStrip("Acknowledge")
        shown(qtbot, strip, 800, theme.STRIP)
        strip.show_alarm(tone, "Words")
        image = strip.grab().toImage()
        assert image.pixelColor(3, 3).name() == theme.DAY.signal(tone).strip.lower()


class TestActionBar:
    SPECS = (
        ActionButtonSpec("pause", "Pause order", "pause", Kind.PRIMARY, shortcut="F6"),
        ActionButtonSpec("scrap", "Scrap", "triangle"),
        ActionButtonSpec("help", "Call for help", kind=Kind.HELP, align=Align.RIGHT),
    )

    def bar(self, qtbot: QtBot, width: int = 920) -> ActionBar:
        made = ActionBar()
        made.set_actions(self.SPECS)
        shown(qtbot, made, width, theme.BAR)
        return made

    def test_touch_and_key_trigger_the_action(self, qtbot: QtBot) -> None:
        bar = self.bar(qtbot)
        bar.activateWindow()
        heard: list[str] = []
        bar.triggered.connect(heard.append)
        press(bar, "action.scrap")
        with qtbot.waitSignal(bar.triggered):
            QTest.keyClick(bar, Qt.Key.Key_F6)
        assert heard == ["scrap", "pause"]

    def test_a_touch_on_a_button_of_the_page_before_does_nothing_here(self, qtbot: QtBot) -> None:
        bar = self.bar(qtbot)
        heard: list[str] = []
        bar.triggered.connect(heard.append)
        before = bar.findChild(QPushButton, "action.pause")
        assert before is not None
        bar.set_actions(self.SPECS[1:])
        before.click()
        assert heard == []

    def test_help_is_always_at_the_right(self, qtbot: QtBot) -> None:
        bar = self.bar(qtbot)
        bar.answer.show_answer("Saved on this terminal", "10:41:52")
        QApplication.processEvents()
        button = bar.findChild(QPushButton, "action.help")
        assert button is not None
        assert button.geometry().right() == bar.width() - theme.PAD - 1
        assert bar.answer.geometry().right() < button.x()

    def test_a_changed_word_or_a_forbidden_action_keeps_its_button(self, qtbot: QtBot) -> None:
        bar = self.bar(qtbot)
        before = bar.findChild(QPushButton, "action.pause")
        specs = [
            ActionButtonSpec("pause", "Resume order", "pause", Kind.PRIMARY, False, shortcut="F6"),
            *self.SPECS[1:],
        ]
        bar.set_actions(specs)
        after = bar.findChild(QPushButton, "action.pause")
        assert after is before
        assert after is not None
        assert (after.text(), after.isEnabled(), after.shortcut().toString()) == ("Resume order", False, "F6")

    def test_other_actions_replace_the_buttons(self, qtbot: QtBot) -> None:
        bar = self.bar(qtbot)
        bar.set_actions([ActionButtonSpec("back", "Back", "back")])
        QApplication.processEvents()
        visible = [b.objectName() for b in bar.findChildren(QPushButton) if b.isVisible()]
        assert visible == ["action.back"]

    def test_five_long_actions_fit_the_narrowest_screen(self, qtbot: QtBot) -> None:
        made = ActionBar()
        texts = (
            "Auftrag unterbrechen",
            "Gutteile melden",
            "Ausschuss melden",
            "Stillstandsgrund",
            "Hilfe rufen",
        )
        made.set_actions([ActionButtonSpec(str(i), text, "check") for i, text in enumerate(texts)])
        shown(qtbot, made, 1024 - theme.RAIL, theme.BAR)
        assert made.width() == 1024 - theme.RAIL
        buttons = [b for b in made.findChildren(QPushButton) if b.isVisible()]
        assert all(button.height() >= theme.MAIN for button in buttons)
        for one, other in combinations(buttons, 2):
            assert not one.geometry().intersects(other.geometry())

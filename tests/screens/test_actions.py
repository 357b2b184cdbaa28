"""Actions are declared once: keys, words, permissions and entries of every screen hold together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from hmi.domain.equipment import PackmlState
from hmi.domain.payloads import PAYLOADS
from hmi.domain.personnel import Permission
from hmi.i18n import Texts, languages, places
from screens.kit import icons
from screens.registry import SCREENS
from screens.shell.actions import FRAME, Action
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
DECLARED = [("frame", action) for action in FRAME] + [
    (spec.id, action) for spec in SCREENS for action in spec.actions
]
IDS = [f"{screen}.{action.id}" for screen, action in DECLARED]


def clashes(actions: tuple[Action, ...]) -> list[str]:
    """Keys that two actions have which may be offered together, and names that two actions have."""
    found: list[str] = []
    for number, one in enumerate(actions):
        for other in actions[number + 1 :]:
            together = not one.slot or one.slot != other.slot
            if one.key and one.key == other.key and together:
                found.append(f"{one.key}: {one.id}, {other.id}")
            if one.id == other.id:
                found.append(f"twice: {one.id}")
    return found


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


@pytest.mark.parametrize("spec", SCREENS, ids=[spec.id for spec in SCREENS])
def test_every_screen_declares_and_no_key_is_there_twice(spec: ScreenSpec) -> None:
    assert spec.actions, "read without building the screen"
    keyed = tuple(action for action in FRAME if action.key)
    assert clashes((*spec.actions, *keyed)) == []


def test_a_key_that_is_there_twice_is_found() -> None:
    one, other = Action("a", "action.back", key="F2"), Action("b", "action.back", key="F2")
    assert clashes((one, other)) == ["F2: a, b"]
    assert clashes((one, Action("a", "action.back"))) == ["twice: a"]
    either = Action("a", "action.back", key="F2", slot="x"), Action("b", "action.back", key="F2", slot="x")
    assert clashes(either) == []


@pytest.mark.parametrize(("screen", "action"), DECLARED, ids=IDS)
class TestDeclared:
    @pytest.mark.parametrize("language", languages())
    def test_it_has_a_text_without_places_in_every_language(
        self, screen: str, action: Action, language: str
    ) -> None:
        texts = Texts(language)
        known = texts.keys()
        keys = [action.text, *([action.denied] if action.denied else [])]
        keys += [f"keys.entry.{payload.kind}" for payload in action.writes]
        keys.append(f"rail.{screen}" if f"rail.{screen}" in known else f"keys.screen.{screen}")
        assert [key for key in keys if key not in known or places(texts.t(key))] == []

    def test_its_permission_and_its_entries_exist(self, screen: str, action: Action) -> None:
        assert action.permission is None or action.permission in Permission
        assert [payload for payload in action.writes if PAYLOADS.get(payload.kind) is not payload] == []

    def test_whoever_writes_is_asked_for_a_permission_or_may_be_anybody(
        self, screen: str, action: Action
    ) -> None:
        free = {"help.call", "frame.sign_in", "frame.sign_out", "sign_in.prove"}
        assert not action.writes or action.permission is not None or f"{screen}.{action.id}" in free

    def test_what_stands_in_the_bar_has_a_key_and_a_known_icon(self, screen: str, action: Action) -> None:
        assert action.on_page or action.key
        assert not action.icon or action.icon in icons.NAMES


def test_every_action_of_a_bar_is_done_and_nothing_else(stand: Stand) -> None:
    for spec in SCREENS:
        screen = stand.window.screens[spec.id]
        wanted = {action.id for action in spec.actions if not action.on_page}
        assert set(screen.doing()) == wanted, spec.id
        assert {offer.id for offer in screen.offers()} <= {action.id for action in spec.actions}
    with pytest.raises(KeyError):
        stand.window.screens["run"].act("nothing")


class TestWhoMayNot:
    def test_a_touch_and_the_key_say_who_may(self, stand: Stand) -> None:
        stand.start_order(10)
        stand.sign_in("B-7355")
        stand.window.show_screen("run")
        stand.settle()
        pause = stand.find("action.pause")
        assert not pause.isEnabled()
        wanted = "R. Lindqvist may not do this. It can be done by: operator, supervisor."
        QTest.mouseClick(pause, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
        assert stand.answer().startswith(wanted)
        stand.window.show_screen("orders")
        stand.window.show_screen("run")
        stand.settle()
        stand.window.activateWindow()
        QTest.keyClick(stand.window, Qt.Key.Key_F2)
        stand.settle()
        assert stand.answer().startswith(wanted)
        assert stand.journal("job_order.paused") == []

    def test_nobody_signed_in_is_asked_for_a_badge(self, stand: Stand) -> None:
        stand.window.show_screen("orders")
        stand.settle()
        assert stand.text("action.start") == "Scan a badge to start"
        QTest.mouseClick(stand.find("action.start"), Qt.MouseButton.LeftButton)
        assert stand.answer().startswith("This can be done by: operator, supervisor. Scan a badge.")
        stand.sign_in("B-7341")
        assert stand.text("action.start") == "Start WO-104233"

    def test_the_reason_of_a_stop_asks_for_a_badge_in_the_bar(self, stand: Stand) -> None:
        stand.state(PackmlState.EXECUTE)
        stand.state(PackmlState.ABORTED, 312)
        stand.window.show_screen("stop_reason")
        stand.settle()
        assert not stand.find("action.classify").isEnabled()
        stand.sign_in("B-7341")
        assert not stand.sees("action.classify")


class TestKeys:
    def open_keys(self, stand: Stand) -> None:
        stand.touch("action.help")
        stand.touch("action.keys")

    def rows(self, stand: Stand) -> list[str]:
        """Every row of the table as it is read out."""
        names = [f"keys.list.row.{screen}.{action.id}" for screen, action in DECLARED]
        shown = stand.window.screens["keys"].findChildren(type(stand.find("keys.list.row.frame.help")))
        return [button.accessibleName() for button in shown if button.objectName() in names]

    def test_it_lists_every_action_of_every_screen(self, stand: Stand) -> None:
        self.open_keys(stand)
        rows = self.rows(stand)
        assert len(rows) == len([action for _, action in DECLARED if action.id != "back"])
        assert "Run · Pause order · F2 · operator, supervisor · order paused" in rows
        assert "Everywhere · Call for help · F1 · everybody · –" in rows
        assert "Call for help · Call for help · – · everybody · call for help" in rows
        stand.touch("action.back")
        assert stand.window.shown_screen == "help"
        stand.touch("action.keys")
        stand.touch("keys.list.row.frame.help")
        assert stand.window.shown_screen == "keys"
        stand.touch("keys.list.row.run.pause")
        assert stand.window.shown_screen == "run"

    def test_it_follows_the_language_of_whoever_signs_in(self, stand: Stand) -> None:
        self.open_keys(stand)
        stand.window.speak("de")
        stand.settle()
        assert "Lauf · Auftrag pausieren · F2" in " ".join(self.rows(stand))

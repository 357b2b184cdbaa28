"""Map tags: what a machine has is picked by touch, seen live, and written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from hmi.domain.mapping import ProposedTag
from hmi.errors import LinkError
from screens.devices import DevicesScreen
from screens.map_tags import MapTagsScreen
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("devices", "link", DevicesScreen), ScreenSpec("map_tags", None, MapTagsScreen)]
PROPOSED = [
    ProposedTag("plain", "Temperature", "nsu=urn:x;s=T", "Double", "°C", "20.5", "", False),
    ProposedTag("press_state", "State", "/Objects/X", "LocalizedText", "", "Execute", "PackML", True),
]


class Played:
    """A mapper of which a test says what it answers."""

    def __init__(self) -> None:
        self.now = {"plain": "20.5", "press_state": "Execute"}
        self.saved: list[tuple[str, list[str]]] = []
        self.asked = 0
        self.reached = True

    def links(self) -> Sequence[str]:
        return ["plc"]

    def propose(self, link: str) -> Future[Sequence[ProposedTag]]:
        done: Future[Sequence[ProposedTag]] = Future()
        if self.reached:
            done.set_result(PROPOSED)
        else:
            done.set_exception(LinkError("nobody listens at opc.tcp://plc"))
        return done

    def values(self, link: str, names: Sequence[str]) -> Future[Mapping[str, str]]:
        self.asked += 1
        done: Future[Mapping[str, str]] = Future()
        done.set_result({name: self.now[name] for name in names})
        return done

    def save(self, link: str, names: Sequence[str]) -> Future[str]:
        self.saved.append((link, list(names)))
        done: Future[str] = Future()
        done.set_result("tags-plc.toml")
        return done


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS, (1280, 800))
    yield made
    made.close()


def opened(stand: Stand) -> Played:
    """Go to the page from the Devices screen, as an engineer does."""
    played = Played()
    stand.terminal.mapper = played
    stand.sign_in("B-7300")
    stand.go(1)
    stand.window.show_screen("map_tags", "plc")
    stand.settle()
    return played


def row(stand: Stand, name: str) -> str:
    """What the row of a tag says."""
    return stand.text(f"map_tags.table.row.{name}")


def test_what_a_companion_model_speaks_for_is_picked_and_stands_first(stand: Stand) -> None:
    opened(stand)
    assert stand.texts_in("map_tags.headline")[-1] == "plc: 1 of 2 picked"
    assert "State" in row(stand, "press_state")
    assert "PackML" in row(stand, "press_state")
    assert "20.5 °C" in row(stand, "plain")


def test_values_are_live(stand: Stand) -> None:
    played = opened(stand)
    played.now["plain"] = "21.75"
    stand.go(3)
    stand.go(1)
    assert played.asked >= 1
    assert "21.75 °C" in row(stand, "plain")


def test_touches_pick_and_save_writes_what_was_picked(stand: Stand) -> None:
    played = opened(stand)
    stand.touch("map_tags.table.row.plain")
    stand.touch("map_tags.table.row.press_state")
    assert stand.texts_in("map_tags.headline")[-1] == "plc: 1 of 2 picked"
    stand.touch("action.save")
    assert played.saved == [("plc", ["plain"])]
    assert "tags-plc.toml" in stand.answer()


def test_a_machine_that_is_not_reached_is_said(stand: Stand) -> None:
    played = opened(stand)
    played.reached = False
    stand.touch("action.again")
    assert "nobody listens" in stand.answer()


def test_what_was_picked_stays_picked_in_another_language(stand: Stand) -> None:
    played = opened(stand)
    stand.touch("map_tags.table.row.plain")
    stand.touch("map_tags.table.row.press_state")
    stand.window.speak("de")
    stand.settle()
    stand.touch("action.save")
    assert played.saved == [("plc", ["plain"])]

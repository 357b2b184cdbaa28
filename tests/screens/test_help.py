"""Call for help: two touches from anywhere, by anybody, and what became of the call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hmi.domain.entries import Entry, ResultKind
from hmi.domain.payloads import HelpCalled
from hmi.domain.signals import LinkState
from screens.help import PEOPLE, HelpScreen
from screens.shell.registry_types import ScreenSpec
from screens.waiting import WaitingScreen
from tests.screens.desk import Desk

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("run", "outbox", WaitingScreen), ScreenSpec("help", None, HelpScreen)]


@pytest.fixture
def desk(tmp_path: Path, qapp: object) -> Iterator[Desk]:
    made = Desk(tmp_path, SCREENS)
    yield made
    made.close()


def calls(desk: Desk) -> list[Entry]:
    """Every call, oldest first."""
    rows = desk.read(lambda records: records.journal.newest(50))
    return [row.entry for row in reversed(rows) if row.entry.kind == "help.called"]


@pytest.mark.parametrize("whom", [whom for whom, _ in PEOPLE])
def test_two_touches_call_and_lead_back(desk: Desk, whom: str) -> None:
    desk.link("mes", "mes", LinkState.UP)
    desk.touch("action.help")
    desk.touch(f"help.{whom}")
    assert [entry.payload for entry in calls(desk)] == [HelpCalled.model_validate({"whom": whom})]
    assert desk.window.shown_screen == "run"
    assert desk.answer().startswith("Saved on this terminal:")
    assert " called" in desk.answer()


def test_nobody_needs_to_be_signed_in_and_who_is_stands_in_the_entry(desk: Desk) -> None:
    desk.touch("action.help")
    desk.touch("help.quality")
    desk.sign_in("B-7341")
    desk.touch("action.help")
    desk.touch("help.quality")
    first, second = calls(desk)
    assert first.person is None
    assert second.person is not None
    assert second.person.name == "M. Okafor"


def test_while_the_mes_is_away_it_says_that_nobody_hears_the_call(desk: Desk) -> None:
    desk.link("mes", "mes", LinkState.LOST, error="gone")
    desk.touch("action.help")
    assert "If it is urgent, go or phone yourself" in desk.text("help.note")
    desk.touch("help.maintenance")
    assert "The MES is not reached" in desk.answer()
    desk.touch("action.help")
    assert desk.text("help.maintenance.last") == "called 10:30 · still on this terminal, not heard yet"


def test_a_call_that_was_received_says_so_for_an_hour(desk: Desk) -> None:
    desk.link("mes", "mes", LinkState.UP)
    desk.touch("action.help")
    desk.touch("help.logistics")
    desk.clock.go(60)
    desk.answered(calls(desk)[0].id, ResultKind.RECEIVED, mes_id="R-1")
    desk.touch("action.help")
    assert desk.text("help.logistics.last") == "called 10:30 · received by the MES 10:31"
    assert not desk.sees("help.quality.last")
    desk.touch("action.back")
    desk.clock.go(3600)
    desk.touch("action.help")
    assert not desk.sees("help.logistics.last")


def test_two_quick_touches_are_one_call(desk: Desk) -> None:
    desk.touch("action.help")
    tile = desk.find("help.quality")
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    desk.settle()
    assert len(calls(desk)) == 1


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    desk = Desk(tmp_path, SCREENS, size)
    desk.touch("action.help")
    assert (desk.window.width(), desk.window.height()) == size
    assert all(desk.inside(f"help.{whom}") for whom, _ in PEOPLE)
    desk.close()

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
from tests.screens.stand import Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("run", "outbox", WaitingScreen), ScreenSpec("help", None, HelpScreen)]


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


def calls(stand: Stand) -> list[Entry]:
    """Every call, oldest first."""
    rows = stand.read(lambda records: records.journal.newest(50))
    return [row.entry for row in reversed(rows) if row.entry.kind == "help.called"]


@pytest.mark.parametrize("whom", [whom for whom, _ in PEOPLE])
def test_two_touches_call_and_lead_back(stand: Stand, whom: str) -> None:
    stand.link("mes", "mes", LinkState.UP)
    stand.touch("action.help")
    stand.touch(f"help.{whom}")
    assert [entry.payload for entry in calls(stand)] == [HelpCalled.model_validate({"whom": whom})]
    assert stand.window.shown_screen == "run"
    assert stand.answer().startswith("Saved on this terminal:")
    assert " called" in stand.answer()


def test_nobody_needs_to_be_signed_in_and_who_is_stands_in_the_entry(stand: Stand) -> None:
    stand.touch("action.help")
    stand.touch("help.quality")
    stand.sign_in("B-7341")
    stand.touch("action.help")
    stand.touch("help.quality")
    first, second = calls(stand)
    assert first.person is None
    assert second.person is not None
    assert second.person.name == "M. Okafor"


def test_while_the_mes_is_away_it_says_that_nobody_hears_the_call(stand: Stand) -> None:
    stand.link("mes", "mes", LinkState.LOST, error="gone")
    stand.touch("action.help")
    assert "If it is urgent, go or phone yourself" in stand.text("help.note")
    stand.touch("help.maintenance")
    assert "The MES is not reached" in stand.answer()
    stand.touch("action.help")
    assert stand.text("help.maintenance.last") == "called 10:30 · still on this terminal, not heard yet"


def test_a_call_that_was_received_says_so_for_an_hour(stand: Stand) -> None:
    stand.link("mes", "mes", LinkState.UP)
    stand.touch("action.help")
    stand.touch("help.logistics")
    stand.clock.go(60)
    stand.answered(calls(stand)[0].id, ResultKind.RECEIVED, mes_id="R-1")
    stand.touch("action.help")
    assert stand.text("help.logistics.last") == "called 10:30 · received by the MES 10:31"
    assert not stand.sees("help.quality.last")
    stand.touch("action.back")
    stand.clock.go(3600)
    stand.touch("action.help")
    assert not stand.sees("help.logistics.last")


def test_two_quick_touches_are_one_call(stand: Stand) -> None:
    stand.touch("action.help")
    tile = stand.find("help.quality")
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    QTest.mouseClick(tile, Qt.MouseButton.LeftButton)
    stand.settle()
    assert len(calls(stand)) == 1


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    stand = Stand(tmp_path, SCREENS, size)
    stand.touch("action.help")
    assert (stand.window.width(), stand.window.height()) == size
    assert all(stand.inside(f"help.{whom}") for whom, _ in PEOPLE)
    stand.close()

"""What is said to be saved is what stands in the journal, also while commits are slow and fingers are not."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from hmi.domain.entries import NewEntry
from hmi.domain.equipment import PackmlState
from hmi.domain.payloads import HelpCalled, ProductionScrapped, StopClassified
from hmi.operations.production import Scrap, scrap_parts
from hmi.ports import Context, Draft, Records
from screens.registry import SCREENS
from tests.screens.check.states import full_plans
from tests.screens.stand import ORDER, SetClock, Stand, config

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
FORM_ID = "019ab3c2-0000-7000-8000-000000000001"


@pytest.fixture
def stand(tmp_path: Path, qapp: QApplication) -> Iterator[Stand]:
    made = Stand(
        tmp_path,
        SCREENS,
        clock=SetClock(),
        first_plans=full_plans(),
        settings=config(idle_sign_out_s=10**9),
    )
    yield made
    made.close()


@contextmanager
def slow_disk(stand: Stand) -> Generator[None]:
    """Nothing is saved or read inside; all of it afterwards, and then it is shown."""
    gate = threading.Event()

    def wait(_records: Records, _wish: None, _context: Context) -> Sequence[NewEntry]:
        gate.wait(30)
        return ()

    stand.ledger.do(wait, None)
    try:
        yield
    finally:
        gate.set()
    stand.settle()
    stand.settle()


def touch(stand: Stand, *names: str) -> None:
    """Touch one after the other without waiting for answers."""
    for name in names:
        QTest.mouseClick(stand.find(name), Qt.MouseButton.LeftButton)


def scrapped(stand: Stand) -> list[Decimal]:
    """The quantity of every scrap entry."""
    payloads = [entry.payload for entry in stand.journal("production.scrapped")]
    return [payload.quantity for payload in payloads if isinstance(payload, ProductionScrapped)]


def stopped(stand: Stand) -> None:
    """An order runs, and the press stops with a fault."""
    stand.start_order(120)
    stand.sign_in("B-7300")
    stand.state(PackmlState.EXECUTE)
    stand.clock.go(600)
    stand.state(PackmlState.ABORTED, 312)
    stand.clock.go(60)
    stand.window.show_screen("stop_reason")
    stand.settle()


def reasons(stand: Stand) -> list[str]:
    """The reason of every classification, oldest first."""
    payloads = [entry.payload for entry in stand.journal("stop.classified")]
    return [payload.reason for payload in payloads if isinstance(payload, StopClassified)]


def test_a_changed_form_saved_twice_says_which_of_both_stands(stand: Stand) -> None:
    stand.start_order(120)
    stand.window.show_screen("scrap")
    stand.settle()
    stand.touch("scrap.reason.BURR")
    stand.key("scrap.keypad", "7")
    with slow_disk(stand):
        touch(stand, "scrap.keypad.main", "scrap.keypad.clear", "scrap.keypad.8", "scrap.keypad.main")
    assert scrapped(stand) == [7]
    assert stand.said[-1] == "Saved already: Scrap 7 pcs · Burr. Nothing more was saved."
    assert not [words for words in stand.said if "8 pcs" in words]
    assert stand.window.shown_screen == "run"


def test_the_same_form_touched_twice_is_saved_and_says_so(stand: Stand) -> None:
    stand.start_order(120)
    stand.window.show_screen("scrap")
    stand.settle()
    stand.touch("scrap.reason.BURR")
    stand.key("scrap.keypad", "7")
    with slow_disk(stand):
        touch(stand, "scrap.keypad.main", "scrap.keypad.main")
    assert scrapped(stand) == [7]
    assert "7 pcs" in stand.said[-1]
    assert not [words for words in stand.said if "already" in words]


def test_a_form_that_came_back_after_it_was_saved_says_what_stands(stand: Stand) -> None:
    stand.start_order(120)
    stand.ledger.do(scrap_parts, Scrap(ORDER, Decimal(3), "BURR"), entry_id=FORM_ID).result(10)
    back = {"reason": "BURR", "quantity": "4"}
    stand.ledger.save_draft(Draft("scrap", ORDER, "P1", FORM_ID, back, stand.clock.now())).result(10)
    stand.window.show_screen("scrap")
    stand.settle()
    stand.touch("scrap.keypad.main")
    stand.settle()
    assert scrapped(stand) == [3]
    assert stand.answer() == "Saved already: Scrap 3 pcs · Burr. Nothing more was saved."


def test_two_reasons_are_two_entries_and_the_later_corrects_the_first(stand: Stand) -> None:
    stopped(stand)
    with slow_disk(stand):
        touch(stand, "reason.HYD", "reason.COIL")
    assert reasons(stand) == ["HYD", "COIL"]
    assert "Coil change" in stand.said[-1]


def test_a_reason_and_a_repair_are_both_saved(stand: Stand) -> None:
    stopped(stand)
    with slow_disk(stand):
        touch(stand, "reason.HYD", "action.repair")
    assert reasons(stand) == ["HYD"]
    assert len(stand.journal("repair.opened")) == 1
    assert stand.window.shown_screen == "repair"


def test_two_calls_for_help_are_two_calls_and_one_tile_twice_is_one(stand: Stand) -> None:
    stand.window.show_screen("help")
    stand.settle()
    with slow_disk(stand):
        touch(stand, "help.maintenance", "help.quality", "help.quality")
    calls = [entry.payload for entry in stand.journal("help.called")]
    assert calls == [HelpCalled(whom="maintenance"), HelpCalled(whom="quality")]

"""Scrap: two touches after it was opened, nothing lost, nothing twice, refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hmi.domain.entries import Entry
from hmi.domain.payloads import ProductionScrapped
from hmi.operations.production import Declare, OrderWish, complete_order, declare_parts
from hmi.ports import Draft, PlanRecord
from screens.run import RunScreen
from screens.scrap import FORM, ScrapScreen
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import ORDER, Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("run", "play", RunScreen), ScreenSpec("scrap", None, ScrapScreen)]
SAVE = "scrap.keypad.main"


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


def open_form(stand: Stand) -> None:
    """Open the page for the order, as the Run page does."""
    stand.window.show_screen("scrap", ORDER)
    stand.settle()


def scrapped(stand: Stand) -> list[Entry]:
    """Every entry about scrap, oldest first."""
    rows = stand.read(lambda records: records.journal.newest(100))
    return [row.entry for row in reversed(rows) if row.entry.kind == "production.scrapped"]


def draft(stand: Stand, person: str = "P1") -> Draft | None:
    """What is kept of the half-filled form."""
    return stand.read(lambda records: records.journal.draft(FORM, ORDER, person))


def test_a_reason_and_save_are_all_it_takes(stand: Stand) -> None:
    stand.start_order(50)
    stand.touch("action.scrap")
    assert stand.window.shown_screen == "scrap"
    assert not stand.find(SAVE).isEnabled()
    stand.touch("scrap.reason.BURR")
    stand.touch(SAVE)
    [entry] = scrapped(stand)
    assert entry.payload == ProductionScrapped(order=ORDER, quantity=Decimal(1), unit="pcs", reason="BURR")
    assert entry.person is not None
    assert entry.person.name == "M. Okafor"
    assert stand.window.shown_screen == "run"
    assert stand.answer().startswith("Saved on this terminal: scrap 1 pcs · Burr")


def test_the_first_key_replaces_the_one_that_was_assumed(stand: Stand) -> None:
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.keypad.1")
    stand.touch("scrap.keypad.2")
    stand.touch("scrap.reason.CRACK")
    assert stand.text("scrap.hint") == "Scrap 12 pcs · Crack"
    stand.touch(SAVE)
    assert [entry.payload.to_wire()["quantity"] for entry in scrapped(stand)] == ["12"]


def test_a_physical_keyboard_does_the_same(stand: Stand) -> None:
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.reason.DIM")
    QTest.keyClicks(stand.find("scrap.keypad"), "7")
    QTest.keyClick(stand.find("scrap.keypad"), Qt.Key.Key_Return)
    stand.settle()
    assert [entry.payload.to_wire()["quantity"] for entry in scrapped(stand)] == ["7"]


def test_every_form_is_an_entry_of_its_own(stand: Stand) -> None:
    stand.start_order(50)
    for reason in ("BURR", "CRACK"):
        open_form(stand)
        stand.touch(f"scrap.reason.{reason}")
        stand.touch(SAVE)
    assert len({entry.id for entry in scrapped(stand)}) == 2


def test_a_form_that_was_cut_off_is_there_again_with_its_entry_id(tmp_path: Path, qapp: object) -> None:
    first = Stand(tmp_path, SCREENS)
    first.start_order(50)
    open_form(first)
    first.touch("scrap.reason.SCRATCH")
    first.touch("scrap.keypad.3")
    kept = draft(first)
    first.close()
    assert kept is not None
    assert kept.content == {"reason": "SCRATCH", "quantity": "3"}
    second = Stand(tmp_path, SCREENS)
    open_form(second)
    assert second.text("scrap.hint") == "Scrap 3 pcs · Scratch"
    second.touch(SAVE)
    assert [entry.id for entry in scrapped(second)] == [kept.entry_id]
    assert draft(second) is None
    second.close()


def test_the_draft_of_one_person_is_not_shown_to_another(stand: Stand) -> None:
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.reason.BURR")
    stand.touch("scrap.keypad.9")
    stand.sign_in("B-7300")
    assert stand.text("scrap.hint") == "Choose the reason."
    assert not stand.find(SAVE).isEnabled()
    stand.sign_in("B-7341")
    assert stand.text("scrap.hint") == "Scrap 9 pcs · Burr"


def test_what_was_entered_before_the_badge_belongs_to_whoever_signs_in_then(stand: Stand) -> None:
    stand.start_order(50)
    stand.sign_out()
    open_form(stand)
    stand.touch("scrap.reason.BURR")
    stand.touch("scrap.keypad.4")
    assert draft(stand, "") is not None
    stand.sign_in("B-7341")
    assert stand.text("scrap.hint") == "Scrap 4 pcs · Burr"
    assert draft(stand, "") is None
    kept = draft(stand)
    assert kept is not None
    assert kept.content == {"reason": "BURR", "quantity": "4"}
    stand.sign_in("B-7300")
    assert stand.text("scrap.hint") == "Choose the reason."


def test_parts_that_are_counted_meanwhile_do_not_disturb_the_typing(stand: Stand) -> None:
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.keypad.2")
    tile = stand.find("scrap.reason.BURR")
    stand.do(declare_parts, Declare(ORDER, Decimal(10)))
    assert stand.find("scrap.reason.BURR") is tile
    stand.touch("scrap.keypad.5")
    stand.touch("scrap.reason.BURR")
    assert stand.text("scrap.hint") == "Scrap 25 pcs · Burr"
    assert stand.text("scrap.booked") == "60 pcs good booked"


def test_no_more_than_is_good_can_become_scrap(stand: Stand) -> None:
    stand.start_order(5)
    open_form(stand)
    stand.touch("scrap.reason.BURR")
    stand.touch("scrap.keypad.6")
    assert stand.text("scrap.hint") == "Only 5 pcs are booked as good: no more than these can be scrap."
    assert not stand.find(SAVE).isEnabled()
    stand.do(declare_parts, Declare(ORDER, Decimal(1)))
    assert stand.find(SAVE).isEnabled()


def test_without_a_good_part_it_says_so(stand: Stand) -> None:
    stand.start_order(0)
    open_form(stand)
    assert stand.text("scrap.hint").startswith("No good parts are booked for this order yet")


def test_an_empty_quantity_is_asked_for(stand: Stand) -> None:
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.reason.BURR")
    stand.touch("scrap.keypad.clear")
    assert stand.text("scrap.hint") == "Enter how many parts are scrap: 1 or more."
    assert not stand.find(SAVE).isEnabled()


def test_nobody_signed_in_can_look_but_not_save(stand: Stand) -> None:
    stand.start_order(50)
    stand.sign_out()
    open_form(stand)
    stand.touch("scrap.reason.BURR")
    assert stand.text("scrap.hint") == "Nobody is signed in. Scan a badge to save."
    assert not stand.find(SAVE).isEnabled()
    assert scrapped(stand) == []


def test_who_may_not_is_told_who_may(stand: Stand) -> None:
    stand.start_order(50)
    stand.sign_in("B-7355")
    open_form(stand)
    assert (
        stand.text("scrap.hint")
        == "R. Lindqvist may not report scrap. Scan the badge of: operator, supervisor."
    )


def test_a_reason_that_planning_took_away_meanwhile_is_refused_in_words(stand: Stand) -> None:
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.reason.BURR")
    screen = stand.window.screens["scrap"]
    screen.refresh = lambda: None  # the page has not heard of it yet
    stand.plan([PlanRecord("reason", "BURR", 2, None)])
    stand.touch(SAVE)
    assert stand.answer().startswith("Reason BURR is not among the plans any more. Choose another.")
    assert scrapped(stand) == []
    assert stand.window.shown_screen == "scrap"


def test_without_an_order_it_says_what_to_do(stand: Stand) -> None:
    stand.window.show_screen("scrap")
    stand.settle()
    assert "No order was started on this terminal." in stand.texts_in("scrap.empty")
    assert not stand.sees(SAVE)


def test_an_order_that_ended_takes_nothing_more(stand: Stand) -> None:
    stand.start_order(50)
    stand.do(complete_order, OrderWish(ORDER))
    open_form(stand)
    assert f"Order {ORDER} is completed." in stand.texts_in("scrap.empty")


def test_back_keeps_the_draft(stand: Stand) -> None:
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.reason.BURR")
    stand.touch("action.back")
    assert stand.window.shown_screen == "run"
    kept = draft(stand)
    assert kept is not None
    assert kept.content["reason"] == "BURR"


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    stand = Stand(tmp_path, SCREENS, size)
    stand.start_order(50)
    open_form(stand)
    assert (stand.window.width(), stand.window.height()) == size
    for name in (SAVE, "scrap.keypad.0", "scrap.reason.BURR"):
        assert stand.inside(name)
    stand.close()


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_many_reasons_can_be_searched_and_the_keypad_comes_back(
    tmp_path: Path, qapp: object, size: tuple[int, int]
) -> None:
    stand = Stand(tmp_path, SCREENS, size)
    more = [
        PlanRecord("reason", f"X{n}", 1, {"name": f"Extra {n}", "group": "Other", "applies_to": "scrap"})
        for n in range(30)
    ]
    stand.plan(more)
    stand.start_order(50)
    open_form(stand)
    stand.touch("scrap.reason.search")
    assert stand.sees(SAVE) is (size[0] > 1024)
    assert stand.inside("scrap.reason.keyboard.key.p")
    for letter in "27":
        QTest.keyClicks(stand.find("scrap.reason.keyboard"), letter)
    stand.settle()
    stand.touch("scrap.reason.X27")
    stand.touch(SAVE)
    assert [entry.payload.to_wire()["reason"] for entry in scrapped(stand)] == ["X27"]
    stand.close()

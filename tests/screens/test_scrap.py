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
from tests.screens.desk import ORDER, Desk

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("run", "play", RunScreen), ScreenSpec("scrap", None, ScrapScreen)]
SAVE = "scrap.keypad.main"


@pytest.fixture
def desk(tmp_path: Path, qapp: object) -> Iterator[Desk]:
    made = Desk(tmp_path, SCREENS)
    yield made
    made.close()


def open_form(desk: Desk) -> None:
    """Open the page for the order, as the Run page does."""
    desk.window.show_screen("scrap", ORDER)
    desk.settle()


def scrapped(desk: Desk) -> list[Entry]:
    """Every entry about scrap, oldest first."""
    rows = desk.read(lambda records: records.journal.newest(100))
    return [row.entry for row in reversed(rows) if row.entry.kind == "production.scrapped"]


def draft(desk: Desk, person: str = "P1") -> Draft | None:
    """What is kept of the half-filled form."""
    return desk.read(lambda records: records.journal.draft(FORM, ORDER, person))


def test_a_reason_and_save_are_all_it_takes(desk: Desk) -> None:
    desk.start_order(50)
    desk.touch("action.scrap")
    assert desk.window.shown_screen == "scrap"
    assert not desk.find(SAVE).isEnabled()
    desk.touch("scrap.reason.BURR")
    desk.touch(SAVE)
    [entry] = scrapped(desk)
    assert entry.payload == ProductionScrapped(order=ORDER, quantity=Decimal(1), unit="pcs", reason="BURR")
    assert entry.person is not None
    assert entry.person.name == "M. Okafor"
    assert desk.window.shown_screen == "run"
    assert desk.answer().startswith("Saved on this terminal: scrap 1 pcs · Burr")


def test_the_first_key_replaces_the_one_that_was_assumed(desk: Desk) -> None:
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.keypad.1")
    desk.touch("scrap.keypad.2")
    desk.touch("scrap.reason.CRACK")
    assert desk.text("scrap.hint") == "Scrap 12 pcs · Crack"
    desk.touch(SAVE)
    assert [entry.payload.to_wire()["quantity"] for entry in scrapped(desk)] == ["12"]


def test_a_physical_keyboard_does_the_same(desk: Desk) -> None:
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.reason.DIM")
    QTest.keyClicks(desk.find("scrap.keypad"), "7")
    QTest.keyClick(desk.find("scrap.keypad"), Qt.Key.Key_Return)
    desk.settle()
    assert [entry.payload.to_wire()["quantity"] for entry in scrapped(desk)] == ["7"]


def test_every_form_is_an_entry_of_its_own(desk: Desk) -> None:
    desk.start_order(50)
    for reason in ("BURR", "CRACK"):
        open_form(desk)
        desk.touch(f"scrap.reason.{reason}")
        desk.touch(SAVE)
    assert len({entry.id for entry in scrapped(desk)}) == 2


def test_a_form_that_was_cut_off_is_there_again_with_its_entry_id(tmp_path: Path, qapp: object) -> None:
    first = Desk(tmp_path, SCREENS)
    first.start_order(50)
    open_form(first)
    first.touch("scrap.reason.SCRATCH")
    first.touch("scrap.keypad.3")
    kept = draft(first)
    first.close()
    assert kept is not None
    assert kept.content == {"reason": "SCRATCH", "quantity": "3"}
    second = Desk(tmp_path, SCREENS)
    open_form(second)
    assert second.text("scrap.hint") == "Scrap 3 pcs · Scratch"
    second.touch(SAVE)
    assert [entry.id for entry in scrapped(second)] == [kept.entry_id]
    assert draft(second) is None
    second.close()


def test_the_draft_of_one_person_is_not_shown_to_another(desk: Desk) -> None:
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.reason.BURR")
    desk.touch("scrap.keypad.9")
    desk.sign_in("B-7300")
    assert desk.text("scrap.hint") == "Choose the reason."
    assert not desk.find(SAVE).isEnabled()
    desk.sign_in("B-7341")
    assert desk.text("scrap.hint") == "Scrap 9 pcs · Burr"


def test_parts_that_are_counted_meanwhile_do_not_disturb_the_typing(desk: Desk) -> None:
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.keypad.2")
    tile = desk.find("scrap.reason.BURR")
    desk.do(declare_parts, Declare(ORDER, Decimal(10)))
    assert desk.find("scrap.reason.BURR") is tile
    desk.touch("scrap.keypad.5")
    desk.touch("scrap.reason.BURR")
    assert desk.text("scrap.hint") == "Scrap 25 pcs · Burr"
    assert desk.text("scrap.booked") == "60 pcs good booked"


def test_no_more_than_is_good_can_become_scrap(desk: Desk) -> None:
    desk.start_order(5)
    open_form(desk)
    desk.touch("scrap.reason.BURR")
    desk.touch("scrap.keypad.6")
    assert desk.text("scrap.hint") == "Only 5 pcs are booked as good: no more than these can be scrap."
    assert not desk.find(SAVE).isEnabled()
    desk.do(declare_parts, Declare(ORDER, Decimal(1)))
    assert desk.find(SAVE).isEnabled()


def test_without_a_good_part_it_says_so(desk: Desk) -> None:
    desk.start_order(0)
    open_form(desk)
    assert desk.text("scrap.hint").startswith("No good parts are booked for this order yet")


def test_an_empty_quantity_is_asked_for(desk: Desk) -> None:
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.reason.BURR")
    desk.touch("scrap.keypad.clear")
    assert desk.text("scrap.hint") == "Enter how many parts are scrap: 1 or more."
    assert not desk.find(SAVE).isEnabled()


def test_nobody_signed_in_can_look_but_not_save(desk: Desk) -> None:
    desk.start_order(50)
    desk.sign_out()
    open_form(desk)
    desk.touch("scrap.reason.BURR")
    assert desk.text("scrap.hint") == "Nobody is signed in. Scan a badge to save."
    assert not desk.find(SAVE).isEnabled()
    assert scrapped(desk) == []


def test_who_may_not_is_told_who_may(desk: Desk) -> None:
    desk.start_order(50)
    desk.sign_in("B-7355")
    open_form(desk)
    assert (
        desk.text("scrap.hint")
        == "R. Lindqvist may not report scrap. Scan the badge of: operator, supervisor."
    )


def test_a_reason_that_planning_took_away_meanwhile_is_refused_in_words(desk: Desk) -> None:
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.reason.BURR")
    screen = desk.window.screens["scrap"]
    screen.refresh = lambda: None  # the page has not heard of it yet
    desk.plan([PlanRecord("reason", "BURR", 2, None)])
    desk.touch(SAVE)
    assert desk.answer().startswith("Reason BURR is not among the plans any more. Choose another.")
    assert scrapped(desk) == []
    assert desk.window.shown_screen == "scrap"


def test_without_an_order_it_says_what_to_do(desk: Desk) -> None:
    desk.window.show_screen("scrap")
    desk.settle()
    assert "No order was started on this terminal." in desk.texts_in("scrap.empty")
    assert not desk.sees(SAVE)


def test_an_order_that_ended_takes_nothing_more(desk: Desk) -> None:
    desk.start_order(50)
    desk.do(complete_order, OrderWish(ORDER))
    open_form(desk)
    assert f"Order {ORDER} is completed." in desk.texts_in("scrap.empty")


def test_back_keeps_the_draft(desk: Desk) -> None:
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.reason.BURR")
    desk.touch("action.back")
    assert desk.window.shown_screen == "run"
    kept = draft(desk)
    assert kept is not None
    assert kept.content["reason"] == "BURR"


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    desk = Desk(tmp_path, SCREENS, size)
    desk.start_order(50)
    open_form(desk)
    assert (desk.window.width(), desk.window.height()) == size
    for name in (SAVE, "scrap.keypad.0", "scrap.reason.BURR"):
        assert desk.inside(name)
    desk.close()


@pytest.mark.parametrize("size", [(1024, 768), (1920, 1080)])
def test_many_reasons_can_be_searched_and_the_keypad_comes_back(
    tmp_path: Path, qapp: object, size: tuple[int, int]
) -> None:
    desk = Desk(tmp_path, SCREENS, size)
    more = [
        PlanRecord("reason", f"X{n}", 1, {"name": f"Extra {n}", "group": "Other", "applies_to": "scrap"})
        for n in range(30)
    ]
    desk.plan(more)
    desk.start_order(50)
    open_form(desk)
    desk.touch("scrap.reason.search")
    assert desk.sees(SAVE) is (size[0] > 1024)
    assert desk.inside("scrap.reason.keyboard.key.p")
    for letter in "27":
        QTest.keyClicks(desk.find("scrap.reason.keyboard"), letter)
    desk.settle()
    desk.touch("scrap.reason.X27")
    desk.touch(SAVE)
    assert [entry.payload.to_wire()["reason"] for entry in scrapped(desk)] == ["X27"]
    desk.close()

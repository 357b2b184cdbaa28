"""Another language in place: what was chosen and half entered goes on, wherever there is such a thing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hmi.domain.equipment import PackmlState
from hmi.operations.maintenance import OpenRepair, open_repair
from screens.registry import SCREENS
from tests.screens.stand import ORDER, Stand, record

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
POLE = record("person", "P9", name="Z. Kowalska", badge="B-PL", roles=["supervisor"], language="pl")


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    made.plan([POLE])
    yield made
    made.close()


def speak(stand: Stand, language: str = "de") -> None:
    """Switch the language in place."""
    stand.window.speak(language)
    stand.settle()


def broken_down(stand: Stand) -> str:
    """A stop of the press; its id."""
    stand.state(PackmlState.EXECUTE)
    stand.state(PackmlState.ABORTED, 312)
    return stand.read(lambda records: records.equipment.unclassified()[-1]).id


def test_scrap_that_nobody_signed_for_goes_on_with_the_badge(stand: Stand) -> None:
    stand.start_order(50)
    stand.sign_out()
    stand.window.show_screen("scrap", ORDER)
    stand.settle()
    stand.touch("scrap.reason.BURR")
    stand.touch("scrap.keypad.4")
    stand.sign_in("B-PL")
    assert stand.text("scrap.keypad.main") == "Zapisz braki"
    assert "4" in stand.text("scrap.hint")
    assert "Burr" in stand.text("scrap.hint")
    kept = stand.read(lambda records: records.journal.draft("scrap", ORDER, "P9"))
    assert kept is not None
    assert kept.content == {"reason": "BURR", "quantity": "4"}


def test_scrap_of_one_person_is_not_carried_to_another(stand: Stand) -> None:
    stand.start_order(50)
    stand.window.show_screen("scrap", ORDER)
    stand.settle()
    stand.touch("scrap.reason.BURR")
    stand.touch("scrap.keypad.4")
    speak(stand)
    assert "4 pcs · Burr" in stand.text("scrap.hint")
    stand.sign_in("B-PL")
    assert "Burr" not in stand.text("scrap.hint")
    assert stand.read(lambda records: records.journal.drafts_of("P9")) == []


def test_a_number_keyed_before_the_badge_goes_on_with_it(stand: Stand) -> None:
    stand.start_order(100)
    stand.sign_out()
    stand.window.show_screen("inspection")
    stand.settle()
    stand.key("inspection.keypad", "12.")
    stand.sign_in("B-PL")
    stand.key("inspection.keypad", "05")
    stand.touch("inspection.keypad.main")
    [kept] = stand.read(lambda records: records.journal.drafts_of("P9"))
    assert kept.content == {"1": "12.05"}


def test_the_repair_that_is_shown_and_the_quantity_of_the_next_part(stand: Stand) -> None:
    stand.sign_in("B-7300")
    repair = stand.do(open_repair, OpenRepair(broken_down(stand))).entries[0].subject.id
    stand.sign_out()
    stand.window.show_screen("repair")
    stand.settle()
    stand.touch(f"repair.show.{repair}")
    stand.touch("repair.more")
    stand.sign_in("B-PL")
    assert "2" in stand.text("repair.quantity")
    kept = stand.read(lambda records: records.journal.draft("part", repair, "P9"))
    assert kept is not None
    assert kept.content == {"quantity": "2"}


def test_the_search_for_a_reason(stand: Stand) -> None:
    more = [record("reason", f"R{n}", name=f"Reason {n}", group="x", applies_to="scrap") for n in range(20)]
    stand.plan(more)
    stand.start_order(50)
    stand.window.show_screen("scrap", ORDER)
    stand.settle()
    stand.touch("scrap.reason.search")
    for letter in "cr":
        stand.touch(f"scrap.reason.keyboard.key.{letter}")
    assert not stand.sees("scrap.reason.BURR")
    speak(stand)
    assert stand.sees("scrap.reason.CRACK")
    assert not stand.sees("scrap.reason.BURR")


def test_the_chosen_order(stand: Stand) -> None:
    order = {"operation": "20", "material": "M", "material_name": "Panel", "quantity": "5", "unit": "pcs"}
    stand.plan([record("job_order", "WO-9", **order, equipment="PRESS12", priority=900)])
    stand.window.show_screen("orders")
    stand.settle()
    stand.touch("orders.row.WO-9")
    stand.sign_in("B-PL")
    assert "WO-9" in stand.text("action.start")


def test_the_part_of_the_list_and_the_entry_that_are_shown(stand: Stand) -> None:
    stand.start_order(50)
    stand.window.show_screen("waiting", "waiting")
    stand.settle()
    entry = stand.newest().entry.id
    stand.touch(f"waiting.entries.row.{entry}")
    speak(stand)
    assert stand.sees("waiting.detail.close")


def test_what_the_trend_shows(stand: Stand) -> None:
    stand.window.show_screen("trends")
    stand.settle()
    stand.touch("trends.range.480")
    stand.touch("action.earlier")
    assert stand.find("action.later").isEnabled()
    speak(stand)
    assert stand.find("action.later").isEnabled()
    stand.touch("action.tags")
    speak(stand, "es")
    assert stand.sees("action.done")


def test_the_record_and_the_meaning_of_a_signature(stand: Stand) -> None:
    stand.start_order(50)
    stand.touch("rail.run")
    stand.touch("action.complete")
    stand.clock.go(1)
    stand.touch("action.complete")
    [done] = stand.journal("job_order.completed")
    stand.window.show_screen("signing", done.id)
    stand.settle()
    stand.touch("signing.meaning.approved")
    before = stand.find("signing.meaning.approved").grab().toImage().pixelColor(1, 30)
    speak(stand, "es")
    assert stand.sees("signing.meaning.approved")
    assert stand.find("signing.meaning.approved").grab().toImage().pixelColor(1, 30) == before

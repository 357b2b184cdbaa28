"""Waiting entries: what waits, what was refused and what people may decide about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from hmi.domain.entries import Entry, NewEntry, ReceiptState, ResultKind, Subject
from hmi.domain.payloads import EntryDecided, HelpCalled
from hmi.domain.signals import LinkState
from screens.shell.registry_types import ScreenSpec
from screens.waiting import NEWEST, WaitingScreen
from tests.screens.desk import Desk

SCREENS = [ScreenSpec("waiting", "outbox", WaitingScreen)]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
CANCELLED = "Order WO-104233 was cancelled at 10:12. Nothing can be booked on it any more."


@pytest.fixture
def desk(tmp_path: Path, qapp: object) -> Iterator[Desk]:
    made = Desk(tmp_path, SCREENS)
    yield made
    made.close()


def headline(desk: Desk) -> str:
    """What stands at the top, in words."""
    desk.settle()
    return " ".join(desk.texts_in("waiting.headline"))


def newest(desk: Desk, kind: str) -> Entry:
    """The newest entry of a kind."""
    rows = desk.read(lambda records: records.journal.newest(50))
    return next(row.entry for row in rows if row.entry.kind == kind)


def state_of(desk: Desk, entry: str) -> ReceiptState:
    """What became of an entry."""
    row = desk.read(lambda records: records.journal.entry(entry))
    assert row is not None
    return row.receipt.state


def refuse(desk: Desk, kind: str = "production.declared") -> str:
    """Let the MES refuse the newest entry of a kind; its id."""
    entry = newest(desk, kind).id
    desk.answered(
        entry, ResultKind.REFUSED, code="order_cancelled", words=CANCELLED, who_decides="Planning, A. Weber"
    )
    return entry


def test_an_empty_list_says_why_and_what_will_fill_it(desk: Desk) -> None:
    assert "Nothing was heard of the MES yet" in headline(desk)
    assert any("until the MES has received it" in text for text in desk.texts_in("waiting.entries"))


def test_while_the_mes_is_away_it_says_since_when_and_that_all_is_safe(desk: Desk) -> None:
    desk.start_order(100)
    desk.link("mes", "mes", LinkState.LOST, error="connection refused")
    desk.go(300)
    assert headline(desk).endswith(
        "MES not reached since 10:30. 3 entries are safe on this terminal. Go on working."
    )
    assert desk.text("waiting.tab.waiting") == "Waiting 3"
    row = desk.text(f"waiting.entries.row.{newest(desk, 'production.declared').id}")
    assert row == "10:30:00 · 100 pcs declared by hand for WO-104233 · M. Okafor · waiting"


def test_one_entry_is_said_in_the_singular(desk: Desk) -> None:
    desk.sign_in("B-7341")
    desk.link("mes", "mes", LinkState.UP)
    assert headline(desk).endswith("One entry is on its way to the MES. Go on working.")


def test_when_all_is_received_it_says_when_the_last_receipt_came(desk: Desk) -> None:
    desk.sign_in("B-7341")
    desk.link("mes", "mes", LinkState.UP)
    desk.clock.go(7)
    entry = desk.newest().entry.id
    desk.answered(entry, ResultKind.RECEIVED, mes_id="R-5512")
    assert headline(desk).endswith("Everything was received. Last receipt 10:30:07.")
    desk.touch("waiting.tab.received")
    assert desk.text(f"waiting.entries.row.{entry}").endswith("received 10:30:07 · R-5512")


def test_a_terminal_that_is_not_admitted_says_so(desk: Desk) -> None:
    desk.sign_in("B-7341")
    desk.link("mes", "mes", LinkState.NOT_ADMITTED, error="401")
    assert "has not admitted this terminal since 10:30" in headline(desk)


def test_all_but_the_refused_are_received(desk: Desk) -> None:
    desk.sign_in("B-7341")
    desk.link("mes", "mes", LinkState.UP)
    refuse(desk, "person.signed_in")
    assert "One entry was refused and needs a decision" in headline(desk)


def test_it_opens_with_what_needs_a_decision(tmp_path: Path, qapp: object) -> None:
    first = Desk(tmp_path, SCREENS)
    first.start_order(10)
    entry = refuse(first)
    first.close()
    second = Desk(tmp_path, SCREENS)
    assert second.sees(f"waiting.entries.row.{entry}")
    second.close()


def test_the_detail_says_what_the_mes_said_and_who_decides(desk: Desk) -> None:
    desk.start_order(10)
    entry = refuse(desk)
    desk.touch("waiting.tab.decision")
    desk.touch(f"waiting.entries.row.{entry}")
    told = desk.texts_in("waiting.detail")
    assert f"{CANCELLED} (order_cancelled)" in told
    assert "Planning, A. Weber" in told
    assert "M. Okafor may not decide this. It is decided by: supervisor." in told
    assert not desk.sees("waiting.send_again")
    desk.sign_out()
    desk.settle()
    assert desk.text("waiting.detail.rule") == (
        "Nobody is signed in. This is decided by: supervisor. Scan a badge."
    )


def test_send_again_makes_it_wait_anew_and_stands_in_the_journal(desk: Desk) -> None:
    desk.start_order(10)
    entry = refuse(desk)
    desk.sign_in("B-7300")
    desk.window.show_screen("waiting", entry)
    desk.settle()
    desk.touch("waiting.send_again")
    decided = newest(desk, "entry.decided")
    assert decided.payload == EntryDecided(entry=entry, decision="send_again")
    assert decided.person is not None
    assert decided.person.name == "A. Novak"
    assert state_of(desk, entry) is ReceiptState.WAITING
    assert desk.answer().startswith("Saved: to be sent again. 10 pcs declared by hand")


def test_a_second_refusal_is_a_second_decision(desk: Desk) -> None:
    desk.start_order(10)
    entry = refuse(desk)
    desk.sign_in("B-7300")
    desk.window.show_screen("waiting", entry)
    desk.settle()
    for _ in range(2):
        desk.touch("waiting.send_again")
        assert state_of(desk, entry) is ReceiptState.WAITING
        desk.clock.go(1)
        refuse(desk)
    rows = desk.read(lambda records: records.journal.newest(50))
    assert sum(row.entry.kind == "entry.decided" for row in rows) == 2


def test_setting_aside_needs_the_second_touch(desk: Desk) -> None:
    desk.start_order(10)
    entry = refuse(desk)
    desk.sign_in("B-7300")
    desk.window.show_screen("waiting", entry)
    desk.settle()
    desk.touch("waiting.set_aside")
    assert state_of(desk, entry) is ReceiptState.REFUSED
    assert desk.text("waiting.set_aside") == "Touch again: never send it"
    desk.go(6)
    assert desk.text("waiting.set_aside") == "Set aside"
    desk.touch("waiting.set_aside")
    desk.touch("waiting.set_aside")
    assert state_of(desk, entry) is ReceiptState.SET_ASIDE
    desk.touch("waiting.tab.received")
    assert desk.text(f"waiting.entries.row.{entry}").endswith("set aside")


def test_what_waits_behind_a_refused_entry_says_so(desk: Desk) -> None:
    desk.sign_in("B-7341")
    session = newest(desk, "person.signed_in")
    desk.sign_out()
    refuse(desk, "person.signed_in")
    desk.window.show_screen("waiting", newest(desk, "person.signed_out").id)
    desk.settle()
    assert session.subject == newest(desk, "person.signed_out").subject
    assert "after a decision about an earlier entry" in desk.text("waiting.detail.do")
    assert "M. Okafor signed in" in desk.text("waiting.detail.do")


def test_a_touched_row_shows_when_it_happened_and_when_it_was_saved(desk: Desk) -> None:
    happened = desk.clock.now()
    desk.clock.go(4)
    call = NewEntry(Subject("equipment", "PRESS12"), HelpCalled(whom="quality"), source_time=happened)
    entry = desk.note(call)[0]
    desk.window.show_screen("waiting", entry)
    desk.settle()
    assert desk.text("waiting.detail.happened") == "10:30:00"
    assert desk.text("waiting.detail.saved") == "10:30:04"
    assert desk.text("waiting.detail.sent") == "not yet"
    desk.touch("waiting.detail.close")
    assert not desk.sees("waiting.detail")


def test_yesterdays_entries_carry_their_date(desk: Desk) -> None:
    desk.sign_in("B-7341")
    entry = desk.newest().entry.id
    desk.clock.go(86_400)
    desk.window.show_screen("waiting")
    desk.settle()
    assert desk.text(f"waiting.entries.row.{entry}").startswith("2026-11-21 10:30:00")


def test_of_many_rows_the_newest_are_shown_in_pages(desk: Desk) -> None:
    calls: Sequence[NewEntry] = [
        NewEntry(Subject("equipment", "PRESS12"), HelpCalled(whom="quality")) for _ in range(NEWEST + 30)
    ]
    entries = desk.note(*calls)
    desk.window.show_screen("waiting")
    desk.settle()
    assert desk.text("waiting.tab.waiting") == "Waiting 230"
    assert desk.sees(f"waiting.entries.row.{entries[-1]}")
    assert not desk.sees(f"waiting.entries.row.{entries[0]}")
    desk.touch("waiting.entries.pages.down")
    assert not desk.sees(f"waiting.entries.row.{entries[-1]}")
    assert any("newest 200 are shown" in text for text in desk.texts_in("screen.waiting"))


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    desk = Desk(tmp_path, SCREENS, size)
    desk.start_order(10)
    entry = refuse(desk)
    desk.window.show_screen("waiting", entry)
    desk.settle()
    assert (desk.window.width(), desk.window.height()) == size
    desk.sign_in("B-7300")
    desk.settle()
    assert (desk.window.width(), desk.window.height()) == size
    assert desk.inside("waiting.send_again")
    assert desk.inside("waiting.set_aside")
    desk.close()


def test_with_nothing_waiting_it_opens_with_what_was_received(tmp_path: Path, qapp: object) -> None:
    first = Desk(tmp_path, SCREENS)
    first.sign_in("B-7341")
    entry = first.newest().entry.id
    first.answered(entry, ResultKind.RECEIVED, mes_id="R-1")
    first.close()
    second = Desk(tmp_path, SCREENS)
    assert second.sees(f"waiting.entries.row.{entry}")
    second.close()

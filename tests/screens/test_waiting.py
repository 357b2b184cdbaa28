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
from tests.screens.stand import Stand

SCREENS = [ScreenSpec("waiting", "outbox", WaitingScreen)]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
CANCELLED = "Order WO-104233 was cancelled at 10:12. Nothing can be booked on it any more."


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


def headline(stand: Stand) -> str:
    """What stands at the top, in words."""
    stand.settle()
    return " ".join(stand.texts_in("waiting.headline"))


def newest(stand: Stand, kind: str) -> Entry:
    """The newest entry of a kind."""
    rows = stand.read(lambda records: records.journal.newest(50))
    return next(row.entry for row in rows if row.entry.kind == kind)


def state_of(stand: Stand, entry: str) -> ReceiptState:
    """What became of an entry."""
    row = stand.read(lambda records: records.journal.entry(entry))
    assert row is not None
    return row.receipt.state


def refuse(stand: Stand, kind: str = "production.declared") -> str:
    """Let the MES refuse the newest entry of a kind; its id."""
    entry = newest(stand, kind).id
    stand.answered(
        entry, ResultKind.REFUSED, code="order_cancelled", words=CANCELLED, who_decides="Planning, A. Weber"
    )
    return entry


def test_an_empty_list_says_why_and_what_will_fill_it(stand: Stand) -> None:
    assert "Nothing was heard of the MES yet" in headline(stand)
    assert any("until the MES has received it" in text for text in stand.texts_in("waiting.entries"))


def test_while_the_mes_is_away_it_says_since_when_and_that_all_is_safe(stand: Stand) -> None:
    stand.start_order(100)
    stand.link("mes", "mes", LinkState.LOST, error="connection refused")
    stand.go(300)
    assert headline(stand).endswith(
        "MES not reached since 10:30. 3 entries are safe on this terminal. Go on working."
    )
    assert stand.text("waiting.tab.waiting") == "Waiting 3"
    row = stand.text(f"waiting.entries.row.{newest(stand, 'production.declared').id}")
    assert row == "10:30:00 · 100 pcs declared by hand for WO-104233 · M. Okafor · waiting"


def test_one_entry_is_said_in_the_singular(stand: Stand) -> None:
    stand.sign_in("B-7341")
    stand.link("mes", "mes", LinkState.UP)
    assert headline(stand).endswith("One entry is on its way to the MES. Go on working.")


def test_when_all_is_received_it_says_when_the_last_receipt_came(stand: Stand) -> None:
    stand.sign_in("B-7341")
    stand.link("mes", "mes", LinkState.UP)
    stand.clock.go(7)
    entry = stand.newest().entry.id
    stand.answered(entry, ResultKind.RECEIVED, mes_id="R-5512")
    assert headline(stand).endswith("Everything was received. Last receipt 10:30:07.")
    stand.touch("waiting.tab.received")
    assert stand.text(f"waiting.entries.row.{entry}").endswith("received 10:30:07 · R-5512")


def test_a_terminal_that_is_not_admitted_says_so(stand: Stand) -> None:
    stand.sign_in("B-7341")
    stand.link("mes", "mes", LinkState.NOT_ADMITTED, error="401")
    assert "has not admitted this terminal since 10:30" in headline(stand)


def test_all_but_the_refused_are_received(stand: Stand) -> None:
    stand.sign_in("B-7341")
    stand.link("mes", "mes", LinkState.UP)
    refuse(stand, "person.signed_in")
    assert "One entry was refused and needs a decision" in headline(stand)


def test_it_opens_with_what_needs_a_decision(tmp_path: Path, qapp: object) -> None:
    first = Stand(tmp_path, SCREENS)
    first.start_order(10)
    entry = refuse(first)
    first.close()
    second = Stand(tmp_path, SCREENS)
    assert second.sees(f"waiting.entries.row.{entry}")
    second.close()


def test_the_detail_says_what_the_mes_said_and_who_decides(stand: Stand) -> None:
    stand.start_order(10)
    entry = refuse(stand)
    stand.touch("waiting.tab.decision")
    stand.touch(f"waiting.entries.row.{entry}")
    told = stand.texts_in("waiting.detail")
    assert f"{CANCELLED} (order_cancelled)" in told
    assert "Planning, A. Weber" in told
    assert "M. Okafor may not decide this. It is decided by: supervisor." in told
    assert not stand.sees("waiting.send_again")
    stand.sign_out()
    stand.settle()
    assert stand.text("waiting.detail.rule") == (
        "Nobody is signed in. This is decided by: supervisor. Scan a badge."
    )


def test_send_again_makes_it_wait_anew_and_stands_in_the_journal(stand: Stand) -> None:
    stand.start_order(10)
    entry = refuse(stand)
    stand.sign_in("B-7300")
    stand.window.show_screen("waiting", entry)
    stand.settle()
    stand.touch("waiting.send_again")
    decided = newest(stand, "entry.decided")
    assert decided.payload == EntryDecided(entry=entry, decision="send_again")
    assert decided.person is not None
    assert decided.person.name == "A. Novak"
    assert state_of(stand, entry) is ReceiptState.WAITING
    assert stand.answer().startswith("Saved: to be sent again. 10 pcs declared by hand")


def test_a_second_refusal_is_a_second_decision(stand: Stand) -> None:
    stand.start_order(10)
    entry = refuse(stand)
    stand.sign_in("B-7300")
    stand.window.show_screen("waiting", entry)
    stand.settle()
    for _ in range(2):
        stand.touch("waiting.send_again")
        assert state_of(stand, entry) is ReceiptState.WAITING
        stand.clock.go(1)
        refuse(stand)
    rows = stand.read(lambda records: records.journal.newest(50))
    assert sum(row.entry.kind == "entry.decided" for row in rows) == 2


def test_setting_aside_needs_the_second_touch(stand: Stand) -> None:
    stand.start_order(10)
    entry = refuse(stand)
    stand.sign_in("B-7300")
    stand.window.show_screen("waiting", entry)
    stand.settle()
    stand.touch("waiting.set_aside")
    assert state_of(stand, entry) is ReceiptState.REFUSED
    assert stand.text("waiting.set_aside") == "Touch again: never send it"
    stand.go(6)
    assert stand.text("waiting.set_aside") == "Set aside"
    stand.touch("waiting.set_aside")
    stand.clock.go(1)
    stand.touch("waiting.set_aside")
    assert state_of(stand, entry) is ReceiptState.SET_ASIDE
    stand.touch("waiting.tab.received")
    assert stand.text(f"waiting.entries.row.{entry}").endswith("set aside")


def test_what_waits_behind_a_refused_entry_says_so(stand: Stand) -> None:
    stand.sign_in("B-7341")
    session = newest(stand, "person.signed_in")
    stand.sign_out()
    refuse(stand, "person.signed_in")
    stand.window.show_screen("waiting", newest(stand, "person.signed_out").id)
    stand.settle()
    assert session.subject == newest(stand, "person.signed_out").subject
    assert "after a decision about an earlier entry" in stand.text("waiting.detail.do")
    assert "M. Okafor signed in" in stand.text("waiting.detail.do")


def test_a_touched_row_shows_when_it_happened_and_when_it_was_saved(stand: Stand) -> None:
    happened = stand.clock.now()
    stand.clock.go(4)
    call = NewEntry(Subject("equipment", "PRESS12"), HelpCalled(whom="quality"), source_time=happened)
    entry = stand.note(call)[0]
    stand.window.show_screen("waiting", entry)
    stand.settle()
    assert stand.text("waiting.detail.happened") == "10:30:00"
    assert stand.text("waiting.detail.saved") == "10:30:04"
    assert stand.text("waiting.detail.sent") == "not yet"
    stand.touch("waiting.detail.close")
    assert not stand.sees("waiting.detail")


def test_yesterdays_entries_carry_their_date(stand: Stand) -> None:
    stand.sign_in("B-7341")
    entry = stand.newest().entry.id
    stand.clock.go(86_400)
    stand.window.show_screen("waiting")
    stand.settle()
    assert stand.text(f"waiting.entries.row.{entry}").startswith("2026-11-21 10:30:00")


def test_of_many_rows_the_newest_are_shown_in_pages(stand: Stand) -> None:
    calls: Sequence[NewEntry] = [
        NewEntry(Subject("equipment", "PRESS12"), HelpCalled(whom="quality")) for _ in range(NEWEST + 30)
    ]
    entries = stand.note(*calls)
    stand.window.show_screen("waiting")
    stand.settle()
    assert stand.text("waiting.tab.waiting") == "Waiting 230"
    assert stand.sees(f"waiting.entries.row.{entries[-1]}")
    assert not stand.sees(f"waiting.entries.row.{entries[0]}")
    stand.touch("waiting.entries.pages.down")
    assert not stand.sees(f"waiting.entries.row.{entries[-1]}")
    assert any("newest 200 are shown" in text for text in stand.texts_in("screen.waiting"))


@pytest.mark.parametrize("size", [(1024, 768), (1280, 800), (1920, 1080), (1080, 1920)])
def test_it_fits_every_screen(tmp_path: Path, qapp: object, size: tuple[int, int]) -> None:
    stand = Stand(tmp_path, SCREENS, size)
    stand.start_order(10)
    entry = refuse(stand)
    stand.window.show_screen("waiting", entry)
    stand.settle()
    assert (stand.window.width(), stand.window.height()) == size
    stand.sign_in("B-7300")
    stand.settle()
    assert (stand.window.width(), stand.window.height()) == size
    assert stand.inside("waiting.send_again")
    assert stand.inside("waiting.set_aside")
    stand.close()


def test_with_nothing_waiting_it_opens_with_what_was_received(tmp_path: Path, qapp: object) -> None:
    first = Stand(tmp_path, SCREENS)
    first.sign_in("B-7341")
    entry = first.newest().entry.id
    first.answered(entry, ResultKind.RECEIVED, mes_id="R-1")
    first.close()
    second = Stand(tmp_path, SCREENS)
    assert second.sees(f"waiting.entries.row.{entry}")
    second.close()

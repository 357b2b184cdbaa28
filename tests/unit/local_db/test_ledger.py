"""The one write path: judged, saved once, told after the commit; nothing is saved by halves."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.domain.changes import Changes, Family
from hmi.domain.entries import GENESIS, NewEntry, PersonRef, ReceiptState, Subject, chain_hash
from hmi.domain.payloads import HelpCalled, JobOrderStarted, ProductionDeclared
from hmi.errors import OperatorError
from hmi.operations.personnel import SignIn, SignOut, sign_in, sign_out
from hmi.operations.production import OrderWish, start_order
from hmi.ports import Context, Draft, Records, Saved
from local_db.ledger import SqliteLedger
from tests.unit.local_db.conftest import Desk

HELP = NewEntry(Subject("equipment", "PRESS-1"), HelpCalled(whom="quality"))
ID = "01a1fc1a-bb3b-7000-9684-07609c09325a"


def refuse(records: Records, wish: str, context: Context) -> Sequence[NewEntry]:
    raise OperatorError("order_unknown", order=wish)


def test_entries_stand_in_a_chain_from_the_first(desk: Desk) -> None:
    saved = desk.append(HELP, HELP) + desk.append(HELP)
    assert [entry.seq for entry in saved] == [1, 2, 3]
    assert [entry.prev for entry in saved] == [GENESIS, saved[0].hash, saved[1].hash]
    for entry in saved:
        assert entry.hash == chain_hash(entry.prev, entry.canonical())
        row = desk.ledger.read(lambda records, wanted=entry.id: records.journal.entry(wanted)).result(5)
        assert row is not None
        assert row.entry == entry
        assert row.receipt.state is ReceiptState.WAITING


def test_an_entry_says_who_when_and_on_which_clock(desk: Desk) -> None:
    signed = desk.ledger.do(sign_in, SignIn("B1")).result(5).entries[0]
    assert signed.person == PersonRef("P1", "Ana Silva")
    desk.ledger.note_clock_offset(-42)
    desk.clock.step(1.5)
    entry = desk.append(HELP)[0]
    assert entry.person == PersonRef("P1", "Ana Silva")
    assert (entry.terminal_time, entry.monotonic_ms) == (desk.clock.now(), 1500)
    assert (entry.boot, entry.clock_offset_ms, entry.terminal, entry.epoch) == ("boot-1", -42, "T1", 1)
    by_machine = NewEntry(HELP.subject, HELP.payload, by_machine=True)
    assert desk.append(by_machine)[0].person is None


def test_an_order_of_entries_is_theirs_and_not_the_clocks(desk: Desk) -> None:
    first = desk.append(HELP)[0]
    desk.clock.wall -= timedelta(hours=3)
    second = desk.append(HELP)[0]
    assert second.terminal_time < first.terminal_time
    assert (first.seq, second.seq) == (1, 2)
    assert second.id > first.id
    newest = desk.ledger.read(lambda records: records.journal.newest(5)).result(5)
    assert [row.entry.seq for row in newest] == [2, 1]


def test_a_form_is_saved_once_whoever_saves_it_again(desk: Desk) -> None:
    desk.ledger.save_draft(Draft("help", "", "P1", ID, {"whom": "quality"}, desk.clock.now())).result(5)
    first = desk.ledger.do(lambda r, w, c: [HELP], None, entry_id=ID, draft=("help", "", "P1")).result(5)
    assert (first.entries[0].id, first.already) == (ID, False)
    again = desk.ledger.do(refuse, "never judged", entry_id=ID).result(5)
    assert again.already
    assert again.entries == first.entries
    assert again.changes.families == frozenset()
    assert desk.ledger.queue().result(5).waiting == 1


def test_a_draft_lives_until_its_entry_is_saved(desk: Desk) -> None:
    draft = Draft("sample", "WO-1", "P1", ID, {"v1": "12,0"}, desk.clock.now())
    desk.ledger.save_draft(draft).result(5)
    newer = Draft("sample", "WO-1", "P1", ID, {"v1": "12,0", "v2": "Ü\n"}, desk.clock.now())
    desk.ledger.save_draft(newer).result(5)
    with pytest.raises(OperatorError):
        desk.ledger.do(refuse, "x", entry_id=ID, draft=("sample", "WO-1", "P1")).result(5)
    assert desk.ledger.read(lambda r: r.journal.draft("sample", "WO-1", "P1")).result(5) == newer
    assert desk.ledger.read(lambda r: r.journal.drafts_of("P1")).result(5) == [newer]
    desk.told.clear()
    desk.ledger.do(lambda r, w, c: [HELP], None, entry_id=ID, draft=("sample", "WO-1", "P1")).result(5)
    assert desk.ledger.read(lambda r: r.journal.drafts_of("P1")).result(5) == []
    assert Family.DRAFTS in desk.told[0].families


def test_a_given_up_draft_is_gone(desk: Desk) -> None:
    desk.ledger.save_draft(Draft("a", "b", "c", ID, {}, desk.clock.now())).result(5)
    desk.ledger.drop_draft("a", "b", "c").result(5)
    assert desk.ledger.read(lambda r: r.journal.draft("a", "b", "c")).result(5) is None


def test_a_refused_wish_leaves_nothing(desk: Desk) -> None:
    desk.told.clear()
    with pytest.raises(OperatorError, match="order_unknown"):
        desk.ledger.do(refuse, "WO-9").result(5)
    assert desk.told == []
    assert desk.ledger.queue().result(5).waiting == 0


def test_a_wish_that_wants_nothing_tells_nothing(desk: Desk) -> None:
    desk.told.clear()
    saved = desk.ledger.do(lambda r, w, c: [], None).result(5)
    assert (saved.entries, saved.already, desk.told) == ((), False, [])


@pytest.mark.log_errors
def test_a_bug_is_rolled_back_logged_and_the_ledger_goes_on(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def half(records: Records, wish: None, context: Context) -> Sequence[NewEntry]:
        good = NewEntry(Subject("job_order", "WO-1"), JobOrderStarted(plan_version=2))
        # the second of the two cannot even be written down
        return [good, NewEntry(Subject("job_order", "WO-1"), ProductionDeclared.model_construct(order=None))]

    with pytest.raises(AttributeError):
        desk.ledger.do(half, None).result(5)
    assert "rolled back" in caplog.text
    assert "Traceback" in caplog.text
    assert desk.ledger.read(lambda r: r.production.running()).result(5) is None
    assert desk.append(HELP)[0].seq == 1


@pytest.mark.log_errors
def test_a_deaf_listener_costs_no_entry(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.ledger.stop()

    def deaf(changes: Changes) -> None:
        raise RuntimeError("deaf")

    ledger = SqliteLedger(desk.file, terminal="T1", equipment="PRESS-1", clock=desk.clock, on_changes=deaf)
    ledger.start()
    assert ledger.do(lambda r, w, c: [HELP], None).result(5).entries[0].seq == 1
    assert ledger.queue().result(5).waiting == 1
    ledger.stop()
    assert "could not be told" in caplog.text
    desk.open()


def test_changes_are_told_after_the_commit_and_before_the_answer(desk: Desk) -> None:
    order: list[str] = []
    held = threading.Event()
    told = desk.told

    class Ear(list[Changes]):
        def append(self, changes: Changes) -> None:
            told.append(changes)
            held.wait(5)
            order.append("told")

    desk.ledger.stop()
    desk.told = Ear()
    desk.open()
    done = desk.ledger.do(sign_in, SignIn("B1"))
    done.add_done_callback(lambda future: order.append("answered"))
    held.set()
    assert Family.PEOPLE in done.result(5).changes.families
    assert {Family.JOURNAL, Family.RECEIPTS, Family.PEOPLE} == told[-1].families
    assert order == ["told", "answered"]


def test_what_is_queued_is_saved_before_the_end(desk: Desk) -> None:
    waiting = [desk.ledger.do(lambda r, w, c: [HELP], None) for _ in range(50)]
    desk.ledger.stop()
    assert [future.result(0).entries[0].seq for future in waiting] == list(range(1, 51))
    desk.open()
    assert desk.ledger.queue().result(5).waiting == 50
    assert desk.append(HELP)[0].seq == 51


def test_somebody_signed_in_is_there_after_a_crash_with_what_the_plans_say(desk: Desk) -> None:
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    desk.ledger.do(sign_in, SignIn("B2")).result(5)
    desk.ledger.stop()
    desk.open()
    session = desk.ledger.read(lambda r: r.journal.session()).result(5)
    assert session is not None
    assert (session.person, session.name, session.roles, session.language) == (
        "P2",
        "Jo Park",
        ("operator",),
        "en",
    )
    desk.ledger.do(sign_out, SignOut("touch")).result(5)
    assert desk.ledger.read(lambda r: r.journal.session()).result(5) is None


def test_an_operation_sees_what_the_one_before_saved(desk: Desk) -> None:
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    first = desk.ledger.do(start_order, OrderWish("WO-1"))
    second = desk.ledger.do(start_order, OrderWish("WO-1"))
    assert first.result(5).entries[0].kind == "job_order.started"
    with pytest.raises(OperatorError, match="order_already_running"):
        second.result(5)
    running = desk.ledger.read(lambda r: r.production.running()).result(5)
    assert running is not None
    assert running.produced == Decimal(0)


def test_a_form_comes_back_with_the_id_of_its_entry_when_its_saving_was_not_seen(
    desk: Desk, tmp_path: Path
) -> None:
    """Cut off right after the commit: whoever saves the form again saves nothing twice."""
    draft = Draft("a", "b", "P1", "one", {"x": "1"}, desk.clock.now())
    desk.ledger.save_draft(draft).result(5)

    def save(ledger: SqliteLedger) -> Saved:
        done = ledger.do(lambda records, wish, context: [HELP], None, entry_id="one", draft=("a", "b", "P1"))
        return done.result(5)

    assert not save(desk.ledger).already
    cut_off = Desk(tmp_path / "cut-off" / "ledger.sqlite3")
    cut_off.file.parent.mkdir()
    for beside in ("", "-wal"):
        cut_off.file.with_name(cut_off.file.name + beside).write_bytes(
            desk.file.with_name(desk.file.name + beside).read_bytes()
        )
    assert desk.ledger.read(lambda records: records.journal.draft("a", "b", "P1")).result(5) is None
    cut_off.open()
    try:
        back = cut_off.ledger.read(lambda records: records.journal.draft("a", "b", "P1")).result(5)
        assert back == draft
        assert save(cut_off.ledger).already
        assert cut_off.ledger.queue().result(5).waiting == 1
        assert cut_off.ledger.read(lambda records: records.journal.drafts_of("P1")).result(5) == []
    finally:
        cut_off.ledger.stop()
    cut_off.open()
    assert cut_off.ledger.read(lambda records: records.journal.draft("a", "b", "P1")).result(5) is None
    cut_off.ledger.stop()

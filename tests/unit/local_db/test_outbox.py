"""Receipts: what is sent next, what holds back what, and what each result of the MES leaves behind."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import product

import pytest

from hmi.domain.changes import Changes, Family
from hmi.domain.entries import Entry, NewEntry, PushResult, Receipt, ReceiptState, ResultKind, Subject
from hmi.domain.payloads import (
    EntryDecided,
    HelpCalled,
    JobOrderCompleted,
    JobOrderPaused,
    JobOrderResumed,
    Payload,
    ProductionDeclared,
)
from local_db import tables as t
from local_db.engine import transaction, writing_engine
from tests.fakes.clock import START
from tests.unit.local_db.conftest import Desk

BYTES = 256 << 10
KINDS: tuple[tuple[str, type[Payload] | None], ...] = (
    ("WO-1", JobOrderPaused),
    ("WO-2", JobOrderPaused),
    ("WO-1", None),
    ("WO-1", JobOrderResumed),
    ("WO-2", JobOrderResumed),
    ("WO-2", None),
    ("WO-1", JobOrderPaused),
    ("WO-3", JobOrderPaused),
)


def eight() -> list[NewEntry]:
    """Ordered entries of three orders, with some between them that need no order."""
    return [
        NewEntry(Subject("job_order", order), HelpCalled(whom="quality") if kind is None else kind())
        for order, kind in KINDS
    ]


def waiting(desk: Desk, limit: int = 200, limit_bytes: int = BYTES) -> list[Entry]:
    return list(desk.ledger.waiting(limit, limit_bytes).result(5))


def receipt(desk: Desk, entry: Entry) -> Receipt:
    row = desk.ledger.read(lambda records: records.journal.entry(entry.id)).result(5)
    assert row is not None
    return row.receipt


def settle(desk: Desk, sent: Iterable[Entry], *results: PushResult) -> Changes:
    return desk.ledger.settle(results, [entry.id for entry in sent]).result(5)


def received(entry: Entry) -> PushResult:
    return PushResult(entry.id, ResultKind.RECEIVED, mes_id="R")


def refused(entry: Entry) -> PushResult:
    return PushResult(entry.id, ResultKind.REFUSED, code="no", words="Not so", who_decides="supervisor")


def may_go(refused_ones: set[int]) -> list[int]:
    """The model: what of the eight may still be sent when these were refused and all others left open."""
    return [
        place
        for place, (order, kind) in enumerate(KINDS)
        if place not in refused_ones
        and not (
            kind is not None
            and any(KINDS[r][0] == order and KINDS[r][1] is not None and r < place for r in refused_ones)
        )
    ]


def test_every_subset_of_refusals_settles_right(desk: Desk) -> None:
    """All 256 patterns of eight: settled ones are settled, the others flow or wait as the model says."""
    for pattern in product((False, True), repeat=8):
        entries = desk.append(*eight())
        sent = waiting(desk)
        assert [entry.id for entry in sent] == [entry.id for entry in entries]
        bad = {place for place, is_bad in enumerate(pattern) if is_bad}
        settle(desk, sent, *(refused(entries[place]) for place in bad))
        assert [entry.id for entry in waiting(desk)] == [entries[place].id for place in may_go(bad)]
        for place, entry in enumerate(entries):
            told = receipt(desk, entry)
            assert told.state is (ReceiptState.REFUSED if place in bad else ReceiptState.WAITING)
            assert told.attempts == 1
        counts = desk.ledger.queue().result(5)
        assert (counts.waiting, counts.needs_decision) == (8 - len(bad), len(bad))
        # a person sets them aside: nothing is held back any more, and all the rest is received
        for place in bad:
            decision = EntryDecided(entry=entries[place].id, decision="set_aside")
            desk.append(NewEntry(Subject("terminal", "T1"), decision))
        rest = waiting(desk)
        assert {entry.id for entry in rest} >= {entries[place].id for place in range(8) if place not in bad}
        settle(desk, rest, *(received(entry) for entry in rest))
        assert waiting(desk) == []
        assert desk.ledger.queue().result(5).needs_decision == 0


@pytest.mark.parametrize("how", [ResultKind.LATER, ResultKind.REFUSED, ResultKind.MISMATCH])
def test_a_completion_waits_for_what_it_sums_up(desk: Desk, how: ResultKind) -> None:
    """One declaration comes later; counts, another order and what follows nothing go on."""
    one, other = Subject("job_order", "WO-1"), Subject("job_order", "WO-2")
    made = ProductionDeclared(order="WO-1", quantity=Decimal(5), comment="")
    completed = JobOrderCompleted(
        produced=Decimal(10),
        good=Decimal(10),
        scrap=Decimal(0),
        unit="pcs",
        started_at=START,
        completed_at=START,
        plan_version=1,
    )
    held = desk.append(NewEntry(one, made))[0]
    settle(desk, [held], PushResult(held.id, how, after_s=30, code="no", words="no"))
    more, done, elsewhere = desk.append(
        NewEntry(one, made), NewEntry(one, completed), NewEntry(other, completed)
    )
    assert waiting(desk) == [more, elsewhere]
    assert waiting(desk, limit=1) == [more]
    settle(desk, [more, elsewhere], received(more), received(elsewhere))
    assert waiting(desk) == []
    if how is ResultKind.LATER:
        desk.clock.step(31)
        assert waiting(desk) == [held, done]
        return
    said = EntryDecided(entry=held.id, decision="send_again")
    decided = desk.append(NewEntry(Subject("terminal", "T1"), said))[0]
    assert waiting(desk) == [held, done, decided]


def test_each_result_leaves_its_receipt(desk: Desk) -> None:
    entries = desk.append(*eight())
    desk.clock.step(5)
    changes = settle(
        desk,
        entries,
        received(entries[0]),
        PushResult(entries[1].id, ResultKind.DUPLICATE, mes_id="R-7"),
        refused(entries[2]),
        PushResult(entries[3].id, ResultKind.MISMATCH, words="Another one"),
        PushResult(entries[4].id, ResultKind.LATER, after_s=30),
    )
    assert changes.families == {Family.RECEIPTS}
    assert desk.told[-1] == changes
    now = desk.clock.now()
    told = [receipt(desk, entry) for entry in entries]
    assert [
        (r.state, r.attempts, r.mes_id, r.code, r.words, r.who_decides, r.settled_at) for r in told[:6]
    ] == [
        (ReceiptState.RECEIVED, 1, "R", None, None, None, now),
        (ReceiptState.RECEIVED, 1, "R-7", None, None, None, now),
        (ReceiptState.REFUSED, 1, None, "no", "Not so", "supervisor", now),
        (ReceiptState.PARKED, 1, None, "mismatch", "Another one", None, now),
        (ReceiptState.WAITING, 1, None, None, None, None, None),
        (ReceiptState.WAITING, 1, None, None, None, None, None),
    ]
    counts = desk.ledger.queue().result(5)
    assert (counts.waiting, counts.needs_decision, counts.received) == (4, 2, 2)
    assert counts.oldest_waiting == entries[4].terminal_time


def test_a_result_for_what_was_not_sent_or_is_settled_changes_nothing(desk: Desk) -> None:
    first, second, *_ = desk.append(*eight())
    settle(desk, [first], received(first), refused(second))
    assert receipt(desk, second).state is ReceiptState.WAITING
    settle(desk, [first], refused(first))
    assert receipt(desk, first).state is ReceiptState.RECEIVED


def test_later_holds_its_followers_until_its_time(desk: Desk) -> None:
    entries = desk.append(*eight())
    settle(desk, entries, PushResult(entries[0].id, ResultKind.LATER, after_s=30))
    assert [entry.id for entry in waiting(desk)] == [entries[place].id for place in may_go({0})]
    desk.clock.wall += desk.clock.wall - desk.clock.wall.replace(hour=1)  # the wall clock does not count
    assert entries[0].id not in {entry.id for entry in waiting(desk)}
    desk.clock.ticks += 30_001
    assert [entry.id for entry in waiting(desk)] == [entry.id for entry in entries]


def test_later_of_a_kind_without_order_holds_nobody(desk: Desk) -> None:
    entries = desk.append(*eight())
    settle(desk, entries, PushResult(entries[2].id, ResultKind.LATER, after_s=30))
    assert [entry.id for entry in waiting(desk)] == [e.id for n, e in enumerate(entries) if n != 2]


def test_sent_again_by_decision_keeps_its_attempts_and_place(desk: Desk) -> None:
    entries = desk.append(*eight())
    settle(desk, entries, refused(entries[0]), *(received(e) for e in entries[1:3]))
    decision = NewEntry(Subject("terminal", "T1"), EntryDecided(entry=entries[0].id, decision="send_again"))
    decided = desk.append(decision)[0]
    again = receipt(desk, entries[0])
    assert (again.state, again.attempts, again.code, again.words) == (ReceiptState.WAITING, 1, None, None)
    assert (again.who_decides, again.settled_at) == (None, None)
    assert [e.id for e in waiting(desk)] == [e.id for e in (entries[0], *entries[3:], decided)]
    settle(desk, [entries[0]], received(entries[0]))
    done = receipt(desk, entries[0])
    assert (done.state, done.attempts) == (ReceiptState.RECEIVED, 2)


@pytest.mark.parametrize("decision", ["send_again", "set_aside"])
def test_a_decision_about_what_needs_none_changes_no_receipt(desk: Desk, decision: str) -> None:
    first, *_ = desk.append(*eight())
    settle(desk, [first], received(first))
    payload = EntryDecided.model_validate({"entry": first.id, "decision": decision})
    desk.append(NewEntry(Subject("terminal", "T1"), payload))
    assert receipt(desk, first).state is ReceiptState.RECEIVED


def test_batches_keep_to_their_limits_and_never_stand_still(desk: Desk) -> None:
    entries = desk.append(*eight())
    assert [e.id for e in waiting(desk, limit=3)] == [e.id for e in entries[:3]]
    assert [e.id for e in waiting(desk, limit_bytes=1)] == [entries[0].id]
    size = sum(len(e.canonical()) + 80 for e in entries[:4])
    assert [e.id for e in waiting(desk, limit_bytes=size)] == [e.id for e in entries[:4]]
    assert [e.id for e in waiting(desk, limit_bytes=size - 1)] == [e.id for e in entries[:3]]


def test_held_entries_do_not_hide_those_behind_them(desk: Desk) -> None:
    first, *others = desk.append(*[eight()[0]] * 30)
    last = desk.append(eight()[7])[0]
    settle(desk, [first], refused(first))
    assert [e.id for e in waiting(desk, limit=4)] == [last.id]
    assert len(others) == 29


def test_a_batch_holds_one_epoch(desk: Desk) -> None:
    old = desk.append(*eight()[:2])
    desk.ledger.stop()
    with writing_engine(desk.file).connect() as connection, transaction(connection):
        connection.execute(t.meta.update().where(t.meta.c.key == "epoch").values(value="2"))
    desk.open()
    new = desk.append(eight()[7])[0]
    assert (desk.ledger.epoch, new.epoch, new.seq, new.prev) == (2, 2, 1, "0" * 64)
    assert [e.id for e in waiting(desk)] == [e.id for e in old]
    settle(desk, old, *(received(e) for e in old))
    assert [e.id for e in waiting(desk)] == [new.id]
    assert desk.ledger.queue().result(5).received == 2


def test_lists_of_entries_know_their_states(desk: Desk) -> None:
    entries = desk.append(*eight())
    settle(desk, entries, received(entries[0]), refused(entries[1]), received(entries[2]))

    def listed(*states: ReceiptState) -> list[int]:
        rows = desk.ledger.read(lambda r: r.journal.newest(4, frozenset(states))).result(5)
        return [row.entry.seq for row in rows]

    assert listed(ReceiptState.RECEIVED) == [3, 1]
    assert listed(ReceiptState.REFUSED, ReceiptState.PARKED) == [2]
    assert listed(ReceiptState.WAITING) == [8, 7, 6, 5]
    assert listed(ReceiptState.WAITING, ReceiptState.RECEIVED) == [8, 7, 6, 5]
    assert listed(ReceiptState.REFUSED, ReceiptState.RECEIVED, ReceiptState.SET_ASIDE) == [3, 2, 1]
    assert listed(*ReceiptState) == [8, 7, 6, 5]
    about = desk.ledger.read(lambda r: r.journal.of_subject("job_order", "WO-2", 2)).result(5)
    assert [row.entry.seq for row in about] == [6, 5]

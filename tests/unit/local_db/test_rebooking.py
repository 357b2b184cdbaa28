"""An order that was cancelled while a terminal was away: all is kept, and a person books it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from hmi.domain.entries import Entry, NewEntry, PushResult, ReceiptState, ResultKind, Subject
from hmi.domain.keeping_payloads import ProductionRebooked
from hmi.domain.payloads import EntryDecided, JobOrderStarted, ProductionDeclared, ProductionScrapped
from hmi.errors import OperatorError
from hmi.operations import rebooking
from hmi.operations.personnel import SignIn, sign_in
from hmi.operations.rebooking import Rebook, rebook_order
from local_db.verify import verify
from tests.unit.local_db.conftest import Desk

FROM, TO = Subject("job_order", "WO-1"), Subject("job_order", "WO-2")
WORDS = "Job order WO-1 was cancelled."


def declared(order: Subject, quantity: int) -> NewEntry:
    return NewEntry(order, ProductionDeclared(order=order.id, quantity=Decimal(quantity), comment=""))


@pytest.fixture
def cancelled(desk: Desk) -> Sequence[Entry]:
    """WO-1 was worked on while the MES was away, which then refused all of it; WO-2 is open."""
    desk.append(NewEntry(TO, JobOrderStarted(plan_version=1)), declared(TO, 5))
    scrapped = ProductionScrapped(order="WO-1", quantity=Decimal(2), unit="pcs", reason="S1")
    made = desk.append(
        NewEntry(FROM, JobOrderStarted(plan_version=2)), declared(FROM, 30), NewEntry(FROM, scrapped)
    )
    sent = [entry.id for entry in desk.ledger.waiting(100, 1 << 20).result(5)]
    refused = {entry.id for entry in made}
    results = [
        PushResult(one, ResultKind.REFUSED, None, "order_cancelled", WORDS, "supervisor")
        if one in refused
        else PushResult(one, ResultKind.RECEIVED, "R-1")
        for one in sent
    ]
    desk.ledger.settle(results, sent).result(5)
    return made


def good_of(desk: Desk, order: str) -> Decimal:
    progress = desk.ledger.read(lambda records: records.production.progress(order)).result(5)
    assert progress is not None
    return progress.good


def test_what_was_refused_is_kept_and_says_why(desk: Desk, cancelled: Sequence[Entry]) -> None:
    needs = frozenset({ReceiptState.REFUSED})
    rows = desk.ledger.read(lambda records: records.journal.newest(10, needs)).result(5)
    assert [row.entry for row in reversed(rows)] == list(cancelled)
    assert {(row.receipt.code, row.receipt.words) for row in rows} == {("order_cancelled", WORDS)}
    assert desk.ledger.queue().result(5).needs_decision == 3


def test_a_person_books_it_to_another_order(desk: Desk, cancelled: Sequence[Entry]) -> None:
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    saved = desk.ledger.do(rebook_order, Rebook("WO-1", "WO-2")).result(5).entries
    start, parts, scrap = cancelled
    moved = [entry for entry in saved if isinstance(entry.payload, ProductionRebooked)]
    decided = [entry.payload.entry for entry in saved if isinstance(entry.payload, EntryDecided)]
    assert [entry.corrects for entry in moved] == [parts.id, scrap.id]
    assert {entry.subject for entry in moved} == {TO}
    assert all(entry.person is not None and entry.person.id == "P1" for entry in saved)
    assert decided == [start.id, parts.id, scrap.id]
    assert desk.ledger.queue().result(5).needs_decision == 0
    assert (good_of(desk, "WO-1"), good_of(desk, "WO-2")) == (0, 33)
    for entry in cancelled:
        row = desk.ledger.read(lambda records, wanted=entry.id: records.journal.entry(wanted)).result(5)
        assert row is not None
        assert (row.entry, row.receipt.state) == (entry, ReceiptState.SET_ASIDE)
    with pytest.raises(OperatorError, match="nothing_to_rebook"):
        desk.ledger.do(rebook_order, Rebook("WO-1", "WO-2")).result(5)
    assert verify(desk.file, tables=True).ok


def test_what_was_rebooked_and_refused_again_can_be_booked_on(desk: Desk, cancelled: Sequence[Entry]) -> None:
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    desk.ledger.do(rebook_order, Rebook("WO-1", "WO-2")).result(5)
    sent = [entry.id for entry in desk.ledger.waiting(100, 1 << 20).result(5)]
    closed = [
        PushResult(one, ResultKind.REFUSED, None, "order_closed", "closed", "supervisor") for one in sent
    ]
    desk.ledger.settle(closed, sent).result(5)
    desk.append(NewEntry(Subject("job_order", "WO-3"), JobOrderStarted(plan_version=1)))
    desk.ledger.do(rebook_order, Rebook("WO-2", "WO-3")).result(5)
    assert (good_of(desk, "WO-2"), good_of(desk, "WO-3")) == (5, 28)
    assert verify(desk.file, tables=True).ok


@pytest.mark.parametrize(("to", "key"), [("WO-1", "rebook_same_order"), ("WO-7", "order_not_started")])
def test_a_wrong_wish_saves_nothing(desk: Desk, cancelled: Sequence[Entry], to: str, key: str) -> None:
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    with pytest.raises(OperatorError, match=key):
        desk.ledger.do(rebook_order, Rebook("WO-1", to)).result(5)
    assert desk.ledger.queue().result(5).needs_decision == len(cancelled)


def test_an_operator_may_not(desk: Desk, cancelled: Sequence[Entry]) -> None:
    desk.ledger.do(sign_in, SignIn("B2")).result(5)
    with pytest.raises(OperatorError, match="not_permitted"):
        desk.ledger.do(rebook_order, Rebook("WO-1", "WO-2")).result(5)
    assert desk.ledger.queue().result(5).needs_decision == len(cancelled)


def test_another_reason_is_left_to_its_own_decision(desk: Desk) -> None:
    desk.append(
        NewEntry(TO, JobOrderStarted(plan_version=1)), NewEntry(FROM, JobOrderStarted(plan_version=1))
    )
    desk.append(declared(FROM, 3))
    sent = [entry.id for entry in desk.ledger.waiting(100, 1 << 20).result(5)]
    bad = [PushResult(one, ResultKind.REFUSED, None, "bad_payload", "what?", "engineer") for one in sent]
    desk.ledger.settle(bad, sent).result(5)
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    with pytest.raises(OperatorError, match="nothing_to_rebook"):
        desk.ledger.do(rebook_order, Rebook("WO-1", "WO-2")).result(5)


def test_a_long_order_is_rebooked_in_portions_and_none_is_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order goes on after it, and what was refused is far from its newest entries."""
    monkeypatch.setattr(rebooking, "PORTION", 20)
    desk.append(NewEntry(TO, JobOrderStarted(plan_version=1)))
    made = desk.append(NewEntry(FROM, JobOrderStarted(plan_version=1)), *[declared(FROM, 1)] * 49)
    sent = [entry.id for entry in desk.ledger.waiting(100, 1 << 20).result(5)]
    refused = {entry.id for entry in made}
    desk.ledger.settle(
        [
            PushResult(one, ResultKind.REFUSED, None, "order_cancelled", WORDS, "supervisor")
            for one in sent
            if one in refused
        ],
        sent,
    ).result(5)
    desk.append(*[declared(FROM, 1)] * 50)
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    left: list[int] = []
    while n := desk.ledger.read(rebooking.count_rebookable).result(5).get("WO-1"):
        left.append(n)
        desk.ledger.do(rebook_order, Rebook("WO-1", "WO-2")).result(5)
    assert left == [50, 30, 10]
    assert good_of(desk, "WO-2") == 49
    assert verify(desk.file, tables=True).ok

"""A model of the rules of sending: whatever the MES answers, each entry comes to its own end."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hmi.domain.entries import Entry, NewEntry, PushResult, ReceiptState, ResultKind, Subject
from hmi.domain.payloads import EntryDecided, HelpCalled, JobOrderPaused
from tests.unit.local_db.conftest import Desk

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # rules are tried here, not the disk
ORDERS = st.sampled_from(["WO-1", "WO-2", "WO-3"])
ANSWERS = st.sampled_from(["received", "lost reply", "refused", "later", "silent", "mismatch"])


class Sending(RuleBasedStateMachine):
    """A terminal that is appended to, pushed, restarted and decided on, and what its MES has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.desk = Desk(Path(self.folder.name) / "ledger.sqlite3")
        self.desk.open()
        self.saved: dict[str, Entry] = {}
        self.at_mes: dict[str, int] = {}
        self.applied: list[str] = []
        self.told: dict[str, ReceiptState] = {}

    def teardown(self) -> None:
        self.desk.ledger.stop()
        self.folder.cleanup()

    @rule(order=ORDERS, count=st.integers(1, 3), ordered=st.booleans())
    def append(self, order: str, count: int, ordered: bool) -> None:
        payload = JobOrderPaused() if ordered else HelpCalled(whom="quality")
        entries = self.desk.append(*[NewEntry(Subject("job_order", order), payload)] * count)
        for entry in entries:
            self.saved[entry.id] = entry
            self.told[entry.id] = ReceiptState.WAITING

    @rule(limit=st.integers(1, 6), answers=st.lists(ANSWERS, min_size=6, max_size=6))
    def push(self, limit: int, answers: list[str]) -> None:
        batch = self.desk.ledger.waiting(limit, 1 << 20).result(30)
        for entry in batch:
            self._is_not_overtaking(entry)
        results: list[PushResult] = []
        for entry, answer in zip(batch, answers, strict=False):
            assert self.told[entry.id] is ReceiptState.WAITING
            if entry.id in self.at_mes:
                results.append(PushResult(entry.id, ResultKind.DUPLICATE, mes_id="R"))
                self.told[entry.id] = ReceiptState.RECEIVED
                continue
            if answer in ("received", "lost reply"):
                self.at_mes[entry.id] = entry.seq
                self.applied.append(entry.id)
            result = self._result(entry, answer)
            if result is not None:
                results.append(result)
        self.desk.ledger.settle(results, [entry.id for entry in batch]).result(30)

    def _result(self, entry: Entry, answer: str) -> PushResult | None:
        match answer:
            case "received":
                self.told[entry.id] = ReceiptState.RECEIVED
                return PushResult(entry.id, ResultKind.RECEIVED, mes_id="R")
            case "refused":
                self.told[entry.id] = ReceiptState.REFUSED
                return PushResult(entry.id, ResultKind.REFUSED, code="no", words="Not so")
            case "mismatch":
                self.told[entry.id] = ReceiptState.PARKED
                return PushResult(entry.id, ResultKind.MISMATCH, words="Another")
            case "later":
                return PushResult(entry.id, ResultKind.LATER, after_s=5)
            case _:
                return None

    def _is_not_overtaking(self, entry: Entry) -> None:
        """No ordered entry is put into a batch while one before it of its subject needs a person."""
        if not entry.payload.ordered:
            return
        for other in self.saved.values():
            before = other.subject == entry.subject and other.payload.ordered and other.seq < entry.seq
            open_one = self.told[other.id] in (ReceiptState.REFUSED, ReceiptState.PARKED)
            assert not (before and open_one), f"{entry.seq} was sent before {other.seq} was decided"

    @rule(seconds=st.integers(1, 10))
    def time_passes(self, seconds: int) -> None:
        self.desk.clock.step(seconds)

    @rule()
    def restart(self) -> None:
        self.desk.ledger.stop()
        self.desk.open()

    @precondition(lambda self: self._undecided())
    @rule(again=st.booleans(), pick=st.integers(0, 50))
    def decide(self, again: bool, pick: int) -> None:
        undecided = self._undecided()
        entry = undecided[pick % len(undecided)]
        said = EntryDecided(entry=entry, decision="send_again" if again else "set_aside")
        decision = self.desk.append(NewEntry(Subject("terminal", "T1"), said))[0]
        self.saved[decision.id] = decision
        self.told[decision.id] = ReceiptState.WAITING
        self.told[entry] = ReceiptState.WAITING if again else ReceiptState.SET_ASIDE

    def _undecided(self) -> list[str]:
        return [
            key for key, state in self.told.items() if state in (ReceiptState.REFUSED, ReceiptState.PARKED)
        ]

    @invariant()
    def every_entry_is_where_the_model_says(self) -> None:
        rows = self.desk.ledger.read(lambda records: records.journal.newest(1000)).result(30)
        assert {row.entry.id: row.receipt.state for row in rows} == self.told
        assert len(self.applied) == len(set(self.applied))
        counts = self.desk.ledger.queue().result(30)
        states = list(self.told.values())
        assert counts.waiting == states.count(ReceiptState.WAITING)
        assert counts.needs_decision == len(self._undecided())
        assert counts.received == states.count(ReceiptState.RECEIVED)


TestSending = pytest.mark.slow(Sending.TestCase)
TestSending.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

"""The states of ISA-18.2: every step leads where the standard's diagram leads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hmi.domain import alarm_payloads as a
from hmi.domain.alarms import AlarmRecord, AlarmState, Priority, after, by_urgency, of_severity

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
RAISED = a.AlarmRaised(name="Die hot", priority="high", condition="hi", link="PLC", evidence="live")
RETURNED = a.AlarmReturned(lasted_ms=1, evidence="live")
SHELVED = a.AlarmShelved(until=AT + timedelta(hours=1), reason="nuisance")
OUT = a.AlarmTakenOutOfService(reason="maintenance")
S = AlarmState


def walk(*steps: a.AlarmPayload) -> AlarmRecord:
    """The alarm after these entries."""
    record: AlarmRecord | None = None
    for step in steps:
        record = after(record, "k", step, AT, "Ana")
    assert record is not None
    return record


def test_the_diagram() -> None:
    ack, unshelved = a.AlarmAcknowledged(), a.AlarmUnshelved(cause="time")
    back = a.AlarmPutInService()
    led = {
        (RAISED,): S.UNACKNOWLEDGED,
        (RAISED, ack): S.ACKNOWLEDGED,
        (RAISED, ack, RETURNED): S.NORMAL,
        (RAISED, RETURNED): S.RETURNED,
        (RAISED, RETURNED, ack): S.NORMAL,
        (RAISED, RETURNED, RAISED): S.UNACKNOWLEDGED,
        (RAISED, ack, RETURNED, RAISED): S.UNACKNOWLEDGED,
        (RAISED, SHELVED): S.SHELVED,
        (RAISED, SHELVED, RETURNED, unshelved): S.NORMAL,
        (RAISED, SHELVED, RETURNED, RAISED, unshelved): S.UNACKNOWLEDGED,
        (RAISED, SHELVED, unshelved): S.UNACKNOWLEDGED,
        (RAISED, ack, SHELVED, unshelved): S.ACKNOWLEDGED,
        (RAISED, RETURNED, SHELVED, unshelved): S.NORMAL,
        (RAISED, OUT): S.OUT_OF_SERVICE,
        (RAISED, SHELVED, OUT): S.OUT_OF_SERVICE,
        (RAISED, SHELVED, OUT, back): S.UNACKNOWLEDGED,
        (RAISED, OUT, RETURNED, back): S.NORMAL,
    }
    assert {steps: walk(*steps).state for steps in led} == led


def test_what_is_said_of_an_unknown_alarm_changes_nothing() -> None:
    for said in (RETURNED, a.AlarmAcknowledged(), SHELVED, OUT, a.AlarmPutInService()):
        assert after(None, "k", said, AT, None) is None


def test_names_and_reasons_stay_until_the_shelf_is_left() -> None:
    shelved = walk(RAISED, SHELVED, RETURNED, RAISED)
    assert (shelved.suppressed_by, shelved.reason, shelved.times) == ("Ana", "nuisance", 2)
    back = after(shelved, "k", a.AlarmUnshelved(cause="touch"), AT, "Ben")
    assert back is not None
    assert (back.suppressed_by, back.reason, back.shelved_until) == (None, None, None)


def test_the_most_urgent_stands_first() -> None:
    old = walk(RAISED)
    calls = {
        "low": replace(old, key="low", priority=Priority.LOW, raised_at=AT + timedelta(hours=1)),
        "critical": replace(old, key="critical", priority=Priority.CRITICAL),
        "high, older": replace(old, key="high, older"),
        "high, newer": replace(old, key="high, newer", raised_at=AT + timedelta(seconds=1)),
        "seen": replace(old, key="seen", priority=Priority.CRITICAL, acknowledged=True),
    }
    order = ["critical", "high, newer", "high, older", "low", "seen"]
    assert [record.key for record in by_urgency(calls.values())] == order


def test_severities_are_shared_out_in_four() -> None:
    assert [of_severity(n).value for n in (1, 250, 251, 500, 501, 750, 751, 1000)] == [
        "low", "low", "medium", "medium", "high", "high", "critical", "critical",
    ]  # fmt: skip


class Life(RuleBasedStateMachine):
    """Any entries in any order, beside a plain reading of the diagram."""

    def __init__(self) -> None:
        super().__init__()
        self.record: AlarmRecord | None = None
        self.active = self.called = self.shelved = self.out = False

    def say(self, payload: a.AlarmPayload) -> None:
        self.record = after(self.record, "k", payload, AT, "Ana")

    @rule(name=st.sampled_from(["Die hot", "Die very hot"]))
    def raise_(self, name: str) -> None:
        self.say(RAISED.model_copy(update={"name": name}))
        self.active = self.called = True

    @precondition(lambda self: self.record is not None)
    @rule()
    def return_(self) -> None:
        self.say(RETURNED)
        self.active = False
        if self.shelved or self.out:
            self.called = False

    @precondition(lambda self: self.record is not None)
    @rule()
    def acknowledge(self) -> None:
        self.say(a.AlarmAcknowledged())
        self.called = False

    @precondition(lambda self: self.record is not None and not self.out)
    @rule()
    def shelve(self) -> None:
        self.say(SHELVED)
        self.shelved, self.called = True, self.called and self.active

    @precondition(lambda self: self.record is not None)
    @rule()
    def take_out(self) -> None:
        self.say(OUT)
        self.out, self.shelved, self.called = True, False, self.called and self.active

    @precondition(lambda self: self.shelved)
    @rule()
    def unshelve(self) -> None:
        self.say(a.AlarmUnshelved(cause="time"))
        self.shelved = False

    @precondition(lambda self: self.out)
    @rule()
    def put_back(self) -> None:
        self.say(a.AlarmPutInService())
        self.out = False

    @invariant()
    def as_the_diagram_has_it(self) -> None:
        if self.record is None:
            return
        if self.out:
            wanted = S.OUT_OF_SERVICE
        elif self.shelved:
            wanted = S.SHELVED
        elif self.active:
            wanted = S.UNACKNOWLEDGED if self.called else S.ACKNOWLEDGED
        else:
            wanted = S.RETURNED if self.called else S.NORMAL
        assert self.record.state is wanted
        assert self.record.unacknowledged is (wanted in (S.UNACKNOWLEDGED, S.RETURNED))
        assert (self.record.suppressed_by is not None) is (self.shelved or self.out)


TestLife = Life.TestCase

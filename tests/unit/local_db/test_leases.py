"""A counter that several terminals hear: counted under the lease alone, also over restarts and offline."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.domain.entries import NewEntry, PushResult, ReceiptState, ResultKind, Subject, entry_from_wire
from hmi.domain.keeping_payloads import CounterTaken
from hmi.domain.payloads import JobOrderStarted, ProductionCounted
from hmi.domain.production import CounterLease
from hmi.domain.signals import LinkStatus
from hmi.errors import LinkError, OperatorError
from hmi.operations.counting import LOST, TakeCounter, take_counter
from hmi.operations.personnel import SignIn, sign_in
from hmi.operations.production import CounterSeen, count_parts
from hmi.ports import Records
from hmi.times import SystemClock
from local_db.leases import Leases
from local_db.link_voice import LinkVoice
from local_db.mes.answers import read_lease
from local_db.mes.rest import RestConnector, RestSettings
from local_db.verify import verify
from tests.fakes.clock import START
from tests.fakes.mes import FakeMes
from tests.fakes.running_mes import RunningMes
from tests.unit.local_db.conftest import Desk


def held(fence: int, counted_to: int | None = None, at: datetime | None = START) -> CounterLease:
    return CounterLease("Good", "T1", True, fence, counted_to, at if counted_to is not None else None)


def see(desk: Desk, value: int, *, shared: bool = True) -> ProductionCounted | None:
    desk.clock.step(60)
    seen = CounterSeen("Good", value, desk.clock.now(), True, None, 0.1, shared=shared)
    entries = desk.ledger.do(count_parts, seen).result(5).entries
    if not entries:
        return None
    assert isinstance(entries[0].payload, ProductionCounted)
    return entries[0].payload


def test_nothing_is_counted_before_the_mes_was_asked_or_while_another_counts(desk: Desk) -> None:
    assert see(desk, 5) is None
    desk.ledger.note_lease(CounterLease("Good", "T2", False, 1, None, None)).result(5)
    assert see(desk, 6) is None
    desk.ledger.note_lease(held(2, counted_to=4)).result(5)
    said = see(desk, 9)
    assert said is not None
    assert (said.counter_from, said.counter_to, said.quantity, said.fence) == (4, 9, 5, 2)
    assert said.evidence == "gap"


def test_the_holder_goes_on_offline_and_over_a_restart(desk: Desk) -> None:
    desk.ledger.note_lease(held(1)).result(5)
    first = see(desk, 5)
    assert first is not None
    assert (first.quantity, first.evidence) == (0, "reset")
    desk.ledger.stop()
    desk.clock.step(3 * 86_400)
    desk.open()
    said = see(desk, 8)
    assert said is not None
    assert (said.quantity, said.evidence, said.fence) == (3, "live", 1)
    desk.ledger.note_lease(held(1, counted_to=5)).result(5)  # renewed: what is here is newer
    again = see(desk, 10)
    assert again is not None
    assert (again.counter_from, again.quantity) == (8, 2)
    assert verify(desk.file, tables=True).ok


@pytest.mark.parametrize(("of_another", "quantity"), [(False, 1), (True, 41)])
def test_a_mes_that_was_put_back_to_an_older_lease_has_no_part_counted_twice(
    desk: Desk, of_another: bool, quantity: int
) -> None:
    """Counted to 100 under number 3; the MES comes back with number 1 and an older count, or another's."""
    desk.ledger.note_lease(held(1)).result(5)
    see(desk, 50)
    desk.ledger.note_lease(held(3, counted_to=50)).result(5)
    see(desk, 100)
    later = desk.clock.now() + timedelta(seconds=30)
    put_back = held(1, counted_to=60, at=later if of_another else START)
    desk.ledger.note_lease(put_back).result(5)
    said = see(desk, 101)
    assert said is not None
    assert (int(said.quantity), said.fence) == (quantity, 1)


def test_who_lost_it_stops_and_goes_on_from_what_the_other_counted(desk: Desk) -> None:
    desk.ledger.note_lease(held(1)).result(5)
    see(desk, 5)
    desk.ledger.note_lease(CounterLease("Good", "T2", False, 2, 5, START)).result(5)
    assert see(desk, 30) is None
    desk.ledger.note_lease(held(3, counted_to=40)).result(5)
    said = see(desk, 42)
    assert said is not None
    assert (said.counter_from, said.quantity, said.fence) == (40, 2, 3)


def test_a_terminal_that_is_alone_counts_as_before_and_says_nothing_of_leases(desk: Desk) -> None:
    see(desk, 5, shared=False)
    said = see(desk, 7, shared=False)
    assert said is not None
    assert (said.quantity, "fence" in said.to_wire()) == (2, False)
    for row in desk.ledger.read(lambda records: records.journal.newest(5)).result(5):
        wire = row.entry.to_wire()
        assert entry_from_wire(wire).to_wire() == wire


class Road:
    """A terminal's road to an MES, and what it says of its link."""

    def __init__(self, desk: Desk, url: str, token: Path, terminal: str) -> None:
        self.said: list[LinkStatus] = []
        self.connector = RestConnector(RestSettings(url=url, token_file=token), terminal)
        voice = LinkVoice(
            name="MES", kind="mes", address="", clock=SystemClock(), on_status=self.said.append, on_heard=None
        )
        self.leases = Leases(desk.ledger, self.connector, ["Good"], voice)

    def ask(self) -> str | None:
        """Ask twice, as sync does again and again; what a person reads then."""

        async def both() -> None:
            await self.leases.ask()
            await self.leases.ask()
            await self.connector.close()

        before = len(self.said)
        asyncio.run(both())
        assert len(self.said) - before <= 1
        return self.said[-1].last_error


@pytest.mark.wire
def test_the_reference_mes_grants_it_over_the_wire(desk: Desk, tmp_path: Path) -> None:
    token = tmp_path / "of-the-terminal"
    with RunningMes(tmp_path) as mes:
        token.write_text(mes.token["Authorization"].removeprefix("Bearer "))
        assert not Road(desk, mes.url, token, "T-PRESS12").ask()
    lease = desk.ledger.read(lambda records: records.production.lease("Good")).result(5)
    assert lease is not None
    assert (lease.holder, lease.held, lease.fence, lease.counted_to) == ("T-PRESS12", True, 1, None)


@pytest.mark.wire
def test_a_mes_without_leases_is_said_once_and_nothing_is_counted(desk: Desk, tmp_path: Path) -> None:
    token = tmp_path / "token"
    with FakeMes() as mes:
        token.write_text(mes.token)
        told = Road(desk, mes.url, token, "T1").ask()
    assert told == "this MES grants no leases: Good is not counted here"
    assert see(desk, 5) is None


def test_who_else_counts_is_said(desk: Desk) -> None:
    said: list[LinkStatus] = []
    voice = LinkVoice(name="MES", kind="", address="", clock=desk.clock, on_status=said.append, on_heard=None)

    class Another(RestConnector):
        async def lease(self, counter: str) -> CounterLease | None:
            return CounterLease(counter, "T2", False, 4, 8, START)

    road = Another(RestSettings(url="http://127.0.0.1:9", token_file=Path("none")), "T1")
    asyncio.run(Leases(desk.ledger, road, ["Good"], voice).ask())
    assert said[-1].last_error == "T2 counts Good; this terminal only shows it"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"counter":"Other","holder":"T1","held":true,"fence":1,"counted_to":null,"counted_at":null}',
        b'{"counter":"Good","holder":"T1","held":"yes","fence":1,"counted_to":null,"counted_at":null}',
        b'{"counter":"Good","holder":"T1","held":true,"fence":0,"counted_to":null,"counted_at":null}',
    ],
)
def test_nonsense_is_no_lease(body: bytes) -> None:
    with pytest.raises(LinkError, match="nonsense"):
        read_lease(body, "Good")


def test_counts_that_were_anothers_leave_the_sums_and_nobody_has_to_decide(desk: Desk) -> None:
    desk.append(NewEntry(Subject("job_order", "WO-1"), JobOrderStarted(plan_version=2)))
    desk.ledger.note_lease(held(1)).result(5)
    see(desk, 5)
    see(desk, 9)
    lost = see(desk, 12)
    assert lost is not None
    desk.ledger.waiting(50, 1 << 20).result(5)
    rows = desk.ledger.read(lambda records: records.journal.newest(9)).result(5)
    counted = [row.entry.id for row in rows if row.entry.payload == lost]
    others = [row.entry.id for row in rows if row.entry.id not in counted]
    results = [PushResult(one, ResultKind.RECEIVED, "R") for one in others]
    results += [PushResult(one, ResultKind.REFUSED, None, LOST, "T2 counts", "supervisor") for one in counted]
    desk.ledger.settle(results, [*others, *counted]).result(5)
    desk.ledger.settle(results, [*others, *counted]).result(5)  # told again: taken out once

    def look(records: Records) -> tuple[Decimal, int, ReceiptState, Decimal]:
        progress, row = records.production.progress("WO-1"), records.journal.entry(counted[0])
        assert progress is not None
        assert row is not None
        hours = sum((hour.produced for hour in records.production.per_hour(START)), Decimal(0))
        return progress.counted, records.journal.queue().needs_decision, row.receipt.state, hours

    assert desk.ledger.read(look).result(5) == (Decimal(4), 0, ReceiptState.SET_ASIDE, Decimal(4))
    assert desk.ledger.queue().result(5).waiting == 2  # what was taken out, and that it was set aside
    assert verify(desk.file, tables=True).ok


def test_a_person_takes_the_counter_from_a_dead_terminal_and_counts_from_there(desk: Desk) -> None:
    see(desk, 3, shared=False)  # from before the counter was shared
    desk.ledger.note_lease(CounterLease("Good", "T2", False, 4, 100, START)).result(5)
    with pytest.raises(OperatorError, match="nobody_signed_in"):
        desk.ledger.do(take_counter, TakeCounter("Good", "it is dead")).result(5)
    desk.ledger.do(sign_in, SignIn("B2")).result(5)
    with pytest.raises(OperatorError, match="not_permitted"):
        desk.ledger.do(take_counter, TakeCounter("Good", "it is dead")).result(5)
    desk.ledger.do(sign_in, SignIn("B1")).result(5)
    for wish, words in ((TakeCounter("Other", "x"), "not_shared"), (TakeCounter("Good", " "), "take_why")):
        with pytest.raises(OperatorError, match=words):
            desk.ledger.do(take_counter, wish).result(5)
    saved = desk.ledger.do(take_counter, TakeCounter("Good", "it is dead")).result(5)
    assert saved.entries[0].payload == CounterTaken(counter="Good", holder="T2", fence=5, reason="it is dead")
    with pytest.raises(OperatorError, match="is_ours"):
        desk.ledger.do(take_counter, TakeCounter("Good", "it is dead")).result(5)
    desk.ledger.stop()
    desk.open()
    first, then = see(desk, 130), see(desk, 134)
    assert first is not None
    assert then is not None
    assert (first.quantity, first.evidence, first.fence) == (0, "reset", 5)
    assert (then.counter_from, then.quantity, then.fence) == (130, 4, 5)
    assert verify(desk.file, tables=True).ok

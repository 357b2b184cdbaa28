"""Sync: a ledger on a file and an MES on a socket come together, whatever goes wrong between them."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest

from hmi.domain.changes import Changes
from hmi.domain.entries import Entry, EntryRow, NewEntry, ReceiptState, Subject
from hmi.domain.payloads import EntryDecided, HelpCalled, JobOrderPaused
from hmi.domain.production import CounterLease
from hmi.domain.signals import LinkState, LinkStatus
from hmi.domain.standing import DigestRange, Known
from hmi.errors import LinkError
from hmi.ports import Finding, PlanPage, PushAnswer
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger
from local_db.mes.rest import RestConnector
from local_db.mes.rest_settings import RestSettings
from local_db.sync import Pace, Sync
from tests.fakes.mes import FakeMes, Faults

pytestmark = pytest.mark.wire

HELP = NewEntry(Subject("equipment", "PRESS-1"), HelpCalled(whom="quality"))
QUICK = Pace(
    pull_every=0.2,
    first_wait=0.02,
    least_wait=0.01,
    longest_wait=0.3,
    idle_look=0.2,
    lost_look=0.05,
    not_admitted_look=0.1,
    hold_failing=0.3,
)


def paused(order: str) -> NewEntry:
    return NewEntry(Subject("job_order", order), JobOrderPaused())


class Plant:
    """A ledger, an MES, and the sync between them."""

    def __init__(self, folder: Path, mes: FakeMes | None = None) -> None:
        self.mes = mes or FakeMes()
        if mes is None:
            self.mes.start()
        self.token = folder / "token.txt"
        self.token.write_text(self.mes.token)
        self.said: list[LinkStatus] = []
        self.heard = 0
        self.woken: Sync | None = None
        self.file = folder / "ledger.sqlite3"
        self.ledger = self.open()

    def open(self) -> SqliteLedger:
        """Open the file, anew when it was closed."""
        self.ledger = SqliteLedger(
            self.file,
            terminal="T1",
            equipment="PRESS-1",
            clock=SystemClock(),
            on_changes=self._changed,
        )
        self.ledger.start()
        return self.ledger

    def _changed(self, changes: Changes) -> None:
        """Wake sync on every change, its own among them, as the front door does."""
        if self.woken is not None:
            self.woken.wake()

    def append(self, *entries: NewEntry) -> tuple[Entry, ...]:
        return self.ledger.do(lambda records, wish, context: entries, None).result(10).entries

    def row(self, entry: Entry) -> EntryRow:
        row = self.ledger.read(lambda records: records.journal.entry(entry.id)).result(5)
        assert row is not None
        return row

    def waits(self) -> int:
        return self.ledger.queue().result(5).waiting

    def states(self) -> list[LinkState]:
        return [status.state for status in self.said]

    def connector(self) -> RestConnector:
        settings = RestSettings(url=self.mes.url, token_file=self.token, connect_timeout_s=5)
        return RestConnector(settings, "T1")

    def sync(self, pace: Pace = QUICK) -> Sync:
        def on_heard(link: str, heard_ms: int) -> None:
            self.heard += 1

        return Sync(
            self.ledger,
            self.connector(),
            name="mes",
            kind="rest",
            address=self.mes.url,
            clock=SystemClock(),
            on_status=self.said.append,
            on_heard=on_heard,
            pace=pace,
        )

    def run(self, play: Callable[[Sync], Coroutine[None, None, None]], pace: Pace = QUICK) -> None:
        """Play a part while sync runs."""

        async def both() -> None:
            sync = self.woken = self.sync(pace)
            running = asyncio.create_task(sync.run())
            try:
                await play(sync)
                assert not running.done()
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

        asyncio.run(asyncio.wait_for(both(), 40))


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.ledger.stop()
    made.mes.stop()


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until it is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not come about in time"
        await asyncio.sleep(0.005)


def test_plans_come_and_entries_go(plant: Plant) -> None:
    plant.mes.put("fault", "17", 1, {"text": "Hot"})
    entries = plant.append(HELP, paused("WO-1"), HELP)

    async def play(sync: Sync) -> None:
        await until(lambda: plant.waits() == 0)
        await until(lambda: plant.ledger.plans_state().result(5).cursor == "1")
        plant.mes.put("fault", "17", 2, {"text": "Very hot"})
        await until(lambda: plant.ledger.plans_state().result(5).cursor == "2")

    plant.run(play)
    assert [plant.mes.received[entry.id]["seq"] for entry in entries] == [1, 2, 3]
    assert {plant.row(entry).receipt.state for entry in entries} == {ReceiptState.RECEIVED}
    assert {plant.row(entry).receipt.mes_id for entry in entries} == set(plant.mes.settled.values())
    fault = plant.ledger.read(lambda records: records.plans.fault(17)).result(5)
    assert fault is not None
    assert fault.text == "Very hot"
    assert plant.states() == [LinkState.CONNECTING, LinkState.UP]
    assert plant.heard > 2


def test_a_new_entry_is_sent_at_once_when_sync_is_woken(plant: Plant) -> None:
    async def play(sync: Sync) -> None:
        await until(lambda: plant.states()[-1] is LinkState.UP)
        await asyncio.sleep(0.1)
        plant.append(HELP)
        threading.Thread(target=sync.wake).start()
        await until(lambda: plant.waits() == 0)

    plant.run(play, replace(QUICK, idle_look=30, pull_every=30))


def test_lost_is_said_once_and_back_once_and_all_arrives(plant: Plant) -> None:
    async def play(sync: Sync) -> None:
        await until(lambda: plant.states()[-1] is LinkState.UP)
        plant.mes.stop()
        for _ in range(20):
            plant.append(HELP)
            sync.wake()
        await until(lambda: plant.states()[-1] is LinkState.LOST)
        await asyncio.sleep(0.5)
        plant.mes.start()
        await until(lambda: plant.waits() == 0)
        await until(lambda: plant.states()[-1] is LinkState.UP)

    plant.run(play)
    # lost may be said again in other words: cut off while asking, and then not reached
    assert [state for state, _ in groupby(plant.states())] == [
        LinkState.CONNECTING, LinkState.UP, LinkState.LOST, LinkState.UP,
    ]  # fmt: skip
    told = [(status.state, status.last_error) for status in plant.said]
    assert [each for each, _ in groupby(told)] == told
    lost, back = plant.said[-2:]
    assert (lost.losses, back.losses) == (1, 1)
    assert "not reached" in lost.last_error
    assert back.last_error_at is not None
    assert lost.heard_ms is not None
    assert len(plant.mes.received) == 20
    assert len(plant.mes.judged) == 20


def test_first_entry_is_acknowledged_soon_after_a_long_absence(plant: Plant) -> None:
    """Whatever the back-off has grown to, the return is noticed, even if nothing else happens."""
    entry = plant.append(HELP)[0]
    plant.mes.stop()

    async def play(sync: Sync) -> None:
        await asyncio.sleep(2)
        plant.mes.start()
        await until(lambda: plant.row(entry).receipt.state is ReceiptState.RECEIVED)

    plant.run(play, Pace(first_wait=1000, longest_wait=1000))


def test_lost_answers_make_no_doubles(plant: Plant) -> None:
    plant.append(*[HELP] * 30)
    plant.mes.faults.lose_answers = 3

    async def play(sync: Sync) -> None:
        await until(lambda: plant.waits() == 0)

    plant.run(play)
    assert len(plant.mes.received) == len(plant.mes.judged) == 30


def test_what_is_not_mentioned_is_sent_again(plant: Plant) -> None:
    entries = plant.append(*[HELP] * 6)
    told = random.Random(7)
    plant.mes.faults.judge = lambda entry: {} if told.random() < 0.6 else None

    async def play(sync: Sync) -> None:
        await until(lambda: plant.waits() == 0)

    plant.run(play)
    assert len(plant.mes.received) == 6
    assert max(plant.row(entry).receipt.attempts for entry in entries) > 1


def test_a_refused_entry_holds_its_subject_until_a_person_decides(plant: Plant) -> None:
    bad, follower, other = plant.append(paused("WO-1"), paused("WO-1"), paused("WO-2"))
    plant.mes.faults.judge = lambda entry: (
        {"result": "refused", "code": "order_closed", "words": "Closed", "who_decides": "supervisor"}
        if entry["id"] == bad.id
        else None
    )

    async def play(sync: Sync) -> None:
        # both of one batch were judged before the refusal was known; the next follower waits
        await until(lambda: plant.row(bad).receipt.state is ReceiptState.REFUSED)
        held = plant.append(paused("WO-1"))[0]
        sync.wake()
        await asyncio.sleep(0.4)
        assert plant.row(held).receipt.state is ReceiptState.WAITING
        assert plant.row(other).receipt.state is ReceiptState.RECEIVED
        plant.mes.faults.judge = lambda entry: None
        plant.append(NewEntry(Subject("terminal", "T1"), EntryDecided(entry=bad.id, decision="send_again")))
        sync.wake()
        await until(lambda: plant.waits() == 0)
        assert plant.row(bad).receipt.state is ReceiptState.RECEIVED

    plant.run(play)
    assert plant.row(follower).receipt.state is ReceiptState.RECEIVED


def test_a_batch_that_is_too_large_is_halved_until_it_passes(plant: Plant) -> None:
    plant.append(*[HELP] * 50)
    plant.mes.faults.too_large = 7

    async def play(sync: Sync) -> None:
        await until(lambda: plant.waits() == 0)

    plant.run(play)
    assert plant.mes.batches[:4] == [50, 25, 12, 6]
    assert len(plant.mes.received) == 50


def test_batches_grow_again_after_good_ones(plant: Plant) -> None:
    plant.append(*[HELP] * 120)
    plant.mes.faults.too_large = 30

    async def play(sync: Sync) -> None:
        await until(lambda: len(plant.mes.received) >= 60)
        plant.mes.faults.too_large = None
        plant.append(*[HELP] * 400)
        sync.wake()
        await until(lambda: plant.waits() == 0)

    plant.run(play)
    assert max(plant.mes.batches[3:]) >= 60


def test_a_single_entry_that_is_refused_for_its_form_is_parked_in_words(plant: Plant) -> None:
    entries = plant.append(*[HELP] * 9)
    plant.mes.faults.malformed = lambda entry: bool(entry["id"] == entries[4].id)

    async def play(sync: Sync) -> None:
        await until(lambda: plant.waits() == 0)

    plant.run(play)
    parked = plant.row(entries[4]).receipt
    assert (parked.state, parked.code) == (ReceiptState.PARKED, "batch_refused")
    assert "422" in (parked.words or "")
    assert len(plant.mes.received) == 8


def test_a_poison_entry_does_not_stop_the_others_and_is_never_dropped(plant: Plant) -> None:
    entries = plant.append(*[HELP] * 40)
    plant.mes.faults.poison = lambda entry: bool(entry["id"] == entries[11].id)

    async def play(sync: Sync) -> None:
        await until(lambda: plant.waits() == 1)
        assert plant.row(entries[11]).receipt.attempts > 0
        plant.mes.faults.poison = lambda entry: False
        await until(lambda: plant.waits() == 0)

    plant.run(play)
    assert LinkState.LOST not in plant.states()


def test_a_poison_entry_is_parked_in_the_end(plant: Plant) -> None:
    bad, good = plant.append(HELP, HELP)
    plant.mes.faults.poison = lambda entry: bool(entry["id"] == bad.id)

    async def play(sync: Sync) -> None:
        await until(lambda: plant.row(bad).receipt.state is ReceiptState.PARKED)

    plant.run(play, replace(QUICK, park_failing_tries=4, park_failing_after=0.2, hold_failing=0.05))
    parked = plant.row(bad).receipt
    assert parked.code == "mes_cannot_take"
    assert "HTTP 500" in (parked.words or "")
    assert plant.row(good).receipt.state is ReceiptState.RECEIVED


def test_a_terminal_that_is_not_admitted_spends_nothing_and_says_so(plant: Plant) -> None:
    plant.append(HELP)
    plant.token.write_text("wrong")

    async def play(sync: Sync) -> None:
        await until(lambda: plant.states()[-1] is LinkState.NOT_ADMITTED)
        await asyncio.sleep(0.4)
        assert len([path for path in plant.mes.seen if path.startswith("POST")]) <= 2
        assert plant.waits() == 1
        plant.token.write_text(plant.mes.token)
        await until(lambda: plant.waits() == 0)
        await until(lambda: plant.states()[-1] is LinkState.UP)

    plant.run(play)
    assert plant.states().count(LinkState.NOT_ADMITTED) == 1


def test_a_busy_mes_is_left_alone_for_as_long_as_it_asks(plant: Plant) -> None:
    async def play(sync: Sync) -> None:
        await until(lambda: plant.states()[-1:] == [LinkState.UP])
        plant.mes.faults.status, plant.mes.faults.retry_after = 503, "2"
        plant.append(HELP)
        await until(lambda: len(plant.mes.refused_ms) > 0)
        plant.mes.faults.status = None
        while plant.waits():
            sync.wake()
            await asyncio.sleep(0.05)

    plant.run(play)
    refused = plant.mes.refused_ms[-1]
    under_way = 500  # the other road may have asked just before the answer was read
    between = [at for at in plant.mes.asked_ms if refused + under_way < at < refused + 1900]
    assert not between, "asked again before the two seconds were over"


def test_a_failing_mes_is_not_hammered_by_what_its_failures_change(plant: Plant) -> None:
    plant.append(HELP)
    plant.mes.faults.silent = True

    async def play(sync: Sync) -> None:
        await asyncio.sleep(2)

    plant.run(play, Pace())
    assert 2 <= len(plant.mes.batches) <= 10


@pytest.mark.parametrize("body", [b"<html>portal</html>", b"{}"])
def test_nonsense_settles_nothing_and_is_said(plant: Plant, body: bytes) -> None:
    entry = plant.append(HELP)[0]
    plant.mes.faults.body = body

    async def play(sync: Sync) -> None:
        await until(lambda: plant.states()[-1] is LinkState.LOST)
        await asyncio.sleep(0.2)
        assert plant.row(entry).receipt.state is ReceiptState.WAITING
        assert "nonsense" in plant.said[-1].last_error
        plant.mes.faults.body = None
        await until(lambda: plant.waits() == 0)
        await until(lambda: plant.states()[-1] is LinkState.UP)

    plant.run(play)


def test_a_queue_that_does_not_move_gets_new_clients_and_then_a_sign(
    plant: Plant, caplog: pytest.LogCaptureFixture
) -> None:
    plant.append(HELP)
    plant.mes.faults.silent = True

    async def play(sync: Sync) -> None:
        await until(lambda: "stuck since" in plant.said[-1].last_error)
        assert "a new client" in caplog.text
        plant.mes.faults.silent = False
        await until(lambda: plant.waits() == 0)
        await until(lambda: plant.states()[-1] is LinkState.UP)

    plant.run(play, replace(QUICK, new_client_after=0.4, stuck_after=0.8))


def test_a_slow_mes_gets_smaller_batches_instead_of_the_same_again(plant: Plant) -> None:
    plant.append(*[HELP] * 32)
    connector = plant.connector()

    class Slow(RestConnector):
        async def push(self, epoch: int, entries: Sequence[Entry]) -> PushAnswer:
            if len(entries) > 4:
                await asyncio.sleep(0.05)
                raise LinkError("MES did not answer in time")
            return await connector.push(epoch, entries)

    async def play() -> None:
        settings = RestSettings(url=plant.mes.url, token_file=plant.token)
        sync = Sync(
            plant.ledger,
            Slow(settings, "T1"),
            name="mes",
            kind="rest",
            address="",
            clock=SystemClock(),
            on_status=plant.said.append,
            pace=QUICK,
        )
        running = asyncio.create_task(sync.run())
        await until(lambda: plant.waits() == 0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await connector.close()

    asyncio.run(asyncio.wait_for(play(), 20))
    assert plant.mes.batches[0] == 4


def test_the_clock_of_the_mes_is_noted_on_entries(plant: Plant) -> None:
    plant.mes.clock_ahead_s = 3600

    async def play(sync: Sync) -> None:
        await until(lambda: plant.states()[-1] is LinkState.UP)
        await asyncio.sleep(0.05)
        offset = plant.append(HELP)[0].clock_offset_ms
        assert offset is not None
        assert abs(offset - 3_600_000) < 500

    plant.run(play)


def test_an_mes_that_was_put_back_is_asked_for_everything(plant: Plant) -> None:
    for number in range(5):
        plant.mes.put("fault", str(number), 1, {"text": "old"})

    async def play(sync: Sync) -> None:
        await until(lambda: plant.ledger.plans_state().result(5).cursor == "5")
        plant.mes.epoch = "2"
        plant.mes.forget_plans()
        for number in range(6):
            plant.mes.put("fault", str(number + 3), 1, {"text": "restored"})
        await until(lambda: plant.ledger.plans_state().result(5).mes_epoch == "2")
        await until(lambda: plant.ledger.read(lambda r: r.plans.fault(8)).result(5) is not None)
        assert plant.ledger.read(lambda r: r.plans.fault(0)).result(5) is None

    plant.run(play)


class Broken:
    """A connector with a fault of its own."""

    def __init__(self) -> None:
        self.calls = 0
        self.closed = False

    async def health(self) -> datetime:
        return datetime.now(UTC)

    async def pull(self, cursor: str | None, etag: str | None) -> PlanPage | None:
        self.calls += 1
        raise ZeroDivisionError("a fault")

    async def push(self, epoch: int, entries: Sequence[Entry]) -> PushAnswer:
        raise KeyError("another")

    async def known(self) -> Known | None:
        return None

    async def digest(self, epoch: int, first: int, last: int) -> Sequence[DigestRange]:
        return []

    async def lease(self, counter: str) -> CounterLease | None:
        return None

    async def probe(self) -> AsyncIterator[Finding]:
        yield Finding(True, "", "")

    async def close(self) -> None:
        self.closed = True


@pytest.mark.log_errors
def test_a_fault_of_a_connector_is_logged_once_shown_and_tried_again(
    plant: Plant, caplog: pytest.LogCaptureFixture
) -> None:
    plant.append(HELP)
    broken = Broken()

    async def play() -> None:
        sync = Sync(
            plant.ledger,
            broken,
            name="mes",
            kind="rest",
            address="",
            clock=SystemClock(),
            on_status=plant.said.append,
            pace=QUICK,
        )
        running = asyncio.create_task(sync.run())
        await until(lambda: broken.calls > 4)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(play(), 20))
    assert broken.closed
    assert caplog.text.count("a fault on the road to the MES") == 2
    assert "fault" in plant.said[-1].last_error
    assert plant.waits() == 1


def test_a_storm_of_faults_ends_with_everything_received_once(plant: Plant) -> None:
    """Lost answers, 500s, silence, restarts, missing results, in any order; then peace."""
    chance = random.Random(20261121)

    async def play(sync: Sync) -> None:
        made = 0
        for _ in range(40):
            made += len(plant.append(*[HELP] * chance.randrange(1, 12), paused(f"WO-{made % 3}")))
            sync.wake()
            faults = plant.mes.faults
            faults.status = chance.choice([None, None, None, 500, 502, 429])
            faults.retry_after = "0"
            faults.lose_answers = chance.choice([0, 0, 1, 2])
            faults.silent = chance.random() < 0.1
            faults.body = b"<html>" if chance.random() < 0.1 else None
            judged = chance.random() < 0.2
            faults.judge = (
                (lambda entry: {} if chance.random() < 0.3 else None) if judged else lambda entry: None
            )
            if chance.random() < 0.2:
                plant.mes.stop()
                await asyncio.sleep(chance.uniform(0, 0.1))
                plant.mes.start()
            await asyncio.sleep(chance.uniform(0, 0.08))
        plant.mes.faults = Faults()
        sync.wake()
        await until(lambda: plant.waits() == 0, 15)
        assert len(plant.mes.received) == len(plant.mes.judged) - _unmentioned(plant) == made

    plant.run(play)
    seqs = sorted(entry["seq"] for entry in plant.mes.received.values())
    assert seqs == list(range(1, len(seqs) + 1))


def _unmentioned(plant: Plant) -> int:
    return len(plant.mes.judged) - len(set(plant.mes.judged))

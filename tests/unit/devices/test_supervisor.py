"""The supervisor: every loss and return said once, tries again by itself, ends cleanly."""

import asyncio
import math
import random
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

import pytest

from devices.link import Attempt, Driver, Link
from devices.supervisor import Supervisor
from hmi.device_ports import Sink
from hmi.domain.signals import LinkState, Quality, Reading, Scan
from hmi.errors import LinkError, NotAdmitted
from hmi.ports import Finding
from hmi.times import SystemClock
from tests.fakes.devices import RecordingListener, until

Act = Callable[[Sink], Coroutine[None, None, None]]


def reading(value: int, *, first: bool = False) -> Reading:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Reading("plc", "count", value, Quality.GOOD, moment, moment, moment, 0, first=first)


class Scripted:
    """An asynchronous driver that plays one act each time it is run, the last one again and again."""

    kind = "scripted"
    address = "nowhere"

    def __init__(self, name: str, acts: Sequence[Act]) -> None:
        self.name = name
        self._acts = list(acts)
        self.runs = 0

    async def run(self, sink: Sink) -> None:
        act = self._acts[min(self.runs, len(self._acts) - 1)]
        self.runs += 1
        await act(sink)

    async def probe(self) -> AsyncIterator[Finding]:
        yield Finding(True, self.name, "played")


class Blocking:
    """A blocking driver that is up until it is stopped, and fails `losses` times before."""

    kind = "blocking"
    address = "nowhere"

    def __init__(self, name: str, losses: int = 0) -> None:
        self.name = name
        self.losses = losses
        self.threads: list[str] = []
        self.last_sink: Sink | None = None
        self.hears_again = Event()
        self.hears_again.set()

    def run(self, sink: Sink, stop: Event) -> None:
        self.threads.append(threading.current_thread().name)
        self.last_sink = sink
        sink.up()
        if self.losses > 0:
            self.losses -= 1
            raise LinkError("the plug is out: put it in")
        stop.wait()
        self.hears_again.wait()

    async def probe(self) -> AsyncIterator[Finding]:
        yield Finding(False, self.name, "not there", "plug it in")


async def refused(sink: Sink) -> None:
    raise LinkError("nobody listens: switch the PLC on")


async def up_then_lost(sink: Sink) -> None:
    sink.up()
    sink.readings([reading(1, first=True)])
    raise LinkError("the cable is out: plug it in")


async def up_for_good(sink: Sink) -> None:
    sink.up()
    sink.readings([reading(2, first=True), reading(3)])
    await asyncio.Event().wait()


async def not_admitted(sink: Sink) -> None:
    raise NotAdmitted("wrong password: look at password_file")


async def bug(sink: Sink) -> None:
    sink.up()
    raise ZeroDivisionError("a bug")


async def ends(sink: Sink) -> None:
    sink.up()


class Supervised:
    """A supervisor that runs within a story."""

    def __init__(self, *drivers: Driver) -> None:
        self.listener = RecordingListener()
        self.supervisor = Supervisor(drivers, self.listener, SystemClock())

    async def __aenter__(self) -> "Supervised":
        self._task = asyncio.create_task(self.supervisor.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> float:
        start = time.monotonic()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return time.monotonic() - start


def test_says_lost_and_back_once() -> None:
    async def story() -> None:
        driver = Scripted("plc", [refused, refused, up_then_lost, refused, refused, up_for_good])
        async with Supervised(driver) as it:
            await until(lambda: driver.runs == 6 and it.listener.states("plc")[-1] == "up", 8)
            assert it.listener.states("plc") == ["connecting", "lost", "up", "lost", "up"]
            status = it.supervisor.statuses()[0]
            assert status.losses == 1
            assert status.last_error == "nobody listens: switch the PLC on"
            assert status.last_error_at is not None
            assert [each.value for each in it.listener.readings] == [1, 2, 3]

    asyncio.run(story())


def test_the_loss_is_said_with_its_error_at_once() -> None:
    async def story() -> None:
        async with Supervised(Scripted("plc", [up_then_lost, refused])) as it:
            await until(lambda: "lost" in it.listener.states("plc"), 1)
            lost = it.listener.links[-1]
            assert lost.last_error == "the cable is out: plug it in"

    asyncio.run(story())


def test_up_said_twice_by_a_driver_is_said_once() -> None:
    async def up_twice(sink: Sink) -> None:
        sink.up()
        sink.up()
        await asyncio.Event().wait()

    async def story() -> None:
        async with Supervised(Scripted("plc", [up_twice])) as it:
            await asyncio.sleep(0.1)
            assert it.listener.states("plc") == ["connecting", "up"]

    asyncio.run(story())


def longest(lowest: float, highest: float) -> float:
    return highest


def shortest(lowest: float, highest: float) -> float:
    return 0.0


def test_comes_back_within_two_seconds_after_a_long_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", longest)

    async def story() -> None:
        away = True

        async def far_end(sink: Sink) -> None:
            await (refused(sink) if away else up_for_good(sink))

        async with Supervised(Scripted("plc", [far_end])) as it:
            await asyncio.sleep(4)
            away = False
            await until(lambda: it.listener.states("plc")[-1] == "up", 2)

    asyncio.run(story())


def test_not_admitted_is_a_state_of_its_own_and_is_not_tried_again_soon() -> None:
    async def story() -> None:
        driver = Scripted("plc", [not_admitted])
        async with Supervised(driver) as it:
            await asyncio.sleep(1.5)
            assert it.listener.states("plc") == ["connecting", "not_admitted"]
            assert driver.runs == 1

    asyncio.run(story())


@pytest.mark.log_errors
def test_a_bug_that_comes_again_is_not_logged_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", shortest)

    async def faulty(sink: Sink) -> None:
        raise ZeroDivisionError("a bug")

    async def story() -> None:
        driver = Scripted("plc", [faulty])
        async with Supervised(driver) as it:
            await until(lambda: driver.runs >= 4, 2)
            assert it.listener.states("plc") == ["connecting", "lost"]

    asyncio.run(story())
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


@pytest.mark.log_errors
def test_a_bug_is_logged_once_with_its_traceback_and_shown_as_lost(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        driver, other = Scripted("plc", [bug]), Scripted("other", [up_for_good])
        async with Supervised(driver, other) as it:
            await until(lambda: "lost" in it.listener.states("plc"), 1)
            await asyncio.sleep(1)
            assert driver.runs == 1
            assert "ZeroDivisionError: a bug" in it.supervisor.statuses()[0].last_error
            assert it.listener.states("other") == ["connecting", "up"]

    asyncio.run(story())
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert errors[0].exc_info is not None
    assert errors[0].exc_info[0] is ZeroDivisionError


def test_a_driver_that_ends_by_itself_is_lost_and_run_again() -> None:
    async def story() -> None:
        driver = Scripted("plc", [ends, up_for_good])
        async with Supervised(driver) as it:
            await until(lambda: driver.runs == 2, 2)
            assert it.listener.states("plc")[:3] == ["connecting", "up", "lost"]

    asyncio.run(story())


def test_a_blocking_driver_has_a_named_thread_and_comes_back() -> None:
    async def story() -> None:
        driver = Blocking("reader", losses=2)
        async with Supervised(driver) as it:
            await until(lambda: len(driver.threads) == 3, 5)
            await until(lambda: it.listener.states("reader")[-1] == "up", 2)
            assert set(driver.threads) == {"link-reader"}
            assert it.listener.states("reader") == ["connecting", "up", "lost", "up", "lost", "up"]
            assert it.supervisor.statuses()[0].losses == 2
            await it.stop()
        assert not [thread for thread in threading.enumerate() if thread.name == "link-reader"]

    asyncio.run(story())


@pytest.mark.log_errors
def test_a_deaf_thread_holds_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        driver = Blocking("reader")
        driver.hears_again.clear()
        async with Supervised(driver) as it:
            await until(lambda: bool(driver.threads), 5)
            await it.stop()
            driver.hears_again.set()
            await until(lambda: "link-reader" not in {each.name for each in threading.enumerate()}, 5)

    asyncio.run(story())
    assert "the thread of reader did not end" in caplog.text


def test_signs_of_life_are_told_four_times_a_second_at_most() -> None:
    async def chatty(sink: Sink) -> None:
        sink.up()
        while True:
            sink.heard()
            await asyncio.sleep(0.002)

    async def story() -> None:
        async with Supervised(Scripted("plc", [chatty])) as it:
            await asyncio.sleep(1.1)
            assert 3 <= len(it.listener.heard) <= 5
            assert it.supervisor.statuses()[0].heard_ms == it.listener.heard[-1][1]

    asyncio.run(story())


def test_a_late_word_of_an_ended_run_is_not_passed_on() -> None:
    listener, clock = RecordingListener(), SystemClock()
    link = Link(Scripted("plc", [refused]), listener, clock)
    attempt = Attempt(link, listener, clock)
    attempt.up()
    attempt.end()
    link.lost("gone: look")
    attempt.up()
    attempt.heard()
    attempt.readings([reading(1)])
    attempt.scan(Scan("plc", b"A", "A", None, clock.now(), 0))
    assert [status.state for status in listener.links] == [LinkState.UP, LinkState.LOST]
    assert (listener.readings, listener.scans, listener.heard) == ([], [], [])


def test_probe_asks_every_driver() -> None:
    async def story() -> None:
        supervisor = Supervisor(
            [Scripted("plc", [ends]), Blocking("reader")], RecordingListener(), SystemClock()
        )
        assert [finding.what async for finding in supervisor.probe()] == ["plc", "reader"]

    asyncio.run(story())


def test_two_links_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Supervisor([Blocking("a"), Blocking("a")], RecordingListener(), SystemClock())


def test_no_links_at_all_is_fine() -> None:
    async def story() -> None:
        async with Supervised() as it:
            await asyncio.sleep(0.05)
            assert it.listener.links == []

    asyncio.run(story())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_passed_on_as_bad(value: float) -> None:
    listener, clock = RecordingListener(), SystemClock()
    attempt = Attempt(Link(Scripted("plc", []), listener, clock), listener, clock)
    good = reading(7)
    attempt.readings([replace(good, value=value), good, replace(good, value=1.5)])
    attempt.filled([replace(good, value=value)])
    heard = [*listener.readings, *listener.filled]
    assert [(one.value, one.quality) for one in heard] == [
        (None, Quality.BAD),
        (7, Quality.GOOD),
        (1.5, Quality.GOOD),
        (None, Quality.BAD),
    ]
    assert heard[0].status_words == f"the device says {value}, which is no value"

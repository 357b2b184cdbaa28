"""Alarms of a server that is not ours: told, answered, and never lost because it stops showing them."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings
from hmi.domain.machine import AlarmAnswer, Verdict
from hmi.domain.signals import Alarm
from hmi.errors import LinkError
from hmi.times import SystemClock
from tests.fakes.devices import RecordingSink, Running, until
from tests.foreign.node_server import NodeServer

pytestmark = pytest.mark.wire


class Story:
    """A driver that hears alarms; its runs are connections, its book goes on over all of them."""

    def __init__(self, server: NodeServer) -> None:
        settings = OpcUaSettings.model_validate({**server.settings(), "alarms": True})
        self.server, self.sink = server, RecordingSink()
        self.driver = OpcUaDriver("plc", settings, SystemClock())

    async def connect(self) -> Running:
        """A new connection that is up."""
        before = self.sink.ups
        running = Running(self.driver, self.sink)
        await until(lambda: self.sink.ups > before or not running.going_on, 5)
        assert running.going_on, await running.ended(1)
        return running

    async def newest(self, holds: Callable[[Alarm], bool], within_s: float = 5) -> Alarm:
        """The newest alarm, once it is so."""
        await until(lambda: bool(self.sink.all_alarms) and holds(self.sink.all_alarms[-1]), within_s)
        return self.sink.all_alarms[-1]

    def heat(self, degrees: float) -> None:
        """Let the machine's temperature be so."""
        self.server.write("Temperature", degrees, "Double")


def play(server: NodeServer, story: Callable[[Story], Coroutine[None, None, None]]) -> None:
    """Start the server and let the story run."""
    server.start()
    asyncio.run(story(Story(server)))


def test_an_alarm_comes_is_acknowledged_confirmed_and_goes(foreign: NodeServer, tmp_path: Path) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        it.heat(95)
        came = await it.newest(lambda alarm: alarm.active)
        assert (came.name, came.acked, came.open, came.link) == ("TemperatureHigh", False, True, "plc")
        assert came.severity > 1
        assert came.message
        done = await it.driver.answer_alarm(came, AlarmAnswer.ACKNOWLEDGE, "seen at the press")
        assert done.verdict is Verdict.DONE, done
        acked = await it.newest(lambda alarm: alarm.acked)
        assert acked.active
        assert acked.comment == "seen at the press"
        assert acked.event != came.event
        done = await it.driver.answer_alarm(came, AlarmAnswer.CONFIRM, "cooled")
        assert done.verdict is Verdict.DONE, done
        still = await it.newest(lambda alarm: alarm.confirmed)
        assert still.open, "it is active, whatever the server thinks of showing it"
        it.heat(20)
        over = await it.newest(lambda alarm: not alarm.active)
        assert not over.open or not over.acked
        await running.stop()

    play(foreign, story)


def test_an_active_alarm_is_not_lost_when_the_server_stops_showing_it(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        it.heat(95)
        came = await it.newest(lambda alarm: alarm.active)
        await it.driver.answer_alarm(came, AlarmAnswer.ACKNOWLEDGE, "")
        acked = await it.newest(lambda alarm: alarm.acked)
        await it.driver.answer_alarm(acked, AlarmAnswer.CONFIRM, "")
        await it.newest(lambda alarm: alarm.confirmed)
        it.server.tell({"do": "retain", "value": False})
        await running.stop()
        heard = len(it.sink.all_alarms)
        running = await it.connect()
        await until(lambda: len(it.sink.all_alarms) > heard, 8)
        again = it.sink.all_alarms[-1]
        assert (again.active, again.first, again.vouched, again.open) == (True, True, True, True)
        await running.stop()

    play(foreign, story)


def test_after_a_reconnect_the_open_alarms_are_told_again_as_state(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        await asyncio.sleep(0.7)  # what comes before the end of the refresh is state
        it.heat(95)
        await it.newest(lambda alarm: alarm.active and not alarm.first)
        await running.stop()
        heard = len(it.sink.all_alarms)
        running = await it.connect()
        await until(lambda: len(it.sink.all_alarms) > heard, 8)
        assert all(alarm.first for alarm in it.sink.all_alarms[heard:])
        assert it.sink.all_alarms[-1].active
        await running.stop()

    play(foreign, story)


def test_an_alarm_that_went_while_nobody_listened_is_told_to_be_over(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        it.heat(95)
        came = await it.newest(lambda alarm: alarm.active)
        await it.driver.answer_alarm(came, AlarmAnswer.ACKNOWLEDGE, "")
        acked = await it.newest(lambda alarm: alarm.acked)
        await it.driver.answer_alarm(acked, AlarmAnswer.CONFIRM, "")
        await it.newest(lambda alarm: alarm.confirmed)
        await running.stop()
        it.heat(20)
        it.server.tell({"do": "retain", "value": False})
        running = await it.connect()
        await it.newest(lambda alarm: not alarm.open, 8)
        await running.stop()

    play(foreign, story)


def test_shelve_comment_and_what_the_server_refuses(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        running = await it.connect()
        it.heat(95)
        came = await it.newest(lambda alarm: alarm.active)
        done = await it.driver.answer_alarm(came, AlarmAnswer.COMMENT, "waits for the fitter")
        assert done.verdict is Verdict.DONE, done
        await it.newest(lambda alarm: alarm.comment == "waits for the fitter")
        done = await it.driver.answer_alarm(came, AlarmAnswer.SHELVE, minutes=1)
        assert done.verdict is Verdict.DONE, done
        done = await it.driver.answer_alarm(came, AlarmAnswer.UNSHELVE)
        assert done.verdict is Verdict.DONE, done
        done = await it.driver.answer_alarm(came, AlarmAnswer.UNSHELVE)
        assert done.verdict is Verdict.REFUSED
        assert done.words
        await running.stop()
        with pytest.raises(LinkError):
            await it.driver.answer_alarm(came, AlarmAnswer.ACKNOWLEDGE)

    play(foreign, story)


def test_a_server_without_refresh_says_that_earlier_alarms_are_unknown(foreign: NodeServer) -> None:
    foreign.options = ["--no_refresh"]

    async def story(it: Story) -> None:
        it.heat(95)
        running = await it.connect()
        await until(lambda: it.sink.unknown_alarms == 1, 5)
        assert not it.sink.all_alarms
        it.heat(20)
        it.heat(95)
        later = await it.newest(lambda alarm: alarm.active)
        assert not later.first, "from here on alarms are events"
        await running.stop()

    play(foreign, story)


def test_a_server_with_refresh_leaves_nothing_unknown(foreign: NodeServer) -> None:
    async def story(it: Story) -> None:
        it.heat(95)
        running = await it.connect()
        await it.newest(lambda alarm: alarm.active and alarm.first)
        assert it.sink.unknown_alarms == 0
        await running.stop()

    play(foreign, story)

"""The road to machines: what was handed over is answered once, whatever happens to the links."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError, Future
from datetime import UTC, datetime

import pytest

from devices.machine_road import MachineRoad
from hmi.device_ports import Sink, Witness
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict, WriteOutcome, WriteWish
from hmi.domain.signals import Alarm
from hmi.errors import LinkError, OperatorError
from hmi.ports import Finding

DONE = CallOutcome(Verdict.DONE, 0, "", ())
ALARM = Alarm(
    "plc", "i=1", "", "press", "Hot", "", 500, True, False, True, False, True, "", b"1", None, None,
    datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip


class Deaf:
    """A driver that is asked nothing."""

    name, kind, address = "reader", "deaf", "nowhere"

    async def run(self, sink: Sink) -> None:
        await asyncio.Event().wait()

    async def probe(self) -> AsyncIterator[Finding]:
        yield Finding(True, self.name, "there")


class Willing(Deaf):
    """A driver that answers when it is let."""

    name = "plc"

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.asked: list[tuple[AlarmAnswer, str, float]] = []
        self.error: Exception | None = None

    async def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> CallOutcome:
        self.asked.append((answer, comment, minutes))
        if self.error is not None:
            raise self.error
        await self.let.wait()
        return DONE

    async def write(self, wish: WriteWish, witness: Witness) -> WriteOutcome:
        raise LinkError("not connected: nothing was written")


def asks(road: MachineRoad) -> "Future[CallOutcome]":
    return road.answer_alarm(ALARM, AlarmAnswer.SHELVE, "seen", 5.0)


def test_before_and_after_nothing_is_sent() -> None:
    async def story() -> None:
        driver = Willing()
        road = MachineRoad([Deaf(), driver])
        with pytest.raises(LinkError):
            asks(road).result(0)
        road.begin()
        await road.end()
        with pytest.raises(LinkError):
            asks(road).result(0)
        assert not driver.asked

    asyncio.run(story())


def test_an_answer_reaches_another_thread() -> None:
    async def story() -> None:
        driver = Willing()
        road = MachineRoad([driver])
        road.begin()
        driver.let.set()
        answer = await asyncio.to_thread(lambda: asks(road).result(5))
        assert answer == DONE
        assert driver.asked == [(AlarmAnswer.SHELVE, "seen", 5.0)]
        driver.error = OperatorError("not_permitted")
        with pytest.raises(OperatorError):
            await asyncio.wrap_future(asks(road))
        with pytest.raises(LinkError):
            await asyncio.wrap_future(road.write("plc", WriteWish("speed", 1), _Nobody()))
        await road.end()

    asyncio.run(story())


def test_what_is_under_way_at_the_end_is_left_open_and_what_just_came_is_not_sent() -> None:
    async def story() -> None:
        driver = Willing()
        road = MachineRoad([driver])
        road.begin()
        under_way = asks(road)
        await asyncio.sleep(0.01)
        just_came = asks(road)
        await road.end()
        with pytest.raises(CancelledError):
            under_way.result(0)
        with pytest.raises(LinkError):
            just_came.result(0)
        assert len(driver.asked) == 1

    asyncio.run(story())


def test_a_link_that_takes_no_wishes_says_so() -> None:
    async def story() -> None:
        road = MachineRoad([Deaf()])
        road.begin()
        with pytest.raises(OperatorError) as told:
            asks(road).result(0)
        assert told.value.key == "machine_not_answering"
        await road.end()

    asyncio.run(story())


class _Nobody:
    async def asked(self, wish: WriteWish, before: object) -> None:
        raise AssertionError("nobody should be asked")

    async def told(self, wish: WriteWish, outcome: WriteOutcome) -> None:
        raise AssertionError("there is nothing to tell")

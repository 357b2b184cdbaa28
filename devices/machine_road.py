"""The road from a person to a machine: a wish to its driver on the links' thread, the answer back."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar, runtime_checkable

from devices.link import Driver
from hmi.device_ports import Witness
from hmi.domain.jobs import JobOutcome, JobTelling
from hmi.domain.machine import AlarmAnswer, CallOutcome, WriteOutcome, WriteWish
from hmi.domain.signals import Alarm
from hmi.errors import LinkError, OperatorError

A = TypeVar("A")


@runtime_checkable
class TakesWishes(Protocol):
    """A driver that can be asked something; LinkError or OperatorError: nothing was sent."""

    async def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> CallOutcome: ...
    async def write(self, wish: WriteWish, witness: Witness) -> WriteOutcome: ...


@runtime_checkable
class TakesJobs(Protocol):
    """A driver whose machine may take job orders; errors as above."""

    @property
    def name(self) -> str: ...
    @property
    def takes_jobs(self) -> bool: ...
    async def tell_job(self, telling: JobTelling) -> JobOutcome: ...


class MachineRoad:
    """See Machines and JobMachines; open between `begin` and `end`, both on the thread of the links."""

    def __init__(self, drivers: Sequence[Driver]) -> None:
        """The drivers that take wishes are found among these."""
        self._drivers = {driver.name: driver for driver in drivers if isinstance(driver, TakesWishes)}
        takers = (driver for driver in drivers if isinstance(driver, TakesJobs) and driver.takes_jobs)
        self._taker = next(takers, None)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._carried: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Carry wishes on the running loop from now on."""
        with self._lock:
            self._loop = asyncio.get_running_loop()

    async def end(self) -> None:
        """Carry nothing more; what is under way is left open."""
        with self._lock:
            self._loop = None
        await asyncio.sleep(0)  # what was just handed over is told that nothing was sent
        under_way = list(self._carried)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> "Future[CallOutcome]":
        """See Machines."""
        return self._wish(alarm.link, lambda driver: driver.answer_alarm(alarm, answer, comment, minutes))

    def write(self, link: str, wish: WriteWish, witness: Witness) -> "Future[WriteOutcome]":
        """See Machines."""
        return self._wish(link, lambda driver: driver.write(wish, witness))

    @property
    def takes_jobs(self) -> bool:
        """See JobMachines."""
        return self._taker is not None

    def tell_job(self, telling: JobTelling) -> "Future[JobOutcome]":
        """See JobMachines."""
        taker = self._taker
        if taker is None:
            return _refused(OperatorError("machine_not_answering", link=""))
        return self._carry(taker.name, lambda: taker.tell_job(telling))

    def _wish(self, link: str, ask: Callable[[TakesWishes], Awaitable[A]]) -> "Future[A]":
        driver = self._drivers.get(link)
        if driver is None:
            return _refused(OperatorError("machine_not_answering", link=link))
        return self._carry(link, lambda: ask(driver))

    def _carry(self, link: str, ask: Callable[[], Awaitable[A]]) -> "Future[A]":
        with self._lock:
            if self._loop is not None:
                answer: Future[A] = Future()
                self._loop.call_soon_threadsafe(self._begin, ask, answer)
                return answer
        return _refused(LinkError(f"the links of this terminal do not run: {link} was told nothing"))

    def _begin(self, ask: Callable[[], Awaitable[A]], answer: "Future[A]") -> None:
        with self._lock:
            ended = self._loop is None
        if ended:
            answer.set_exception(LinkError("the terminal closes its links: nothing was sent"))
            return
        task = asyncio.create_task(_asked(ask, answer))
        self._carried.add(task)

        def carried(done: asyncio.Task[None]) -> None:
            self._carried.discard(done)
            if not answer.done():  # cancelled before it began
                answer.cancel()

        task.add_done_callback(carried)


def _refused(error: Exception) -> "Future[A]":
    answer: Future[A] = Future()
    answer.set_exception(error)
    return answer


async def _asked(ask: Callable[[], Awaitable[A]], answer: "Future[A]") -> None:
    try:
        result = await ask()
    except Exception as error:  # noqa: BLE001 - told to whoever asked
        answer.set_exception(error)
    else:
        answer.set_result(result)

"""Keeps every link alive: runs the drivers, tries again after a loss, and says each loss and return once."""

import asyncio
import inspect
import logging
import random
import threading
from collections.abc import AsyncIterator, Sequence
from typing import TypeGuard

from devices.link import Attempt, Driver, Link
from devices.machine_road import MachineRoad
from hmi.device_ports import AsyncDriver, BlockingDriver, Listener
from hmi.domain.signals import LinkState, LinkStatus
from hmi.domain.trust import UntrustedServer
from hmi.errors import LinkError, NotAdmitted
from hmi.ports import Finding
from hmi.times import Clock

_log = logging.getLogger(__name__)

_SHORTEST_S = 0.05
_FIRST_S = 0.25
_LONGEST_S = 1.5
_SLOW_S = 10.0
_STEADY_MS = 5000
_JOIN_S = 1.0


class Supervisor:
    """Runs asynchronous drivers as tasks and blocking ones each in a thread, until `run` is cancelled.

    After a loss the next attempt comes within 0.25 s, later ones within 1.5 s at most (full jitter), so that
    a device that is there again is heard within 2 s. A driver that is not admitted, or has a fault of its
    own, is tried again after 5 to 10 s.
    """

    def __init__(self, drivers: Sequence[Driver], listener: Listener, clock: Clock) -> None:
        """Nothing runs yet; names of drivers are unique."""
        self._drivers = tuple(drivers)
        self._listener = listener
        self._clock = clock
        self._links = {driver.name: Link(driver, listener, clock) for driver in self._drivers}
        if len(self._links) != len(self._drivers):
            raise ValueError("two drivers have the same name")
        self._road = MachineRoad(self._drivers)

    @property
    def machines(self) -> MachineRoad:
        """The road to the machines for what people wish of them; open while this runs."""
        return self._road

    def statuses(self) -> tuple[LinkStatus, ...]:
        """How every link stands now; may be asked from any thread."""
        return tuple(link.status for link in self._links.values())

    async def run(self) -> None:
        """Keep all links until cancelled; then every task is done and every thread joined within 1 s."""
        for link in self._links.values():
            link.announce()
        stop = threading.Event()
        tasks: list[asyncio.Task[None]] = []
        threads: list[_LinkThread] = []
        self._road.begin()
        try:
            for driver in self._drivers:
                course = _Course(self._links[driver.name], self._listener, self._clock)
                if _is_async(driver):
                    tasks.append(asyncio.create_task(_keep(driver, course), name=f"link-{driver.name}"))
                elif _is_blocking(driver):
                    threads.append(_LinkThread(driver, course, stop))
            tasks += [asyncio.create_task(thread.wait()) for thread in threads]
            tasks.append(asyncio.create_task(_forever()))
            await asyncio.gather(*tasks)
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await self._road.end()
            await asyncio.gather(*tasks, return_exceptions=True)
            for thread in threads:
                await thread.join()

    async def probe(self) -> AsyncIterator[Finding]:
        """Try everything of every driver once."""
        for driver in self._drivers:
            async for finding in driver.probe():
                yield finding


class _Course:
    """The attempts of one link: what became of each, and when the next one is due."""

    def __init__(self, link: Link, listener: Listener, clock: Clock) -> None:
        self._link = link
        self._listener = listener
        self._clock = clock
        self._failed = 0
        self._faulty = False

    @property
    def name(self) -> str:
        return self._link.status.name

    def attempt(self) -> Attempt:
        return Attempt(self._link, self._listener, self._clock)

    def after(self, attempt: Attempt, error: Exception | None) -> float:
        """Note how an attempt ended and return how long to wait for the next, in seconds."""
        if attempt.was_up_ms >= _STEADY_MS:
            self._failed, self._faulty = 0, False
        attempt.end()
        if isinstance(error, LinkError) or error is None:
            return self._after_loss(error)
        if not self._faulty:
            _log.error("the driver of %s has a fault", self.name, exc_info=error)
        self._faulty = True
        self._link.lost(f"fault in the driver ({type(error).__name__}: {error}); it is tried again slowly")
        return random.uniform(_SLOW_S / 2, _SLOW_S)

    def _after_loss(self, error: LinkError | None) -> float:
        words = str(error) if error is not None else "the driver ended by itself"
        if isinstance(error, NotAdmitted):
            shown = error.certificate if isinstance(error, UntrustedServer) else None
            self._link.lost(words, LinkState.NOT_ADMITTED, shown)
            return random.uniform(_SLOW_S / 2, _SLOW_S)
        self._link.lost(words)
        ceiling = min(_LONGEST_S, _FIRST_S * 2 ** min(self._failed, 10))
        self._failed += 1
        return max(_SHORTEST_S, random.uniform(0.0, ceiling))


async def _forever() -> None:
    await asyncio.Event().wait()


async def _keep(driver: AsyncDriver, course: _Course) -> None:
    while True:
        attempt = course.attempt()
        error: Exception | None = None
        try:
            await driver.run(attempt)
        except Exception as caught:  # noqa: BLE001 - a driver's bug ends its attempt, not the terminal
            error = caught
        finally:
            attempt.end()
        await asyncio.sleep(course.after(attempt, error))


class _LinkThread:
    """A thread of its own for one blocking driver, started at once."""

    def __init__(self, driver: BlockingDriver, course: _Course, stop: threading.Event) -> None:
        self._driver = driver
        self._course = course
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"link-{driver.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._keep()
        except Exception as error:  # noqa: BLE001 - raised again by wait(), on the loop's thread
            self._fault = error
        try:
            self._loop.call_soon_threadsafe(self._ended.set)
        except RuntimeError:
            _log.warning("the thread of %s ended after the loop had", self._course.name)

    def _keep(self) -> None:
        while not self._stop.is_set():
            attempt = self._course.attempt()
            error: Exception | None = None
            try:
                self._driver.run(attempt, self._stop)
            except Exception as caught:  # noqa: BLE001 - a driver's bug ends its attempt, not the terminal
                error = caught
            if self._stop.is_set():
                attempt.end()
                return
            self._stop.wait(self._course.after(attempt, error))

    async def wait(self) -> None:
        """Until the thread ended; raises what it could not cope with."""
        await self._ended.wait()
        if self._fault is not None:
            raise self._fault

    async def join(self) -> None:
        """Wait for the end of the thread, 1 s at most; `stop` is set.

        This runs while the supervisor is being cancelled: there `asyncio.timeout` tells no timeout in the
        Python 3.11.2 of Debian 12, it ends the whole task.
        """
        ended = asyncio.create_task(self._ended.wait())
        await asyncio.wait([ended], timeout=_JOIN_S)
        if ended.done():
            self._thread.join()
            return
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)
        _log.error("the thread of %s did not end within %s s", self._course.name, _JOIN_S)


def _is_async(driver: Driver) -> TypeGuard[AsyncDriver]:
    return inspect.iscoroutinefunction(driver.run)


def _is_blocking(driver: Driver) -> TypeGuard[BlockingDriver]:
    return not inspect.iscoroutinefunction(driver.run)

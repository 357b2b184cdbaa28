"""The asyncio thread: OPC UA, sync, and what watches the machine, all in one loop of its own."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

_log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


class WireThread:
    """Runs coroutines until it is stopped; one that ends by a bug is logged, the others go on."""

    def __init__(self, works: dict[str, Work]) -> None:
        """`works` are named coroutine functions; they are called on the thread itself."""
        self._works = works
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._all: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="wires")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Cancel everything and wait for the end."""
        self._stop.set()
        loop, task = self._loop, self._all
        if loop is not None and task is not None and not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
        self._thread.join()

    def _run(self) -> None:
        # aiomqtt and some serial back ends need a selector loop, which is not what Windows gives by itself
        loop = asyncio.SelectorEventLoop() if sys.platform == "win32" else asyncio.new_event_loop()
        try:
            self._all = loop.create_task(self._run_all())
            self._loop = loop
            if self._stop.is_set():
                self._all.cancel()
            loop.run_until_complete(self._all)
        except asyncio.CancelledError:
            pass
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _run_all(self) -> None:
        tasks = [asyncio.create_task(work(), name=name) for name, work in self._works.items()]
        for task in tasks:
            task.add_done_callback(_tell_fault)
        try:
            await asyncio.wait(tasks)
            # every work ended by itself: wait to be stopped all the same
            await asyncio.Event().wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _tell_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.critical("%s ended by a fault", task.get_name(), exc_info=error)

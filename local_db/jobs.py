"""One thread that does one job after the other, and answers each by a future."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TypeVar

from hmi.errors import StoreError

R = TypeVar("R")
_log = logging.getLogger(__name__)
_IDLE_S = 0.5  # so long without a job is a good time for what can wait


class JobThread:
    """Runs jobs in the order in which they were handed in, and something of its own when they pause."""

    def __init__(self, name: str, on_pause: Callable[[], None]) -> None:
        """`name` is what the thread is called; `on_pause` runs once on it in each pause."""
        self._on_pause = on_pause
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._lock = threading.Lock()
        self._open = False

    def start(self) -> None:
        """Begin to work."""
        self._open = True
        self._thread.start()

    def submit(self, job: Callable[[], R]) -> Future[R]:
        """Hand in a job; its result or its error comes with the future. StoreError after the stop."""
        future: Future[R] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001  it goes to whoever asked
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._open:
                self._jobs.put(work)
                return future
        future.set_exception(StoreError("the ledger is closed"))
        return future

    def stop(self, last: Callable[[], None]) -> None:
        """Finish what was handed in, do a last job, end the thread; errors of the last job are raised."""
        done = self.submit(last)
        with self._lock:
            self._open = False
            self._jobs.put(None)
        self._thread.join()
        done.result()

    def _run(self) -> None:
        rested = True
        while True:
            try:
                job = self._jobs.get(timeout=None if rested else _IDLE_S)
            except Empty:
                self._pause()
                rested = True
                continue
            if job is None:
                return
            job()
            rested = False

    def _pause(self) -> None:
        try:
            self._on_pause()
        except Exception:  # noqa: BLE001  what can wait waits for the next pause, and jobs go on
            _log.exception("what is done in pauses failed")

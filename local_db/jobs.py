"""One thread that does one job after the other, and answers each by a future."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

from hmi.errors import StoreError

R = TypeVar("R")


class JobThread:
    """Runs jobs in the order in which they were handed in."""

    def __init__(self, name: str) -> None:
        """`name` is what the thread is called."""
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
        while (job := self._jobs.get()) is not None:
            job()

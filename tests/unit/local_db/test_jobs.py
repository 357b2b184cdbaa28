"""The thread of jobs: one after the other, and nothing that fails ends it."""

from __future__ import annotations

import threading

import pytest

from local_db.jobs import JobThread


@pytest.mark.log_errors
def test_a_pause_that_fails_does_not_end_the_thread() -> None:
    paused = threading.Semaphore(0)

    def fail() -> None:
        paused.release()
        raise ValueError("as a broken table would")

    jobs = JobThread("jobs", fail)
    jobs.start()
    for number in range(2):
        assert jobs.submit(lambda number=number: number).result(5) == number
        assert paused.acquire(timeout=5)
    jobs.stop(lambda: None)

"""Tells a machine that takes job orders what people do to them: after the entry, once; its answer is kept."""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock

from hmi.device_ports import JobMachines
from hmi.domain.entries import Entry
from hmi.domain.jobs import JobAct, JobOutcome, JobTelling
from hmi.domain.machine import Verdict
from hmi.domain.payloads import JobOrderCompleted, JobOrderPaused, JobOrderResumed, JobOrderStarted, Payload
from hmi.domain.plans import JobOrder
from hmi.errors import LinkError, OperatorError
from hmi.operations.jobs import JobAnswered, note_job_answer
from hmi.ports import Ledger, Saved

_log = logging.getLogger(__name__)
_ACTS: Mapping[type[Payload], JobAct] = {
    JobOrderStarted: JobAct.START,
    JobOrderPaused: JobAct.PAUSE,
    JobOrderResumed: JobAct.RESUME,
    JobOrderCompleted: JobAct.END,
}


@dataclass(frozen=True, slots=True)
class _Due:
    entry: Entry
    act: JobAct
    machines: JobMachines


class JobRequests:
    """One after the other, in the order of the entries; nothing is repeated by itself."""

    def __init__(self, ledger: Ledger) -> None:
        """Nothing is under way."""
        self._ledger = ledger
        self._lock = Lock()
        self._due: deque[_Due] = deque()
        self._busy = False

    def tell(self, saved: Sequence[Entry], machines: JobMachines) -> None:
        """Hand on what was just saved, if there is a machine that takes job orders; from any thread."""
        if not machines.takes_jobs:
            return
        acts = [(entry, _ACTS.get(type(entry.payload))) for entry in saved]
        with self._lock:
            self._due += [_Due(entry, act, machines) for entry, act in acts if act is not None]
        self._go_on()

    def _go_on(self) -> None:
        with self._lock:
            if self._busy or not self._due:
                return
            self._busy = True
            due = self._due.popleft()
        order = due.entry.subject.id
        plan = self._ledger.read(lambda records: records.plans.job_order(order))
        plan.add_done_callback(lambda done: self._planned(due, done))

    def _planned(self, due: _Due, done: "Future[JobOrder | None]") -> None:
        plan = done.result() if done.exception() is None else None
        telling = JobTelling(
            due.entry.subject.id,
            due.act,
            plan.material_name if plan is not None else "",
            plan.priority if plan is not None else None,
        )
        due.machines.tell_job(telling).add_done_callback(lambda answer: self._told(due, answer))

    def _told(self, due: _Due, done: "Future[JobOutcome]") -> None:
        outcome, not_sent = None, ""
        if done.cancelled():
            outcome = JobOutcome("", Verdict.UNKNOWN, "the link was closed meanwhile")
        else:
            error = done.exception()
            if error is None:
                outcome = done.result()
            elif isinstance(error, LinkError | OperatorError):
                not_sent = str(error)
            else:
                _log.error("the machine of %s could not be told", due.entry.subject.id, exc_info=error)
                outcome = JobOutcome("", Verdict.UNKNOWN, type(error).__name__)
        _log.info("%s of %s: %s %s", due.act, due.entry.subject.id, outcome or "not sent", not_sent)
        answered = JobAnswered(due.entry.subject.id, due.entry.id, due.act, outcome, not_sent)
        self._ledger.do(note_job_answer, answered).add_done_callback(self._noted)

    def _noted(self, done: "Future[Saved]") -> None:
        error = done.exception()
        if error is not None:
            _log.error("what a machine said of a job order could not be saved", exc_info=error)
        with self._lock:
            self._busy = False
        self._go_on()

"""What people ask of machines: kept in the journal first, sent once, and the machine's answer kept."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from hmi.device_ports import JobMachines, Machines
from hmi.domain.alarm_payloads import (
    AlarmAcknowledged,
    AlarmCommented,
    AlarmConfirmed,
    AlarmShelved,
    AlarmUnshelved,
)
from hmi.domain.alarms import AlarmCondition, AlarmRecord
from hmi.domain.entries import Entry
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict, WriteOutcome, WriteWish
from hmi.domain.signals import Alarm, Scalar
from hmi.domain.tags import TagInfo
from hmi.errors import LinkError, OperatorError
from hmi.job_requests import JobRequests
from hmi.operations.machine import (
    AskWrite,
    DeviceAnswered,
    TellWrite,
    ask_write,
    note_device_answer,
    tell_write,
)
from hmi.ports import Ledger, Saved

_log = logging.getLogger(__name__)


class MachineRequests:
    """Sends nothing before its entry is saved, and repeats nothing by itself."""

    def __init__(self, ledger: Ledger) -> None:
        """`machines` is set once the links run."""
        self.machines: Machines | None = None
        self._ledger = ledger
        self._jobs = JobRequests(ledger)

    def write(self, tag: TagInfo, wish: WriteWish, person: str) -> "Future[WriteOutcome]":
        """Write a tag for a person; LinkError or OperatorError in the future: nothing was sent."""
        if self.machines is None:
            answer: Future[WriteOutcome] = Future()
            answer.set_exception(LinkError(_NOT_RUNNING))
            return answer
        return self.machines.write(tag.link, wish, _Witness(self._ledger, tag, person))

    def tell_devices(self, saved: Sequence[Entry], alarms: Mapping[str, Alarm]) -> None:
        """Hand on what people just did to alarms and job orders; `alarms` as last heard, by key."""
        if isinstance(self.machines, JobMachines):
            self._jobs.tell(saved, self.machines)
        for entry in saved:
            asked = _answer_of(entry)
            if asked is not None:
                answer, minutes = asked
                told = _Telling(self._ledger, entry, answer, minutes, alarms.get(entry.subject.id))
                told.begin(self.machines)


_NOT_RUNNING = "the links of this terminal are not running yet"


def _answer_of(entry: Entry) -> tuple[AlarmAnswer, float] | None:
    """What a device is to be told of an entry: the answer, and for how many minutes."""
    match entry.payload:
        case AlarmAcknowledged(by_device=False):
            return AlarmAnswer.ACKNOWLEDGE, 0.0
        case AlarmShelved(until=until):
            return AlarmAnswer.SHELVE, (until - entry.terminal_time).total_seconds() / 60
        case AlarmUnshelved(cause="touch"):
            return AlarmAnswer.UNSHELVE, 0.0
        case AlarmConfirmed():
            return AlarmAnswer.CONFIRM, 0.0
        case AlarmCommented():
            return AlarmAnswer.COMMENT, 0.0
        case _:
            return None


class _Telling:
    """One act of a person on its way to the device."""

    def __init__(
        self, ledger: Ledger, entry: Entry, answer: AlarmAnswer, minutes: float, alarm: Alarm | None
    ) -> None:
        self._ledger = ledger
        self._entry = entry
        self._answer = answer
        self._minutes = minutes
        self._alarm = alarm

    def begin(self, machines: Machines | None) -> None:
        """Look whether the alarm is a device's own, and tell the device."""
        found = self._ledger.read(lambda records: records.alarms.alarm(self._entry.subject.id))
        found.add_done_callback(lambda done: self._found(done, machines))

    def _found(self, done: "Future[AlarmRecord | None]", machines: Machines | None) -> None:
        record = done.result()
        if record is None or record.condition is not AlarmCondition.DEVICE:
            return
        if machines is None or self._alarm is None:
            words = _NOT_RUNNING if machines is None else f"{record.link} has not told of this alarm again"
            self._note(None, words)
            return
        person = self._entry.person
        comment = f"{person.name} ({self._entry.terminal})" if person is not None else self._entry.terminal
        if isinstance(said := self._entry.payload, AlarmCommented):
            comment = f"{said.comment} · {comment}"
        told = machines.answer_alarm(self._alarm, self._answer, comment, self._minutes)
        told.add_done_callback(self._told)

    def _told(self, done: "Future[CallOutcome]") -> None:
        if done.cancelled():
            self._note(CallOutcome(Verdict.UNKNOWN, 0, "the link was closed meanwhile", ()), "")
            return
        error = done.exception()
        if error is None:
            self._note(done.result(), "")
        elif isinstance(error, LinkError | OperatorError):
            self._note(None, str(error))
        else:
            _log.error("the device of %s could not be told", self._entry.subject.id, exc_info=error)
            self._note(CallOutcome(Verdict.UNKNOWN, 0, type(error).__name__, ()), "")

    def _note(self, outcome: CallOutcome | None, not_sent: str) -> None:
        verdict = None if outcome is None else outcome.verdict
        words = not_sent if outcome is None else outcome.words
        key = self._entry.subject.id
        _log.info("%s of %s: %s %s", self._answer, key, verdict or "not sent", words)
        noted = self._ledger.do(
            note_device_answer, DeviceAnswered(key, self._entry.id, self._answer, verdict, words)
        )
        noted.add_done_callback(_tell_failure)


class _Witness:
    """Keeps intent and outcome of one write in the journal; no intent, no write."""

    def __init__(self, ledger: Ledger, tag: TagInfo, person: str) -> None:
        self._ledger = ledger
        self._tag = tag
        self._person = person
        self._asked = ""

    async def asked(self, wish: WriteWish, before: Scalar | None) -> None:
        """See hmi.device_ports.Witness."""
        intent = AskWrite(self._tag, wish.value, before, self._person)
        saved = await asyncio.wrap_future(self._ledger.do(ask_write, intent))
        self._asked = saved.entries[0].id

    async def told(self, wish: WriteWish, outcome: WriteOutcome) -> None:
        """See hmi.device_ports.Witness; an outcome that cannot be saved is logged, and still told."""
        _log.info("write of %s: %s %s", wish.tag, outcome.verdict, outcome.words)
        saved = self._ledger.do(tell_write, TellWrite(self._tag, self._asked, outcome))
        saved.add_done_callback(_tell_failure)


def _tell_failure(done: "Future[Saved]") -> None:
    error = done.exception()
    if error is not None:
        _log.error("what a machine said could not be saved", exc_info=error)

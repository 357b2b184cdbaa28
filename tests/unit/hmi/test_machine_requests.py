"""What people ask of machines: no intent, no write; every end kept; and only devices' own alarms go out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hmi.device_ports import Witness
from hmi.domain.alarm_payloads import AlarmDeviceAnswered
from hmi.domain.alarms import AlarmCondition as Condition
from hmi.domain.alarms import Priority
from hmi.domain.entries import Entry
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict, WriteOutcome, WriteWish
from hmi.domain.machine_payloads import EquipmentWriteAsked, EquipmentWritten
from hmi.domain.signals import Alarm
from hmi.domain.tags import TagInfo, TagRole, WriteClass
from hmi.errors import LinkError, OperatorError
from hmi.machine_requests import MachineRequests
from hmi.operations.alarms import (
    Acknowledge,
    AlarmWish,
    ConditionSeen,
    ConditionsSeen,
    Shelve,
    WatchedAlarm,
    acknowledge_alarms,
    observe_conditions,
    shelve_alarm,
    unshelve_alarm,
)
from hmi.operations.machine import scalar_text
from tests.unit.hmi.conftest import OPERATOR, SUPERVISOR, TECHNICIAN, Floor

SPEED = TagInfo(
    "speed", "plc", "Speed", "1/min", 1, TagRole.VALUE, None, None, None, None, False, None,
    write=WriteClass.CONFIRMED,
)  # fmt: skip
WISH = WriteWish("speed", 42.5, confirmed=True)
DONE = WriteOutcome("speed", 42.5, Verdict.DIFFERENT, 40, 41.25, 0, "GoodClamped")
Story = Callable[[WriteWish, Witness], Coroutine[None, None, WriteOutcome]]


class Press:
    """A machine that plays a story for each write, and answers alarms as it is told."""

    def __init__(self, story: Story | None = None) -> None:
        self.story = story
        self.told: list[tuple[AlarmAnswer, str, float]] = []
        self.outcome: CallOutcome | Exception | None = CallOutcome(Verdict.DONE, 0, "", ())

    def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> Future[CallOutcome]:
        self.told.append((answer, comment, minutes))
        future: Future[CallOutcome] = Future()
        if isinstance(self.outcome, CallOutcome):
            future.set_result(self.outcome)
        elif self.outcome is None:
            future.cancel()
        else:
            future.set_exception(self.outcome)
        return future

    def write(self, link: str, wish: WriteWish, witness: Witness) -> Future[WriteOutcome]:
        assert link == "plc"
        assert self.story is not None
        future: Future[WriteOutcome] = Future()
        try:
            future.set_result(asyncio.run(self.story(wish, witness)))
        except OperatorError as error:
            future.set_exception(error)
        return future


async def writes(wish: WriteWish, witness: Witness) -> WriteOutcome:
    """As a driver does."""
    await witness.asked(wish, 40)
    await witness.told(wish, DONE)
    return DONE


def entries(floor: Floor, kind: str) -> list[Entry]:
    rows = floor.read(lambda records: records.journal.newest(1000))
    return [row.entry for row in reversed(rows) if row.entry.kind == kind]


def test_a_write_keeps_intent_and_end_under_the_name_of_who_wished(floor: Floor) -> None:
    requests = MachineRequests(floor.ledger)
    requests.machines = Press(writes)
    floor.sign_in(TECHNICIAN)
    assert requests.write(SPEED, WISH, "P-TE").result(5) is DONE
    (act,) = entries(floor, "equipment.write_asked")
    (end,) = entries(floor, "equipment.written")
    assert act.person is not None
    assert (act.person.id, end.person) == ("P-TE", None)
    assert act.payload == EquipmentWriteAsked(
        link="plc", tag="speed", label="Speed", value="42.5", before="40", unit="1/min"
    )
    assert end.payload == EquipmentWritten(
        asked=act.id, link="plc", tag="speed", label="Speed", value="42.5", read_back="41.25", unit="1/min",
        verdict="different", words="GoodClamped",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("badge", "person", "key"),
    [
        (None, "", "nobody_signed_in"),
        (OPERATOR, "P-OP", "not_permitted"),
        (SUPERVISOR, "P-TE", "write_other_person"),
    ],
)
def test_without_the_right_person_nothing_is_sent_or_kept(
    floor: Floor, badge: str | None, person: str, key: str
) -> None:
    sent: list[WriteWish] = []

    async def story(wish: WriteWish, witness: Witness) -> WriteOutcome:
        await witness.asked(wish, 40)
        sent.append(wish)
        return DONE

    requests = MachineRequests(floor.ledger)
    requests.machines = Press(story)
    if badge is not None:
        floor.sign_in(badge)
    with pytest.raises(OperatorError) as told:
        requests.write(SPEED, WISH, person).result(5)
    assert told.value.key == key
    assert not sent
    assert not entries(floor, "equipment.write_asked")


def test_before_the_links_run_nothing_is_sent(floor: Floor) -> None:
    with pytest.raises(LinkError):
        MachineRequests(floor.ledger).write(SPEED, WISH, "P-TE").result(0)


class Acting:
    """An alarm that stands at a device, and what the journal says of answers."""

    def __init__(self, floor: Floor, condition: Condition = Condition.DEVICE) -> None:
        self.floor, self.press = floor, Press()
        self.requests = MachineRequests(floor.ledger)
        self.requests.machines = self.press
        now = floor.clock.now()
        self.alarm = Alarm(
            "plc", "i=7", "", "press", "Hot", "Hot", 500, True, False, True, False, True, "", b"1", now, now,
            now,
        )  # fmt: skip
        watched = WatchedAlarm(self.alarm.key, "Hot", Priority.HIGH, condition, "plc")
        floor.saved(observe_conditions, ConditionsSeen((ConditionSeen(watched, True, now, live=True),)))
        floor.sign_in(TECHNICIAN)

    def acknowledges(self, *, heard: bool = True, again: bool = False) -> None:
        """Acknowledge, and let the device be told."""
        saved = self.floor.saved(acknowledge_alarms, Acknowledge((self.alarm.key,), again))
        self.tell(saved.entries, heard=heard)

    def tell(self, saved: tuple[Entry, ...], *, heard: bool = True) -> None:
        """As the terminal does after a commit."""
        self.requests.tell_devices(saved, {self.alarm.key: self.alarm} if heard else {})
        self.floor.read(lambda records: None)  # the device is asked after this
        self.floor.read(lambda records: None)

    def verdicts(self) -> list[tuple[str, str, str]]:
        """Answer, verdict and words of each."""
        said = [entry.payload for entry in entries(self.floor, "alarm.device_answered")]
        return [(s.answer, s.verdict, s.words) for s in said if isinstance(s, AlarmDeviceAnswered)]


@pytest.mark.parametrize(
    ("outcome", "verdict", "words"),
    [
        (CallOutcome(Verdict.DONE, 0, "", ()), "done", ""),
        (CallOutcome(Verdict.REFUSED, 1, "BadNodeIdUnknown", ()), "refused", "BadNodeIdUnknown"),
        (CallOutcome(Verdict.UNKNOWN, 1, "BadTimeout", ()), "unknown", "BadTimeout"),
        (LinkError("not connected"), "not_sent", "not connected"),
        (None, "unknown", "the link was closed meanwhile"),
    ],
)
def test_every_answer_of_a_device_is_kept_after_the_act(
    floor: Floor, outcome: CallOutcome | Exception | None, verdict: str, words: str
) -> None:
    it = Acting(floor)
    it.press.outcome = outcome
    it.acknowledges()
    assert it.press.told == [(AlarmAnswer.ACKNOWLEDGE, "Tea Eng (T-1)", 0.0)]
    assert it.verdicts() == [("acknowledge", verdict, words)]
    (act,) = entries(floor, "alarm.acknowledged")
    (told,) = entries(floor, "alarm.device_answered")
    assert told.seq > act.seq


@pytest.mark.log_errors
def test_a_fault_of_the_driver_leaves_it_open_and_is_logged(floor: Floor) -> None:
    it = Acting(floor)
    it.press.outcome = RuntimeError("a bug")
    it.acknowledges()
    assert it.verdicts() == [("acknowledge", "unknown", "RuntimeError")]


def test_an_alarm_that_the_device_has_not_told_again_is_not_answered(floor: Floor) -> None:
    it = Acting(floor)
    it.acknowledges(heard=False)
    ((_, verdict, words),) = it.verdicts()
    assert (verdict, words) == ("not_sent", "plc has not told of this alarm again")
    it.requests.machines = None
    it.acknowledges(again=True)
    assert it.verdicts()[-1][1] == "not_sent"
    assert not it.press.told


def test_only_a_person_tells_it_again(floor: Floor) -> None:
    it = Acting(floor)
    it.acknowledges(heard=False)
    it.acknowledges()
    assert not it.press.told, "it is acknowledged: nothing was saved, nothing is told"
    it.acknowledges(again=True)
    assert [answer for answer, _, _ in it.press.told] == [AlarmAnswer.ACKNOWLEDGE]


def test_shelving_and_taking_back_are_told_with_their_time(floor: Floor) -> None:
    it = Acting(floor)
    it.tell(floor.saved(shelve_alarm, Shelve(it.alarm.key, 30, "sensor")).entries)
    it.tell(floor.saved(unshelve_alarm, AlarmWish(it.alarm.key)).entries)
    assert [(answer, minutes) for answer, _, minutes in it.press.told] == [
        (AlarmAnswer.SHELVE, 30.0),
        (AlarmAnswer.UNSHELVE, 0.0),
    ]


def test_an_alarm_of_the_terminals_own_goes_to_no_device(floor: Floor) -> None:
    it = Acting(floor, Condition.HI)
    it.acknowledges()
    it.acknowledges(again=True)
    assert not it.press.told
    assert not it.verdicts()
    assert len(entries(floor, "alarm.acknowledged")) == 1


def test_values_are_written_without_exponent_and_rounding() -> None:
    told = [scalar_text(value) for value in (True, False, 7, 0.1, 1e-9, 2.0, 1e17, "Recipe A", "a\0b")]
    assert told == [
        "true",
        "false",
        "7",
        "0.1",
        "0.000000001",
        "2.0",
        "100000000000000000",
        "Recipe A",
        "a�b",
    ]
    assert scalar_text(float("nan")) == "nan"


def test_a_device_alarm_has_the_key_of_its_entries() -> None:
    base = Alarm(
        "plc", "i=7", "", "s", "n", "m", 1, True, False, True, False, True, "", b"", None, None,
        datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert base.key == "plc/i=7"
    assert replace(base, branch="b").key == "plc/i=7/b"
    assert len(replace(base, condition="x" * 500).key) == 200

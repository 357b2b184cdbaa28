"""An alarm that came from a machine: told there after the entry is kept, and shown where it was not taken."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtTest import QTest

from hmi.alarm_watch import AlarmWatch
from hmi.device_ports import Witness
from hmi.domain.alarm_payloads import AlarmCommented, AlarmDeviceAnswered
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict, WriteOutcome, WriteWish
from hmi.domain.signals import Alarm
from hmi.errors import LinkError
from screens.kit.buttons import ActionButton
from screens.registry import SCREENS
from tests.screens.stand import Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
KEY = "plc/ns=2;s=Hot"


class Press:
    """A machine that answers when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[tuple[AlarmAnswer, str, float, Future[CallOutcome]]] = []

    def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> Future[CallOutcome]:
        told: Future[CallOutcome] = Future()
        self.asked.append((answer, comment, minutes, told))
        return told

    def write(self, link: str, wish: WriteWish, witness: Witness) -> Future[WriteOutcome]:
        raise AssertionError("nothing is written here")

    def ends(self, verdict: Verdict, words: str = "") -> None:
        """Answer the newest."""
        self.asked[-1][3].set_result(CallOutcome(verdict, 0, words, ()))


class Alarmed(Stand):
    """A stand whose press has an alarm of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SCREENS)
        self.press = Press()
        self.terminal.requests.machines = self.press
        self.watch = AlarmWatch(self.ledger, (), self.clock)
        self.all_up()
        now = self.clock.now()
        self.hot = Alarm(
            "plc", "ns=2;s=Hot", "", "Press", "Hot", "Die is hot", 600, True, False, True, False, True, "",
            b"1", now, now, now,
        )  # fmt: skip
        self.says(self.hot)

    def says(self, alarm: Alarm) -> None:
        """The press says how its alarm stands."""
        self.watch.on_alarms([alarm])
        self.hub.post(alarm)
        self.settle()

    def click(self, name: str) -> None:
        """Touch what may be scrolled out of sight."""
        found = self.find(name)
        assert isinstance(found, ActionButton)
        found.click()
        self.settle()

    def acknowledges(self) -> None:
        """Open the alarm and acknowledge it."""
        self.sign_in("B-7341")
        self.touch("rail.alarms")
        self.touch(f"alarms.list.row.{KEY}")
        self.touch("action.acknowledge")


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Alarmed]:
    made = Alarmed(tmp_path)
    yield made
    made.close()


def verdicts(stand: Stand) -> list[str]:
    """What stands in the journal of the machine's answers."""
    said = [entry.payload for entry in stand.journal("alarm.device_answered")]
    return [each.verdict for each in said if isinstance(each, AlarmDeviceAnswered)]


def history(stand: Stand) -> str:
    """What the touched alarm tells of itself."""
    return stand.text("alarms.detail.history")


def test_the_entry_comes_first_and_the_machine_has_the_name(stand: Alarmed) -> None:
    stand.acknowledges()
    assert [entry.kind for entry in stand.journal("alarm.")] == ["alarm.raised", "alarm.acknowledged"]
    assert [each[:3] for each in stand.press.asked] == [
        (AlarmAnswer.ACKNOWLEDGE, "M. Okafor (T-PRESS12)", 0.0)
    ]
    stand.press.ends(Verdict.DONE)
    stand.says(replace(stand.hot, acked=True))
    assert verdicts(stand) == ["done"]
    assert "Acknowledgement · taken by the machine: Die is hot" in history(stand)
    assert not stand.sees("alarms.detail.doubt")


@pytest.mark.parametrize(
    ("verdict", "kept", "words"),
    [
        (Verdict.REFUSED, "refused", "refused by the machine: Die is hot · BadNodeIdUnknown"),
        (Verdict.UNKNOWN, "unknown", "not known whether the machine took it: Die is hot · BadNodeIdUnknown"),
    ],
)
def test_what_the_machine_did_not_take_is_told_on_the_alarm(
    stand: Alarmed, verdict: Verdict, kept: str, words: str
) -> None:
    stand.acknowledges()
    stand.press.ends(verdict, "BadNodeIdUnknown")
    stand.settle()
    assert verdicts(stand) == [kept]
    assert words in history(stand)
    stand.go(6)
    assert stand.text("alarms.detail.doubt") == "the machine still waits for it"
    assert len(stand.press.asked) == 1, "nothing is repeated by itself"
    stand.touch("action.tell_device")
    assert len(stand.press.asked) == 2
    stand.press.ends(Verdict.DONE)
    stand.says(replace(stand.hot, acked=True))
    stand.go(6)
    assert not stand.sees("alarms.detail.doubt")
    assert not stand.sees("action.tell_device")
    assert verdicts(stand) == [kept, "done"]


def test_a_lost_link_keeps_the_act_and_says_that_the_machine_was_not_told(stand: Alarmed) -> None:
    stand.acknowledges()
    stand.press.asked[-1][3].set_exception(LinkError("the press is not connected"))
    stand.settle()
    assert verdicts(stand) == ["not_sent"]
    assert "the machine was not told: Die is hot · the press is not connected" in history(stand)


def test_shelving_is_told_with_its_time(stand: Alarmed) -> None:
    stand.acknowledges()
    stand.press.ends(Verdict.DONE)
    stand.settle()
    asked = len(stand.press.asked)
    stand.touch("action.shelve")
    stand.touch("alarms.minutes.60")
    stand.touch("alarms.reason.sensor")
    stand.touch("action.shelve_now")
    assert [(each[0], each[2]) for each in stand.press.asked[asked:]] == [(AlarmAnswer.SHELVE, 60.0)]


def test_an_alarm_that_asks_for_it_is_confirmed_with_a_name_and_the_machine_is_told(stand: Alarmed) -> None:
    stand.acknowledges()
    stand.press.ends(Verdict.DONE)
    stand.says(replace(stand.hot, active=False, acked=True, confirmed=False, event=b"2"))
    stand.go(1)
    stand.touch("action.confirm")
    answer, comment, _, _ = stand.press.asked[-1]
    assert (answer, comment) == (AlarmAnswer.CONFIRM, "M. Okafor (T-PRESS12)")
    stand.press.ends(Verdict.DONE)
    stand.settle()
    (confirmed,) = stand.journal("alarm.confirmed")
    assert confirmed.person is not None
    assert confirmed.person.name == "M. Okafor"
    said = [entry.payload for entry in stand.journal("alarm.device_answered")]
    assert [one.answer for one in said if isinstance(one, AlarmDeviceAnswered)] == ["acknowledge", "confirm"]
    stand.says(replace(stand.hot, active=False, acked=True, confirmed=True, event=b"3"))
    stand.go(1)
    assert not stand.sees("action.confirm")


def test_a_comment_survives_a_sign_out_and_reaches_journal_and_machine(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.touch("rail.alarms")
    stand.touch(f"alarms.list.row.{KEY}")
    stand.click("alarms.detail.comment")
    QTest.keyClicks(stand.find("alarms.letters"), "Fan dirty")
    stand.sign_out()
    assert not stand.sees("alarms.letters")
    stand.sign_in("B-7341")
    assert stand.sees("alarms.letters"), "it comes back to its author"
    QTest.keyClicks(stand.find("alarms.letters"), " again")
    stand.touch("alarms.letters.enter")
    (entry,) = stand.journal("alarm.commented")
    assert entry.payload == AlarmCommented(comment="Fan dirty again")
    answer, comment, _, _ = stand.press.asked[-1]
    assert (answer, comment) == (AlarmAnswer.COMMENT, "Fan dirty again · M. Okafor (T-PRESS12)")
    assert not stand.sees("alarms.letters")
    told = stand.read(lambda records: records.journal.of_subject("alarm", KEY, 10))
    assert any(row.entry.kind == "alarm.commented" for row in told)


def test_an_empty_comment_keeps_nothing_and_back_forgets_what_was_typed(stand: Alarmed) -> None:
    stand.sign_in("B-7341")
    stand.touch("rail.alarms")
    stand.touch(f"alarms.list.row.{KEY}")
    stand.click("alarms.detail.comment")
    stand.touch("alarms.letters.enter")
    assert "empty" in stand.answer()
    QTest.keyClicks(stand.find("alarms.letters"), "Fan")
    stand.touch("action.back")
    assert not stand.sees("alarms.letters")
    stand.click("alarms.detail.comment")
    stand.touch("alarms.letters.enter")
    assert stand.journal("alarm.commented") == []

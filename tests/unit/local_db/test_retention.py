"""Old entries leave by themselves while the terminal runs and saves others, and nothing unsent goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hmi.domain.entries import PushResult, ResultKind
from hmi.domain.keeping_payloads import EntriesRetired
from hmi.domain.signals import LinkStatus
from hmi.domain.standing import DigestRange
from hmi.errors import StoreError
from hmi.times import passed
from local_db import retention
from local_db.archives import prove_together
from local_db.archiving import make_archive
from local_db.copies import Copies
from local_db.cutting import Archive
from local_db.keeper import Keeper
from local_db.retention import Retention, Rule
from local_db.space import Space
from local_db.verify import verify
from tests.unit.local_db.conftest import Desk
from tests.unit.local_db.test_ledger import HELP
from tests.unit.local_db.test_retire import live_through, receive_all

RULE_DAYS = 400
EVERY_DAYS = 31
NIGHT = timedelta(hours=18, seconds=30)  # from the tests' 08:00 to half a minute after 02:00


@dataclass
class Night:
    """A terminal whose old entries are looked after."""

    desk: Desk
    said: list[LinkStatus] = field(default_factory=list[LinkStatus])
    make: Callable[[Path, Path, int], Archive] = make_archive

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """As the terminal does it when it is switched on."""
        file = self.desk.file
        self.folder = file.parent / "archive"
        rule = Rule(self.folder, timedelta(days=RULE_DAYS), timedelta(days=EVERY_DAYS))
        self.retention = Retention(
            file, self.desk.ledger, rule, clock=self.desk.clock, zone=UTC,
            make=self.made,
        )  # fmt: skip
        self.keeper = Keeper(
            file, Copies(file.parent / "copies", "ledger"), Space(file), clock=self.desk.clock,
            on_status=self.said.append, retention=self.retention,
        )  # fmt: skip
        self.desk.ledger.note_clock_offset(0)

    def made(self, file: Path, folder: Path, place: int) -> Archive:
        return self.make(file, folder, place)

    @property
    def archives(self) -> list[Path]:
        return sorted(self.folder.glob("*-archive-*"))

    def pass_by(self, days: float) -> None:
        """Look before and after a stretch of time."""
        self.keeper.look()
        self.desk.clock.step(days * 86_400)
        self.keeper.look()

    def words(self) -> str:
        return self.said[-1].last_error if self.said else ""


@pytest.fixture
def night(desk: Desk) -> Night:
    live_through(desk)
    return Night(desk)


def until_due(night: Night) -> None:
    """So much later that all is due, at eight in the morning."""
    night.desk.clock.wall += timedelta(days=RULE_DAYS + EVERY_DAYS + 2)
    night.desk.append(HELP)
    receive_all(night.desk)
    night.start()


def proven(night: Night) -> tuple[bool, tuple[int, int], int]:
    found = prove_together(night.desk.file, night.archives, tables=True)
    return found.ok, found.proven_from, found.entries


def test_they_leave_at_the_quiet_hour_and_the_terminal_works_on(night: Night) -> None:
    until_due(night)
    night.pass_by(0.1)
    assert night.archives == []  # it is the middle of the day
    night.pass_by(NIGHT.total_seconds() / 86_400)
    assert night.archives
    assert proven(night)[:2] == (True, (1, 1))
    night.desk.append(HELP)
    assert proven(night)[0]
    said = night.desk.ledger.read(lambda records: records.journal.newest(3)).result(5)
    assert any(isinstance(row.entry.payload, EntriesRetired) for row in said)
    assert night.words() == ""
    receive_all(night.desk)  # what it says of itself is received like all the others


def test_nothing_leaves_before_a_whole_batch_is_due(night: Night) -> None:
    night.desk.clock.wall += timedelta(days=RULE_DAYS + EVERY_DAYS - 1)
    night.pass_by(NIGHT.total_seconds() / 86_400)
    assert night.archives == []


def test_a_clock_that_nobody_confirmed_lets_nothing_go(desk: Desk) -> None:
    live_through(desk)
    night = Night(desk)
    night.desk.ledger.stop()
    night.desk.open()  # since this start the MES did not answer
    night.desk.clock.wall += timedelta(days=RULE_DAYS + EVERY_DAYS + 2)
    rule = Rule(night.folder, timedelta(days=RULE_DAYS), timedelta(days=EVERY_DAYS))
    night.retention = Retention(desk.file, desk.ledger, rule, clock=desk.clock, zone=UTC)
    desk.clock.step(NIGHT.total_seconds())
    night.retention.look()
    assert night.archives == []
    desk.ledger.note_clock_offset(-(RULE_DAYS + 2) * 86_400_000)  # it was years ahead
    desk.clock.step(86_400)
    night.retention.look()
    assert night.archives == []


def test_without_a_quiet_hour_they_leave_a_week_later(night: Night) -> None:
    until_due(night)
    night.keeper.look()
    assert night.archives == []
    night.desk.clock.wall += timedelta(days=8)
    night.start()  # it was off at every two o'clock
    night.keeper.look()
    assert night.archives


def test_what_was_not_sent_stays_and_a_person_is_told(desk: Desk) -> None:
    entries = live_through(desk, 60)
    held = desk.append(HELP)
    desk.clock.step(60)
    later = desk.append(HELP)
    results = [PushResult(later[0].id, ResultKind.RECEIVED, "R")]
    desk.ledger.settle(results, [later[0].id]).result(5)
    night = Night(desk)
    night.desk.clock.wall += timedelta(days=RULE_DAYS + EVERY_DAYS + 2)
    desk.append(HELP)
    night.pass_by(NIGHT.total_seconds() / 86_400)
    assert proven(night)[:2] == (True, (1, 1))
    assert f"entry {held[0].seq} of epoch 1 has no receipt" in night.words()
    assert desk.ledger.read(lambda records: records.journal.entry(held[0].id)).result(5) is not None
    assert desk.ledger.read(lambda records: records.journal.entry(entries[0].id)).result(5) is None
    receive_all(desk)
    night.pass_by(1)
    assert night.words() == ""


def test_many_leave_a_few_days_at_a_time(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        night.desk.clock.step(86_400)
        night.desk.append(*[HELP] * 30)
    receive_all(night.desk)
    until_due(night)
    monkeypatch.setattr(retention, "MOST", 40)
    night.pass_by(NIGHT.total_seconds() / 86_400)
    assert len(night.archives) > 2
    assert proven(night)[:2] == (True, (1, 1))


def test_entries_are_saved_while_the_archive_is_made_and_a_failure_changes_nothing(night: Night) -> None:
    until_due(night)

    def busy(file: Path, folder: Path, place: int) -> Archive:
        night.desk.append(HELP)
        made = make_archive(file, folder, place)
        night.desk.append(HELP)
        return made

    def broken(file: Path, folder: Path, place: int) -> Archive:
        raise StoreError("no room")

    night.make = broken
    night.pass_by(NIGHT.total_seconds() / 86_400)
    assert night.words() == "old entries stay in the journal: no room"
    assert proven(night)[0]
    night.make = busy
    night.pass_by(1)
    assert night.words() == ""
    assert proven(night)[:2] == (True, (1, 1))


def test_what_the_mes_wants_again_meanwhile_does_not_leave(
    night: Night, caplog: pytest.LogCaptureFixture
) -> None:
    until_due(night)

    def put_back(file: Path, folder: Path, place: int) -> Archive:
        made = make_archive(file, folder, place)
        night.desk.ledger.recount(1, [DigestRange(1, 200, 0, "")]).result(5)  # the MES was put back
        return made

    night.make = put_back
    night.pass_by(NIGHT.total_seconds() / 86_400)
    assert "entry 1 has to be sent again" in caplog.text
    assert proven(night)[0]
    entries = verify(night.desk.file).entries
    receive_all(night.desk)
    night.make = make_archive
    night.pass_by(1)
    assert (night.words(), proven(night)[:2]) == ("", (True, (1, 1)))
    assert proven(night)[2] > entries


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("2026-11-21T13:59:58", "2026-11-21T14:00:00", True),
        ("2026-11-21T14:00:00", "2026-11-21T14:00:05", False),
        ("2026-11-21T23:59:58", "2026-11-22T00:00:03", False),
        ("2026-11-21T13:00:00", "2026-11-22T12:00:00", True),
    ],
)
def test_a_time_of_day_is_passed_once(before: str, now: str, expected: bool) -> None:
    told = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (before, now)]
    assert passed(datetime.fromisoformat("2026-01-01T14:00").time(), told[0], told[1], UTC) is expected


def test_the_last_second_of_a_day_is_passed_after_midnight() -> None:
    before = datetime(2026, 11, 21, 23, 59, 57, tzinfo=UTC)
    end = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC).time()
    assert passed(end, before, before + timedelta(seconds=5), UTC)

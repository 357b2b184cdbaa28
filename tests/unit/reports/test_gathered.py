"""The sums of a report follow from the entries, each counted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hmi.config import ShiftSettings
from hmi.domain.entries import EntryRow, NewEntry, Receipt, ReceiptState, Subject
from hmi.domain.payloads import HelpCalled
from hmi.i18n import Texts
from screens.reports.asked import shift_at, shift_span
from screens.reports.gathered import entries_between, gather, overlaps
from screens.reports.voice import Voice
from tests.fakes.clock import START
from tests.fakes.entries import Chain
from tests.fakes.shift_story import Shift
from tests.unit.hmi.conftest import Floor

ZONE = ZoneInfo("Europe/Berlin")
NIGHT = ShiftSettings.model_validate({"name": "C", "start": "22:00", "end": "06:00"})
EARLY = ShiftSettings.model_validate({"name": "A", "start": "06:00", "end": "14:00"})


def test_the_sums_are_those_of_the_tables(tmp_path: Path) -> None:
    story = Shift(tmp_path)
    story.play()
    rows = story.floor.read(
        lambda records: entries_between(records.journal, START, START + timedelta(hours=9))
    )
    progress = {
        order: story.floor.read(lambda records, order=order: records.production.progress(order))
        for order in ("WO-1", "WO-3")
    }
    story.close()
    gathered = gather(rows)
    for order, known in progress.items():
        made = gathered.made[order]
        assert known is not None
        assert (made.live + made.gap, made.declared, made.scrapped, made.good) == (
            known.counted,
            known.declared,
            known.scrapped,
            known.good,
        )
    assert (gathered.made["WO-1"].gap, gathered.made["WO-1"].leaps) == (Decimal(12), 1)
    assert gathered.unsent == len(rows)
    assert sum(met.entries for met in gathered.people.values()) == sum(1 for row in rows if row.entry.person)


def test_what_happened_outside_the_span_is_not_in_it(tmp_path: Path) -> None:
    floor = Floor(tmp_path / "journal.db")
    floor.open()
    help_ = NewEntry(Subject("equipment", "PRESS-1"), HelpCalled(whom="quality"))
    for _ in range(1200):
        floor.note(help_)
        floor.later(seconds=30)
    begin = START + timedelta(hours=4)
    rows = floor.read(lambda records: entries_between(records.journal, begin, begin + timedelta(hours=1)))
    floor.ledger.stop()
    assert [row.entry.terminal_time for row in rows] == [
        begin + timedelta(seconds=30 * n) for n in range(120)
    ]


def test_an_entry_that_was_carried_into_another_epoch_counts_once() -> None:
    first = Chain("T").scrap("WO-1")
    again = Chain("T", epoch=2).scrap("WO-1")
    rows = [
        EntryRow(entry, Receipt(first.id, 1, state, 1, None, None, None, None, None))
        for entry, state in (
            (first, ReceiptState.SET_ASIDE),
            (replace(again, id=first.id), ReceiptState.WAITING),
        )
    ]
    gathered = gather(rows)
    assert gathered.made["WO-1"].scrapped == Decimal("1.50")
    assert gathered.receipts == {ReceiptState.WAITING: 1}


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 10, 24), 9), (date(2026, 3, 28), 7), (date(2026, 6, 1), 8)]
)
def test_a_night_shift_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    span = shift_span(NIGHT, day, ZONE)
    assert span.end - span.start == timedelta(hours=hours)
    assert span.start.tzinfo is UTC


def test_the_shift_of_a_time_is_found_over_midnight() -> None:
    at = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    span = shift_at((EARLY, NIGHT), at, ZONE)
    assert span is not None
    assert (span.name, span.start) == ("C", datetime(2026, 11, 20, 21, 0, tzinfo=UTC))
    assert shift_at((EARLY,), at, ZONE) is None


def test_the_hour_that_comes_twice_says_which() -> None:
    voice = Voice(Texts("en"), ZONE, date(2026, 10, 25))
    summer, winter = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert voice.clock(summer) == "02:30:00 UTC+02:00"
    assert voice.clock(winter) == "02:30:00 UTC+01:00"
    assert voice.edge(winter + timedelta(hours=2)) == "2026-10-25 04:30"
    assert voice.zone_words(summer, winter) == "Europe/Berlin (UTC+02:00, UTC+01:00)"


def test_what_lasts_overlaps_all_that_comes() -> None:
    begin, end = START, START + timedelta(hours=8)
    assert overlaps(begin - timedelta(days=2), None, begin, end)
    assert not overlaps(begin - timedelta(days=2), begin, begin, end)
    assert not overlaps(end, None, begin, end)
    assert overlaps(begin - timedelta(hours=1), begin + timedelta(milliseconds=1), begin, end)

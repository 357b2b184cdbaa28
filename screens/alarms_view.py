"""What the page of alarms shows, read from the records in one go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hmi.domain.alarms import AlarmRecord, AlarmState, by_urgency
from hmi.domain.entries import Entry
from hmi.domain.personnel import Session
from hmi.ports import Draft, Records
from hmi.terminal import Terminal
from screens.entry_words import EntryWords

MOST = 200
FORM = "set_aside"  # a half-filled wish to shelve an alarm or to take it out of service
COMMENT_FORM = "alarm_comment"  # a half-written comment
_HISTORY = 12


class Tab(StrEnum):
    """The three parts of the list."""

    OPEN = "open"
    ASIDE = "aside"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class AlarmDetail:
    """The alarm that was touched, what the plant says to do, and what happened to it, newest first."""

    record: AlarmRecord
    guidance: str
    history: Sequence[tuple[Entry, str]]
    session: Session | None
    draft: Draft | None
    comment: Draft | None = None


@dataclass(frozen=True, slots=True)
class AlarmsView:
    """One part of the list, the most urgent first, with the counts of all parts."""

    now: datetime
    tab: Tab
    rows: Sequence[AlarmRecord]
    counts: dict[Tab, int]
    calling: int
    active: int
    detail: AlarmDetail | None


def alarms_loader(
    terminal: Terminal, tab: Tab, chosen: str | None, now: datetime
) -> Callable[[Records], AlarmsView]:
    """A loader for one part of the list and the alarm that was touched."""

    def load(records: Records) -> AlarmsView:
        every = records.alarms.alarms()
        parts = {
            Tab.OPEN: [r for r in every if not r.suppressed and r.state is not AlarmState.NORMAL],
            Tab.ASIDE: [r for r in every if r.suppressed],
            Tab.ALL: list(every),
        }
        opened = parts[Tab.OPEN]
        record = records.alarms.alarm(chosen) if chosen else None
        return AlarmsView(
            now=now,
            tab=tab,
            rows=by_urgency(parts[tab])[:MOST],
            counts={part: len(rows) for part, rows in parts.items()},
            calling=sum(r.unacknowledged for r in opened),
            active=sum(r.active for r in opened),
            detail=_detail(terminal, records, record) if record else None,
        )

    return load


def _detail(terminal: Terminal, records: Records, record: AlarmRecord) -> AlarmDetail:
    guidance = ""
    if record.fault is not None and (fault := records.plans.fault(record.fault)):
        guidance = fault.guidance or ""
    tag = terminal.tags.get(record.tag or "")
    if not guidance and tag is not None and tag.alarm is not None:
        guidance = tag.alarm.guidance
    words = EntryWords(terminal, records)
    rows = records.journal.of_subject("alarm", record.key, _HISTORY)
    session = records.journal.session()
    return AlarmDetail(
        record,
        guidance,
        [(row.entry, words.describe(row.entry)) for row in rows],
        session,
        records.journal.draft(FORM, record.key, session.person) if session else None,
        records.journal.draft(COMMENT_FORM, record.key, session.person) if session else None,
    )

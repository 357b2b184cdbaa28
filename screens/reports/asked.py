"""What a report is asked about, and what is proven of the journal that it is made from."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hmi.config import ShiftSettings, StationSettings
from hmi.ports import Records
from screens.reports.sheet import Sheet
from screens.reports.voice import Voice


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time from `start` up to but without `end` (UTC); `name` is that of its shift."""

    start: datetime
    end: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """How far the chain of the journal holds; `words` say what does not, and are empty when all does.

    `missing` names archives of this time that were not found: what they say is in no report.
    """

    epoch: int
    seq: int
    words: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: about a `span` of time or about an `order`, at which station, with which proof.

    `until` is the time of the journal's newest entry (UTC): what lasts has lasted until then.
    """

    station: StationSettings
    proof: Proof
    until: datetime
    span: Span | None = None
    order: str = ""


Report = Callable[[Records, Asked, Voice], Sheet]


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """A report of the registry: its name on the command line, what it is asked about, how it is made.

    `write` reads within one transaction and returns plain texts; OperatorError when there is nothing to tell.
    """

    id: str
    about: str
    write: Report


def shift_span(shift: ShiftSettings, day: date, zone: ZoneInfo) -> Span:
    """The shift that begins on a day by the wall clock; an hour longer or shorter when that changes."""
    start = datetime.combine(day, shift.start, zone)
    last = day if shift.end > shift.start else day + timedelta(days=1)
    end = datetime.combine(last, shift.end, zone)
    return Span(start.astimezone(UTC), end.astimezone(UTC), shift.name)


def shift_at(shifts: tuple[ShiftSettings, ...], moment: datetime, zone: ZoneInfo) -> Span | None:
    """The shift that a time lies in; None where the configuration names none."""
    today = moment.astimezone(zone).date()
    for shift in shifts:
        for day in (today, today - timedelta(days=1)):
            span = shift_span(shift, day, zone)
            if span.start <= moment < span.end:
                return span
    return None

"""What entries say, gathered for a report: the sums are made from the journal and from nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from hmi.domain.entries import Entry, EntryRow, ReceiptState
from hmi.domain.keeping_payloads import CountWithdrawn
from hmi.domain.payloads import (
    EpochOpened,
    NonconformanceOpened,
    PersonSignedIn,
    ProductionCounted,
    ProductionDeclared,
    ProductionScrapped,
    RecordSigned,
    SampleRecorded,
    StopOpened,
    TerminalStarted,
)
from hmi.ports import JournalRecords

_FIRST_PAGE = 512
_ALL = 10_000_000  # more than any subject has


@dataclass(slots=True)
class Made:
    """What was made for one order, by how it is known. `leaps` of the counter counted nothing."""

    live: Decimal = Decimal(0)
    gap: Decimal = Decimal(0)
    leaps: int = 0
    declared: Decimal = Decimal(0)
    scrapped: Decimal = Decimal(0)

    @property
    def good(self) -> Decimal:
        """Everything that came out, without scrap."""
        return self.live + self.gap + self.declared - self.scrapped


@dataclass(slots=True)
class Presence:
    """Somebody whose name is on entries: from the first to the last, how many, and how it was proven."""

    name: str
    first: datetime
    last: datetime
    entries: int = 0
    how: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Gathered:
    """The entries of a report, oldest first, each once, and what follows from them."""

    rows: list[EntryRow]
    made: dict[str | None, Made] = field(default_factory=dict[str | None, Made])
    scrap: list[tuple[Entry, ProductionScrapped]] = field(
        default_factory=list[tuple[Entry, ProductionScrapped]]
    )
    declared: list[tuple[Entry, ProductionDeclared]] = field(
        default_factory=list[tuple[Entry, ProductionDeclared]]
    )
    samples: list[tuple[Entry, SampleRecorded]] = field(default_factory=list[tuple[Entry, SampleRecorded]])
    nonconformances: list[tuple[Entry, NonconformanceOpened]] = field(
        default_factory=list[tuple[Entry, NonconformanceOpened]]
    )
    signatures: list[tuple[Entry, RecordSigned]] = field(default_factory=list[tuple[Entry, RecordSigned]])
    people: dict[str, Presence] = field(default_factory=dict[str, Presence])
    gaps: list[Entry] = field(default_factory=list[Entry])
    receipts: dict[ReceiptState, int] = field(default_factory=dict[ReceiptState, int])

    @property
    def unsent(self) -> int:
        """Entries that the MES has not received and may still have to."""
        states = (ReceiptState.WAITING, ReceiptState.REFUSED, ReceiptState.PARKED)
        return sum(self.receipts.get(state, 0) for state in states)


def moment_of(entry: Entry) -> datetime:
    """When it happened: counted parts at the end of their stretch, else by the device's clock or our own."""
    payload = entry.payload
    if isinstance(payload, ProductionCounted):
        return payload.to_time
    return entry.source_time or entry.terminal_time


def entries_between(journal: JournalRecords, start: datetime, end: datetime) -> list[EntryRow]:
    """What happened from `start` up to `end`, oldest first; read from the newest entry backwards."""
    limit = _FIRST_PAGE
    while True:
        rows = journal.newest(limit)
        if len(rows) < limit or all(_before(row.entry, start) for row in rows[limit // 2 :]):
            return [row for row in reversed(rows) if start <= moment_of(row.entry) < end]
        limit *= 4


def _before(entry: Entry, start: datetime) -> bool:
    return entry.terminal_time < start and moment_of(entry) < start


def entries_about(journal: JournalRecords, kind: str, subjects: Iterable[str]) -> list[EntryRow]:
    """Everything that was ever entered about these subjects, oldest first."""
    found = [row for subject in subjects for row in journal.of_subject(kind, subject, _ALL)]
    return sorted(found, key=lambda row: (row.entry.epoch, row.entry.seq))


def gather(rows: Iterable[EntryRow]) -> Gathered:
    """Gather entries; one that was carried counts once, a corrected sample or withdrawn count not at all."""
    once = {row.entry.id: row for row in rows}
    kept = sorted(once.values(), key=lambda row: (row.entry.epoch, row.entry.seq))
    corrected = {
        row.entry.corrects
        for row in kept
        if isinstance(row.entry.payload, SampleRecorded | CountWithdrawn) and row.entry.corrects
    }
    gathered = Gathered(kept)
    for row in kept:
        gathered.receipts[row.receipt.state] = gathered.receipts.get(row.receipt.state, 0) + 1
        _meet(gathered, row.entry)
        if row.entry.id not in corrected:
            _take(gathered, row.entry)
    return gathered


def _take(gathered: Gathered, entry: Entry) -> None:
    match entry.payload:
        case ProductionCounted() as said if not begins_counting(said):
            _count(gathered.made.setdefault(said.order, Made()), said)
        case ProductionDeclared() as said:
            gathered.made.setdefault(said.order, Made()).declared += said.quantity
            gathered.declared.append((entry, said))
        case ProductionScrapped() as said:
            gathered.made.setdefault(said.order, Made()).scrapped += said.quantity
            gathered.scrap.append((entry, said))
        case SampleRecorded() as said:
            gathered.samples.append((entry, said))
        case NonconformanceOpened() as said:
            gathered.nonconformances.append((entry, said))
        case RecordSigned() as said:
            gathered.signatures.append((entry, said))
        case _:
            pass  # stops and repairs are read from their tables, the rest is only counted
    if is_gap(entry):
        gathered.gaps.append(entry)


def _count(made: Made, said: ProductionCounted) -> None:
    if said.evidence == "reset":
        made.leaps += 1
    elif said.evidence == "gap":
        made.gap += said.quantity
    else:
        made.live += said.quantity


def begins_counting(said: ProductionCounted) -> bool:
    """Whether it is the first value that was ever seen of a counter: it went on by nothing."""
    return said.evidence == "reset" and said.counter_from == said.counter_to


def _meet(gathered: Gathered, entry: Entry) -> None:
    person = entry.person
    if person is None:
        return
    at = entry.terminal_time
    met = gathered.people.setdefault(person.id, Presence(person.name, at, at))
    met.first, met.last = min(met.first, at), max(met.last, at)
    met.entries += 1
    met.how.add(entry.payload.cause if isinstance(entry.payload, PersonSignedIn) else person.how)


def is_gap(entry: Entry) -> bool:
    """Whether an entry says that something was not seen as it happened, or is not there any more."""
    match entry.payload:
        case ProductionCounted() as said:
            return said.evidence != "live" and not begins_counting(said)
        case StopOpened() as said:
            return said.evidence == "gap"
        case TerminalStarted() as said:
            return not said.clean
        case EpochOpened():
            return True
        case _:
            return False


def overlaps(began: datetime, ended: datetime | None, start: datetime, end: datetime) -> bool:
    """Whether a stretch (without an end: it lasts) has a part in a span."""
    return began < end and (ended is None or ended > start)


def newest_of(rows: Sequence[EntryRow]) -> datetime | None:
    """The newest time at which one of these entries was saved."""
    return max((row.entry.terminal_time for row in rows), default=None)

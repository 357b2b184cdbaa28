"""Entries of a journal together with those that left it for archives."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hmi.domain.entries import Entry, EntryRow, QueueCounts, ReceiptState, Subject
from hmi.domain.personnel import Session
from hmi.ports import Draft, JournalRecords, Refusals


class ArchivedJournal:
    """Implements hmi.ports.JournalRecords; what waits, drafts and who is signed in are the journal's own."""

    def __init__(self, live: JournalRecords, archives: Sequence[JournalRecords]) -> None:
        """`archives` newest first: each ends where the part before it in this order begins."""
        self._live = live
        self._parts = (live, *archives)

    def entry(self, entry: str) -> EntryRow | None:
        """One entry, as it stands in the newest part that has it."""
        return next((row for part in self._parts if (row := part.entry(entry)) is not None), None)

    def newest(self, limit: int, states: frozenset[ReceiptState] | None = None) -> Sequence[EntryRow]:
        """The newest entries, or those whose receipts are in one of the states."""
        rows = list[EntryRow]()
        for part in self._parts:
            if len(rows) < limit:
                rows += part.newest(limit - len(rows), states)
        return rows

    def of_subject(self, kind: str, subject: str, limit: int) -> Sequence[EntryRow]:
        """The newest entries about one subject."""
        rows = list[EntryRow]()
        for part in self._parts:
            if len(rows) < limit:
                rows += part.of_subject(kind, subject, limit - len(rows))
        return rows

    def signatures(self, record: Entry) -> Sequence[EntryRow]:
        """The signatures under one entry, oldest first, wherever they are."""
        return [row for part in reversed(self._parts) for row in part.signatures(record)]

    def refused(self, subject: Subject, what: Refusals, limit: int) -> Sequence[EntryRow]:
        """What nobody decided on is never in an archive."""
        return self._live.refused(subject, what, limit)

    def count_refused(self, subject_kind: str, what: Refusals) -> Mapping[str, int]:
        """How many of each subject."""
        return self._live.count_refused(subject_kind, what)

    def latest_time(self) -> datetime | None:
        """The latest time that was ever written down."""
        return self._live.latest_time()

    def queue(self) -> QueueCounts:
        """How many entries wait."""
        return self._live.queue()

    def session(self) -> Session | None:
        """Who is signed in."""
        return self._live.session()

    def draft(self, form: str, subject: str, person: str) -> Draft | None:
        """One half-filled form."""
        return self._live.draft(form, subject, person)

    def drafts_of(self, person: str) -> Sequence[Draft]:
        """The half-filled forms of one person."""
        return self._live.drafts_of(person)

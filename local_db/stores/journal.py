"""Entries with their receipts, drafts, and who is signed in."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from hmi.domain.entries import Entry, EntryRow, QueueCounts, Receipt, ReceiptState, Subject
from hmi.domain.payloads import PersonSignedIn, RecordSigned
from hmi.domain.personnel import STANDARD_RIGHTS, Session, rights_of
from hmi.ports import Draft, Refusals
from local_db import latest, outbox
from local_db import tables as t
from local_db.journal import entry_of
from local_db.stores.plans import PlanStore

_ROWS = sa.select(
    t.receipt,
    t.journal.c.id.label("entry_id"),
    t.journal.c.text,
    t.journal.c.hash,
).join(t.journal, t.journal.c.place == t.receipt.c.place)
_ONE = _ROWS.where(t.journal.c.id == sa.bindparam("entry")).order_by(t.journal.c.place.desc()).limit(1)
_NEWEST = _ROWS.order_by(t.journal.c.place.desc()).limit(sa.bindparam("limit"))
_RECEIVED = (
    _ROWS.where(t.receipt.c.state == ReceiptState.RECEIVED.value)
    .order_by(t.receipt.c.place.desc())
    .limit(sa.bindparam("limit"))
)
_IN_STATE = (
    _ROWS.where(outbox.OPEN, t.receipt.c.state == sa.bindparam("wanted"))
    .order_by(t.receipt.c.place.desc())
    .limit(sa.bindparam("limit"))
)
_OF_SUBJECT = (
    _ROWS.where(
        t.journal.c.subject_kind == sa.bindparam("of_kind"), t.journal.c.subject_id == sa.bindparam("of_id")
    )
    .order_by(t.journal.c.place.desc())
    .limit(sa.bindparam("limit"))
)
_SIGNATURES = (
    _ROWS.where(
        t.journal.c.subject_kind == sa.bindparam("of_kind"),
        t.journal.c.subject_id == sa.bindparam("of_id"),
        t.journal.c.place > sa.bindparam("after"),
        t.journal.c.kind == RecordSigned.kind,
    )
    .where(sa.func.json_extract(t.journal.c.text, "$.payload.record") == sa.bindparam("record"))
    .order_by(t.journal.c.place)
)
_UNDECIDED = (
    outbox.OPEN,
    t.receipt.c.state == ReceiptState.REFUSED.value,
    t.receipt.c.code.in_(sa.bindparam("codes", expanding=True)),
    t.journal.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    t.journal.c.subject_kind == sa.bindparam("of_kind"),
)
_REFUSED = (
    _ROWS.where(*_UNDECIDED, t.journal.c.subject_id == sa.bindparam("of_id"))
    .order_by(t.receipt.c.place)
    .limit(sa.bindparam("limit"))
)
_COUNT_REFUSED = (
    sa.select(t.journal.c.subject_id, sa.func.count().label("n"))
    .join(t.receipt, t.receipt.c.place == t.journal.c.place)
    .where(*_UNDECIDED)
    .group_by(t.journal.c.subject_id)
)


class JournalStore:
    """Reads entries; implements hmi.ports.JournalRecords. Lists of entries show the newest first."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read on the connection of the ledger thread."""
        self._connection = connection

    def entry(self, entry: str) -> EntryRow | None:
        """One entry."""
        row = self._connection.execute(_ONE, {"entry": entry}).first()
        return None if row is None else _entry_row(row)

    def newest(self, limit: int, states: frozenset[ReceiptState] | None = None) -> Sequence[EntryRow]:
        """The newest entries, or those whose receipts are in one of the states."""
        if states is None:
            rows = self._connection.execute(_NEWEST, {"limit": limit}).all()
            return [_entry_row(row) for row in rows]
        found: list[sa.Row[tuple[object, ...]]] = []
        for state in states:
            if state is ReceiptState.RECEIVED:
                found += self._connection.execute(_RECEIVED, {"limit": limit}).all()
            else:
                found += self._connection.execute(_IN_STATE, {"limit": limit, "wanted": state.value}).all()
        found.sort(key=lambda row: row.place, reverse=True)
        return [_entry_row(row) for row in found[:limit]]

    def of_subject(self, kind: str, subject: str, limit: int) -> Sequence[EntryRow]:
        """The newest entries about one subject."""
        rows = self._connection.execute(_OF_SUBJECT, {"of_kind": kind, "of_id": subject, "limit": limit})
        return [_entry_row(row) for row in rows]

    def signatures(self, record: Entry) -> Sequence[EntryRow]:
        """The signatures under one entry, oldest first; they come after it."""
        began = record.carried_from or record
        about = {"of_kind": record.subject.kind, "of_id": record.subject.id, "record": record.id}
        rows = self._connection.execute(_SIGNATURES, {**about, "after": t.place_of(began.epoch, began.seq)})
        return [_entry_row(row) for row in rows]

    def refused(self, subject: Subject, what: Refusals, limit: int) -> Sequence[EntryRow]:
        """What was refused about one subject and nobody decided on, oldest first."""
        about = {"of_kind": subject.kind, "of_id": subject.id, "limit": limit}
        return [_entry_row(row) for row in self._connection.execute(_REFUSED, {**about, **_asked(what)})]

    def count_refused(self, subject_kind: str, what: Refusals) -> Mapping[str, int]:
        """How many of each subject that has any."""
        rows = self._connection.execute(_COUNT_REFUSED, {"of_kind": subject_kind, **_asked(what)})
        return {row.subject_id: row.n for row in rows}

    def latest_time(self) -> datetime | None:
        """The latest time that was ever written down; None before the first entry."""
        told = latest.find(self._connection)
        if told is None:  # the journal is of a time when that was not noted
            told = next((row.entry.terminal_time for row in self.newest(1)), None)
        return told

    def queue(self) -> QueueCounts:
        """How many entries wait."""
        return outbox.queue(self._connection)

    def session(self) -> Session | None:
        """Who is signed in, with the roles that the plans give this person now."""
        row = self._connection.execute(sa.select(t.session)).first()
        if row is None:
            return None
        plans = PlanStore(self._connection)
        person, table = plans.person(row.person), plans.role_table()
        newest = self.of_subject("person", row.person, 1)
        cause = newest[0].entry.payload if newest else None
        return Session(
            person=row.person,
            name=row.name if person is None else person.name,
            roles=() if person is None else person.roles,
            language="en" if person is None else person.language,
            since=row.since,
            how=cause.cause if isinstance(cause, PersonSignedIn) else "badge",
            rights=STANDARD_RIGHTS if table is None else rights_of(table.roles),
        )

    def draft(self, form: str, subject: str, person: str) -> Draft | None:
        """One half-filled form."""
        where = (t.draft.c.form == form, t.draft.c.subject == subject, t.draft.c.person == person)
        row = self._connection.execute(sa.select(t.draft).where(*where, t.draft.c.done == 0)).first()
        return None if row is None else _draft(row)

    def drafts_of(self, person: str) -> Sequence[Draft]:
        """The half-filled forms of one person."""
        mine = (t.draft.c.person == person, t.draft.c.done == 0)
        query = sa.select(t.draft).where(*mine).order_by(t.draft.c.saved_at)
        return [_draft(row) for row in self._connection.execute(query)]


def _asked(what: Refusals) -> dict[str, list[str]]:
    return {"kinds": sorted(what.kinds), "codes": sorted(what.codes)}


def _draft(row: sa.Row[tuple[object, ...]]) -> Draft:
    return Draft(row.form, row.subject, row.person, row.entry_id, json.loads(row.content), row.saved_at)


def _entry_row(row: sa.Row[tuple[object, ...]]) -> EntryRow:
    entry = entry_of(row.text, row.hash)
    receipt = Receipt(
        entry_id=entry.id,
        seq=entry.seq,
        state=ReceiptState(row.state),
        attempts=row.attempts,
        mes_id=row.mes_id,
        code=row.code,
        words=row.words,
        who_decides=row.who_decides,
        settled_at=row.settled_at,
    )
    return EntryRow(entry, receipt)

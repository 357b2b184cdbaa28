"""The append-only, hash-chained list of all entries."""

import json
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from hmi.domain.entries import (
    GENESIS,
    CarriedFrom,
    Entry,
    NewEntry,
    PersonRef,
    chain_hash,
    entry_from_wire,
)
from hmi.times import Clock
from local_db import tables as t

_HEAD = sa.select(t.journal.c.place, t.journal.c.hash).order_by(t.journal.c.place.desc()).limit(1)
_BY_ID = (
    sa.select(t.journal.c.text, t.journal.c.hash)
    .where(t.journal.c.id == sa.bindparam("entry"))
    .order_by(t.journal.c.place.desc())
    .limit(1)
)
_ADD = sa.insert(t.journal)
_TAIL = (
    sa.select(t.journal.c.place, t.journal.c.text, t.journal.c.hash)
    .order_by(t.journal.c.place.desc())
    .limit(sa.bindparam("limit"))
)


def entry_of(text: str, link: str) -> Entry:
    """An entry as it was appended: its canonical text and its hash."""
    return entry_from_wire({**json.loads(text), "hash": link})


def _prev_of(text: str) -> str:
    """The link before, as the canonical text says it: keys stand in order, and no text holds a bare quote."""
    begin = text.rfind('"prev":"') + 8
    return text[begin : begin + 64]


class Journal:
    """Gives entries their place and their link. Used within one transaction of the ledger thread."""

    def __init__(self, connection: sa.Connection, *, terminal: str, epoch: int, clock: Clock) -> None:
        """`epoch` is the one that new entries get."""
        self._connection = connection
        self._terminal = terminal
        self._epoch = epoch
        self._clock = clock

    @property
    def epoch(self) -> int:
        """The epoch that new entries get."""
        return self._epoch

    def go_on_in(self, epoch: int) -> None:
        """Give new entries another epoch from now on."""
        self._epoch = epoch

    def find(self, entry: str) -> Entry | None:
        """The entry of this id, if it was saved."""
        row = self._connection.execute(_BY_ID, {"entry": entry}).first()
        return None if row is None else entry_of(row.text, row.hash)

    def head(self) -> tuple[int, str]:
        """Seq and hash of the newest entry of this epoch; 0 and the genesis where there is none."""
        row = self._connection.execute(_HEAD).first()
        if row is None:
            return 0, GENESIS
        epoch, seq = t.seq_of(row.place)
        return (seq, row.hash) if epoch == self._epoch else (0, GENESIS)

    def append(
        self,
        new: NewEntry,
        *,
        entry_id: str,
        person: PersonRef | None,
        now: datetime,
        clock_offset_ms: int | None,
    ) -> tuple[int, Entry]:
        """Write an entry after the newest one; return its place and itself with its link."""
        seq, prev = self.head()
        open_entry = Entry(
            id=entry_id,
            terminal=self._terminal,
            epoch=self._epoch,
            seq=seq + 1,
            version=new.payload.version,
            subject=new.subject,
            person=person,
            source_time=new.source_time,
            quality=new.quality,
            terminal_time=now,
            boot=self._clock.boot,
            monotonic_ms=self._clock.monotonic_ms(),
            clock_offset_ms=clock_offset_ms,
            corrects=new.corrects,
            payload=new.payload,
            prev=prev,
        )
        return self._write(open_entry)

    def carry(self, old: Entry) -> tuple[int, Entry]:
        """Write an entry of a given-up epoch again, under its id and with all that it says."""
        seq, prev = self.head()
        before = old.carried_from or CarriedFrom(old.epoch, old.seq, old.hash)
        return self._write(
            replace(old, epoch=self._epoch, seq=seq + 1, prev=prev, hash="", carried_from=before)
        )

    def _write(self, open_entry: Entry) -> tuple[int, Entry]:
        canonical = open_entry.canonical()
        entry = replace(open_entry, hash=chain_hash(open_entry.prev, canonical))
        place = t.place_of(entry.epoch, entry.seq)
        self._connection.execute(
            _ADD,
            {
                "place": place,
                "id": entry.id,
                "kind": entry.kind,
                "subject_kind": entry.subject.kind,
                "subject_id": entry.subject.id,
                "terminal_time": entry.terminal_time,
                "text": canonical.decode("utf-8"),
                "hash": entry.hash,
            },
        )
        return place, entry

    def broken_tail(self, length: int) -> int | None:
        """The seq of the first of the newest `length` entries whose link does not hold; None if all do."""
        rows = list(reversed(self._connection.execute(_TAIL, {"limit": length}).all()))
        before: tuple[int, str] | None = None
        for row in rows:
            _, seq = t.seq_of(row.place)
            prev = _prev_of(row.text)
            told = GENESIS if seq == 1 else prev if before is None else before[1]
            gap = before is not None and row.place != before[0] + 1 and seq != 1
            if gap or prev != told or chain_hash(prev, row.text.encode("utf-8")) != row.hash:
                return seq
            before = (row.place, row.hash)
        return None

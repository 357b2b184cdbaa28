"""Proves the journal, and writes it out; both read the file only, beside a terminal that runs or not."""

import json
import re
import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from hmi.domain.entries import GENESIS, chain_hash
from hmi.times import to_text
from local_db import tables as t
from local_db.columns import from_ms, to_ms
from local_db.engine import reading
from local_db.journal import entry_of
from local_db.project import project

# the ends of a canonical entry: its keys stand in alphabetical order
_HEAD = re.compile(
    rb'\{"boot":"(?:[^"\\]|\\.)*","clock_offset_ms":(?:null|-?\d+),"corrects":(?:null|"(?:[^"\\]|\\.)*"),'
    rb'"epoch":(\d+),"id":"([^"]*)","kind":"([^"]*)",'
)
_TAIL = re.compile(
    rb'"prev":"([0-9a-f]{64})","quality":"[a-z]+","seq":(\d+),"source_time":(?:null|"[^"]*"),'
    rb'"subject":(\{"id":"(?:[^"\\]|\\.)*","kind":"(?:[^"\\]|\\.)*"\}),'
    rb'"terminal":"(?:[^"\\]|\\.)*","terminal_time":"([^"]*)","version":\d+\}$'
)
_ROWS = (
    "SELECT j.place, j.id, j.kind, j.subject_kind, j.subject_id, j.terminal_time, j.text, j.hash, r.place "
    "FROM journal j LEFT JOIN receipt r ON r.place = j.place ORDER BY j.place"
)
_ORPHAN = "SELECT min(place) FROM receipt WHERE place NOT IN (SELECT place FROM journal)"
_EXPORT = (
    "SELECT j.text, j.hash, r.state, r.attempts, r.mes_id, r.code, r.words, r.who_decides, r.settled_at "
    "FROM journal j JOIN receipt r ON r.place = j.place ORDER BY j.place"
)

_Row = tuple[int, bytes, bytes, bytes, bytes, int, bytes, bytes, int | None]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was proven: `entries` looked at, the seq of the first bad one, and the seq up to which all holds.

    `words` say what is wrong, or that all links hold; `first_bad` is 0 when only a table is wrong. A tail
    that was cut off together with its receipts can only be found with a copy of the head kept elsewhere.
    """

    entries: int
    first_bad: int | None
    words: str
    proven_to: int

    @property
    def ok(self) -> bool:
        """Whether nothing bad was found."""
        return self.first_bad is None


class _BrokenError(Exception):
    """The first entry that does not hold: its seq, and what is wrong with it."""

    def __init__(self, seq: int, words: str) -> None:
        super().__init__(words)
        self.seq = seq
        self.words = words


@dataclass(slots=True)
class _Walk:
    """How far the walk along the chain came."""

    entries: int = 0
    epoch: int = 0
    seq: int = 0
    link: bytes = GENESIS.encode("ascii")

    def step(self, row: _Row) -> None:
        """Take one entry; _BrokenError when it does not follow from the one before, or was changed."""
        place, _, _, _, _, _, text, link, receipt = row
        epoch, seq = t.seq_of(place)
        if epoch > self.epoch and seq == 1:
            self.epoch, self.seq, self.link = epoch, 0, GENESIS.encode("ascii")
        if epoch != self.epoch or seq != self.seq + 1:
            raise _BrokenError(self.seq + 1, f"entry {self.seq + 1} is missing")
        head, tail = _HEAD.match(text), _TAIL.search(text)
        if head is None or tail is None:
            raise _BrokenError(seq, f"entry {seq} is damaged: it is not written as entries are")
        if tail.group(1) != self.link:
            raise _BrokenError(seq, f"entry {seq} does not follow from entry {self.seq}")
        if chain_hash(self.link.decode("ascii"), text).encode("ascii") != link:
            raise _BrokenError(seq, f"entry {seq} was changed: its hash does not hold")
        if not _agrees(row, head, tail):
            raise _BrokenError(seq, f"entry {seq} was changed: it is listed as something else than it says")
        if receipt is None:
            raise _BrokenError(seq, f"entry {seq} has lost its receipt")
        self.entries, self.seq, self.link = self.entries + 1, seq, link


def _agrees(row: _Row, head: re.Match[bytes], tail: re.Match[bytes]) -> bool:
    place, entry, kind, subject_kind, subject_id, terminal_time, _, _, _ = row
    said = (head.group(2), head.group(3), t.place_of(int(head.group(1)), int(tail.group(2))))
    if said != (entry, kind, place):
        return False
    if tail.group(3) != b'{"id":"%s","kind":"%s"}' % (subject_id, subject_kind):
        subject = json.loads(tail.group(3))  # an id that had to be escaped
        if (subject["id"].encode("utf-8"), subject["kind"].encode("utf-8")) != (subject_id, subject_kind):
            return False
    return to_ms(datetime.fromisoformat(tail.group(4).decode("ascii"))) == terminal_time


def verify(file: Path, *, tables: bool = False) -> Verification:
    """Walk along the whole chain; with `tables` also make the tables again and compare.

    StoreError when there is no such file or it is not one of Lineside.
    """
    walk = _Walk()
    with closing(reading(file)) as connection:
        try:
            connection.execute("BEGIN")
            for row in connection.execute(_ROWS):
                walk.step(row)
            orphan = connection.execute(_ORPHAN).fetchone()[0]
            if orphan is not None:
                seq = t.seq_of(orphan)[1]
                raise _BrokenError(seq, f"entry {seq} is missing, its receipt is there")
            wrong = _compare(connection) if tables else None
        except _BrokenError as error:
            return Verification(walk.entries, error.seq, error.words, walk.seq)
        except (sqlite3.DatabaseError, ValueError, TypeError, OverflowError) as error:
            words = f"the file is damaged after entry {walk.seq}: {error}"
            return Verification(walk.entries, walk.seq + 1, words, walk.seq)
    if wrong is not None:
        return Verification(walk.entries, 0, f"the table {wrong} does not follow from the journal", walk.seq)
    return Verification(walk.entries, None, "all links hold", walk.seq)


def _compare(connection: sqlite3.Connection) -> str | None:
    """Make the tables again in memory; the name of the first one that differs, None when all are equal."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    t.SCHEMA.create_all(engine, tables=t.FACTS)
    with engine.connect() as rebuilt:
        for place, text, link in connection.execute("SELECT place, text, hash FROM journal ORDER BY place"):
            project(rebuilt, place, entry_of(text.decode("utf-8"), link.decode("ascii")))
        for table in t.FACTS:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            query = f"SELECT {columns} FROM {table.name} ORDER BY 1"  # noqa: S608  our own names
            kept = connection.execute(query).fetchall()
            made = [tuple(_as_bytes(value) for value in row) for row in rebuilt.exec_driver_sql(query)]
            if kept != made:
                return table.name
    return None


def _as_bytes(value: object) -> object:
    return value.encode("utf-8") if isinstance(value, str) else value


def export(file: Path, out: TextIO) -> int:
    """Write each entry with its receipt as one line of JSON, oldest first; return how many."""
    written = 0
    with closing(reading(file)) as connection:
        connection.execute("BEGIN")
        for line in _lines(connection):
            out.write(line)
            written += 1
    return written


def _lines(connection: sqlite3.Connection) -> Generator[str]:
    names = ("state", "attempts", "mes_id", "code", "words", "who_decides")
    for text, link, *receipt, settled_at in connection.execute(_EXPORT):
        told: dict[str, object] = {
            name: value.decode("utf-8") if isinstance(value, bytes) else value
            for name, value in zip(names, receipt, strict=True)
        }
        told["settled_at"] = None if settled_at is None else to_text(from_ms(settled_at))
        entry = f'{text.decode("utf-8")[:-1]},"hash":"{link.decode("ascii")}"}}'
        yield f'{{"entry":{entry},"receipt":{json.dumps(told, ensure_ascii=False)}}}\n'

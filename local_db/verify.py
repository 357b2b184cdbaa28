"""Proves the journal, and writes it out; both read the file only, beside a terminal that runs or not."""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from hmi.times import to_text
from local_db import ground
from local_db import tables as t
from local_db.columns import from_ms
from local_db.engine import reading
from local_db.heads import SignedHead
from local_db.journal import entry_of
from local_db.project import project
from local_db.walk import ROWS, BrokenError, Cut, Walk, newest_cut, prove_cut, signed_heads

_ORPHAN = "SELECT min(place) FROM receipt WHERE place NOT IN (SELECT place FROM journal)"
_BASE = "SELECT name, number, rows FROM base ORDER BY name, number"
_EXPORT = (
    "SELECT j.text, j.hash, r.state, r.attempts, r.mes_id, r.code, r.words, r.who_decides, r.settled_at "
    "FROM journal j JOIN receipt r ON r.place = j.place ORDER BY j.place"
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was proven: `entries` looked at, the seq of the first bad one, and the seq up to which all holds.

    Seqs are of `epoch`. `words` say what is wrong, or that all links hold; `first_bad` is 0 when only a
    table is wrong. `signed` is the newest signed head. A tail that was cut off together with its receipts
    and heads can only be found with a head that was kept elsewhere. `proven_from` is the (epoch, seq) of the
    first entry that is proven here; `archive` names the file that holds what is before, "" where nothing is.
    """

    entries: int
    first_bad: int | None
    words: str
    proven_to: int
    epoch: int = 0
    signed: SignedHead | None = None
    proven_from: tuple[int, int] = (1, 1)
    archive: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing bad was found."""
        return self.first_bad is None


def verify(file: Path, *, tables: bool = False, heads: Sequence[SignedHead] = ()) -> Verification:
    """Walk along the whole chain; with `tables` also make the tables again and compare.

    `heads` are signed heads that were kept elsewhere: each has to be in the journal. StoreError when there is
    no such file or it is not one of Lineside.
    """
    walk, first, behind = Walk(), (1, 1), ""
    with closing(reading(file)) as connection:
        try:
            connection.execute("BEGIN")
            cut = newest_cut(connection, terminal_of(connection))
            if cut is not None:
                prove_cut(connection, cut, archive=is_archive(connection))
                walk = Walk(epoch=cut.head.epoch, seq=cut.head.seq, link=cut.head.hash.encode("ascii"))
                first, behind = (cut.head.epoch, cut.head.seq + 1), cut.archive
            signed = _heads_of(connection, heads, walk, cut)
            for row in connection.execute(ROWS):
                walk.step(row)
            orphan = connection.execute(_ORPHAN).fetchone()[0]
            if orphan is not None:
                seq = t.seq_of(orphan)[1]
                raise BrokenError(seq, f"entry {seq} is missing, its receipt is there")
            walk.end()
            wrong = _compare(connection, cut) if tables else None
        except BrokenError as error:
            return Verification(walk.entries, error.seq, error.words, walk.seq, walk.epoch)
        except (sqlite3.DatabaseError, ValueError, TypeError, OverflowError) as error:
            words = f"the file is damaged after entry {walk.seq}: {error}"
            return Verification(walk.entries, walk.seq + 1, words, walk.seq, walk.epoch)
    if wrong is not None:
        words = f"the table {wrong} does not follow from the journal"
        return Verification(walk.entries, 0, words, walk.seq, walk.epoch)
    words = "all links hold"
    if behind:
        words += f"; proven from entry {first[1]} of epoch {first[0]}, what is before is in {behind}"
    return Verification(walk.entries, None, words, walk.seq, walk.epoch, signed, first, behind)


def terminal_of(connection: sqlite3.Connection) -> str:
    """Whose journal a file holds; "" where it holds no entry."""
    row = connection.execute("SELECT text FROM journal ORDER BY place LIMIT 1").fetchone()
    return "" if row is None else str(json.loads(row[0])["terminal"])


def is_archive(connection: sqlite3.Connection) -> bool:
    """Whether a file holds what left a journal, and nothing will be added to it."""
    return connection.execute("SELECT count(*) FROM meta WHERE key = 'archive'").fetchone()[0] > 0


def _heads_of(
    connection: sqlite3.Connection, kept: Sequence[SignedHead], walk: Walk, cut: Cut | None
) -> SignedHead | None:
    """Put all heads before the walk, the file's own and those kept elsewhere; return the newest.

    Those of entries before the cut belong to the archives. BrokenError for a signature that does not hold.
    """
    newest: SignedHead | None = None
    terminal = terminal_of(connection)
    for head in (*signed_heads(connection, terminal), *kept):
        if not head.holds():
            raise BrokenError(head.seq, f"the signature of entry {head.seq}, {head.signed_at}, does not hold")
        if terminal and head.terminal != terminal:
            raise BrokenError(head.seq, f"a head is of terminal {head.terminal}, the journal of {terminal}")
        place = t.place_of(head.epoch, head.seq)
        if cut is not None and place <= cut.place:
            if place == cut.place and head.hash != cut.head.hash:
                raise BrokenError(head.seq, f"entry {head.seq} was cut off as another than was signed")
            continue
        walk.ahead.setdefault(place, []).append(head)
        if newest is None or (head.epoch, head.seq) > (newest.epoch, newest.seq):
            newest = head
    return newest


def _compare(connection: sqlite3.Connection, cut: Cut | None) -> str | None:
    """Make the tables again in memory; the name of the first one that differs, None when all are equal."""
    pages = (
        [(name.decode(), number, rows.decode()) for name, number, rows in connection.execute(_BASE)]
        if cut
        else []
    )
    if cut is not None and ground.seal(pages) != cut.base:
        return "base"
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    t.SCHEMA.create_all(engine, tables=t.FACTS)
    with engine.connect() as rebuilt:
        ground.lay(rebuilt, pages)
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


def cut_of(file: Path) -> Cut | None:
    """Behind which entry a journal begins, if older ones left it."""
    with closing(reading(file)) as connection:
        return newest_cut(connection, terminal_of(connection))


def link_at(file: Path, epoch: int, seq: int) -> tuple[str, int]:
    """The hash of an entry ("" where it is not), and the last seq of its epoch."""
    with closing(reading(file)) as connection:
        row = connection.execute(
            "SELECT hash FROM journal WHERE place = ?", (t.place_of(epoch, seq),)
        ).fetchone()
        last = connection.execute(
            "SELECT max(place) FROM journal WHERE place < ?", (t.place_of(epoch + 1, 0),)
        ).fetchone()[0]
    found, end = t.seq_of(last or 0)
    return "" if row is None else row[0].decode("ascii"), end if found == epoch else 0


class Lines(Protocol):
    """Takes what is written out, line by line."""

    def write(self, line: str, /) -> int:
        """Take one line."""
        ...


def export(file: Path, out: Lines) -> int:
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

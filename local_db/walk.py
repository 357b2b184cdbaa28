"""Walking along the chain of a file: each entry follows from the one before and is what it is listed as."""

import json
import re
import sqlite3
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime

from hmi.domain.entries import GENESIS, chain_hash
from local_db import tables as t
from local_db.columns import to_ms
from local_db.heads import SignedHead

# the ends of a canonical entry: its keys stand in alphabetical order
_HEAD = re.compile(
    rb'\{"boot":"(?:[^"\\]|\\.)*",'
    rb'(?:"carried_from":\{"epoch":\d+,"hash":"[0-9a-f]{64}","seq":\d+\},)?'
    rb'"clock_offset_ms":(?:null|-?\d+),"corrects":(?:null|"(?:[^"\\]|\\.)*"),'
    rb'"epoch":(\d+),"id":"([^"]*)","kind":"([^"]*)",'
)
_TAIL = re.compile(
    rb'"prev":"([0-9a-f]{64})","quality":"[a-z]+","seq":(\d+),"source_time":(?:null|"[^"]*"),'
    rb'"subject":(\{"id":"(?:[^"\\]|\\.)*","kind":"(?:[^"\\]|\\.)*"\}),'
    rb'"terminal":"(?:[^"\\]|\\.)*","terminal_time":"([^"]*)","version":\d+\}$'
)
ROWS = (
    "SELECT j.place, j.id, j.kind, j.subject_kind, j.subject_id, j.terminal_time, j.text, j.hash, r.place "
    "FROM journal j LEFT JOIN receipt r ON r.place = j.place ORDER BY j.place"
)
_CUT = "SELECT place, hash, entries, archive, base, signed_at, key, signature FROM cut ORDER BY place DESC"
_TOLD = (
    "SELECT text FROM journal WHERE kind = 'terminal.entries_retired' AND place > ? "
    "ORDER BY place DESC LIMIT 1"
)
_HEADS = "SELECT h.place, h.hash, h.signed_at, h.key, h.signature FROM head h ORDER BY h.place"
_HAS = "SELECT count(*) FROM sqlite_schema WHERE name = ?"

_Row = tuple[int, bytes, bytes, bytes, bytes, int, bytes, bytes, int | None]


class BrokenError(Exception):
    """The first entry that does not hold: its seq, and what is wrong with it."""

    def __init__(self, seq: int, words: str) -> None:
        super().__init__(words)
        self.seq = seq
        self.words = words


@dataclass(slots=True)
class Walk:
    """How far the walk along the chain came; it passes the signed heads that are `ahead`, by place.

    Behind a cut it begins at the entry that was cut off last: its epoch, seq and link.
    """

    ahead: dict[int, list[SignedHead]] = field(default_factory=dict[int, list[SignedHead]])
    entries: int = 0
    epoch: int = 0
    seq: int = 0
    link: bytes = GENESIS.encode("ascii")

    def step(self, row: _Row) -> None:
        """Take one entry; BrokenError when it does not follow from the one before, or was changed."""
        place, _, _, _, _, _, text, link, receipt = row
        epoch, seq = t.seq_of(place)
        if epoch > self.epoch and seq == 1:
            self.epoch, self.seq, self.link = epoch, 0, GENESIS.encode("ascii")
        if epoch != self.epoch or seq != self.seq + 1:
            raise BrokenError(self.seq + 1, f"entry {self.seq + 1} is missing")
        head, tail = _HEAD.match(text), _TAIL.search(text)
        if head is None or tail is None:
            raise BrokenError(seq, f"entry {seq} is damaged: it is not written as entries are")
        if tail.group(1) != self.link:
            raise BrokenError(seq, f"entry {seq} does not follow from entry {self.seq}")
        if chain_hash(self.link.decode("ascii"), text).encode("ascii") != link:
            raise BrokenError(seq, f"entry {seq} was changed: its hash does not hold")
        if not _agrees(row, head, tail):
            raise BrokenError(seq, f"entry {seq} was changed: it is listed as something else than it says")
        if receipt is None:
            raise BrokenError(seq, f"entry {seq} has lost its receipt")
        for signed in self.ahead.pop(place, ()):
            if signed.hash.encode("ascii", "replace") != link:
                raise BrokenError(seq, f"entry {seq} is not the one that was signed at {signed.signed_at}")
        self.entries, self.seq, self.link = self.entries + 1, seq, link

    def end(self) -> None:
        """The journal ends here; BrokenError when a head was signed beyond."""
        if self.ahead:
            place = max(self.ahead)
            epoch, seq = t.seq_of(place)
            first = self.seq + 1 if epoch == self.epoch else 1
            raise BrokenError(
                first,
                f"entries {first} to {seq} of epoch {epoch} are missing: "
                f"entry {seq} was signed at {self.ahead[place][0].signed_at}",
            )


def signed_heads(connection: sqlite3.Connection, terminal: str) -> Generator[SignedHead]:
    """The heads that the file itself holds; none in a file that is older than heads are."""
    if not connection.execute(_HAS, ("head",)).fetchone()[0]:
        return
    for place, *told in connection.execute(_HEADS):
        link, signed_at, key, signature = (text.decode("utf-8", "replace") for text in told)
        epoch, seq = t.seq_of(place)
        yield SignedHead(terminal, epoch, seq, link, signed_at, key, signature)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the journal of a file begins: after this entry. `entries` are those that left, in all.

    `base` is the seal of the tables as they stood there.
    """

    head: SignedHead
    entries: int
    archive: str
    base: str

    @property
    def place(self) -> int:
        """The place of the last entry that left."""
        return t.place_of(self.head.epoch, self.head.seq)


def newest_cut(connection: sqlite3.Connection, terminal: str = "") -> Cut | None:
    """Behind which entry the journal of a file begins; None when it is there from its first."""
    if not connection.execute(_HAS, ("cut",)).fetchone()[0]:
        return None
    row = connection.execute(_CUT).fetchone()
    if row is None:
        return None
    link, archive, base, signed_at, key, signature = (row[at].decode("utf-8") for at in (1, 3, 4, 5, 6, 7))
    epoch, seq = t.seq_of(row[0])
    return Cut(SignedHead(terminal, epoch, seq, link, signed_at, key, signature), row[2], archive, base)


def prove_cut(connection: sqlite3.Connection, cut: Cut, *, archive: bool) -> None:
    """The cut has to be signed, and the journal after it has to tell of it (in an archive it need not yet).

    BrokenError when one of them does not hold.
    """
    seq = cut.head.seq + 1
    if not cut.head.holds():
        raise BrokenError(seq, f"the journal begins with entry {seq}, and nothing that holds says why")
    if archive:
        return
    row = connection.execute(_TOLD, (cut.place,)).fetchone()
    told = {} if row is None else json.loads(row[0])["payload"]
    if (told.get("epoch"), told.get("seq"), told.get("hash"), told.get("base")) != (
        cut.head.epoch,
        cut.head.seq,
        cut.head.hash,
        cut.base,
    ):
        raise BrokenError(seq, f"the journal begins with entry {seq}, and no entry of it tells of that")


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

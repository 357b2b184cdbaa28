"""Puts a copy back: sets the damaged file aside, saves what still proves itself, names what is missing."""

import json
import logging
import shutil
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from hmi.domain.entries import GENESIS, Entry, NewEntry, ReceiptState, Subject, chain_hash
from hmi.domain.payloads import EntryDecided, EpochOpened
from hmi.domain.standing import Known
from hmi.errors import StoreError
from hmi.times import Clock
from local_db import ground, outbox
from local_db import tables as t
from local_db.copies import Copies, CopyFile, proof_of
from local_db.engine import OwnerLock, reading, transaction
from local_db.exchange import BESIDE, aside_of, set_aside, take_place
from local_db.heads import HEADS_SUFFIX, SignedHead, read_heads
from local_db.journal import entry_of
from local_db.ledger import SqliteLedger
from local_db.project import rebuild
from local_db.store import Store
from local_db.verify import terminal_of
from local_db.walk import BrokenError, Cut, newest_cut, prove_cut, signed_heads

_log = logging.getLogger(__name__)
_AFTER = (
    "SELECT j.place, j.text, j.hash, r.state, r.attempts, r.mes_id, r.code, r.words, r.who_decides, "
    "r.settled_at FROM journal j LEFT JOIN receipt r ON r.place = j.place "
    "WHERE j.place > ? ORDER BY j.place LIMIT 1"
)
_STANDS = "SELECT count(*) FROM journal WHERE place = ?"
_RECEIPT = ("state", "attempts", "mes_id", "code", "words", "who_decides", "settled_at")


@dataclass(frozen=True, slots=True)
class Missing:
    """Entries that are known to have been there, and are not here."""

    epoch: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: entries of the copy, those saved from the damaged file, and what is missing.

    `copy` is None when no copy was good, `aside` None when there was no file to set aside.
    """

    copy: Path | None
    copied: int
    saved: int
    epoch: int
    missing: tuple[Missing, ...]
    aside: Path | None


@dataclass(frozen=True, slots=True)
class _Saved:
    """An entry of the damaged file that follows from the one before, and its receipt if that is readable."""

    place: int
    text: str
    link: str
    receipt: dict[str, object]


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Where the journal of a damaged file begins, and the tables as they stood there."""

    cut: Cut
    pages: Sequence[ground.Page]


def restore(
    file: Path,
    copies: Copies,
    *,
    terminal: str,
    clock: Clock,
    known: Known | None = None,
    chosen: Path | None = None,
) -> Restored:
    """Put the newest good copy (or a `chosen` one) in the place of a file; a new epoch begins.

    `known` is what the MES holds, if it was asked. StoreError when another process owns the file, or when
    there is neither a good copy nor a single entry that proves itself; nothing is changed then.
    """
    lock = OwnerLock(file)
    lock.take()
    try:
        copy = _choose(copies, chosen)
        damaged = aside_of(file) or file  # what an interrupted restore set aside, or what is there
        fresh = file.with_name(f"{file.stem}.restoring{file.suffix}")
        _remove(fresh)
        if copy is not None:
            shutil.copyfile(copy.file, fresh)
        copied, saved = _save_what_proves_itself(fresh, damaged, terminal, clock)
        if copied + saved == 0:
            _remove(fresh)
            raise StoreError(
                f"there is no good copy in {copies.folder}, and nothing in {damaged} proves itself. "
                "Nothing was changed"
            )
        missing = _missing(fresh, _heads(damaged), known)
        epoch = _open_epoch(fresh, terminal, clock, sum(one.last - one.first + 1 for one in missing), known)
        heads = _heads_to_keep(damaged, fresh)
        aside = damaged if damaged != file else set_aside(file, clock.now())
        take_place(fresh, file, aside, heads)
        _remove(fresh)
    finally:
        lock.release()
    return Restored(None if copy is None else copy.file, copied, saved, epoch, missing, aside)


def _choose(copies: Copies, chosen: Path | None) -> CopyFile | None:
    if chosen is None:
        found = copies.newest_good()
        return None if found is None else found[0]
    proven = proof_of(chosen)
    if proven is None or not proven.ok:
        words = "it cannot be read" if proven is None else proven.words
        raise StoreError(f"the copy {chosen} does not prove itself: {words}. Nothing was changed")
    return CopyFile(chosen, datetime.fromtimestamp(0).astimezone(), proven.epoch, proven.proven_to)


def _save_what_proves_itself(fresh: Path, damaged: Path, terminal: str, clock: Clock) -> tuple[int, int]:
    """Add to the copy what of the damaged file follows from it; how many were copied, how many saved."""
    store = Store(fresh, terminal=terminal, clock=clock)
    try:
        with transaction(store.connection, reads=True):
            copied = store.connection.scalar(sa.select(sa.func.count()).select_from(t.journal)) or 0
            row = store.connection.execute(
                sa.select(t.journal.c.place, t.journal.c.hash).order_by(t.journal.c.place.desc()).limit(1)
            ).first()
        saved = 0
        with transaction(store.connection):
            place, link = _begin(store.connection, damaged) if row is None else (row.place, row.hash)
            for one in _following(damaged, place, link):
                _append(store.connection, one)
                saved += 1
            rebuild(store.connection)
    finally:
        store.close()
    return copied, saved


def _beginning(damaged: Path) -> _Beginning | None:
    """Where older entries left a file, if that is proven together with the tables as they stood there."""
    with suppress(StoreError, sqlite3.DatabaseError, ValueError), closing(reading(damaged)) as connection:
        cut = newest_cut(connection, terminal_of(connection))
        if cut is None:
            return None
        try:
            prove_cut(connection, cut, archive=False)
        except BrokenError as error:
            _log.warning("%s: %s", damaged, error.words)
            return None
        rows = connection.execute("SELECT name, number, rows FROM base ORDER BY name, number")
        pages = [(name.decode("utf-8"), number, text.decode("utf-8")) for name, number, text in rows]
        if ground.seal(pages) == cut.base:
            return _Beginning(cut, pages)
        _log.warning("%s: the tables as they stood at entry %d do not hold", damaged, cut.head.seq)
    return None


def _begin(connection: sa.Connection, damaged: Path) -> tuple[int, str]:
    """Let an empty journal begin where that of a damaged file does; the place and link to follow."""
    begin = _beginning(damaged)
    if begin is None:
        return 0, GENESIS
    cut, head = begin.cut, begin.cut.head
    row = {"place": cut.place, "entries": cut.entries, "hash": head.hash, "archive": cut.archive}
    proof = {"base": cut.base, "signed_at": head.signed_at, "key": head.key, "signature": head.signature}
    connection.execute(sa.insert(t.cut), {**row, **proof})
    ground.replace(connection, begin.pages)
    return cut.place, head.hash


def _following(damaged: Path, place: int, link: str) -> Generator[_Saved]:
    """The entries of a file after a place, as long as each follows from the one before."""
    try:
        connection = reading(damaged)
    except StoreError as error:
        _log.warning("%s: nothing can be saved from it", error)
        return
    with closing(connection), suppress(sqlite3.DatabaseError, ValueError, KeyError, TypeError):
        while (row := connection.execute(_AFTER, (place,)).fetchone()) is not None:
            epoch, seq = t.seq_of(row[0])
            before = GENESIS if seq == 1 and epoch > t.seq_of(place)[0] else link
            follows = seq == 1 if before == GENESIS else row[0] == place + 1
            text, found = row[1].decode("utf-8"), row[2].decode("ascii")
            if not follows or chain_hash(before, row[1]) != found or json.loads(text)["prev"] != before:
                return
            place, link = row[0], found
            yield _Saved(place, text, found, _receipt(row[3:]))


def _receipt(row: Sequence[object]) -> dict[str, object]:
    told = {
        name: value.decode("utf-8") if isinstance(value, bytes) else value
        for name, value in zip(_RECEIPT, row, strict=True)
    }
    if told["state"] not in [state.value for state in ReceiptState]:
        return {"state": ReceiptState.WAITING.value, "attempts": 0}
    return told


def _append(connection: sa.Connection, one: _Saved) -> None:
    entry: Entry = entry_of(one.text, one.link)
    row: dict[str, object] = {
        "place": one.place,
        "id": entry.id,
        "kind": entry.kind,
        "subject_kind": entry.subject.kind,
        "subject_id": entry.subject.id,
        "terminal_time": entry.terminal_time,
        "text": one.text,
        "hash": one.link,
    }
    connection.execute(sa.insert(t.journal), row)
    settled = one.receipt.get("settled_at")
    columns = ", ".join(("place", *one.receipt))
    marks = ", ".join(f":{name}" for name in ("place", *one.receipt))
    connection.execute(
        sa.text(f"INSERT INTO receipt ({columns}) VALUES ({marks})"),  # noqa: S608  our own names
        {"place": one.place, **one.receipt, **({} if settled is None else {"settled_at": settled})},
    )
    if isinstance(entry.payload, EntryDecided):
        outbox.decide(connection, entry.payload)


def _heads(file: Path) -> list[SignedHead]:
    """All heads that are known of a file, also of one that is damaged."""
    heads = read_heads(file.with_suffix(HEADS_SUFFIX))
    with suppress(StoreError, sqlite3.DatabaseError), closing(reading(file)) as connection:
        heads += list(signed_heads(connection, ""))
    return heads


def _missing(fresh: Path, heads: Sequence[SignedHead], known: Known | None) -> tuple[Missing, ...]:
    with closing(reading(fresh)) as connection:
        here: dict[int, int] = {}
        for (place,) in connection.execute("SELECT max(place) FROM journal GROUP BY place >> 40"):
            epoch, seq = t.seq_of(place)
            here[epoch] = seq
        cut = newest_cut(connection)
    left = 0 if cut is None else cut.place
    last: dict[int, int] = {}
    for epoch, seq in [(head.epoch, head.seq) for head in heads] + [
        (one.epoch, one.last) for one in (known.epochs if known is not None else ())
    ]:
        last[epoch] = max(seq, last.get(epoch, 0))
    return tuple(
        Missing(epoch, here.get(epoch, 0) + 1, seq)
        for epoch, seq in sorted(last.items())
        if seq > here.get(epoch, 0) and t.place_of(epoch, seq) > left
    )


def _open_epoch(fresh: Path, terminal: str, clock: Clock, missing: int, known: Known | None) -> int:
    ledger = SqliteLedger(
        fresh, terminal=terminal, equipment="", clock=clock, on_changes=lambda changes: None
    )
    with closing(sqlite3.connect(fresh)) as raw:
        newest = raw.execute("SELECT max(place) FROM journal").fetchone()[0] or 0
        at_mes = max((one.epoch for one in known.epochs), default=0) if known is not None else 0
        own = int(raw.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0])
        epoch = max(own, t.seq_of(newest)[0], at_mes) + 1
        raw.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (str(epoch),))
        raw.commit()
    said = EpochOpened(epoch=epoch, cause="restored", carried=0, missing=missing)
    entry = NewEntry(Subject("terminal", terminal), said, by_machine=True)
    ledger.start()
    try:
        ledger.do(lambda records, wish, context: [entry], None).result()
    finally:
        ledger.stop()
    return epoch


def _heads_to_keep(file: Path, fresh: Path) -> list[SignedHead]:
    """Heads of entries that are missing stay aside; the first entry of the new epoch says that they are."""
    own = read_heads(fresh.with_suffix(HEADS_SUFFIX))
    with closing(reading(fresh)) as connection:
        cut = newest_cut(connection)
        left = 0 if cut is None else cut.place

        def stays(head: SignedHead) -> bool:
            place = t.place_of(head.epoch, head.seq)
            if place <= left:
                return True
            return bool(connection.execute(_STANDS, (place,)).fetchone()[0])

        return [*filter(stays, read_heads(file.with_suffix(HEADS_SUFFIX))), *own]


def _remove(fresh: Path) -> None:
    for part in ("", *BESIDE, ".lock"):
        fresh.with_name(fresh.name + part).unlink(missing_ok=True)
    fresh.with_suffix(HEADS_SUFFIX).unlink(missing_ok=True)

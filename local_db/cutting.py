"""Where a journal is cut, and the cut itself: old entries go in one transaction that says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from hmi.domain.entries import NewEntry, ReceiptState, Subject
from hmi.domain.keeping_payloads import EntriesRetired
from hmi.errors import StoreError
from hmi.ids import new_id
from local_db import ground, outbox
from local_db import tables as t
from local_db.engine import transaction
from local_db.journal import entry_of
from local_db.reconcile import CARRIED
from local_db.store import Store

_SETTLED = (ReceiptState.RECEIVED.value, ReceiptState.SET_ASIDE.value)
_ASIDE = (
    sa.select(t.receipt.c.place, t.receipt.c.code, t.journal.c.id)
    .join(t.journal, t.journal.c.place == t.receipt.c.place)
    .where(outbox.OPEN, t.receipt.c.state == ReceiptState.SET_ASIDE.value)
    .order_by(t.receipt.c.place)
)
_DECISIONS = (
    sa.select(t.journal.c.text, t.journal.c.hash)
    .join(t.receipt, t.receipt.c.place == t.journal.c.place)
    .where(t.journal.c.kind == "entry.decided", t.receipt.c.state == ReceiptState.RECEIVED.value)
)
_LATEST = (
    sa.select(t.receipt.c.state)
    .join(t.journal, t.journal.c.place == t.receipt.c.place)
    .where(t.journal.c.id == sa.bindparam("entry"))
    .order_by(t.receipt.c.place.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Archive:
    """A file that holds all up to a place and proves it; `pages` are the tables as they stood there."""

    file: Path
    place: int
    digest: str
    pages: Sequence[ground.Page]


@dataclass(frozen=True, slots=True)
class CutFound:
    """Where to cut: the place of the last entry that may go.

    `before` is the place of the cut before; nothing is to go where `place` is not behind it. `words` say what
    holds back those that follow, "" when it is their age alone.
    """

    place: int
    before: int
    words: str


def find_cut(connection: sa.Connection, older_than: datetime, most: int | None = None) -> CutFound:
    """Whole days that are older, all settled; of very many entries the first days, about `most` entries."""
    day = _day_of(older_than)
    if most is not None:
        day = min(day, _end_of_first(connection, most))
    young = connection.scalar(
        sa.select(sa.func.min(t.journal.c.place)).where(t.journal.c.terminal_time >= day)
    )
    head = connection.scalar(sa.select(sa.func.max(t.head.c.place))) or 0
    end, words = min(head, young) if young is not None else head, ""
    held = first_held(connection)
    if held is not None and held < end:
        epoch, seq = t.seq_of(held)
        end, words = held, f"entry {seq} of epoch {epoch} has no receipt, and stays with all that follow it"
    last = connection.scalar(sa.select(sa.func.max(t.journal.c.place)).where(t.journal.c.place < end))
    return CutFound(last or 0, _cut_before(connection), words)


def _day_of(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _end_of_first(connection: sa.Connection, most: int) -> datetime:
    """The end of the last whole day within the first `most` entries, or of the first day."""
    times = sa.select(t.journal.c.terminal_time).order_by(t.journal.c.place)
    first = connection.scalar(times.limit(1))
    last = connection.scalar(times.limit(1).offset(most))
    if first is None or last is None:
        return datetime.max.replace(tzinfo=UTC)
    return max(_day_of(last), _day_of(first) + timedelta(days=1))


def first_held(connection: sa.Connection) -> int | None:
    """The first entry that is neither received nor, by a decision that was received, set aside."""
    first = connection.scalar(
        sa.select(sa.func.min(t.receipt.c.place)).where(t.receipt.c.state.not_in(_SETTLED))
    )
    decided: set[str] = set()
    aside = connection.execute(_ASIDE).all()
    if aside:
        for row in connection.execute(_DECISIONS):
            decided.add(str(entry_of(row.text, row.hash).payload.to_wire()["entry"]))
    for row in aside:
        if row.code == CARRIED:
            settled = connection.scalar(_LATEST, {"entry": row.id}) == ReceiptState.RECEIVED.value
            settled = settled or row.id in decided
        else:
            settled = row.id in decided
        if not settled:
            return row.place if first is None else min(first, row.place)
    return first


def _cut_before(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.max(t.cut.c.place))) or 0


def cut_off(store: Store, archive: Archive) -> int:
    """Say it in the journal, keep the tables of the cut, and let the entries go: one transaction.

    StoreError when one of them has lost its receipt since: the MES was put back and wants it again.
    """
    place = archive.place
    epoch, seq = t.seq_of(place)
    span = {"place": place}
    try:
        with transaction(store.connection) as connection:
            held = first_held(connection)
            if held is not None and held <= place:
                raise StoreError(
                    f"entry {t.seq_of(held)[1]} has to be sent again: nothing left the journal, try later"
                )
            link = connection.scalar(sa.text("SELECT hash FROM journal WHERE place = :place"), span)
            count = (
                connection.scalar(sa.text("SELECT count(*) FROM journal WHERE place <= :place"), span) or 0
            )
            gone = connection.scalar(sa.select(sa.func.max(t.cut.c.entries))) or 0
            said = EntriesRetired(
                epoch=epoch,
                seq=seq,
                entries=count,
                hash=str(link),
                base=ground.seal(archive.pages),
                archive=archive.file.name,
                archive_hash=archive.digest,
            )
            store.add_cut(place, said, gone + count)
            ground.replace(connection, archive.pages)
            for table in (t.head, t.receipt, t.journal):
                connection.execute(sa.delete(table).where(table.c.place <= place))
            store.append_own(
                NewEntry(Subject("terminal", store.terminal), said, by_machine=True), str(new_id())
            )
    except BaseException:
        store.forget_heads()
        raise
    store.tell_heads()
    return count

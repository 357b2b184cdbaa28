"""Compares the journal with what the MES holds: either may be older than the other, or two stores forked."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from hmi.domain.entries import GENESIS, ReceiptState
from hmi.domain.standing import DigestRange, Known, KnownEpoch
from local_db import outbox
from local_db import tables as t
from local_db.journal import Journal, entry_of

_log = logging.getLogger(__name__)
DIGEST_ENTRIES = 1000
CARRIED = "carried"

Cause = Literal["older", "forked"]

_RECEIVED = (
    sa.select(t.journal.c.hash)
    .join(t.receipt, t.receipt.c.place == t.journal.c.place)
    .where(
        t.receipt.c.state == ReceiptState.RECEIVED.value,
        t.journal.c.place.between(sa.bindparam("first"), sa.bindparam("last")),
    )
    .order_by(t.journal.c.place)
)
_LOST = (
    sa.update(t.receipt)
    .where(
        t.receipt.c.state == ReceiptState.RECEIVED.value,
        t.receipt.c.place.between(sa.bindparam("b_first"), sa.bindparam("b_last")),
    )
    .values(state=ReceiptState.WAITING.value, mes_id=None, settled_at=None)
)
_UNSENT = (
    sa.select(t.receipt, t.journal.c.text, t.journal.c.hash)
    .join(t.journal, t.journal.c.place == t.receipt.c.place)
    .where(outbox.OPEN, t.receipt.c.state != ReceiptState.SET_ASIDE.value)
    .where(t.receipt.c.place.between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(t.receipt.c.place)
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is wrong between journal and MES: None and nothing where all holds.

    `renew_to` is the number of the epoch to open, `missing` how many entries the MES knows of that are not
    here, `suspects` the (epoch, first, last seq) among which the MES may have forgotten some.
    """

    cause: Cause | None
    renew_to: int
    missing: int
    suspects: tuple[tuple[int, int, int], ...]


def compare(connection: sa.Connection, epoch: int, known: Known, agreed: str) -> Comparison:
    """Compare all that the MES knows; `agreed` is the state of its database that was compared last."""
    there = {one.epoch: one for one in known.epochs}
    ours = last_seqs(connection)
    cut = connection.scalar(sa.select(sa.func.max(t.cut.c.place))) or 0
    gone_epoch, gone = t.seq_of(cut)
    newest = max([epoch, *there])
    missing = sum(max(0, one.last - ours.get(number, 0)) for number, one in there.items() if number >= epoch)
    here = there.get(epoch)
    cause: Cause | None = None
    if missing > 0:
        cause = "older"
    elif here is not None and _differs(connection, epoch, here, cut):
        cause = "forked"
    suspects: list[tuple[int, int, int]] = []
    for number, last in ours.items():
        sure = there[number].seq if number in there and agreed in ("", known.mes_epoch) else 0
        if number == gone_epoch and sure < gone:
            if number not in there or there[number].seq < gone:
                _log.warning(
                    "the MES lacks entries up to %d of epoch %d, which are in an archive", gone, number
                )
            sure = gone
        if _last_received(connection, number) > sure:
            suspects.append((number, sure + 1, last))
    return Comparison(cause, newest + 1, missing, tuple(suspects))


def last_seqs(connection: sa.Connection) -> dict[int, int]:
    """The last seq of each epoch that has entries."""
    last = sa.func.max(t.journal.c.place)
    found: dict[int, int] = {}
    below: int | None = None
    while True:
        query = sa.select(last) if below is None else sa.select(last).where(t.journal.c.place < below)
        place = connection.execute(query).scalar()
        if place is None:
            return found
        epoch, seq = t.seq_of(place)
        found[epoch] = seq
        below = t.place_of(epoch, 0)


def count_unsent(connection: sa.Connection, epoch: int) -> int:
    """How many entries of an epoch the MES has not received, and nobody set aside."""
    span = {"first": t.place_of(epoch, 0), "last": t.place_of(epoch + 1, 0) - 1}
    return len(connection.execute(_UNSENT, span).all())


def carry_over(connection: sa.Connection, journal: Journal, given_up: int, now: datetime) -> int:
    """Append what the MES has not received of a given-up epoch again; return how many that were.

    What it had refused stays refused at its new place until a person decides.
    """
    span = {"first": t.place_of(given_up, 0), "last": t.place_of(given_up + 1, 0) - 1}
    rows = connection.execute(_UNSENT, span).all()
    for row in rows:
        place, entry = journal.carry(entry_of(row.text, row.hash))
        refused = row.state == ReceiptState.REFUSED.value
        told = {"code": row.code, "words": row.words, "who_decides": row.who_decides} if refused else {}
        state = ReceiptState.REFUSED if refused else ReceiptState.WAITING
        connection.execute(
            sa.insert(t.receipt), {"place": place, "state": state.value, "attempts": row.attempts, **told}
        )
        aside = {"code": CARRIED, "words": f"goes as entry {entry.seq} of epoch {entry.epoch}"}
        connection.execute(
            sa.update(t.receipt)
            .where(t.receipt.c.place == row.place)
            .values(state=ReceiptState.SET_ASIDE.value, settled_at=now, **aside)
        )
    return len(rows)


def digest(connection: sa.Connection, epoch: int, first: int, last: int) -> DigestRange:
    """How many entries of a range were received, and SHA-256 over their hashes, one a line, in order."""
    span = {"first": t.place_of(epoch, first), "last": t.place_of(epoch, last)}
    links = connection.execute(_RECEIVED, span).scalars().all()
    told = hashlib.sha256("".join(f"{link}\n" for link in links).encode("ascii")).hexdigest()
    return DigestRange(first, last, len(links), told)


def send_again(connection: sa.Connection, epoch: int, told: Sequence[DigestRange]) -> int:
    """Set the received entries of every range that differs back to waiting; return how many."""
    again = 0
    for one in told:
        if digest(connection, epoch, one.first, one.last) != one:
            span = {"b_first": t.place_of(epoch, one.first), "b_last": t.place_of(epoch, one.last)}
            again += connection.execute(_LOST, span).rowcount
    return again


def _differs(connection: sa.Connection, epoch: int, here: KnownEpoch, cut: int) -> bool:
    """Whether the MES holds another entry at its end; what left is not here to tell."""
    place = t.place_of(epoch, here.seq)
    if here.seq == 0 or place < cut:
        return False
    if place == cut:
        return connection.scalar(sa.select(t.cut.c.hash).where(t.cut.c.place == cut)) != here.hash
    return _link_of(connection, epoch, here.seq) != here.hash


def _link_of(connection: sa.Connection, epoch: int, seq: int) -> str:
    place = t.place_of(epoch, seq)
    return connection.scalar(sa.select(t.journal.c.hash).where(t.journal.c.place == place)) or GENESIS


def _last_received(connection: sa.Connection, epoch: int) -> int:
    """The largest seq of an epoch that was received; looks from the end, which is usually all it takes."""
    query = (
        sa.select(t.receipt.c.place)
        .where(t.receipt.c.state == ReceiptState.RECEIVED.value)
        .where(t.receipt.c.place.between(t.place_of(epoch, 0), t.place_of(epoch + 1, 0) - 1))
        .order_by(t.receipt.c.place.desc())
        .limit(1)
    )
    place = connection.execute(query).scalar()
    return 0 if place is None else t.seq_of(place)[1]

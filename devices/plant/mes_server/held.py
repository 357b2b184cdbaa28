"""What the reference MES holds of a terminal's entries, so that both ends can tell whether one went back."""

import hashlib

from pydantic import JsonValue
from sqlalchemy import Connection, func, select

from devices.plant.mes_server import tables

GENESIS = "0" * 64
DIGEST_ENTRIES = 1000
MAX_DIGEST_SPAN = 100_000


def known(connection: Connection, terminal: str) -> list[JsonValue]:
    """Of each epoch: the entry up to which all are here, its hash, and the last one that is here."""
    inbox, high = tables.inbox, tables.high_water
    reached = {
        row.epoch: row.seq
        for row in connection.execute(select(high.c.epoch, high.c.seq).where(high.c.terminal == terminal))
    }
    last = select(inbox.c.epoch, func.max(inbox.c.seq).label("last")).where(inbox.c.terminal == terminal)
    told: list[JsonValue] = []
    for row in connection.execute(last.group_by(inbox.c.epoch).order_by(inbox.c.epoch)):
        here = (inbox.c.terminal == terminal) & (inbox.c.epoch == row.epoch)
        newest = connection.execute(
            select(inbox.c.seq, inbox.c.hash)
            .where(here & (inbox.c.seq <= reached.get(row.epoch, 0)))
            .order_by(inbox.c.seq.desc())
            .limit(1)
        ).first()
        seq, link = (0, GENESIS) if newest is None else (newest.seq, newest.hash)
        told.append({"epoch": row.epoch, "seq": seq, "hash": link, "last": row.last})
    return told


def digests(connection: Connection, terminal: str, epoch: int, first: int, last: int) -> list[JsonValue]:
    """Of each thousand places: how many entries were received, and SHA-256 over their hashes, one a line."""
    inbox = tables.inbox
    told: list[JsonValue] = []
    while first <= last:
        end = min(last, first + DIGEST_ENTRIES - 1)
        links = connection.scalars(
            select(inbox.c.hash)
            .where((inbox.c.terminal == terminal) & (inbox.c.epoch == epoch) & (inbox.c.result == "received"))
            .where(inbox.c.seq.between(first, end))
            .order_by(inbox.c.seq)
        ).all()
        digest = hashlib.sha256("".join(f"{link}\n" for link in links).encode()).hexdigest()
        told.append({"first": first, "last": end, "count": len(links), "hash": digest})
        first = end + 1
    return told

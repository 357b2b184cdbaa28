"""Who counts a machine's counter: one terminal at a time, each grant with a higher fencing number."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue
from sqlalchemy import Connection, insert, select, update

from devices.plant.mes_server import kinds, tables
from devices.plant.mes_server.envelope import Envelope, Name, Told
from devices.plant.mes_server.judging import Refusal
from devices.plant.mes_server.keeping_kinds import CounterTaken

TERM_S = 60


class LeaseWish(Told):
    """A terminal wants to count by this counter, or to go on with it."""

    counter: Name


@dataclass(frozen=True)
class Lease:
    """The newest grant of a counter: to whom, with which number, and up to where received entries count."""

    holder: str
    fence: int
    renewed_ms: int
    counted_to: int | None
    counted_at: str | None


def find(connection: Connection, equipment: str, counter: str) -> Lease | None:
    """The lease of a counter, None when nobody ever asked for it."""
    lease = tables.lease
    where = (lease.c.equipment == equipment) & (lease.c.counter == counter)
    row = connection.execute(select(lease).where(where)).first()
    return (
        None if row is None else Lease(row.holder, row.fence, row.renewed_ms, row.counted_to, row.counted_at)
    )


def take(connection: Connection, terminal: str, counter: str, now_ms: int, term_s: float = TERM_S) -> Lease:
    """Renew the holder's lease, or grant one that is free or whose term is over; else it stays as it is."""
    equipment = equipment_of(connection, terminal)
    known = find(connection, equipment, counter)
    if known is None:
        granted = Lease(terminal, 1, now_ms, None, None)
        row = {"equipment": equipment, "counter": counter, "counted_to": None, "counted_at": None}
        connection.execute(insert(tables.lease).values(**row, holder=terminal, fence=1, renewed_ms=now_ms))
        return granted
    if known.holder != terminal and now_ms - known.renewed_ms < term_s * 1000:
        return known
    fence = known.fence if known.holder == terminal else known.fence + 1
    _change(connection, equipment, counter, {"holder": terminal, "fence": fence, "renewed_ms": now_ms})
    return Lease(terminal, fence, now_ms, known.counted_to, known.counted_at)


def equipment_of(connection: Connection, terminal: str) -> str:
    """The machine at which a terminal stands; its own id where the MES does not know."""
    found = connection.scalar(select(tables.terminal.c.equipment).where(tables.terminal.c.id == terminal))
    return found or terminal


def told(lease: Lease, terminal: str, counter: str, term_s: float = TERM_S) -> Mapping[str, JsonValue]:
    """The lease as the contract writes it."""
    return {
        "counter": counter,
        "holder": lease.holder,
        "held": lease.holder == terminal,
        "fence": lease.fence,
        "term_s": term_s,
        "counted_to": lease.counted_to,
        "counted_at": lease.counted_at,
    }


def judge_count(connection: Connection, entry: Envelope, payload: BaseModel) -> Refusal | None:
    """Refuse a count of a counter that was granted to another terminal since."""
    if not isinstance(payload, kinds.Counted):
        return None
    known = find(connection, equipment_of(connection, entry.terminal), payload.counter)
    if known is None:
        return None
    fence = payload.fence
    if known.holder == entry.terminal and (fence is None or fence >= known.fence):
        return None
    if fence is not None and fence > known.fence:
        return None
    own = "without a lease" if fence is None else f"under lease {fence}"
    words = f"{known.holder} counts {payload.counter} by lease {known.fence}; this was counted {own}."
    return Refusal("lease_lost", words, "supervisor")


def note_taken(connection: Connection, entry: Envelope, payload: CounterTaken, now_ms: int) -> None:
    """A person took the lease by hand; one that was granted meanwhile stays with its holder."""
    equipment = equipment_of(connection, entry.terminal)
    known = find(connection, equipment, payload.counter)
    if known is not None and payload.fence > known.fence:
        change = {"holder": entry.terminal, "fence": payload.fence, "renewed_ms": now_ms}
        _change(connection, equipment, payload.counter, change)


def note_count(connection: Connection, entry: Envelope, payload: BaseModel) -> None:
    """Keep up to where a leased counter was counted; a higher fence shows a grant that a backup lost."""
    if isinstance(payload, CounterTaken):
        note_taken(connection, entry, payload, round(time.time() * 1000))
    if not isinstance(payload, kinds.Counted):
        return
    equipment = equipment_of(connection, entry.terminal)
    known = find(connection, equipment, payload.counter)
    if known is None:
        return
    change: dict[str, JsonValue] = {}
    if known.counted_at is None or payload.to_time >= known.counted_at:
        change = {"counted_to": payload.counter_to, "counted_at": payload.to_time}
    if payload.fence is not None and payload.fence > known.fence:
        change |= {"holder": entry.terminal, "fence": payload.fence}
    if change:
        _change(connection, equipment, payload.counter, change)


def _change(connection: Connection, equipment: str, counter: str, values: Mapping[str, JsonValue]) -> None:
    lease = tables.lease
    where = (lease.c.equipment == equipment) & (lease.c.counter == counter)
    connection.execute(update(lease).where(where).values(**values))

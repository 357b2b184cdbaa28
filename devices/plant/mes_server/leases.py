"""Who counts a machine's counter: one terminal at a time, each grant with a higher fencing number."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from pydantic import BaseModel, JsonValue
from sqlalchemy import Connection, insert, select, update

from devices.plant.mes_server import kinds, tables
from devices.plant.mes_server.envelope import Name, Told
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


class CountJudge:
    """The leases as one batch of a terminal finds and changes them; each is read and written once."""

    def __init__(self, connection: Connection, terminal: str) -> None:
        self._connection = connection
        self._terminal = terminal
        self._equipment: str | None = None
        self._known: dict[str, Lease | None] = {}
        self._changed: set[str] = set()

    def judge(self, payload: BaseModel) -> Refusal | None:
        """Refuse a count of a counter that was granted to another terminal since."""
        if not isinstance(payload, kinds.Counted):
            return None
        known = self._find(payload.counter)
        if known is None:
            return None
        fence = payload.fence
        if known.holder == self._terminal and (fence is None or fence >= known.fence):
            return None
        if fence is not None and fence > known.fence:
            return None
        own = "without a lease" if fence is None else f"under lease {fence}"
        words = f"{known.holder} counts {payload.counter} by lease {known.fence}; this was counted {own}."
        return Refusal("lease_lost", words, "supervisor")

    def note(self, payload: BaseModel) -> None:
        """Keep up to where a leased counter was counted, and who holds it.

        A higher fence shows a grant that a backup lost, or a lease that a person took by hand; one that was
        granted meanwhile stays with its holder.
        """
        if not isinstance(payload, kinds.Counted | CounterTaken):
            return
        known = self._find(payload.counter)
        if known is None:
            return
        now = known
        if payload.fence is not None and payload.fence > known.fence:
            now = replace(now, holder=self._terminal, fence=payload.fence)
        if isinstance(payload, CounterTaken):
            if now is not known:
                now = replace(now, renewed_ms=round(time.time() * 1000))
        elif known.counted_at is None or payload.to_time >= known.counted_at:
            now = replace(now, counted_to=payload.counter_to, counted_at=payload.to_time)
        if now is not known:
            self._known[payload.counter] = now
            self._changed.add(payload.counter)

    def flush(self) -> None:
        """Write what the batch changed."""
        for counter in sorted(self._changed):
            lease = self._known[counter]
            if lease is not None and self._equipment is not None:
                _change(self._connection, self._equipment, counter, asdict(lease))

    def _find(self, counter: str) -> Lease | None:
        if self._equipment is None:
            self._equipment = equipment_of(self._connection, self._terminal)
        if counter not in self._known:
            self._known[counter] = find(self._connection, self._equipment, counter)
        return self._known[counter]


def _change(connection: Connection, equipment: str, counter: str, values: Mapping[str, JsonValue]) -> None:
    lease = tables.lease
    where = (lease.c.equipment == equipment) & (lease.c.counter == counter)
    connection.execute(update(lease).where(where).values(**values))

"""States and stops of the equipment, by the PLC's clock."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from hmi.domain.equipment import EquipmentState, PackmlState, StatePeriod, Stop
from local_db import tables as t
from local_db.stores.plans import PlanStore

_LAST = sa.select(t.state_period).order_by(t.state_period.c.place.desc()).limit(1)
_PERIODS = (
    sa.select(t.state_period)
    .where(sa.or_(t.state_period.c.end.is_(None), t.state_period.c.end > sa.bindparam("since")))
    .order_by(t.state_period.c.place)
)
_STOPS = (
    sa.select(t.stop)
    .where(sa.or_(t.stop.c.ended_at.is_(None), t.stop.c.ended_at > sa.bindparam("since")))
    .order_by(t.stop.c.place)
)
_OPEN = sa.select(t.stop).where(t.stop.c.ended_at.is_(None)).order_by(t.stop.c.place.desc()).limit(1)
_ONE = sa.select(t.stop).where(t.stop.c.id == sa.bindparam("stop"))
_UNCLASSIFIED = sa.select(t.stop).where(sa.text("stop.reason IS NULL")).order_by(t.stop.c.place)


class EquipmentStore:
    """Reads states and stops; implements hmi.ports.EquipmentRecords."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read on the connection of the ledger thread."""
        self._connection = connection

    def state(self) -> EquipmentState | None:
        """The state that was booked last, with the fault code that its stop knows by now."""
        row = self._connection.execute(_LAST).first()
        if row is None:
            return None
        open_stop = None if row.fault else self.open_stop()
        fault = row.fault if open_stop is None else open_stop.fault
        return EquipmentState(PackmlState(row.state), fault, row.start)

    def periods(self, since: datetime) -> Sequence[StatePeriod]:
        """The stretches of states that reach past `since`, each with the stop that it belongs to."""
        rows = self._connection.execute(_PERIODS, {"since": since}).all()
        if not rows:
            return []
        stops = sorted(self.stops(min(since, rows[0].start)), key=lambda stop: stop.began_at)
        plans = PlanStore(self._connection)
        names = {reason.id: reason.name for reason in plans.reasons("stop")}
        return [_period(row, stops, names) for row in rows]

    def open_stop(self) -> Stop | None:
        """The stop that lasts."""
        row = self._connection.execute(_OPEN).first()
        return None if row is None else _stop(row)

    def stop(self, stop: str) -> Stop | None:
        """One stop."""
        row = self._connection.execute(_ONE, {"stop": stop}).first()
        return None if row is None else _stop(row)

    def stops(self, since: datetime) -> Sequence[Stop]:
        """The stops that reach past `since`."""
        return [_stop(row) for row in self._connection.execute(_STOPS, {"since": since})]

    def unclassified(self) -> Sequence[Stop]:
        """The stops that nobody gave a reason, the open one among them."""
        return [_stop(row) for row in self._connection.execute(_UNCLASSIFIED)]


def _period(row: sa.Row[tuple[object, ...]], stops: Sequence[Stop], names: dict[str, str]) -> StatePeriod:
    start: datetime = row.start
    before = bisect_right(stops, start, key=lambda stop: stop.began_at)
    of = stops[before - 1] if before else None
    if of is None or (of.ended_at is not None and of.ended_at <= start):
        return StatePeriod(PackmlState(row.state), start, row.end, fault=row.fault)
    name = names.get(of.reason, of.reason) if of.reason else None
    return StatePeriod(PackmlState(row.state), start, row.end, of.id, name, row.fault or of.fault)


def _stop(row: sa.Row[tuple[object, ...]]) -> Stop:
    return Stop(
        id=row.id,
        equipment=row.equipment,
        order=row.order_id,
        state=PackmlState(row.state),
        fault=row.fault,
        began_at=row.began_at,
        ended_at=row.ended_at,
        reason=row.reason,
        comment=row.comment,
        classified_by=row.classified_by,
        classified_at=row.classified_at,
        classification_entry=row.classification_entry,
        repair=row.repair,
    )

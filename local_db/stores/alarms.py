"""Alarms as they stand."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from hmi.domain.alarms import AlarmCondition, AlarmRecord, Priority
from local_db import tables as t

_ONE = sa.select(t.alarm).where(t.alarm.c.key == sa.bindparam("alarm"))
_ALL = sa.select(t.alarm).order_by(t.alarm.c.place)
_CALLING = _ALL.where(sa.text("acknowledged = 0 AND out_of_service = 0 AND shelved_until IS NULL"))
_NEXT = sa.select(sa.func.min(t.alarm.c.shelved_until, type_=t.alarm.c.shelved_until.type))


class AlarmStore:
    """Reads alarms; implements hmi.ports.AlarmRecords."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read on the connection of the ledger thread."""
        self._connection = connection

    def alarm(self, key: str) -> AlarmRecord | None:
        """One alarm."""
        row = self._connection.execute(_ONE, {"alarm": key}).first()
        return None if row is None else _record(row)

    def alarms(self) -> Sequence[AlarmRecord]:
        """Every alarm that was ever raised here, the one that was touched last at the end."""
        return [_record(row) for row in self._connection.execute(_ALL)]

    def unacknowledged(self) -> Sequence[AlarmRecord]:
        """The alarms that call for somebody."""
        return [_record(row) for row in self._connection.execute(_CALLING)]

    def next_unshelving(self) -> datetime | None:
        """When the next alarm comes back from the shelf."""
        return self._connection.execute(_NEXT).scalar()


def _record(row: sa.Row[tuple[object, ...]]) -> AlarmRecord:
    return AlarmRecord(
        key=row.key,
        name=row.name,
        priority=Priority(row.priority),
        condition=AlarmCondition(row.condition),
        link=row.link,
        tag=row.tag,
        fault=row.fault,
        value=row.value,
        limit=row.limit,
        unit=row.unit,
        active=bool(row.active),
        acknowledged=bool(row.acknowledged),
        raised_at=row.raised_at,
        times=row.times,
        returned_at=row.returned_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        shelved_until=row.shelved_until,
        out_of_service=bool(row.out_of_service),
        suppressed_by=row.suppressed_by,
        suppressed_at=row.suppressed_at,
        reason=row.reason,
    )

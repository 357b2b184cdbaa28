"""Repairs, with their steps and parts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from hmi.domain.maintenance import AssetHistory, PartUsed, Repair, StepDone
from hmi.domain.payloads import duration_ms
from hmi.times import Clock
from local_db import tables as t

_ONE = sa.select(t.repair).where(t.repair.c.id == sa.bindparam("repair_id"))
_OPEN = sa.select(t.repair).where(sa.text("repair.returned_at IS NULL")).order_by(t.repair.c.place.desc())
_CLOSED = (
    sa.select(t.repair)
    .where(t.repair.c.returned_at.is_not(None))
    .order_by(t.repair.c.place.desc())
    .limit(sa.bindparam("limit"))
)
_STEPS = (
    sa.select(t.repair_step)
    .where(t.repair_step.c.repair.in_(sa.bindparam("repairs", expanding=True)))
    .order_by(t.repair_step.c.step)
)
_PARTS = (
    sa.select(t.repair_part)
    .where(t.repair_part.c.repair.in_(sa.bindparam("repairs", expanding=True)))
    .order_by(t.repair_part.c.place)
)
_HISTORY = sa.select(
    t.repair.c.fault, t.repair.c.began_at, t.repair.c.returned_at, t.repair.c.downtime_ms
).where(t.repair.c.asset == sa.bindparam("asset_id"), t.repair.c.began_at >= sa.bindparam("since"))


class MaintenanceStore:
    """Reads repairs; implements hmi.ports.MaintenanceRecords."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        """`clock` tells how long an open repair lasts by now."""
        self._connection = connection
        self._clock = clock

    def repair(self, repair: str) -> Repair | None:
        """One repair."""
        found = self._whole(self._connection.execute(_ONE, {"repair_id": repair}).all())
        return found[0] if found else None

    def open_repairs(self) -> Sequence[Repair]:
        """The repairs that last, newest first."""
        return self._whole(self._connection.execute(_OPEN).all())

    def repairs(self, limit: int) -> Sequence[Repair]:
        """Open repairs, then the newest of the others; `limit` in all."""
        rows = list(self._connection.execute(_OPEN).all())[:limit]
        rows += self._connection.execute(_CLOSED, {"limit": limit - len(rows)}).all()
        return self._whole(rows)

    def history(self, asset: str, fault: int, since: datetime) -> AssetHistory:
        """How often the asset was repaired since then, and what that says; open repairs are down time too."""
        rows = self._connection.execute(_HISTORY, {"asset_id": asset, "since": since}).all()
        now = self._clock.now()
        closed = [row.downtime_ms for row in rows if row.downtime_ms is not None]
        down = sum(closed) + sum(duration_ms(row.began_at, now) for row in rows if row.downtime_ms is None)
        span = duration_ms(since, now)
        return AssetHistory(
            asset=asset,
            since=since,
            repairs=len(rows),
            same_fault=sum(1 for row in rows if fault and row.fault == fault),
            mttr_s=sum(closed) / len(closed) / 1000 if closed else None,
            mtbf_s=max(0, span - down) / len(rows) / 1000 if rows else None,
        )

    def _whole(self, rows: Sequence[sa.Row[tuple[object, ...]]]) -> list[Repair]:
        ids = {"repairs": [row.id for row in rows]}
        steps: defaultdict[str, list[StepDone]] = defaultdict(list)
        parts: defaultdict[str, list[PartUsed]] = defaultdict(list)
        if rows:
            for step in self._connection.execute(_STEPS, ids):
                steps[step.repair].append(StepDone(step.step, step.text, step.person, step.at))
            for part in self._connection.execute(_PARTS, ids):
                used = PartUsed(part.material, part.lot, part.serial, part.quantity, part.unit, part.at)
                parts[part.repair].append(used)
        return [
            Repair(
                id=row.id,
                asset=row.asset,
                stop=row.stop,
                fault=row.fault,
                began_at=row.began_at,
                opened_at=row.opened_at,
                opened_by=row.opened_by,
                problem=row.problem,
                cause=row.cause,
                remedy=row.remedy,
                steps=tuple(steps[row.id]),
                parts=tuple(parts[row.id]),
                returned_at=row.returned_at,
            )
            for row in rows
        ]

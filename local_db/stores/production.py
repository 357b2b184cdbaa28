"""Started orders and what was counted."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from hmi.domain.production import CounterLease, CounterState, HourCount, OrderProgress, OrderState
from local_db import leases
from local_db import tables as t

_ENDED_SHOWN = 500

_ONE = sa.select(t.order_progress).where(t.order_progress.c.order_id == sa.bindparam("order"))
_IN_STATE = (
    sa.select(t.order_progress)
    .where(t.order_progress.c.state == sa.bindparam("state"))
    .order_by(t.order_progress.c.changed.desc())
    .limit(sa.bindparam("limit"))
)
_COUNTER = sa.select(t.counter).where(t.counter.c.tag == sa.bindparam("tag"))


class ProductionStore:
    """Reads what was made; implements hmi.ports.ProductionRecords."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read on the connection of the ledger thread."""
        self._connection = connection

    def progress(self, order: str) -> OrderProgress | None:
        """What has been made of one order here."""
        row = self._connection.execute(_ONE, {"order": order}).first()
        return None if row is None else _progress(row)

    def running(self) -> OrderProgress | None:
        """The order that runs."""
        return next(iter(self._in_state(OrderState.RUNNING, 1)), None)

    def started(self) -> Sequence[OrderProgress]:
        """Running, interrupted, then the last 500 that ended; in each state the newest first."""
        return [
            *self._in_state(OrderState.RUNNING, -1),
            *self._in_state(OrderState.INTERRUPTED, -1),
            *self._in_state(OrderState.ENDED, _ENDED_SHOWN),
        ]

    def counter(self, tag: str) -> CounterState | None:
        """The value of a counter that was booked last."""
        row = self._connection.execute(_COUNTER, {"tag": tag}).first()
        return None if row is None else CounterState(row.tag, row.value, row.at, row.fence)

    def lease(self, counter: str) -> CounterLease | None:
        """Who may count by a counter."""
        return leases.find(self._connection, counter)

    def per_hour(self, since: datetime) -> Sequence[HourCount]:
        """What the orders made in each hour that ends after `since`; hours without parts are missing."""
        hour = since.replace(minute=0, second=0, microsecond=0)
        query = sa.select(t.hour_count).where(t.hour_count.c.start >= hour).order_by(t.hour_count.c.start)
        rows = self._connection.execute(query)
        return [HourCount(row.start, row.produced, row.scrapped) for row in rows]

    def unassigned(self, since: datetime) -> Decimal:
        """Parts that were counted while no order ran."""
        query = sa.select(t.unassigned_count.c.quantity).where(t.unassigned_count.c.at >= since)
        return sum(self._connection.execute(query).scalars(), Decimal(0))

    def _in_state(self, state: OrderState, limit: int) -> list[OrderProgress]:
        rows = self._connection.execute(_IN_STATE, {"state": state.value, "limit": limit})
        return [_progress(row) for row in rows]


def _progress(row: sa.Row[tuple[object, ...]]) -> OrderProgress:
    return OrderProgress(
        order=row.order_id,
        state=OrderState(row.state),
        started_at=row.started_at,
        completed_at=row.completed_at,
        counted=row.counted,
        declared=row.declared,
        scrapped=row.scrapped,
    )

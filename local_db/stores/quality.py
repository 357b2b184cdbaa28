"""Samples and nonconformances."""

import json
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from hmi.domain.quality import Nonconformance, Sample
from local_db import tables as t

_CHART = (
    sa.select(t.sample)
    .where(
        t.sample.c.plan == sa.bindparam("plan_id"),
        t.sample.c.characteristic == sa.bindparam("characteristic_id"),
    )
    .order_by(t.sample.c.place.desc())
    .limit(sa.bindparam("limit"))
)
_OF_ORDER = sa.select(t.sample).where(t.sample.c.order_id == sa.bindparam("order")).order_by(t.sample.c.place)
_OPEN = sa.select(t.nonconformance).order_by(t.nonconformance.c.place)


class QualityStore:
    """Reads what was measured; implements hmi.ports.QualityRecords."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read on the connection of the ledger thread."""
        self._connection = connection

    def samples(self, plan: str, characteristic: str, limit: int) -> Sequence[Sample]:
        """The newest samples of one chart."""
        found = self._connection.execute(
            _CHART, {"plan_id": plan, "characteristic_id": characteristic, "limit": limit}
        )
        return [_sample(row) for row in reversed(found.all())]

    def samples_of_order(self, order: str) -> Sequence[Sample]:
        """All samples of one order."""
        return [_sample(row) for row in self._connection.execute(_OF_ORDER, {"order": order})]

    def open_nonconformances(self) -> Sequence[Nonconformance]:
        """What waits for a disposition."""
        return [
            Nonconformance(
                id=row.id,
                sample=row.sample,
                order=row.order_id,
                characteristic=row.characteristic,
                outside=_decimals(row.outside),
                opened_at=row.opened_at,
            )
            for row in self._connection.execute(_OPEN)
        ]


def _decimals(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in json.loads(text))


def _sample(row: sa.Row[tuple[object, ...]]) -> Sample:
    return Sample(
        id=row.id,
        plan=row.plan,
        characteristic=row.characteristic,
        order=row.order_id,
        values=_decimals(row.numbers),
        mean=row.mean,
        range=row.range,
        accepted=bool(row.accepted),
        outside=tuple(json.loads(row.outside)),
        produced=row.produced,
        taken_at=row.taken_at,
        person=row.person,
    )

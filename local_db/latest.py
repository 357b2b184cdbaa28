"""The latest time that was ever written down: a clock that is set back later makes nothing young again."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from hmi.times import from_text, to_text
from local_db import tables as t

_KEY = "latest_time"
_AHEAD = timedelta(minutes=1)  # so far may an honest clock be ahead of what the MES says
_FIND = sa.select(t.meta.c.value).where(t.meta.c.key == _KEY)
_PUT = sqlite.insert(t.meta)
# times are texts of one form and zone: their order is that of time
_RAISE = _PUT.on_conflict_do_update(
    index_elements=["key"], set_={"value": _PUT.excluded.value}, where=t.meta.c.value < _PUT.excluded.value
)
_LOWER = (
    sa.update(t.meta)
    .where(t.meta.c.key == _KEY, t.meta.c.value > sa.bindparam("limit"))
    .values(value=sa.bindparam("confirmed"))
)


def find(connection: sa.Connection) -> datetime | None:
    """The latest time; None where none was noted yet."""
    told = connection.execute(_FIND).scalar()
    return None if told is None else from_text(told)


def note(connection: sa.Connection, now: datetime) -> None:
    """Note the time of an entry, within its transaction."""
    connection.execute(_RAISE, {"key": _KEY, "value": to_text(now)})


def put_right(connection: sa.Connection, confirmed: datetime) -> None:
    """Take back what a clock that was ahead had noted: the MES says what time it is, within a transaction."""
    told = {"confirmed": to_text(confirmed), "limit": to_text(confirmed + _AHEAD)}
    connection.execute(_LOWER, told)

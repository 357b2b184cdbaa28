"""Brings the table of alarms up to date with one entry about an alarm, in the entry's own transaction."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from hmi.domain.alarm_payloads import AlarmPayload
from hmi.domain.alarms import after
from hmi.domain.entries import Entry
from local_db import tables as t
from local_db.stores.alarms import AlarmStore


def _put() -> sqlite.Insert:
    insert = sqlite.insert(t.alarm)
    values = {name: column for name, column in insert.excluded.items() if name != "key"}
    return insert.on_conflict_do_update(index_elements=["key"], set_=values)


_PUT = _put()


def project_alarm(
    connection: sa.Connection, place: int, entry: Entry, said: AlarmPayload, at: datetime
) -> None:
    """Write the alarm as it stands after the entry; `at` is when it happened."""
    key = entry.subject.id
    person = entry.person.name if entry.person else None
    record = after(AlarmStore(connection).alarm(key), key, said, at, person)
    if record is not None:
        row = {column.name: getattr(record, column.name) for column in t.alarm.c if column.name != "place"}
        connection.execute(_PUT, {**row, "place": place})

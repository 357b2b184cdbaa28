"""The right to count by a counter that several terminals hear: asked of the MES, kept while it is away."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from hmi.domain.keeping_payloads import CounterTaken
from hmi.domain.production import CounterLease
from hmi.ports import Connector, SyncStore
from local_db import tables as t
from local_db.link_voice import LinkVoice

_BY_COUNTER = sa.select(t.lease).where(t.lease.c.counter == sa.bindparam("counter"))
_PUT = sqlite.insert(t.lease)
_PUT_LEASE = _PUT.on_conflict_do_update(
    index_elements=["counter"],
    set_={name: column for name, column in _PUT.excluded.items() if name != "counter"},
)


def find(connection: sa.Connection, counter: str) -> CounterLease | None:
    """What the MES said last of a counter; None when it was never asked."""
    row = connection.execute(_BY_COUNTER, {"counter": counter}).first()
    if row is None:
        return None
    return CounterLease(row.counter, row.holder, bool(row.held), row.fence, row.counted_to, row.counted_at)


def keep(connection: sa.Connection, lease: CounterLease) -> None:
    """Keep what the MES said, also over a restart."""
    row = {"counter": lease.counter, "holder": lease.holder, "held": int(lease.held), "fence": lease.fence}
    connection.execute(_PUT_LEASE, {**row, "counted_to": lease.counted_to, "counted_at": lease.counted_at})


def take_by_hand(connection: sa.Connection, said: CounterTaken, terminal: str, now: datetime) -> None:
    """Keep the lease that a person took: held, with a new number, from a value that is not known yet."""
    keep(connection, CounterLease(said.counter, terminal, True, said.fence, None, now))


class Leases:
    """Asks the MES for the leases of some counters, and says who counts when it is another terminal."""

    def __init__(
        self, store: SyncStore, connector: Connector, counters: Sequence[str], voice: LinkVoice
    ) -> None:
        """`counters` are those that other terminals hear too; none where this one is alone."""
        self._store = store
        self._connector = connector
        self._counters = tuple(counters)
        self._voice = voice
        self._said: dict[str, str] = {}

    async def ask(self) -> None:
        """Ask for each counter, or renew; LinkError when the MES does not answer."""
        for counter in self._counters:
            lease = await self._connector.lease(counter)
            if lease is None:
                self._say(counter, f"this MES grants no leases: {counter} is not counted here")
                continue
            await asyncio.wrap_future(self._store.note_lease(lease))
            if lease.held:
                self._said.pop(counter, None)
            else:
                self._say(counter, f"{lease.holder} counts {counter}; this terminal only shows it")

    def _say(self, counter: str, words: str) -> None:
        if self._said.get(counter) != words:
            self._said[counter] = words
            self._voice.note(words)

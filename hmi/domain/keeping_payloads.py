"""What entries say about the journal itself, and about parts that were booked to an order that is no more."""

from typing import ClassVar, Literal

from hmi.domain.changes import Family
from hmi.domain.payload import Moment, Payload, Quantity

Booked = Literal["production.counted", "production.declared", "production.scrapped"]


class KeepingPayload(Payload):
    """What a terminal says of its own keeping: of its journal, its counters, its commands."""


class EntriesRetired(KeepingPayload):
    """All entries up to `seq` of `epoch` left the journal for the file `archive`; `hash` is that of the last.

    `base` and `archive_hash` are SHA-256: over the tables as they stood there, and over the file.
    """

    kind: ClassVar[str] = "terminal.entries_retired"
    families: ClassVar[frozenset[Family]] = frozenset({Family.RECEIPTS})
    ordered: ClassVar[bool] = False
    epoch: int
    seq: int
    entries: int
    hash: str
    base: str
    archive: str
    archive_hash: str


class ProductionRebooked(Payload):
    """Parts that an earlier entry (`corrects`) booked to `from_order` belong to `order` instead.

    `booked` is the kind of that entry; for scrap `reason` is why.
    """

    kind: ClassVar[str] = "production.rebooked"
    families: ClassVar[frozenset[Family]] = frozenset({Family.ORDERS})
    order: str
    from_order: str
    booked: Booked
    quantity: Quantity
    unit: str
    reason: str | None = None


class CountWithdrawn(KeepingPayload):
    """The MES refused a count (`corrects`), as another terminal counted: its parts are not this terminal's.

    `at` is when they were counted, by the device's clock.
    """

    kind: ClassVar[str] = "production.count_withdrawn"
    families: ClassVar[frozenset[Family]] = frozenset({Family.ORDERS})
    ordered: ClassVar[bool] = False
    order: str | None
    quantity: Quantity
    counter: str
    at: Moment


class CounterTaken(KeepingPayload):
    """A person had this terminal count by a shared counter, as the one that held the lease is out of order.

    `holder` is that terminal; `fence` is the number of the lease from now on.
    """

    kind: ClassVar[str] = "production.counter_taken"
    families: ClassVar[frozenset[Family]] = frozenset({Family.ORDERS})
    ordered: ClassVar[bool] = False
    counter: str
    holder: str
    fence: int
    reason: str


class CommandUsed(KeepingPayload):
    """A person used a command of the terminal's program, with the window closed: which, and about what."""

    kind: ClassVar[str] = "terminal.command_used"
    families: ClassVar[frozenset[Family]] = frozenset()
    ordered: ClassVar[bool] = False
    command: str
    about: str


KEEPING_PAYLOADS: tuple[type[Payload], ...] = (
    EntriesRetired,
    ProductionRebooked,
    CountWithdrawn,
    CounterTaken,
    CommandUsed,
)

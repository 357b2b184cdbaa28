"""What entries say about the journal itself, and about parts that were booked to an order that is no more."""

from typing import ClassVar, Literal

from hmi.domain.changes import Family
from hmi.domain.payload import Payload, Quantity

Booked = Literal["production.counted", "production.declared", "production.scrapped"]


class EntriesRetired(Payload):
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


KEEPING_PAYLOADS: tuple[type[Payload], ...] = (EntriesRetired, ProductionRebooked)

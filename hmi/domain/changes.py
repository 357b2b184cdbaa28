"""Which record families a commit touched: what screens look at to know whether they are stale."""

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """A family of records that screens show."""

    ORDERS = "orders"
    COUNTS = "counts"
    EQUIPMENT = "equipment"
    STOPS = "stops"
    QUALITY = "quality"
    REPAIRS = "repairs"
    ALARMS = "alarms"
    PEOPLE = "people"
    PLANS = "plans"
    JOURNAL = "journal"
    RECEIPTS = "receipts"
    DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Changes:
    """The families that one commit touched."""

    families: frozenset[Family]

    def touch(self, wanted: frozenset[Family]) -> bool:
        """Whether a reader of the wanted families has to look again."""
        return not self.families.isdisjoint(wanted)

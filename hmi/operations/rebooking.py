"""What was made for an order that the MES cancelled meanwhile: a person books it to another order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hmi.domain.entries import EntryRow, NewEntry, Subject
from hmi.domain.keeping_payloads import Booked, ProductionRebooked
from hmi.domain.payloads import (
    EntryDecided,
    JobOrderPaused,
    JobOrderResumed,
    JobOrderStarted,
    ProductionCounted,
    ProductionDeclared,
    ProductionScrapped,
)
from hmi.domain.personnel import Permission
from hmi.errors import OperatorError
from hmi.operations.rules import open_order, order_subject, require
from hmi.ports import Context, Records, Refusals

REBOOKABLE = frozenset({"order_cancelled", "order_closed", "unknown_order"})
PORTION = 200  # entries that are rebooked in one commit, so that nobody else waits long for theirs
_MOVED = (ProductionCounted, ProductionDeclared, ProductionScrapped, ProductionRebooked)
_SETTLED_WITH_THEM = (JobOrderStarted, JobOrderPaused, JobOrderResumed)
_REFUSED = Refusals(frozenset(kind.kind for kind in (*_MOVED, *_SETTLED_WITH_THEM)), REBOOKABLE)


@dataclass(frozen=True, slots=True)
class Rebook:
    """Book what the MES refused for `order` to `to`, an order that was started here and is open, and why."""

    order: str
    to: str
    reason: str = ""


def rebook_order(records: Records, wish: Rebook, context: Context) -> Sequence[NewEntry]:
    """Correct each refused count, declaration and scrap by one entry for the other order.

    The refused entries stay in the journal and are set aside, as are the starts and pauses of the order: what
    a cancelled order did is no fact of another one. A refusal for another reason is left to its own decision.
    At most PORTION of them, the oldest, go at once; `count_rebookable` tells how many are left.
    """
    require(context, Permission.DECIDE_REFUSED)
    if wish.order == wish.to:
        raise OperatorError("rebook_same_order", order=wish.order)
    open_order(records, wish.to)
    refused = rebookable(records, wish.order)
    if not refused:
        raise OperatorError("nothing_to_rebook", order=wish.order)
    plan = records.plans.job_order(wish.to)
    unit = plan.unit if plan else ""
    entries: list[NewEntry] = []
    for row in refused:
        moved = _moved(row, wish, unit)
        if moved is not None:
            entries.append(NewEntry(order_subject(wish.to), moved, corrects=row.entry.id))
        why = " · ".join(part for part in (wish.to if moved else "", wish.reason) if part)
        said = EntryDecided(entry=row.entry.id, decision="set_aside", comment=why or None)
        entries.append(NewEntry(Subject("terminal", context.terminal), said))
    return entries


def rebookable(records: Records, order: str) -> Sequence[EntryRow]:
    """What is rebooked next: what the MES refused because there is no such order any more, oldest first."""
    return records.journal.refused(Subject("job_order", order), _REFUSED, PORTION)


def count_rebookable(records: Records) -> Mapping[str, int]:
    """How many entries wait to be booked elsewhere, of each order of which any do."""
    return records.journal.count_refused("job_order", _REFUSED)


def _moved(row: EntryRow, wish: Rebook, unit: str) -> ProductionRebooked | None:
    def booked(kind: Booked, quantity: Decimal, reason: str | None = None) -> ProductionRebooked:
        return ProductionRebooked(
            order=wish.to,
            from_order=wish.order,
            booked=kind,
            quantity=quantity,
            unit=unit,
            reason=reason,
        )

    match row.entry.payload:
        case ProductionCounted() as said:
            return booked("production.counted", said.quantity)
        case ProductionDeclared() as said:
            return booked("production.declared", said.quantity)
        case ProductionScrapped() as said:
            moved = booked("production.scrapped", said.quantity, said.reason)
            return moved.model_copy(update={"unit": said.unit})
        case ProductionRebooked() as said:
            return said.model_copy(update={"order": wish.to, "from_order": wish.order})
        case _:
            return None

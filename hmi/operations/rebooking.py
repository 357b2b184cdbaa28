"""What was made for an order that the MES cancelled meanwhile: a person books it to another order."""

from collections.abc import Sequence
from dataclasses import dataclass

from hmi.domain.entries import EntryRow, NewEntry, ReceiptState, Subject
from hmi.domain.keeping_payloads import ProductionRebooked
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
from hmi.ports import Context, Records

REBOOKABLE = frozenset({"order_cancelled", "order_closed", "unknown_order"})
_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Rebook:
    """Book what the MES refused for `order` to `to`, an order that was started here and is open."""

    order: str
    to: str


def rebook_order(records: Records, wish: Rebook, context: Context) -> Sequence[NewEntry]:
    """Correct each refused count, declaration and scrap by one entry for the other order.

    The refused entries stay in the journal and are set aside, as are the starts and pauses of the order: what
    a cancelled order did is no fact of another one. A refusal for another reason is left to its own decision.
    """
    require(context, Permission.DECIDE_REFUSED)
    if wish.order == wish.to:
        raise OperatorError("rebook_same_order", order=wish.order)
    open_order(records, wish.to)
    refused = [row for row in records.journal.of_subject("job_order", wish.order, _LIMIT) if _is_open(row)]
    if not refused:
        raise OperatorError("nothing_to_rebook", order=wish.order)
    plan = records.plans.job_order(wish.to)
    unit = plan.unit if plan else ""
    entries: list[NewEntry] = []
    for row in sorted(refused, key=lambda row: (row.entry.epoch, row.entry.seq)):
        moved = _moved(row, wish, unit)
        if moved is not None:
            entries.append(NewEntry(order_subject(wish.to), moved, corrects=row.entry.id))
        said = EntryDecided(entry=row.entry.id, decision="set_aside", comment=wish.to if moved else None)
        entries.append(NewEntry(Subject("terminal", context.terminal), said))
    return entries


def _is_open(row: EntryRow) -> bool:
    if row.receipt.state is not ReceiptState.REFUSED or row.receipt.code not in REBOOKABLE:
        return False
    said = row.entry.payload
    if isinstance(said, JobOrderStarted | JobOrderPaused | JobOrderResumed):
        return True
    return isinstance(said, ProductionCounted | ProductionDeclared | ProductionScrapped | ProductionRebooked)


def _moved(row: EntryRow, wish: Rebook, unit: str) -> ProductionRebooked | None:
    match row.entry.payload:
        case ProductionCounted() as said:
            return ProductionRebooked(
                order=wish.to,
                from_order=wish.order,
                booked="production.counted",
                quantity=said.quantity,
                unit=unit,
            )
        case ProductionDeclared() as said:
            return ProductionRebooked(
                order=wish.to,
                from_order=wish.order,
                booked="production.declared",
                quantity=said.quantity,
                unit=unit,
            )
        case ProductionScrapped() as said:
            return ProductionRebooked(
                order=wish.to,
                from_order=wish.order,
                booked="production.scrapped",
                quantity=said.quantity,
                unit=said.unit,
                reason=said.reason,
            )
        case ProductionRebooked() as said:
            return said.model_copy(update={"order": wish.to, "from_order": wish.order})
        case _:
            return None

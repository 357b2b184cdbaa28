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
_NEWEST = 1000


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
    for row in sorted(refused, key=lambda row: (row.entry.epoch, row.entry.seq)):
        moved = _moved(row, wish, unit)
        if moved is not None:
            entries.append(NewEntry(order_subject(wish.to), moved, corrects=row.entry.id))
        why = " · ".join(part for part in (wish.to if moved else "", wish.reason) if part)
        said = EntryDecided(entry=row.entry.id, decision="set_aside", comment=why or None)
        entries.append(NewEntry(Subject("terminal", context.terminal), said))
    return entries


def rebookable(records: Records, order: str) -> list[EntryRow]:
    """What the MES refused for an order because there is no such order any more, and nobody has decided."""
    return [row for row in records.journal.of_subject("job_order", order, _LIMIT) if _is_open(row)]


def orders_refused(records: Records) -> frozenset[str]:
    """The orders of which something waits to be booked elsewhere."""
    rows = records.journal.newest(_NEWEST, frozenset({ReceiptState.REFUSED}))
    return frozenset(
        row.entry.subject.id for row in rows if row.entry.subject.kind == "job_order" and _is_open(row)
    )


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

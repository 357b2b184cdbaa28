"""A counter that several terminals hear: counts that were another's, and taking over from a dead one."""

from collections.abc import Sequence
from dataclasses import dataclass

from hmi.domain.entries import NewEntry, ReceiptState, Subject
from hmi.domain.keeping_payloads import CounterTaken, CountWithdrawn
from hmi.domain.payloads import EntryDecided, ProductionCounted
from hmi.domain.personnel import Permission
from hmi.errors import OperatorError
from hmi.operations.rules import equipment_subject, require
from hmi.ports import Context, Records

LOST = "lease_lost"  # the code by which the MES refuses a count that another terminal made


def withdraw_lost(records: Records, entries: Sequence[str], context: Context) -> Sequence[NewEntry]:
    """Take refused counts out of this terminal's sums and set them aside: nobody has anything to decide."""
    wanted: list[NewEntry] = []
    for key in entries:
        row = records.journal.entry(key)
        if row is None or row.receipt.state is not ReceiptState.REFUSED or row.receipt.code != LOST:
            continue
        said = row.entry.payload
        if not isinstance(said, ProductionCounted):
            continue
        gone = CountWithdrawn(order=said.order, quantity=said.quantity, counter=said.counter, at=said.to_time)
        wanted.append(NewEntry(row.entry.subject, gone, by_machine=True, corrects=key))
        aside = EntryDecided(entry=key, decision="set_aside", comment=LOST)
        wanted.append(NewEntry(Subject("terminal", context.terminal), aside, by_machine=True))
    return wanted


@dataclass(frozen=True, slots=True)
class TakeCounter:
    """This terminal shall count by a shared counter, and why: its holder is out of order."""

    counter: str
    reason: str


def take_counter(records: Records, wish: TakeCounter, context: Context) -> Sequence[NewEntry]:
    """Take the lease by hand under the next fencing number; what the holder counts from now on is refused.

    Counting begins at the value that is seen next: what was made before is declared by a person.
    """
    require(context, Permission.DECIDE_REFUSED)
    lease = records.production.lease(wish.counter)
    if lease is None:
        raise OperatorError("counter_not_shared", counter=wish.counter)
    if lease.held:
        raise OperatorError("counter_is_ours", counter=wish.counter)
    if not wish.reason.strip():
        raise OperatorError("counter_take_why")
    taken = CounterTaken(
        counter=wish.counter, holder=lease.holder, fence=lease.fence + 1, reason=wish.reason.strip()
    )
    return [NewEntry(equipment_subject(context), taken)]

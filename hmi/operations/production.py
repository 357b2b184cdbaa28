"""Starting, counting and confirming job orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.payloads import (
    Evidence,
    JobOrderCompleted,
    JobOrderPaused,
    JobOrderResumed,
    JobOrderStarted,
    ProductionCounted,
    ProductionDeclared,
    ProductionScrapped,
)
from hmi.domain.personnel import Permission
from hmi.domain.production import CounterLease, CounterState, OrderState
from hmi.domain.signals import Quality
from hmi.errors import OperatorError
from hmi.operations.rules import equipment_subject, open_order, order_subject, require
from hmi.ports import Context, Records


@dataclass(frozen=True, slots=True)
class OrderWish:
    """A wish about one job order."""

    order: str


def start_order(records: Records, wish: OrderWish, context: Context) -> Sequence[NewEntry]:
    """Start an order, or go on with one that was paused; only one runs at a time."""
    require(context, Permission.RUN_ORDERS)
    running = records.production.running()
    if running is not None:
        key = "order_already_running" if running.order == wish.order else "order_other_running"
        raise OperatorError(key, order=running.order)
    progress = records.production.progress(wish.order)
    if progress is not None:
        open_order(records, wish.order)
        return [NewEntry(order_subject(wish.order), JobOrderResumed())]
    plan = records.plans.job_order(wish.order)
    if plan is None:
        raise OperatorError("order_unknown", order=wish.order)
    if plan.state != "released":
        raise OperatorError(f"order_{plan.state}", order=wish.order)
    if plan.equipment != context.equipment:
        raise OperatorError("order_elsewhere", order=wish.order, equipment=plan.equipment)
    return [NewEntry(order_subject(wish.order), JobOrderStarted(plan_version=plan.version))]


def pause_order(records: Records, wish: OrderWish, context: Context) -> Sequence[NewEntry]:
    """Let a running order rest."""
    require(context, Permission.RUN_ORDERS)
    if open_order(records, wish.order).state is not OrderState.RUNNING:
        raise OperatorError("order_not_running", order=wish.order)
    return [NewEntry(order_subject(wish.order), JobOrderPaused())]


def complete_order(records: Records, wish: OrderWish, context: Context) -> Sequence[NewEntry]:
    """Confirm an order with its sums, as ISO 22400 names them: PQ produced, GQ good, SQ scrap."""
    require(context, Permission.RUN_ORDERS)
    progress = open_order(records, wish.order)
    plan = records.plans.job_order(wish.order)
    payload = JobOrderCompleted(
        produced=progress.produced,
        good=progress.good,
        scrap=progress.scrapped,
        unit=plan.unit if plan else "",
        started_at=progress.started_at,
        completed_at=context.now,
        plan_version=plan.version if plan else 0,
    )
    return [NewEntry(order_subject(wish.order), payload)]


@dataclass(frozen=True, slots=True)
class Declare:
    """Parts that were made and not counted; negative takes back."""

    order: str
    quantity: Decimal
    comment: str = ""


def declare_parts(records: Records, wish: Declare, context: Context) -> Sequence[NewEntry]:
    """Declare parts by hand; what was counted and scrapped cannot fall below zero."""
    require(context, Permission.RUN_ORDERS)
    progress = open_order(records, wish.order)
    if wish.quantity == 0:
        raise OperatorError("quantity_zero")
    if progress.good + wish.quantity < 0:
        raise OperatorError("declared_below_zero", good=progress.good)
    payload = ProductionDeclared(order=wish.order, quantity=wish.quantity, comment=wish.comment)
    return [NewEntry(order_subject(wish.order), payload)]


@dataclass(frozen=True, slots=True)
class Scrap:
    """Parts of an order that are scrap, and why."""

    order: str
    quantity: Decimal
    reason: str


def scrap_parts(records: Records, wish: Scrap, context: Context) -> Sequence[NewEntry]:
    """Report scrap: it moves parts from good to scrap, the sum produced stays."""
    require(context, Permission.RUN_ORDERS)
    progress = open_order(records, wish.order)
    if wish.quantity <= 0:
        raise OperatorError("quantity_not_positive")
    if wish.quantity > progress.good:
        raise OperatorError("scrap_more_than_good", good=progress.good, quantity=wish.quantity)
    if all(reason.id != wish.reason for reason in records.plans.reasons("scrap")):
        raise OperatorError("reason_unknown", reason=wish.reason)
    plan = records.plans.job_order(wish.order)
    payload = ProductionScrapped(
        order=wish.order, quantity=wish.quantity, unit=plan.unit if plan else "", reason=wish.reason
    )
    return [NewEntry(order_subject(wish.order), payload)]


@dataclass(frozen=True, slots=True)
class CounterSeen:
    """A counter value of the PLC at its source time.

    `live` is False for the first value after a (re)connect. `shared` counters are counted under a lease of
    the MES alone, as other terminals hear them too. `maximum` is the largest value before the
    counter rolls over to 0; None if it never does. `fastest_cycle_s` bounds what can be made in a time.
    """

    tag: str
    value: int
    at: datetime
    live: bool
    maximum: int | None
    fastest_cycle_s: float
    shared: bool = False


# parts by which a clock that is a little off may seem to be too fast
_SLACK_PARTS = 10


def count_parts(records: Records, wish: CounterSeen, context: Context) -> Sequence[NewEntry]:
    """Book what the counter went on by since the value that was booked last.

    A shared counter is booked under this terminal's lease alone, and nothing without one.
    A roll-over counts on, if that many parts can have been made in the time; a counter that went back or
    leapt is booked as `reset`, which counts nothing: a person declares what is missing. The very first
    value ever seen is where counting begins.
    """
    last, fence = records.production.counter(wish.tag), None
    if wish.shared:
        lease = records.production.lease(wish.tag)
        if lease is None or not lease.held:
            return []
        last, fence = _last_under(lease, last), lease.fence
    if last is None:
        return [_counted(records, wish, context, wish.value, wish.at, 0, "reset", fence)]
    if wish.value == last.value:
        return []
    possible = abs((wish.at - last.at).total_seconds()) / wish.fastest_cycle_s + _SLACK_PARTS
    delta = wish.value - last.value
    if delta < 0 and wish.maximum is not None:
        delta += wish.maximum + 1
    if delta < 0 or delta > possible:
        return [_counted(records, wish, context, last.value, last.at, 0, "reset", fence)]
    evidence: Evidence = "live" if wish.live and last.fence == fence else "gap"
    return [_counted(records, wish, context, last.value, last.at, delta, evidence, fence)]


def _last_under(lease: CounterLease, last: CounterState | None) -> CounterState | None:
    """Where counting goes on: a new lease begins where the MES says that counts were received up to.

    One that was taken by hand begins with the value that is seen next. A MES that was put back hands out
    numbers that were used already: what was counted here under a higher one still holds, unless the MES has
    later counts, which are another's.
    """
    if last is not None and last.fence is not None and last.fence >= lease.fence:
        anothers = (
            lease.counted_to is not None and lease.counted_at is not None and lease.counted_at > last.at
        )
        if last.fence == lease.fence or not anothers:
            return last
    if lease.counted_at is None:
        return last
    if lease.counted_to is None:  # taken by hand: how far the other had counted is not known
        return None
    return CounterState(lease.counter, lease.counted_to, lease.counted_at)


def _counted(
    records: Records,
    wish: CounterSeen,
    context: Context,
    counter_from: int,
    from_time: datetime,
    quantity: int,
    evidence: Evidence,
    fence: int | None,
) -> NewEntry:
    running = records.production.running()
    subject: Subject = order_subject(running.order) if running else equipment_subject(context)
    payload = ProductionCounted(
        order=running.order if running else None,
        quantity=Decimal(quantity),
        counter=wish.tag,
        counter_from=counter_from,
        counter_to=wish.value,
        from_time=from_time,
        to_time=wish.at,
        evidence=evidence,
        fence=fence,
    )
    return NewEntry(subject, payload, by_machine=True, source_time=wish.at, quality=Quality.GOOD)

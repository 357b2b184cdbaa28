"""Brings the tables that screens read up to date with one entry, in the entry's own transaction.

What stands in the tables follows from the journal alone: `rebuild` makes them again from nothing.
"""

import json
from datetime import datetime, timedelta
from decimal import Context, Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from hmi.domain import payloads as p
from hmi.domain.alarm_payloads import AlarmPayload
from hmi.domain.entries import Entry
from hmi.domain.keeping_payloads import Booked, CountWithdrawn, ProductionRebooked
from hmi.domain.production import OrderState
from local_db import ground
from local_db import tables as t
from local_db.alarms import project_alarm
from local_db.journal import entry_of

_EXACT = Context(prec=100)
_ZERO = Decimal(0)
_PAGE = 1000

_SUMS = sa.select(t.order_progress.c.counted, t.order_progress.c.declared, t.order_progress.c.scrapped).where(
    t.order_progress.c.order_id == sa.bindparam("order")
)
_HOUR = sa.select(t.hour_count.c.produced, t.hour_count.c.scrapped).where(
    t.hour_count.c.start == sa.bindparam("hour")
)


def _upsert(table: sa.Table, key: str) -> sqlite.Insert:
    insert = sqlite.insert(table)
    values = {name: column for name, column in insert.excluded.items() if name != key}
    return insert.on_conflict_do_update(index_elements=[key], set_=values)


_PUT_COUNTER = _upsert(t.counter, "tag")
_PUT_HOUR = _upsert(t.hour_count, "start")
_PUT_ORDER = _upsert(t.order_progress, "order_id")
_PUT_SESSION = _upsert(t.session, "one")


def _change(table: sa.Table, key: str, *columns: str) -> sa.Update:
    return (
        sa.update(table)
        .where(table.c[key] == sa.bindparam("b_key"))
        .values({name: sa.bindparam(f"b_{name}") for name in columns})
    )


_SET_COUNTED = _change(t.order_progress, "order_id", "counted", "changed")
_SET_DECLARED = _change(t.order_progress, "order_id", "declared", "changed")
_SET_SCRAPPED = _change(t.order_progress, "order_id", "scrapped", "changed")
_BOOKED = {
    "production.counted": (_SET_COUNTED, "counted"),
    "production.declared": (_SET_DECLARED, "declared"),
    "production.scrapped": (_SET_SCRAPPED, "scrapped"),
}
_SET_ORDER_STATE = _change(t.order_progress, "order_id", "state", "changed")
_END_ORDER = _change(t.order_progress, "order_id", "state", "completed_at", "changed")
_END_PERIOD = (
    sa.update(t.state_period).where(t.state_period.c.end.is_(None)).values(end=sa.bindparam("b_end"))
)
_SET_FAULT = _change(t.stop, "id", "fault")
_END_STOP = _change(t.stop, "id", "ended_at")
_CLASSIFY = _change(
    t.stop, "id", "reason", "comment", "classified_by", "classified_at", "classification_entry"
)
_SET_STOP_REPAIR = _change(t.stop, "id", "repair")
_SET_FINDINGS = _change(t.repair, "id", "problem", "cause", "remedy")
_RETURN = _change(t.repair, "id", "returned_at", "downtime_ms")
_ADD_STEP = sqlite.insert(t.repair_step).on_conflict_do_nothing(index_elements=["repair", "step"])
_REPLACE_SAMPLE = sa.delete(t.sample).where(t.sample.c.entry == sa.bindparam("b_entry"))
_END_SESSION = sa.delete(t.session).where(t.session.c.person == sa.bindparam("b_person"))


def happened_at(entry: Entry) -> datetime:
    """When it happened: by the device's clock where a device said it, else by the terminal's."""
    return entry.source_time or entry.terminal_time


def project(connection: sa.Connection, place: int, entry: Entry) -> None:
    """Bring the tables up to date with one entry; one that was carried over is in them already."""
    if entry.carried_from is not None:
        return
    subject = entry.subject.id
    match entry.payload:
        case p.JobOrderStarted():
            _start_order(connection, place, entry)
        case p.JobOrderPaused():
            _set_order(connection, place, subject, OrderState.INTERRUPTED)
        case p.JobOrderResumed():
            _set_order(connection, place, subject, OrderState.RUNNING)
        case p.JobOrderCompleted() as said:
            _end_order(connection, place, subject, said)
        case p.ProductionCounted() as said:
            _count(connection, place, entry, said)
        case p.ProductionDeclared() as said:
            _declare(connection, place, entry, said)
        case p.ProductionScrapped() as said:
            _scrap(connection, place, entry, said)
        case CountWithdrawn() as said:
            _withdraw(connection, place, said)
        case ProductionRebooked() as said:
            _rebook(connection, place, said)
        case p.EquipmentStateChanged() as said:
            _change_state(connection, place, entry, said)
        case p.StopOpened() as said:
            _open_stop(connection, place, subject, said)
        case p.StopFaultSeen() as said:
            connection.execute(_SET_FAULT, {"b_key": subject, "b_fault": said.fault})
        case p.StopClassified() as said:
            _classify(connection, entry, said)
        case p.StopClosed() as said:
            connection.execute(_END_STOP, {"b_key": subject, "b_ended_at": said.ended_at})
        case p.SampleRecorded() as said:
            _add_sample(connection, place, entry, said)
        case p.NonconformanceOpened() as said:
            _open_nonconformance(connection, place, entry, said)
        case p.RepairOpened() as said:
            _open_repair(connection, place, entry, said)
        case p.RepairStepConfirmed() as said:
            _confirm_step(connection, place, entry, said)
        case p.RepairFindingsRecorded() as said:
            found = {"b_problem": said.problem, "b_cause": said.cause, "b_remedy": said.remedy}
            connection.execute(_SET_FINDINGS, {"b_key": subject, **found})
        case p.RepairPartUsed() as said:
            _use_part(connection, place, entry, said)
        case p.RepairReturnedToService() as said:
            back = {"b_returned_at": said.ended_at, "b_downtime_ms": said.downtime_ms}
            connection.execute(_RETURN, {"b_key": subject, **back})
        case p.PersonSignedIn():
            _sign_in(connection, entry)
        case p.PersonSignedOut():
            connection.execute(_END_SESSION, {"b_person": subject})
        case AlarmPayload() as said:
            project_alarm(connection, place, entry, said, happened_at(entry))
        case _:
            pass  # help.called, writes, terminal.* and entry.decided leave nothing behind but themselves


def rebuild(connection: sa.Connection) -> int:
    """Empty the tables and make them again: from the newest cut, if there is one, by all entries after it.

    Returns how many entries that took.
    """
    for table in t.FACTS:
        connection.execute(sa.delete(table))
    ground.lay(connection, ground.kept(connection))
    replayed, place = 0, 0
    page = (
        sa.select(t.journal.c.place, t.journal.c.text, t.journal.c.hash)
        .where(t.journal.c.place > sa.bindparam("after"))
        .order_by(t.journal.c.place)
        .limit(_PAGE)
    )
    while rows := connection.execute(page, {"after": place}).all():
        for row in rows:
            project(connection, row.place, entry_of(row.text, row.hash))
        place = rows[-1].place
        replayed += len(rows)
    return replayed


def _start_order(connection: sa.Connection, place: int, entry: Entry) -> None:
    row = {"state": OrderState.RUNNING.value, "started_at": happened_at(entry), "completed_at": None}
    sums = {"counted": _ZERO, "declared": _ZERO, "scrapped": _ZERO, "changed": place}
    connection.execute(_PUT_ORDER, {"order_id": entry.subject.id, **row, **sums})


def _set_order(connection: sa.Connection, place: int, order: str, state: OrderState) -> None:
    connection.execute(_SET_ORDER_STATE, {"b_key": order, "b_state": state.value, "b_changed": place})


def _end_order(connection: sa.Connection, place: int, order: str, said: p.JobOrderCompleted) -> None:
    done = {"b_state": OrderState.ENDED.value, "b_completed_at": said.completed_at, "b_changed": place}
    connection.execute(_END_ORDER, {"b_key": order, **done})


def _count(connection: sa.Connection, place: int, entry: Entry, said: p.ProductionCounted) -> None:
    row = {"tag": said.counter, "value": said.counter_to, "at": said.to_time, "fence": said.fence}
    connection.execute(_PUT_COUNTER, row)
    if said.quantity == 0:
        return
    if said.order is None:
        row = {"place": place, "at": said.to_time, "quantity": said.quantity}
        connection.execute(sa.insert(t.unassigned_count), row)
        return
    _add_to_order(connection, place, said.order, "production.counted", said.quantity)
    _add_to_hour(connection, said.to_time, produced=said.quantity, scrapped=_ZERO)


def _declare(connection: sa.Connection, place: int, entry: Entry, said: p.ProductionDeclared) -> None:
    _add_to_order(connection, place, said.order, "production.declared", said.quantity)
    _add_to_hour(connection, entry.terminal_time, produced=said.quantity, scrapped=_ZERO)


def _scrap(connection: sa.Connection, place: int, entry: Entry, said: p.ProductionScrapped) -> None:
    _add_to_order(connection, place, said.order, "production.scrapped", said.quantity)
    _add_to_hour(connection, entry.terminal_time, produced=_ZERO, scrapped=said.quantity)


def _withdraw(connection: sa.Connection, place: int, said: CountWithdrawn) -> None:
    """Take counted parts back: of the order, of their hour, or of what was made while no order ran."""
    if said.quantity == 0:
        return
    if said.order is None:
        row = {"place": place, "at": said.at, "quantity": -said.quantity}
        connection.execute(sa.insert(t.unassigned_count), row)
        return
    _add_to_order(connection, place, said.order, "production.counted", -said.quantity)
    _add_to_hour(connection, said.at, produced=-said.quantity, scrapped=_ZERO)


def _rebook(connection: sa.Connection, place: int, said: ProductionRebooked) -> None:
    """Move parts from one order to the other; the hour in which they were made stays what it is."""
    _add_to_order(connection, place, said.from_order, said.booked, -said.quantity)
    _add_to_order(connection, place, said.order, said.booked, said.quantity)


def _add_to_order(
    connection: sa.Connection, place: int, order: str, booked: Booked, quantity: Decimal
) -> None:
    """Add to the sum of an order that this kind is counted in; one that was never started has none."""
    change, column = _BOOKED[booked]
    sums = connection.execute(_SUMS, {"order": order}).first()
    if sums is not None:
        total = _EXACT.add(getattr(sums, column), quantity)
        connection.execute(change, {"b_key": order, f"b_{column}": total, "b_changed": place})


def _add_to_hour(connection: sa.Connection, at: datetime, *, produced: Decimal, scrapped: Decimal) -> None:
    hour = at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
    row = connection.execute(_HOUR, {"hour": hour}).first()
    if row is not None:
        produced, scrapped = _EXACT.add(row.produced, produced), _EXACT.add(row.scrapped, scrapped)
    connection.execute(_PUT_HOUR, {"start": hour, "produced": produced, "scrapped": scrapped})


def _change_state(connection: sa.Connection, place: int, entry: Entry, said: p.EquipmentStateChanged) -> None:
    start = happened_at(entry)
    connection.execute(_END_PERIOD, {"b_end": start})
    row = {"place": place, "state": said.state, "fault": said.fault or 0, "start": start, "end": None}
    connection.execute(sa.insert(t.state_period), row)


def _open_stop(connection: sa.Connection, place: int, stop: str, said: p.StopOpened) -> None:
    row = {
        "place": place,
        "id": stop,
        "equipment": said.equipment,
        "order_id": said.order,
        "state": said.state,
        "fault": said.fault or 0,
        "began_at": said.began_at,
    }
    connection.execute(sa.insert(t.stop), row)


def _classify(connection: sa.Connection, entry: Entry, said: p.StopClassified) -> None:
    values = {
        "b_key": entry.subject.id,
        "b_reason": said.reason,
        "b_comment": said.comment,
        "b_classified_by": _name(entry),
        "b_classified_at": entry.terminal_time,
        "b_classification_entry": entry.id,
    }
    connection.execute(_CLASSIFY, values)


def _add_sample(connection: sa.Connection, place: int, entry: Entry, said: p.SampleRecorded) -> None:
    if entry.corrects is not None:
        connection.execute(_REPLACE_SAMPLE, {"b_entry": entry.corrects})
    sums = connection.execute(_SUMS, {"order": said.order}).first()
    row = {
        "place": place,
        "id": said.sample,
        "entry": entry.id,
        "plan": said.plan,
        "characteristic": said.characteristic,
        "order_id": said.order,
        "numbers": json.dumps([p.decimal_text(value) for value in said.values]),
        "mean": said.mean,
        "range": said.range,
        "accepted": int(said.judgement == "accepted"),
        "outside": json.dumps(said.outside),
        "produced": _ZERO if sums is None else _EXACT.add(sums.counted, sums.declared),
        "taken_at": happened_at(entry),
        "person": _name(entry),
    }
    connection.execute(sa.insert(t.sample), row)


def _open_nonconformance(
    connection: sa.Connection, place: int, entry: Entry, said: p.NonconformanceOpened
) -> None:
    row = {
        "place": place,
        "id": entry.subject.id,
        "sample": said.sample,
        "order_id": said.order,
        "characteristic": said.characteristic,
        "outside": json.dumps([p.decimal_text(value) for value in said.outside]),
        "opened_at": happened_at(entry),
    }
    connection.execute(sa.insert(t.nonconformance), row)


def _open_repair(connection: sa.Connection, place: int, entry: Entry, said: p.RepairOpened) -> None:
    row = {
        "place": place,
        "id": entry.subject.id,
        "asset": said.asset,
        "stop": said.stop,
        "fault": said.fault or 0,
        "began_at": said.began_at,
        "opened_at": happened_at(entry),
        "opened_by": _name(entry),
    }
    connection.execute(sa.insert(t.repair), row)
    if said.stop is not None:
        connection.execute(_SET_STOP_REPAIR, {"b_key": said.stop, "b_repair": entry.subject.id})


def _confirm_step(connection: sa.Connection, place: int, entry: Entry, said: p.RepairStepConfirmed) -> None:
    row = {"place": place, "repair": entry.subject.id, "step": said.step, "text": said.text}
    connection.execute(_ADD_STEP, {**row, "person": _name(entry), "at": happened_at(entry)})


def _use_part(connection: sa.Connection, place: int, entry: Entry, said: p.RepairPartUsed) -> None:
    row = {
        "place": place,
        "repair": entry.subject.id,
        "material": said.material,
        "lot": said.lot,
        "serial": said.serial,
        "quantity": said.quantity,
        "unit": said.unit,
        "at": happened_at(entry),
    }
    connection.execute(sa.insert(t.repair_part), row)


def _sign_in(connection: sa.Connection, entry: Entry) -> None:
    person, subject = entry.person, entry.subject.id
    name = person.name if person is not None and person.id == subject else subject
    row = {"one": 1, "person": subject, "name": name, "since": entry.terminal_time}
    connection.execute(_PUT_SESSION, row)


def _name(entry: Entry) -> str | None:
    return None if entry.person is None else entry.person.name

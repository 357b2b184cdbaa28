"""What the entries say, brought into tables: job responses, stops, samples, nonconformances, repairs."""

import json
from collections.abc import Iterable
from decimal import Decimal

from pydantic import BaseModel
from sqlalchemy import Connection, select

from devices.plant.mes_server import kinds, plans, tables
from devices.plant.mes_server.envelope import Envelope
from devices.plant.mes_server.keeping_kinds import Rebooked
from devices.plant.mes_server.rows import Row, Rows


def order_named(entry: Envelope) -> str | None:
    """The job order that an entry names itself, by its subject or in its payload."""
    if entry.subject.kind == "job_order":
        return entry.subject.id
    return _named(entry, "order")


def _named(entry: Envelope, key: str) -> str | None:
    """What a payload that nobody has judged yet names under a key, None when that cannot be a name."""
    value = entry.payload.get(key)
    return value if isinstance(value, str) and 0 < len(value) <= 200 and "\x00" not in value else None


def happened_at(entry: Envelope) -> str:
    """When it happened: by the device's clock where there is one, else by the terminal's."""
    return entry.source_time or entry.terminal_time


class Applied:
    """The applied tables, as far as one batch touches them."""

    def __init__(self, connection: Connection, entries: Iterable[Envelope]) -> None:
        told = list(entries)
        self._connection = connection
        about = [(entry.subject.kind, entry.subject.id) for entry in told]
        stops = [key for kind, key in about if kind == "stop"]
        stops += [stop for entry in told if (stop := _named(entry, "stop")) is not None]
        mended = [entry.corrects for entry in told if entry.corrects is not None]
        self.responses = Rows(
            connection,
            tables.job_response,
            "order_id",
            [key for e in told if (key := order_named(e)) is not None],
        )
        self._stops = Rows(connection, tables.stop, "id", stops)
        self._repairs = Rows(
            connection, tables.repair, "id", [key for kind, key in about if kind == "repair"]
        )
        self._production = Rows(connection, tables.production, "entry_id", mended)
        self._samples = Rows(connection, tables.sample, "entry_id", mended)
        found = [key for kind, key in about if kind == "nonconformance"]
        self._nonconformances = Rows(connection, tables.nonconformance, "id", found)
        self._parts = Rows(connection, tables.repair_part, "entry_id", [])
        self._mended_orders(connection)

    def sums(self, order: str) -> tuple[Decimal, Decimal]:
        """Produced and scrap of an order by the entries received so far."""
        row = self.responses.get(order)
        return (
            (Decimal(0), Decimal(0)) if row is None else (_decimal(row["produced"]), _decimal(row["scrap"]))
        )

    def closed_words(self, order: str) -> str:
        """Where, when and by whom a closed order was completed, if that was told here."""
        inbox = tables.inbox
        completed = (inbox.c.order_id == order) & (inbox.c.kind == "job_order.completed")
        columns = (inbox.c.terminal, inbox.c.person, inbox.c.entry)
        query = select(*columns).where(completed & (inbox.c.result == "received"))
        found = self._connection.execute(query.order_by(inbox.c.number.desc()).limit(1)).first()
        if found is None:
            return "is closed"
        person = f" by {found.person}" if found.person else ""
        return f"was completed at {found.terminal}, {json.loads(found.entry)['terminal_time']}{person}"

    def order_of(self, entry: Envelope) -> str | None:
        """The job order that an entry belongs to, also by way of its stop or repair."""
        if (named := order_named(entry)) is not None:
            return named
        row: Row | None = None
        if entry.subject.kind == "stop":
            row = self._stops.get(entry.subject.id)
        elif entry.subject.kind == "repair":
            row = self._repairs.get(entry.subject.id)
            if row is None:
                row = self._stops.get(_named(entry, "stop"))
        order = None if row is None else row["order_id"]
        return order if isinstance(order, str) else None

    def apply(self, entry: Envelope, payload: BaseModel) -> None:
        """Bring one received entry into the tables."""
        if entry.corrects is not None:
            self._replace(entry.corrects, entry.id)
        subject, at, order = entry.subject.id, happened_at(entry), self.order_of(entry)
        match payload:
            case kinds.OrderStarted():
                row = self._response(subject)
                self.responses.put(subject, state="running", started_at=row["started_at"] or at)
                self.responses.put(subject, plan_version=payload.plan_version)
            case kinds.OrderCompleted():
                self._response(subject)
                times = {"started_at": payload.started_at, "completed_at": payload.completed_at}
                self.responses.put(subject, state="completed", plan_version=payload.plan_version, **times)
                plans.change_order(self._connection, subject, "closed")
            case kinds.Empty():
                self._response(subject)
                self.responses.put(subject, state="paused" if entry.kind.endswith("paused") else "running")
            case kinds.Counted() | kinds.Declared() | kinds.Scrapped() | Rebooked():
                self._produce(entry, payload, order, at)
            case kinds.StopOpened():
                columns = payload.model_dump(exclude={"order"})
                self._stops.put(subject, order_id=payload.order, **columns)
            case kinds.StopFaultSeen():
                self._stops.put(subject, fault=payload.fault)
            case kinds.StopClassified() | kinds.StopClosed():
                self._stops.put(subject, **payload.model_dump())
            case kinds.SampleRecorded():
                columns = payload.model_dump(exclude={"sample", "order", "values", "outside"})
                lists = {"values": json.dumps(payload.values), "outside": json.dumps(payload.outside)}
                self._samples.put(
                    entry.id, id=payload.sample, order_id=payload.order, at=at, **columns, **lists
                )
            case kinds.NonconformanceOpened():
                columns = payload.model_dump(exclude={"order", "outside"})
                outside = json.dumps(payload.outside)
                self._nonconformances.put(subject, order_id=payload.order, at=at, outside=outside, **columns)
            case _:
                self._apply_repair(entry, payload, order, at)

    def flush(self) -> None:
        """Write what the batch changed."""
        for rows in (
            self.responses,
            self._stops,
            self._repairs,
            self._production,
            self._samples,
            self._nonconformances,
            self._parts,
        ):
            rows.flush(self._connection)

    def _apply_repair(self, entry: Envelope, payload: BaseModel, order: str | None, at: str) -> None:
        subject = entry.subject.id
        match payload:
            case kinds.RepairOpened():
                self._repair(subject)
                self._repairs.put(subject, order_id=order, opened_at=at, **payload.model_dump())
            case kinds.StepConfirmed():
                steps = json.loads(str(self._repair(subject)["steps"]))
                self._repairs.put(subject, steps=json.dumps([*steps, payload.model_dump()]))
            case kinds.FindingsRecorded() | kinds.ReturnedToService():
                self._repair(subject)
                self._repairs.put(subject, **payload.model_dump())
            case kinds.PartUsed():
                self._parts.put(entry.id, repair=subject, **payload.model_dump())
            case _:
                return

    def _produce(
        self,
        entry: Envelope,
        payload: kinds.Counted | kinds.Declared | kinds.Scrapped | Rebooked,
        order: str | None,
        at: str,
    ) -> None:
        kind = payload.booked if isinstance(payload, Rebooked) else entry.kind
        self._production.put(
            entry.id,
            order_id=order,
            equipment=entry.subject.id if entry.subject.kind == "equipment" else None,
            kind=kind,
            quantity=payload.quantity,
            reason=payload.reason if isinstance(payload, kinds.Scrapped | Rebooked) else None,
            evidence=payload.evidence if isinstance(payload, kinds.Counted) else None,
            at=at,
        )
        if order is not None:
            self._add(order, kind, Decimal(payload.quantity))

    def _add(self, order: str, kind: str, quantity: Decimal) -> None:
        column = "scrap" if kind == "production.scrapped" else "produced"
        row = self._response(order)
        self.responses.put(order, **{column: str(_decimal(row[column]) + quantity)})

    def _replace(self, old: str, new: str) -> None:
        """A corrected entry no longer counts; what it said stays to be seen."""
        if self._samples.get(old) is not None:
            self._samples.put(old, replaced_by=new)
        row = self._production.get(old)
        if row is None or row["replaced_by"] is not None:
            return
        order = row["order_id"]
        if isinstance(order, str):
            self._add(order, str(row["kind"]), -_decimal(row["quantity"]))
        self._production.put(old, replaced_by=new)

    def _mended_orders(self, connection: Connection) -> None:
        """Corrections may touch orders that no entry of this batch names."""
        self.responses.load(
            connection, [str(order) for order in self._production.column("order_id") if order]
        )

    def _response(self, order: str) -> Row:
        row = self.responses.get(order)
        return self.responses.put(order, state="open", produced="0", scrap="0") if row is None else row

    def _repair(self, repair: str) -> Row:
        row = self._repairs.get(repair)
        return self._repairs.put(repair, steps="[]") if row is None else row


def _decimal(value: str | int | None) -> Decimal:
    return Decimal(0 if value is None else value)

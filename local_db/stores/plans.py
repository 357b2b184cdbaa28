"""What the MES planned, as of the last pull."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from pydantic import ValidationError

from hmi.domain import plans as d
from hmi.errors import LinkError
from hmi.ports import PlanPage, PlanRecord, PlansState
from local_db import tables as t

P = TypeVar("P", bound=d.Plan)

_ONE = sa.select(t.plan).where(
    t.plan.c.family == sa.bindparam("family"), t.plan.c.id == sa.bindparam("plan_id")
)
_LOOKUP = sa.select(t.plan).where(
    t.plan.c.family == sa.bindparam("family"), t.plan.c.lookup == sa.bindparam("lookup")
)
_ALL = sa.select(t.plan).where(t.plan.c.family == sa.bindparam("family"))


class PlanStore:
    """Reads plans; implements hmi.ports.PlanRecords."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read on the connection of the ledger thread."""
        self._connection = connection

    def state(self) -> PlansState:
        """How old the plans are."""
        row = self._connection.execute(sa.select(t.plans_state)).first()
        if row is None:
            return PlansState(None, None, None, None)
        return PlansState(row.cursor, row.etag, row.mes_epoch, row.pulled_at)

    def job_order(self, order: str) -> d.JobOrder | None:
        """One job order."""
        return self._one(d.JobOrder, order)

    def job_orders(self) -> Sequence[d.JobOrder]:
        """All job orders: by priority, then by the time they are due, then by id."""
        rows = self._connection.execute(_ALL, {"family": d.JobOrder.family})
        orders = [_read(d.JobOrder, row) for row in rows]
        return sorted(
            orders,
            key=lambda o: (o.priority, o.due_at is None, o.due_at.timestamp() if o.due_at else 0, o.id),
        )

    def inspection_plan(self, plan: str) -> d.InspectionPlan | None:
        """One inspection plan."""
        return self._one(d.InspectionPlan, plan)

    def reasons(self, applies_to: str) -> Sequence[d.Reason]:
        """Reasons of stops or scrap, by rank and name."""
        return sorted(self._found(d.Reason, applies_to), key=lambda r: (r.rank, r.name))

    def person(self, person: str) -> d.Person | None:
        """One person."""
        return self._one(d.Person, person)

    def person_by_badge(self, badge: str) -> d.Person | None:
        """The person of a badge."""
        return next(iter(self._found(d.Person, badge)), None)

    def asset(self, asset: str) -> d.Asset | None:
        """One asset."""
        return self._one(d.Asset, asset)

    def failure_codes(self, kind: str) -> Sequence[d.FailureCode]:
        """Problems, causes or remedies, by rank and name."""
        return sorted(self._found(d.FailureCode, kind), key=lambda c: (c.rank, c.name))

    def material(self, material: str) -> d.Material | None:
        """One material."""
        return self._one(d.Material, material)

    def material_by_gtin(self, gtin: str) -> d.Material | None:
        """The material of a GTIN."""
        return next(iter(self._found(d.Material, gtin)), None)

    def fault(self, code: int) -> d.Fault | None:
        """What a fault code means."""
        return self._one(d.Fault, str(code))

    def people(self) -> Sequence[d.Person]:
        """Everybody who may sign in, by name."""
        rows = self._connection.execute(_ALL, {"family": d.Person.family})
        return sorted((_read(d.Person, row) for row in rows), key=lambda person: (person.name, person.id))

    def role_table(self) -> d.RoleTable | None:
        """What each role may do; None where the MES says nothing."""
        return self._one(d.RoleTable, "roles")

    def signed_people(self) -> d.SignedPeople | None:
        """The people file as the MES signed it."""
        return self._one(d.SignedPeople, "people")

    def _one(self, model: type[P], plan: str) -> P | None:
        row = self._connection.execute(_ONE, {"family": model.family, "plan_id": plan}).first()
        return None if row is None else _read(model, row)

    def _found(self, model: type[P], lookup: str) -> list[P]:
        rows = self._connection.execute(_LOOKUP, {"family": model.family, "lookup": lookup})
        return sorted((_read(model, row) for row in rows), key=lambda plan: plan.id)


def _read(model: type[P], row: "sa.Row[tuple[str, str, int, str | None, str]]") -> P:
    return model.model_validate({**json.loads(row.record), "id": row.id, "version": row.version})


def lookup_of(plan: d.Plan) -> str | None:
    """What a plan is looked up by, beside its id."""
    match plan:
        case d.Person():
            return plan.badge
        case d.Material():
            return plan.gtin
        case d.Reason():
            return plan.applies_to
        case d.FailureCode():
            return plan.kind
        case _:
            return None


def apply(connection: sa.Connection, page: PlanPage) -> None:
    """Apply a page whole; LinkError names the record that does not hold, and nothing is applied."""
    known = [record for record in page.records if record.family in d.PLAN_FAMILIES]
    puts = [_row(record) for record in known if record.record is not None]
    gone = [{"b_family": record.family, "b_id": record.id} for record in known if record.record is None]
    if page.snapshot:
        connection.execute(sa.delete(t.plan))
    if gone:
        delete = sa.delete(t.plan).where(
            t.plan.c.family == sa.bindparam("b_family"), t.plan.c.id == sa.bindparam("b_id")
        )
        connection.execute(delete, gone)
    if puts:
        connection.execute(sa.insert(t.plan).prefix_with("OR REPLACE"), puts)


def note_pull(connection: sa.Connection, page: PlanPage | None, now: datetime) -> None:
    """Note when the MES was asked; with a page also how far that went."""
    if page is None:
        connection.execute(sa.update(t.plans_state).values(pulled_at=now))
        return
    row = {"one": 1, "cursor": page.cursor, "etag": page.etag, "mes_epoch": page.mes_epoch, "pulled_at": now}
    connection.execute(sa.insert(t.plans_state).prefix_with("OR REPLACE"), row)


def _row(record: PlanRecord) -> dict[str, object]:
    model = d.PLAN_FAMILIES[record.family]
    try:
        plan = model.model_validate({**(record.record or {}), "id": record.id, "version": record.version})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise LinkError(
            f"MES answers nonsense: {record.family} {record.id!r}: {key}: {first['msg']}"
        ) from error
    return {
        "family": record.family,
        "id": record.id,
        "version": record.version,
        "lookup": lookup_of(plan),
        "record": json.dumps(record.record, ensure_ascii=False),
    }

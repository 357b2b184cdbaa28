"""The plans of the reference MES: records with versions, handed out as a snapshot or as what
changed since a cursor.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import Connection, func, insert, select, update

from devices.plant.mes_server import tables
from devices.plant.story import Plan, Story

Record = Mapping[str, JsonValue]
Answer = dict[str, JsonValue]


@dataclass(frozen=True)
class Known:
    """A plan record as it stands: `deleted` ones keep their last fields, to judge entries
    that were made before.
    """

    version: int
    deleted: bool
    record: Record


def seed(connection: Connection, story: Story) -> None:
    """Put a story's terminals and plans into a database that has no plans yet; does nothing
    to one that has.
    """
    if last_change(connection) > 0:
        return
    connection.execute(insert(tables.terminal), [terminal.model_dump() for terminal in story.terminals])
    for plan in story.plans:
        put(connection, plan)


def stand_beside(connection: Connection, terminal: str, story: Story) -> None:
    """Let a further terminal stand at the machine of the story's first one."""
    known = select(tables.terminal.c.id).where(tables.terminal.c.id == terminal)
    if connection.scalar(known) is None:
        first = story.terminals[0]
        row = {"id": terminal, "equipment": first.equipment, "path": first.path}
        connection.execute(insert(tables.terminal).values(row))


def last_change(connection: Connection) -> int:
    """The number of the newest plan change, 0 when there is none."""
    return connection.scalar(select(func.max(tables.plan.c.change))) or 0


def put(connection: Connection, plan: Plan) -> None:
    """Add a plan record, or replace it by its next version."""
    _write(connection, plan.family, plan.id, plan.record)


def withdraw(connection: Connection, family: str, plan_id: str) -> bool:
    """Withdraw a plan record, so that terminals get a tombstone; False when there is none to withdraw."""
    known = find(connection, family, plan_id)
    if known is None or known.deleted:
        return False
    _write(connection, family, plan_id, known.record, deleted=True)
    return True


def change_order(connection: Connection, order: str, state: str) -> bool:
    """Give a job order another state; False when there is no such order."""
    known = find(connection, "job_order", order)
    if known is None or known.deleted:
        return False
    _write(connection, "job_order", order, {**known.record, "state": state})
    return True


def find(connection: Connection, family: str, plan_id: str) -> Known | None:
    """One plan record, None when there never was one."""
    where = (tables.plan.c.family == family) & (tables.plan.c.id == plan_id)
    row = connection.execute(select(tables.plan).where(where)).mappings().first()
    return None if row is None else Known(row["version"], row["deleted"], json.loads(row["record"]))


def all_of(connection: Connection, families: Iterable[str]) -> dict[tuple[str, str], Known]:
    """All records of some families, by family and id."""
    rows = connection.execute(select(tables.plan).where(tables.plan.c.family.in_(list(families)))).mappings()
    return {
        (row["family"], row["id"]): Known(row["version"], row["deleted"], json.loads(row["record"]))
        for row in rows
    }


class PlanReader:
    """What one database of plans answers to terminals."""

    def __init__(self, mes_epoch: str) -> None:
        self._epoch = mes_epoch

    def etag(self, connection: Connection) -> str:
        """The name of the present state of all plans, the same whichever cursor is asked with."""
        return f'W/"{self._epoch}-{last_change(connection)}"'

    def known_cursor(self, connection: Connection, cursor: str | None) -> int | None:
        """The change after which a cursor stands, None when it is not one of this database."""
        if cursor is None or not cursor.startswith(f"{self._epoch}-"):
            return None
        number = cursor.removeprefix(f"{self._epoch}-")
        change = int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else -1
        return change if 0 <= change <= last_change(connection) else None

    def answer(self, connection: Connection, terminal: str, cursor: str | None) -> Answer:
        """The contract's answer without `server_time`: everything, or what changed since the cursor.

        A job order that is not (or no longer) planned on the terminal's equipment is a tombstone to it.
        """
        equipment = connection.scalar(
            select(tables.terminal.c.equipment).where(tables.terminal.c.id == terminal)
        )
        since = self.known_cursor(connection, cursor)
        query = select(tables.plan).where(tables.plan.c.change > (since or 0)).order_by(tables.plan.c.change)
        records: list[JsonValue] = []
        for row in connection.execute(query).mappings():
            record: dict[str, JsonValue] = json.loads(row["record"])
            elsewhere = row["family"] == "job_order" and record["equipment"] != equipment
            gone = bool(row["deleted"]) or elsewhere
            if gone and since is None:
                continue
            told: dict[str, JsonValue] = {"family": row["family"], "id": row["id"], "version": row["version"]}
            told |= {"deleted": True} if gone else {"deleted": False, "record": record}
            records.append(told)
        return {
            "mes_epoch": self._epoch,
            "cursor": f"{self._epoch}-{last_change(connection)}",
            "snapshot": since is None,
            "records": records,
        }


def _write(connection: Connection, family: str, plan_id: str, record: Record, deleted: bool = False) -> None:
    change = last_change(connection) + 1
    where = (tables.plan.c.family == family) & (tables.plan.c.id == plan_id)
    version = connection.scalar(select(tables.plan.c.version).where(where))
    row = {"deleted": deleted, "record": json.dumps(record, ensure_ascii=False), "change": change}
    if version is None:
        connection.execute(insert(tables.plan).values(family=family, id=plan_id, version=1, **row))
    else:
        connection.execute(update(tables.plan).where(where).values(version=version + 1, **row))

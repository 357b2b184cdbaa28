"""What the reference MES holds, for tests, demonstrations and its page: job responses, the
inbox, the high water.
"""

import json
from collections import defaultdict
from decimal import Decimal

from pydantic import JsonValue
from sqlalchemy import Connection, Table, func, select

from devices.plant.mes_server import plans, tables

Answer = dict[str, JsonValue]


def job_response(connection: Connection, order: str) -> Answer | None:
    """Everything that was received about a job order, None when there is no such order."""
    plan = plans.find(connection, "job_order", order)
    if plan is None:
        return None
    head = connection.execute(select(tables.job_response).where(tables.job_response.c.order_id == order))
    row = head.mappings().first()
    produced, scrap = (
        (Decimal(0), Decimal(0)) if row is None else (Decimal(row["produced"]), Decimal(row["scrap"]))
    )
    made = tables.production
    scrapped = select(made.c.reason, made.c.quantity).where(
        (made.c.order_id == order) & (made.c.kind == "production.scrapped") & made.c.replaced_by.is_(None)
    )
    by_reason: defaultdict[str, Decimal] = defaultdict(Decimal)
    for reason, quantity in connection.execute(scrapped):
        by_reason[str(reason)] += Decimal(quantity)
    inbox = tables.inbox
    taken = (inbox.c.order_id == order) & (inbox.c.result == "received")
    return {
        "order": order,
        "plan_state": plan.record["state"],
        "state": "open" if row is None else row["state"],
        "produced": str(produced),
        "good": str(produced - scrap),
        "scrap": str(scrap),
        "scrap_by_reason": {reason: str(quantity) for reason, quantity in by_reason.items()},
        "unit": plan.record["unit"],
        "started_at": None if row is None else row["started_at"],
        "completed_at": None if row is None else row["completed_at"],
        "stops": _rows(connection, tables.stop, order, "began_at"),
        "samples": _rows(connection, tables.sample, order, "at"),
        "nonconformances": _rows(connection, tables.nonconformance, order, "at"),
        "repairs": _repairs(connection, order),
        "entries": connection.scalar(select(func.count()).where(taken)) or 0,
    }


def orders(connection: Connection) -> list[Answer]:
    """All job orders with what was received about them, by priority; withdrawn ones are left out."""
    known = plans.all_of(connection, ("job_order",))
    heads = {row["order_id"]: row for row in connection.execute(select(tables.job_response)).mappings()}
    found: list[Answer] = []
    for (_, order), plan in known.items():
        if plan.deleted:
            continue
        head = heads.get(order)
        produced, scrap = (head["produced"], head["scrap"]) if head is not None else ("0", "0")
        found.append(
            {
                "order": order,
                "version": plan.version,
                **plan.record,
                "produced": produced,
                "scrap": scrap,
                "good": str(Decimal(produced) - Decimal(scrap)),
                "response": None if head is None else head["state"],
            }
        )
    return sorted(found, key=lambda one: (_priority(one), str(one["order"])))


def entries(
    connection: Connection,
    terminal: str | None = None,
    result: str | None = None,
    after_number: int = 0,
    limit: int = 1000,
    newest_first: bool = False,
) -> list[Answer]:
    """Entries of the inbox in the order in which they came (or the newest first), at most `limit`."""
    inbox = tables.inbox
    query = select(inbox).where(inbox.c.number > after_number)
    if terminal is not None:
        query = query.where(inbox.c.terminal == terminal)
    if result is not None:
        query = query.where(inbox.c.result == result)
    order = inbox.c.number.desc() if newest_first else inbox.c.number
    return [
        {key: value for key, value in row.items() if key not in ("number", "entry")}
        | {"number": row["number"], "mes_id": f"R-{row['number']}", "entry": json.loads(row["entry"])}
        for row in connection.execute(query.order_by(order).limit(limit)).mappings()
    ]


def high_waters(connection: Connection, terminal: str) -> Answer:
    """The high water of each epoch of a terminal."""
    high = tables.high_water
    rows = connection.execute(select(high.c.epoch, high.c.seq).where(high.c.terminal == terminal))
    return {str(epoch): seq for epoch, seq in rows}


def terminals(connection: Connection) -> list[Answer]:
    """Every terminal with its newest high water (`epoch / seq`) and when something came from it last."""
    inbox = tables.inbox
    newest = select(inbox.c.terminal, func.max(inbox.c.received_at).label("at")).group_by(inbox.c.terminal)
    last = {row["terminal"]: row["at"] for row in connection.execute(newest).mappings()}
    found: list[Answer] = []
    for row in connection.execute(select(tables.terminal).order_by(tables.terminal.c.id)).mappings():
        high = high_waters(connection, row["id"])
        epoch = max(high, key=int, default=None)
        found.append(
            {
                "terminal": row["id"],
                "path": row["path"],
                "high_water": None if epoch is None else f"{epoch} / {high[epoch]}",
                "last_heard": last.get(row["id"]),
            }
        )
    return found


def count(connection: Connection, result: str) -> int:
    """How many entries stand in the inbox with this result."""
    return connection.scalar(select(func.count()).where(tables.inbox.c.result == result)) or 0


def _priority(order: Answer) -> int:
    priority = order.get("priority")
    return priority if isinstance(priority, int) else 999


def _rows(connection: Connection, table: Table, order: str, by: str) -> list[JsonValue]:
    query = select(table).where(table.c.order_id == order).order_by(table.c[by])
    return [_plain(dict(row)) for row in connection.execute(query).mappings()]


def _plain(row: Answer) -> Answer:
    lists = {key: json.loads(str(row[key])) for key in ("values", "outside", "steps") if key in row}
    return {key: value for key, value in row.items() if key != "order_id"} | lists


def _repairs(connection: Connection, order: str) -> list[JsonValue]:
    part = tables.repair_part
    repairs: list[JsonValue] = []
    query = select(tables.repair).where(tables.repair.c.order_id == order).order_by(tables.repair.c.opened_at)
    for row in connection.execute(query).mappings():
        used = connection.execute(
            select(part).where(part.c.repair == row["id"]).order_by(part.c.entry_id)
        ).mappings()
        parts: list[JsonValue] = [{k: v for k, v in one.items() if k != "repair"} for one in used]
        repair = _plain(dict(row))
        repair["parts"] = parts
        repairs.append(repair)
    return repairs

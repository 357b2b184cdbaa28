"""The tables as they were at a cut of the journal: from there on they follow from the entries that stay."""

import hashlib
import json
from collections.abc import Generator, Iterable, Sequence
from typing import TypedDict

import sqlalchemy as sa

from local_db import tables as t

_ROWS_A_PAGE = 1000

Page = tuple[str, int, str]


class _Page(TypedDict):
    columns: list[str]
    rows: list[list[object]]


def pages_of(connection: sa.Connection) -> Generator[Page]:
    """Every table of facts as (name, number of the page, its rows as JSON), by name and number."""
    for table in sorted(t.FACTS, key=lambda table: table.name):
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
        found = connection.exec_driver_sql(
            f"SELECT {columns} FROM {table.name} ORDER BY {keys}"  # noqa: S608  our own names
        )
        for number, rows in enumerate(found.partitions(_ROWS_A_PAGE)):
            told = {"columns": [column.name for column in table.columns], "rows": [list(row) for row in rows]}
            yield table.name, number, json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def replace(connection: sa.Connection, pages: Iterable[Page]) -> None:
    """Keep these pages instead of those of the cut before."""
    connection.execute(sa.delete(t.base))
    for name, number, rows in pages:
        connection.execute(sa.insert(t.base), {"name": name, "number": number, "rows": rows})


def lay(connection: sa.Connection, pages: Iterable[Page]) -> None:
    """Fill empty tables of facts with the rows of pages; columns that came later are left empty."""
    facts = {table.name: table for table in t.FACTS}
    for name, _, text in pages:
        table = facts[name]
        page: _Page = json.loads(text)
        columns = ", ".join(f'"{name}"' for name in page["columns"])
        marks = ", ".join("?" for _ in page["columns"])
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({columns}) VALUES ({marks})",  # noqa: S608  our own names
            [tuple(row) for row in page["rows"]],
        )


def kept(connection: sa.Connection) -> Sequence[Page]:
    """The pages that a journal keeps; none before its first cut."""
    rows = connection.execute(sa.select(t.base).order_by(t.base.c.name, t.base.c.number)).all()
    return [(row.name, row.number, row.rows) for row in rows]


def seal(pages: Iterable[Page]) -> str:
    """SHA-256 over pages, in lower-case hex: each as its name, number and rows, one a line."""
    told = hashlib.sha256(b"lineside-base-1\n")
    for name, number, rows in pages:
        told.update(f"{name} {number} {rows}\n".encode())
    return told.hexdigest()

"""Rows of one table that a batch reads and changes in memory, written back in at most two statements."""

from collections.abc import Iterable

from sqlalchemy import Connection, Table, bindparam, insert, select, update

Value = str | int | bool | None
Row = dict[str, Value]


class Rows:
    """The rows of a table with certain keys; the key is one column."""

    def __init__(self, connection: Connection, table: Table, key: str, keys: Iterable[str]) -> None:
        self._table = table
        self._key = key
        self._rows: dict[str, Row] = {}
        self._new: set[str] = set()
        self._changed: set[str] = set()
        self.load(connection, keys)

    def load(self, connection: Connection, keys: Iterable[str]) -> None:
        """Read the rows with these keys, as far as they are there and not read yet."""
        wanted = list(set(keys) - self._rows.keys())
        if wanted:
            its = self._table.c[self._key]
            for found in connection.execute(select(self._table).where(its.in_(wanted))).mappings():
                self._rows[found[self._key]] = dict(found)

    def column(self, name: str) -> list[Value]:
        """One column of all rows at hand."""
        return [row[name] for row in self._rows.values()]

    def get(self, key: str | None) -> Row | None:
        """The row with this key as the batch has left it, None when there is none."""
        return None if key is None else self._rows.get(key)

    def put(self, key: str, **values: Value) -> Row:
        """Set some columns of a row, making it (with nulls elsewhere) when it is not there."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = dict.fromkeys(self._table.c.keys())
            row[self._key] = key
            self._new.add(key)
        elif key not in self._new:
            self._changed.add(key)
        row.update(values)
        return row

    def flush(self, connection: Connection) -> None:
        """Write everything that was put."""
        if self._new:
            connection.execute(insert(self._table), [self._rows[key] for key in self._new])
        if self._changed:
            columns = [column.name for column in self._table.c if column.name != self._key]
            statement = (
                update(self._table)
                .where(self._table.c[self._key] == bindparam("its_key"))
                .values({name: bindparam(f"to_{name}") for name in columns})
            )
            changes = [
                {"its_key": key} | {f"to_{name}": self._rows[key][name] for name in columns}
                for key in self._changed
            ]
            connection.execute(statement, changes)
        self._new, self._changed = set(), set()

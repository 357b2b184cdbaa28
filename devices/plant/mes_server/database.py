"""The database of the reference MES: SQLite (WAL, synchronous=FULL) or PostgreSQL by URL, one
writer at a time.
"""

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, delete, event, insert, make_url, select, update

from devices.plant.mes_server import tables

_WRITERS_LOCK = 0x4C494E45
"""The number of the writers' lock in PostgreSQL: any number that no other program in that database uses."""


def now_text() -> str:
    """This moment as the contract writes times."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def digest(token: str) -> str:
    """What is kept of a token; tokens are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class Database:
    """One database, opened and made ready; `mes_epoch` is drawn when it is made."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._sqlite = self.engine.dialect.name == "sqlite"
        self._writing = threading.Lock()
        tables.metadata.create_all(self.engine)
        with self.write() as connection:
            made = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.key == "mes_epoch"))
            self.mes_epoch = made if made is not None else _new_epoch(connection)

    @property
    def kind(self) -> str:
        """What it is, for people: `SQLite` or `PostgreSQL`."""
        return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(self.engine.dialect.name, "Database")

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One transaction that may write, alone; committed when the block ends, undone when it raises."""
        with (
            self._writing,
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def read(self) -> Generator[Connection]:
        """One transaction that only reads, and sees one state of everything however long it takes."""
        options = {} if self._sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def renew_epoch(self) -> None:
        """Draw a new `mes_epoch`: to be done once after the database was put back to an older state."""
        with self.write() as connection:
            connection.execute(delete(tables.meta).where(tables.meta.c.key == "mes_epoch"))
            self.mes_epoch = _new_epoch(connection)

    def admit(self, terminal: str, file: Path) -> None:
        """Let the token in a file admit a terminal; a file that is not there yet is made,
        readable for its owner.
        """
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(32) + "\n", "utf-8")
        hashed = digest(file.read_text("utf-8").strip())
        with self.write() as connection:
            known = connection.scalar(select(tables.token.c.terminal).where(tables.token.c.hash == hashed))
            if known is None:
                row = {"hash": hashed, "terminal": terminal, "made_at": now_text()}
                connection.execute(insert(tables.token).values(row))
            elif known != terminal:
                connection.execute(
                    update(tables.token).where(tables.token.c.hash == hashed).values(terminal=terminal)
                )

    def terminal_of(self, token: str) -> str | None:
        """The terminal that a token admits, None when it admits nobody."""
        with self.read() as connection:
            return connection.scalar(
                select(tables.token.c.terminal).where(tables.token.c.hash == digest(token))
            )


def _new_epoch(connection: Connection) -> str:
    epoch = secrets.token_hex(4)
    connection.execute(insert(tables.meta).values(key="mes_epoch", value=epoch))
    return epoch


def _write_alone(connection: Connection) -> None:
    """Let only one program at a time write into a PostgreSQL database: the lock ends with the transaction."""
    if connection.get_execution_options().get("writes") is True:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True)
        event.listen(engine, "begin", _write_alone)
        return engine
    engine = create_engine(parsed)

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes") is True
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine

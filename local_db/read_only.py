"""The records of a file that is only read, beside a terminal that runs or not."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from hmi.errors import StoreError
from hmi.ports import Records
from hmi.times import Clock
from local_db.store import HEAD
from local_db.stores.records import SqliteRecords


@contextmanager
def connected(file: Path) -> Generator[sa.Connection]:
    """Read a file as of one moment; StoreError when it cannot be read, or is of another version."""
    with _connected(file) as connection:
        _refuse_other_versions(connection, file)
        yield connection


@contextmanager
def connected_archive(file: Path) -> Generator[sa.Connection]:
    """Read what left a journal, whichever version wrote it: entries and receipts have stayed the same."""
    with _connected(file) as connection:
        yield connection


@contextmanager
def _connected(file: Path) -> Generator[sa.Connection]:
    if not file.is_file():
        raise StoreError(f"there is no file {file}")
    address = f"{file.absolute().as_uri()}?mode=ro"

    def opened() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, isolation_level=None)

    engine = sa.create_engine("sqlite://", poolclass=NullPool, creator=opened)
    event.listen(engine, "begin", _begin)
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise StoreError(f"{file} cannot be read: {error.orig}. Nothing was changed") from error
    finally:
        engine.dispose()


@contextmanager
def records_of(file: Path, clock: Clock) -> Generator[Records]:
    """Everything that can be read, as of one moment; StoreError as above."""
    with connected(file) as connection:
        yield SqliteRecords(connection, clock)


def _begin(connection: sa.Connection) -> None:
    for pragma in ("trusted_schema=0", "cell_size_check=1", "busy_timeout=5000"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")
    connection.exec_driver_sql("BEGIN DEFERRED")


def _refuse_other_versions(connection: sa.Connection, file: Path) -> None:
    if "alembic_version" not in sa.inspect(connection).get_table_names():
        raise StoreError(f"{file} is not a file of Lineside")
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found != HEAD:
        raise StoreError(
            f"{file} is of version {found}, this program reads version {HEAD}. Nothing was changed. "
            "Start the terminal once, which brings the file up to date, or use the program that wrote it"
        )

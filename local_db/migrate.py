"""Brings the file up to date: a copy that was opened and read first, then every step in one transaction.

Imported only when there is something to do: alembic takes a third of a second, which a start has not.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from hmi.errors import StoreError
from local_db.engine import transaction


def migrations() -> Config:
    """Where alembic finds the steps."""
    config = Config()
    config.set_main_option("script_location", "local_db:migrations")
    return config


def bring_up_to_date(connection: sa.Connection, file: Path, found: str | None) -> Path | None:
    """Run the steps that are missing after `found` (None: a new file); return the copy made before.

    StoreError when the copy cannot be trusted; the file is then as it was.
    """
    copy = None if found is None else copy_of(connection, file, found)
    with transaction(connection):
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return copy


def copy_of(connection: sa.Connection, file: Path, found: str) -> Path:
    """Write a copy beside the file, open it and count what it holds."""
    copy = file.with_name(f"{file.stem}-before-{found}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{file.suffix}")
    raw = connection.connection.cursor()
    try:
        raw.execute("VACUUM INTO ?", (str(copy),))
        raw.execute("SELECT count(*) FROM journal")
        kept = raw.fetchone()
    finally:
        raw.close()
    with closing(sqlite3.connect(copy)) as opened:
        sound = opened.execute("PRAGMA quick_check").fetchone()
        copied = opened.execute("SELECT count(*) FROM journal").fetchone()
    if sound != ("ok",) or copied != kept:
        raise StoreError(f"the copy {copy} of {file} is not sound; nothing was changed")
    return copy

"""A PostgreSQL for tests: the one in LINESIDE_POSTGRES_URL, or a cluster of its own made by its binaries."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

WHERE_DEBIAN_KEEPS_IT = Path("/usr/lib/postgresql")
START_S = 40.0


@contextlib.contextmanager
def running_postgres() -> Generator[str]:
    """The URL of a database that may be written to; skips the test where there is none."""
    told = os.environ.get("LINESIDE_POSTGRES_URL")
    if told:
        yield told
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: neither LINESIDE_POSTGRES_URL nor its server's binaries are here")
    folder = Path(tempfile.mkdtemp(prefix="lineside-pg-"))
    user = _another_than_root(folder)
    try:
        _make_cluster(binaries, folder, user)
        with _server(binaries, folder, user) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def schema_of_its_own(url: str) -> Generator[str]:
    """The URL of the same database with an empty schema, which is dropped afterwards."""
    name = f"lineside_{secrets.token_hex(4)}"
    _say(url, f'CREATE SCHEMA "{name}"')
    try:
        inside = make_url(url).update_query_dict({"options": f"-csearch_path={name}"})
        yield inside.render_as_string(hide_password=False)
    finally:
        _say(url, f'DROP SCHEMA "{name}" CASCADE')


def _say(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def _binaries() -> Path | None:
    """The folder of initdb and postgres, the newest of several; None on Windows, which needs a URL."""
    if sys.platform == "win32":
        return None
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else sorted(WHERE_DEBIAN_KEEPS_IT.glob("*/bin"))
    return next((folder for folder in reversed(found) if (folder / "postgres").exists()), None)


def _another_than_root(folder: Path) -> str | None:
    """The user that runs the server: PostgreSQL refuses to be root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    try:
        shutil.chown(folder, "nobody")
    except LookupError:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip("no PostgreSQL: this is root, and there is no user nobody to run it")
    return "nobody"


def _make_cluster(binaries: Path, folder: Path, user: str | None) -> None:
    words = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "lineside", "-A", "trust"]
    words += ["-E", "UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(
        words, cwd=folder, user=user, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def _server(binaries: Path, folder: Path, user: str | None) -> Generator[str]:
    """A server that listens on a socket in the folder alone, so that it needs no port."""
    words = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    words += ["-c", "listen_addresses=", "-c", "fsync=off"]
    url = f"postgresql://lineside@/postgres?host={folder}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, user=user, stdout=log, stderr=log)
    try:
        _wait_until_up(url, process, folder / "log")
        yield url
    finally:
        process.send_signal(2)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            _say(url, "SELECT 1")
        except OperationalError:
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.1)
        else:
            return

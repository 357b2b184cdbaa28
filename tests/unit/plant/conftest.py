"""Databases for the reference MES: SQLite always, PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devices.plant.mes_server import plans
from devices.plant.mes_server.database import Database
from devices.plant.story import STORY, read_story
from tests.fakes.postgres import running_postgres, schema_of_its_own

NOW = 1_790_000_000.0


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database; the test is skipped where there is none."""
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield f"sqlite:///{(tmp_path / 'mes.sqlite').as_posix()}"
        else:
            yield stack.enter_context(schema_of_its_own(request.getfixturevalue("postgres_url")))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with the shipped story."""
    opened = Database(database_url)
    with opened.write() as connection:
        plans.seed(connection, read_story(STORY, NOW))
    yield opened
    opened.engine.dispose()

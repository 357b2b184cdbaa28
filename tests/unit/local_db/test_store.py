"""The file: pragmas that were read back, one owner, migrations with a copy, reading beside it."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from hmi.errors import OperatorError, StoreError
from local_db import migrate, store
from local_db import tables as t
from local_db.engine import reading, refuse_unsafe_sqlite, transaction, writing_engine
from local_db.ledger import SqliteLedger
from local_db.migrate import bring_up_to_date, copy_of
from tests.fakes.clock import SteppedClock
from tests.unit.local_db.conftest import Desk
from tests.unit.local_db.test_ledger import HELP


def test_pragmas_hold_on_the_writing_connection(tmp_path: Path) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "cell_size_check": 1,
        "trusted_schema": 0,
        "mmap_size": 0,
        "journal_size_limit": 64 * 1024 * 1024,
        "wal_autocheckpoint": 8000,
    }
    with writing_engine(tmp_path / "a.sqlite3").connect() as connection:
        held = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert held == wanted


def test_a_file_that_cannot_be_kept_safely_is_refused_in_words() -> None:
    with pytest.raises(StoreError, match="journal_mode is memory instead of wal"):
        writing_engine(Path(":memory:")).connect()


def test_second_ledger_is_refused_and_the_first_goes_on(desk: Desk) -> None:
    second = SqliteLedger(
        desk.file, terminal="T1", equipment="PRESS-1", clock=SteppedClock(), on_changes=desk.told.append
    )
    with pytest.raises(StoreError, match=r"in use by another Lineside \(process \d+\)"):
        second.start()
    assert desk.ledger.queue().result(5).waiting == 0


def test_second_process_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from local_db.engine import OwnerLock\n"
        "mine = OwnerLock(Path(sys.argv[1])); mine.take(); print('mine', flush=True); sys.stdin.readline()"
    )
    file = tmp_path / "ledger.sqlite3"
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "mine\n"
        desk = Desk(file)
        with pytest.raises(StoreError, match=rf"process {owner.pid}\)"):
            desk.open()
        owner.kill()
        owner.wait(10)
    desk.open()
    desk.ledger.stop()


def test_clean_and_unclean_ends_are_told_apart(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger.sqlite3")
    assert desk.open().ended_cleanly
    desk.ledger.stop()
    assert desk.open().ended_cleanly
    desk.ledger.stop()
    with closing(sqlite3.connect(desk.file)) as other:
        other.execute("UPDATE meta SET value = '0' WHERE key = 'clean'")
        other.commit()
    assert not desk.open().ended_cleanly
    desk.ledger.stop()


def test_closing_leaves_one_file_beside_key_and_lock(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger.sqlite3")
    desk.open()
    desk.ledger.stop()
    left = ["ledger.sqlite3", "ledger.sqlite3.lock", "terminal-key.pem"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left
    with pytest.raises(StoreError, match="closed"):
        desk.ledger.queue().result(5)


def test_a_pause_moves_what_was_written_into_the_file_itself(desk: Desk) -> None:
    desk.append(*[HELP] * 300)
    before = desk.file.stat().st_size
    deadline = time.monotonic() + 5
    while desk.file.stat().st_size == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert desk.file.stat().st_size > before + 300 * 600


def test_an_sqlite_that_is_too_old_is_refused_in_words() -> None:
    refuse_unsafe_sqlite((3, 37, 2))
    with pytest.raises(StoreError, match=r"SQLite 3\.37\.1 is too old .* Install SQLite 3\.37\.2"):
        refuse_unsafe_sqlite((3, 37, 1))


def test_damaged_pages_are_found_at_the_start_and_nothing_is_changed(desk: Desk) -> None:
    desk.append(*[HELP] * 50)
    desk.ledger.stop()
    whole = desk.file.read_bytes()
    broken = bytearray(whole)
    middle = len(whole) // 4096 // 2 * 4096
    broken[middle : middle + 4096] = b"\xa5" * 4096
    desk.file.write_bytes(broken)
    with pytest.raises(StoreError, match="lineside restore"):
        desk.open()
    assert desk.file.read_bytes() == bytes(broken)
    desk.file.write_bytes(whole)
    desk.open()


def test_newest_migration_is_the_one_that_the_ledger_expects() -> None:
    assert ScriptDirectory.from_config(migrate.migrations()).get_current_head() == store.HEAD


def test_migrations_make_the_tables_that_the_program_names(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.file)) as raw:
        made = sa.MetaData()
        engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.pool.StaticPool)
        made.reflect(engine)
    assert set(made.tables) == {*t.SCHEMA.tables, "alembic_version"}
    for name, table in t.SCHEMA.tables.items():
        found = made.tables[name]
        assert [column.name for column in found.columns] == [column.name for column in table.columns], name
        for column in table.columns:
            same = found.columns[column.name]
            integer = isinstance(same.type, sa.Integer)
            wanted = column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
            assert integer == isinstance(wanted, sa.Integer), f"{name}.{column.name}"
            assert same.nullable == column.nullable, f"{name}.{column.name}"
            assert same.primary_key == column.primary_key, f"{name}.{column.name}"
        indexes = {index.name: [column.name for column in index.columns] for index in found.indexes}
        assert indexes == {index.name: [column.name for column in index.columns] for index in table.indexes}


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
        other.commit()
    with pytest.raises(StoreError, match="not a file of Lineside"):
        Desk(file).open()
    file.write_bytes(b"no database at all, but long enough to look at" * 100)
    with pytest.raises(StoreError, match="cannot be"):
        Desk(file).open()


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "ledger.sqlite3")
    desk.open()
    desk.ledger.stop()
    with closing(sqlite3.connect(desk.file)) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(StoreError, match="newer Lineside"):
        desk.open()


def test_copy_before_a_migration_is_whole_and_can_be_opened(desk: Desk) -> None:
    desk.ledger.stop()
    with writing_engine(desk.file).connect() as connection:
        copy = copy_of(connection, desk.file, "0001")
    assert copy.parent == desk.file.parent
    with closing(reading(copy)) as opened:
        assert opened.execute("SELECT count(*) FROM plan").fetchone()[0] > 0
    desk.open()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    with writing_engine(file).connect() as connection:
        with transaction(connection):
            connection.exec_driver_sql(
                "CREATE TABLE sample (x)"
            )  # in the way of the first step, half-way down
        with pytest.raises(OperationalError, match="already exists"):
            bring_up_to_date(connection, file, None)
        with transaction(connection, reads=True):
            assert sa.inspect(connection).get_table_names() == ["sample"]


def test_all_missing_steps_are_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of two steps is undone when the second fails, and the copy made before is whole."""
    steps = tmp_path / "steps"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", steps)
    for later in (steps / "versions").glob("000[2-9]*.py"):
        later.unlink()
    (steps / "versions" / "0002.py").write_text(
        "from alembic import op\nrevision, down_revision = '0002', '0001'\n"
        "def upgrade():\n    op.execute('CREATE TABLE second (x)')\n"
    )
    (steps / "versions" / "0003.py").write_text(
        "from alembic import op\nrevision, down_revision = '0003', '0002'\n"
        "def upgrade():\n    op.execute('CREATE TABLE third (x)')\n    op.execute('CREATE TABLE meta (x)')\n"
    )
    config = Config()
    config.set_main_option("script_location", str(steps))
    monkeypatch.setattr(migrate, "migrations", lambda: config)
    desk = Desk(tmp_path / "ledger.sqlite3")
    with writing_engine(desk.file).connect() as connection:
        with transaction(connection):
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
        with pytest.raises(OperationalError, match="already exists"):
            bring_up_to_date(connection, desk.file, "0001")
        with transaction(connection, reads=True):
            assert not {"second", "third"} & set(sa.inspect(connection).get_table_names())
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0001"
        (steps / "versions" / "0003.py").unlink()
        copy = bring_up_to_date(connection, desk.file, "0001")
        with transaction(connection, reads=True):
            assert "second" in sa.inspect(connection).get_table_names()
    assert copy is not None
    with closing(reading(copy)) as before:
        assert before.execute("SELECT version_num FROM alembic_version").fetchone() == (b"0001",)


def test_reading_beside_the_terminal_cannot_write(desk: Desk) -> None:
    with closing(reading(desk.file)) as other:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            other.execute("DELETE FROM receipt")
        assert other.execute("SELECT count(*) FROM plan").fetchone()[0] > 0
    with pytest.raises(StoreError, match="there is no file"):
        reading(desk.file.with_name("nowhere.sqlite3"))


def test_a_full_disk_is_told_in_the_operators_words_and_ends_by_itself(tmp_path: Path) -> None:
    with writing_engine(tmp_path / "a.sqlite3").connect() as connection:
        with transaction(connection):
            connection.exec_driver_sql("CREATE TABLE a (x)")
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.rollback()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.rollback()
        with pytest.raises(OperatorError, match="store_cannot_save"), transaction(connection):
            connection.exec_driver_sql("INSERT INTO a VALUES (zeroblob(100000))")
        connection.exec_driver_sql("PRAGMA max_page_count = 10000")
        connection.rollback()
        with transaction(connection):
            connection.exec_driver_sql("INSERT INTO a VALUES (zeroblob(100000))")
        with transaction(connection, reads=True):
            assert connection.exec_driver_sql("SELECT count(*) FROM a").scalar() == 1

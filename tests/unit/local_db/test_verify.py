"""The chain: every kind of edit is found at the entry where it was made."""

from __future__ import annotations

import io
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.domain.entries import PushResult, ResultKind, chain_hash, entry_from_wire
from hmi.errors import StoreError
from local_db.tables import place_of
from local_db.verify import export, verify
from tests.unit.local_db.conftest import Desk
from tests.unit.local_db.days import Day
from tests.unit.local_db.test_ledger import HELP

LENGTH = 40
HALF = Decimal("0.5")
Edit = Callable[[sqlite3.Connection, int], int]


@pytest.fixture
def file(desk: Desk) -> Iterator[Path]:
    """A closed file with a day in it."""
    day = Day()
    for number in range(LENGTH):
        desk.clock.step(1)
        desk.append(day.entry((number % 22, number % 4, number * HALF, 1000)) if number % 3 else HELP)
    desk.ledger.stop()
    with closing(sqlite3.connect(desk.file)) as raw:
        raw.executescript("DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete;")
    yield desk.file
    desk.open()


def text_of(raw: sqlite3.Connection, seq: int) -> str:
    return raw.execute("SELECT text FROM journal WHERE place = ?", (place_of(1, seq),)).fetchone()[0]


def change_text(raw: sqlite3.Connection, seq: int) -> int:
    changed = text_of(raw, seq).replace('"terminal":"T1"', '"terminal":"T2"')
    raw.execute("UPDATE journal SET text = ? WHERE place = ?", (changed, place_of(1, seq)))
    return seq


def change_text_and_hash(raw: sqlite3.Connection, seq: int) -> int:
    """A forger who knows the formula: what follows gives it away."""
    changed = text_of(raw, seq).replace('"terminal":"T1"', '"terminal":"T2"')
    link = chain_hash(json.loads(changed)["prev"], changed.encode())
    raw.execute("UPDATE journal SET text = ?, hash = ? WHERE place = ?", (changed, link, place_of(1, seq)))
    return seq + 1


def change_hash(raw: sqlite3.Connection, seq: int) -> int:
    raw.execute("UPDATE journal SET hash = ? WHERE place = ?", ("0" * 64, place_of(1, seq)))
    return seq


def change_listing(column: str, value: object) -> Edit:
    def edit(raw: sqlite3.Connection, seq: int) -> int:
        raw.execute(f"UPDATE journal SET {column} = ? WHERE place = ?", (value, place_of(1, seq)))  # noqa: S608
        return seq

    return edit


def delete(raw: sqlite3.Connection, seq: int) -> int:
    raw.execute("DELETE FROM receipt WHERE place = ?", (place_of(1, seq),))
    raw.execute("DELETE FROM journal WHERE place = ?", (place_of(1, seq),))
    return seq


def cut_tail_but_not_the_receipts(raw: sqlite3.Connection, seq: int) -> int:
    raw.execute("PRAGMA foreign_keys = 0")
    raw.execute("DELETE FROM journal WHERE place >= ?", (place_of(1, seq),))
    return seq


def insert(raw: sqlite3.Connection, seq: int) -> int:
    """One more entry at the end, which never followed from the one before."""
    text = text_of(raw, seq).replace(f'"seq":{seq}', f'"seq":{LENGTH + 1}')
    row = (place_of(1, LENGTH + 1), "new", "help.called", "equipment", "PRESS-1", 0, text, "0" * 64)
    raw.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return LENGTH + 1


def swap(raw: sqlite3.Connection, seq: int) -> int:
    one, other, aside = place_of(1, seq), place_of(1, seq + 1), place_of(9, 9)
    for old, new in ((one, aside), (other, one), (aside, other)):
        raw.execute("UPDATE journal SET place = ? WHERE place = ?", (new, old))
    return seq


def lose_receipt(raw: sqlite3.Connection, seq: int) -> int:
    raw.execute("DELETE FROM receipt WHERE place = ?", (place_of(1, seq),))
    return seq


def not_an_entry(raw: sqlite3.Connection, seq: int) -> int:
    raw.execute("UPDATE journal SET text = '{}' WHERE place = ?", (place_of(1, seq),))
    return seq


EDITS: list[Edit] = [
    change_text,
    change_text_and_hash,
    change_hash,
    change_listing("id", "another"),
    change_listing("kind", "another"),
    change_listing("subject_kind", "another"),
    change_listing("subject_id", 'an"other'),
    change_listing("terminal_time", 12),
    delete,
    cut_tail_but_not_the_receipts,
    insert,
    swap,
    lose_receipt,
    not_an_entry,
]


def test_an_untouched_file_is_proven_to_its_end(file: Path) -> None:
    found = verify(file, tables=True)
    assert (found.ok, found.entries, found.first_bad, found.proven_to) == (True, LENGTH, None, LENGTH)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__qualname__.replace("<locals>.", ""))
def test_every_kind_of_edit_is_found_where_it_was_made(file: Path, edit: Edit) -> None:
    chosen = random.Random(edit.__qualname__).sample(range(2, LENGTH), 6)
    whole = file.read_bytes()
    for seq in chosen:
        file.write_bytes(whole)
        with closing(sqlite3.connect(file)) as raw:
            raw.execute("PRAGMA foreign_keys = 0")
            bad = edit(raw, seq)
            raw.commit()
        found = verify(file)
        assert not found.ok
        assert (found.first_bad, found.proven_to) == (bad, bad - 1), found.words
        assert str(bad) in found.words
    file.write_bytes(whole)


def test_a_damaged_file_is_reported_and_not_a_crash(file: Path) -> None:
    whole = file.read_bytes()
    broken = bytearray(whole)
    page = whole.index(f'"seq":{LENGTH // 2},'.encode()) // 4096 * 4096
    broken[page : page + 64] = b"\xff" * 64
    file.write_bytes(broken)
    found = verify(file)
    assert found.first_bad is not None
    assert found.first_bad <= LENGTH // 2
    assert "damaged" in found.words
    file.write_bytes(whole)


def test_the_journal_itself_refuses_to_be_changed(desk: Desk) -> None:
    desk.append(HELP)
    with closing(sqlite3.connect(desk.file)) as raw:
        for statement in ("UPDATE journal SET hash = 'x'", "DELETE FROM journal"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                raw.execute(statement)


def test_a_file_with_a_broken_end_is_not_built_upon(file: Path, desk: Desk) -> None:
    whole = file.read_bytes()
    with closing(sqlite3.connect(file)) as raw:
        change_text(raw, LENGTH - 3)
        raw.commit()
    with pytest.raises(StoreError, match=f"entry {LENGTH - 3} does not follow"):
        desk.open()
    for beside in ("-wal", "-shm"):
        file.with_name(file.name + beside).unlink(missing_ok=True)
    file.write_bytes(whole)


def test_verify_and_export_work_while_the_terminal_writes(desk: Desk) -> None:
    first = desk.append(HELP, HELP)
    desk.ledger.settle([PushResult(first[0].id, ResultKind.RECEIVED, "R-1")], [first[0].id]).result(5)
    assert verify(desk.file).entries == 2
    out = io.StringIO()
    assert export(desk.file, out) == 2
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [entry_from_wire(line["entry"]) for line in lines] == list(first)
    assert [line["receipt"]["state"] for line in lines] == ["received", "waiting"]
    assert lines[0]["receipt"]["mes_id"] == "R-1"
    assert lines[0]["receipt"]["settled_at"] == "2026-11-21T08:00:00.000Z"
    desk.append(HELP)
    assert verify(desk.file).entries == 3


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no file"):
        verify(tmp_path / "nowhere.sqlite3")

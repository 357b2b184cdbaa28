"""Signed heads: what the chain alone cannot prove, and who signed it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.payloads import PersonSignedOut, StopOpened
from hmi.domain.standing import Known, KnownEpoch
from hmi.errors import OperatorError, StoreError
from local_db.heads import HeadFile, SignedHead, TerminalKey, read_heads
from local_db.tables import place_of
from local_db.verify import verify
from tests.fakes.clock import START
from tests.unit.local_db.conftest import Desk
from tests.unit.local_db.test_ledger import HELP, refuse

STOP = StopOpened(equipment="PRESS-1", order=None, state=9, fault=None, began_at=START, evidence="live")


def heads_of(desk: Desk) -> list[SignedHead]:
    return read_heads(desk.file.with_suffix(".heads"))


def cut(desk: Desk, seq: int, *, heads_too: bool) -> None:
    """Cut everything from an entry on, as somebody would who knows the file."""
    with closing(sqlite3.connect(desk.file)) as raw:
        raw.executescript("DROP TRIGGER journal_no_delete; DROP TRIGGER head_no_delete;")
        for table in ("receipt", "journal", *(["head"] if heads_too else [])):
            raw.execute(f"DELETE FROM {table} WHERE place >= ?", (place_of(1, seq),))  # noqa: S608
        raw.commit()


def test_a_head_is_signed_every_hundred_entries_at_a_sign_off_and_at_the_end(desk: Desk) -> None:
    desk.append(*[HELP] * 150)
    assert [head.seq for head in heads_of(desk)] == [1, 100]
    desk.append(NewEntry(Subject("person", "P1"), PersonSignedOut(cause="touch")))
    desk.append(HELP)
    assert [head.seq for head in heads_of(desk)] == [1, 100, 151]
    desk.ledger.stop()
    heads = heads_of(desk)
    assert [head.seq for head in heads] == [1, 100, 151, 152]
    assert all(head.holds() for head in heads)
    found = verify(desk.file)
    assert found.signed is not None
    assert (found.ok, found.signed.seq, found.epoch) == (True, 152, 1)
    desk.open()


@pytest.mark.log_errors
def test_a_wish_that_is_undone_leaves_no_head(desk: Desk) -> None:
    """The second entry of the wish cannot be brought into the tables: the first was the hundredth."""
    desk.append(*[HELP] * 99)
    taken = NewEntry(Subject("stop", "S1"), STOP)
    desk.append(taken)
    with pytest.raises(IntegrityError):
        desk.append(*[HELP] * 100, taken)
    assert [head.seq for head in heads_of(desk)] == [1, 100]
    assert desk.append(*[HELP] * 100)[-1].seq == 200
    assert [head.seq for head in heads_of(desk)] == [1, 100, 200]
    assert verify(desk.file).ok


def test_the_first_entry_of_a_new_epoch_is_signed_once(desk: Desk) -> None:
    """A refused wish takes back what was signed since the last commit, and this was committed."""
    entry = desk.append(HELP)[0]
    older = Known("1", (KnownEpoch(1, 1, entry.hash, 9),))
    assert desk.ledger.judge(older).result(5).renewed == 2
    assert [(head.epoch, head.seq) for head in heads_of(desk)] == [(1, 1), (2, 1)]
    with pytest.raises(OperatorError):
        desk.ledger.do(refuse, "WO-9").result(5)
    desk.clock.step(61)
    desk.ledger.stop()  # signs the end, where it is not signed yet
    assert [(head.epoch, head.seq) for head in heads_of(desk)] == [(1, 1), (2, 1), (2, 2)]
    assert verify(desk.file).ok
    desk.open()


@pytest.mark.parametrize("heads_too", [False, True])
def test_a_tail_that_was_cut_is_found_by_a_head(desk: Desk, heads_too: bool) -> None:
    """Without a head that is kept elsewhere, a cut that takes the heads along is not found: the control."""
    desk.append(*[HELP] * 120)
    desk.ledger.stop()
    kept = heads_of(desk)
    cut(desk, 80, heads_too=heads_too)
    alone, told = verify(desk.file), verify(desk.file, heads=kept)
    assert (told.first_bad, told.proven_to) == (80, 79)
    assert "entries 80 to 120 of epoch 1 are missing" in told.words
    assert alone.ok == heads_too
    if not heads_too:
        with pytest.raises(StoreError, match="entry 120 was signed"):
            desk.open()
    desk.file.unlink()
    desk.open()


def test_a_rewritten_tail_is_not_the_one_that_was_signed(desk: Desk, tmp_path: Path) -> None:
    """Somebody who knows the formula makes the whole chain again; the head elsewhere gives it away."""
    desk.append(*[HELP] * 100)
    desk.ledger.stop()
    kept = heads_of(desk)
    other = Desk(tmp_path / "other" / "ledger.sqlite3")
    other.open()
    other.clock.step(1)
    other.append(*[HELP] * 100)
    other.ledger.stop()
    assert verify(other.file).ok
    found = verify(other.file, heads=kept[-1:])
    assert (found.first_bad, found.proven_to) == (100, 99)
    assert "not the one that was signed" in found.words
    desk.open()


def test_a_forged_head_and_one_of_another_terminal_are_told(desk: Desk) -> None:
    desk.append(*[HELP] * 100)
    head = heads_of(desk)[-1]
    assert not replace(head, seq=99).holds()
    assert not replace(head, key="zz").holds()
    assert "signature" in verify(desk.file, heads=[replace(head, signed_at="2020-01-01T00:00:00.000Z")]).words
    elsewhere = TerminalKey.of(desk.file.with_name("other.pem")).sign("T2", 1, 100, head.hash, head.signed_at)
    assert "of terminal T2" in verify(desk.file, heads=[elsewhere]).words


def test_the_key_stays_the_same_and_is_its_owners(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    assert TerminalKey.of(file).public == TerminalKey.of(file).public
    assert file.stat().st_mode & 0o077 == 0
    file.write_text("no key")
    with pytest.raises(StoreError, match="cannot be used"):
        TerminalKey.of(file)


def test_a_line_that_was_cut_off_is_passed_over_and_a_full_place_is_no_failure(tmp_path: Path) -> None:
    file = tmp_path / "a.heads"
    head = TerminalKey.of(tmp_path / "key.pem").sign("T1", 1, 1, "0" * 64, "2026-11-21T08:00:00.000Z")
    HeadFile(file).add([head])
    with file.open("a") as out:
        out.write(json.dumps(asdict(head))[:40])
    assert read_heads(file) == [head]
    HeadFile(tmp_path / "nowhere" / "a.heads").add([head])
    assert read_heads(tmp_path / "nowhere" / "a.heads") == []


def test_a_line_that_a_power_cut_left_short_takes_no_other_head_along(desk: Desk, tmp_path: Path) -> None:
    desk.append(*[HELP] * 200)
    heads, file = heads_of(desk), tmp_path / "kept.heads"
    HeadFile(file).add(heads[:1])
    with file.open("a") as out:
        out.write('{"terminal": "T1", "epo')
    HeadFile(file).add(heads[1:2])
    HeadFile(file).add(heads[2:])
    assert read_heads(file) == heads

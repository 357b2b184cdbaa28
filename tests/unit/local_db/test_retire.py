"""Old entries leave the journal for an archive; what stays proves itself, and so does what left."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.domain.entries import Entry, NewEntry, PushResult, ResultKind, Subject
from hmi.domain.keeping_payloads import EntriesRetired
from hmi.domain.payloads import EntryDecided, JobOrderStarted, ProductionDeclared
from hmi.domain.standing import Known, KnownEpoch
from hmi.errors import StoreError
from local_db.archives import prove_together
from local_db.archiving import make_archive
from local_db.copies import Copies
from local_db.cutting import find_cut
from local_db.heads import HEADS_SUFFIX, read_heads
from local_db.read_only import connected
from local_db.restore import restore
from local_db.retire import Retired, retire
from local_db.tables import place_of
from local_db.verify import export, verify
from tests.fakes.clock import START
from tests.unit.local_db.conftest import Desk
from tests.unit.local_db.days import Day
from tests.unit.local_db.test_ledger import HELP

KEEP = timedelta(days=400)
OLD = 130
HALF = Decimal("0.5")


def receive_all(desk: Desk, but: Sequence[str] = ()) -> None:
    """The MES takes everything that is sent, but refuses some."""
    while sent := [entry.id for entry in desk.ledger.waiting(500, 1 << 20).result(5)]:
        results = [
            PushResult(one, ResultKind.REFUSED, None, "bad", "no", "supervisor")
            if one in but
            else PushResult(one, ResultKind.RECEIVED, f"R-{one[:8]}")
            for one in sent
        ]
        desk.ledger.settle(results, sent).result(5)


def live_through(desk: Desk, entries: int = OLD, day: Day | None = None) -> list[Entry]:
    """So many entries of all kinds, one a minute, all received."""
    going, saved = day or Day(), list[Entry]()
    for number in range(entries):
        desk.clock.step(60)
        saved += desk.append(going.entry((number % 22, number % 4, number * HALF, 1000)))
    receive_all(desk)
    return saved


def let_go(desk: Desk, keep: timedelta = KEEP) -> Retired:
    """Retire with the terminal stopped, and start it again."""
    desk.ledger.stop()
    try:
        return retire(desk.file, desk.file.parent / "archive", terminal="T1", clock=desk.clock, keep=keep)
    finally:
        desk.open()


def facts(file: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(file)) as raw:
        names = ("order_progress", "counter", "hour_count", "stop", "sample", "repair", "unassigned_count")
        return {name: raw.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in names}  # noqa: S608


def edited(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def test_old_entries_leave_and_both_sides_prove_themselves(desk: Desk) -> None:
    old = live_through(desk)
    desk.clock.step(KEEP.total_seconds() + 86_400)
    young = desk.append(HELP, HELP)
    receive_all(desk)
    counted, tables = desk.ledger.queue().result(5), facts(desk.file)
    gone = let_go(desk)
    assert (gone.entries, gone.epoch, gone.seq, gone.words) == (OLD, 1, OLD, "")
    assert gone.archive is not None
    assert gone.archive.name == f"ledger-T1-archive-{START:%Y%m%d}-e1-s{OLD}.sqlite3"
    assert facts(desk.file) == tables
    assert desk.ledger.queue().result(5).received == counted.received

    live = verify(desk.file, tables=True, heads=read_heads(desk.file.with_suffix(HEADS_SUFFIX)))
    assert (live.ok, live.proven_from, live.archive) == (True, (1, OLD + 1), gone.archive.name)
    assert f"proven from entry {OLD + 1}" in live.words
    archived = verify(gone.archive, tables=True)
    assert (archived.ok, archived.entries, archived.proven_to, archived.archive) == (True, OLD, OLD, "")

    rows = desk.ledger.read(lambda records: records.journal.newest(10)).result(5)
    assert isinstance(rows[0].entry.payload, EntriesRetired)
    assert [row.entry for row in rows[1:]] == list(reversed(young))
    assert rows[0].entry.payload.hash == old[-1].hash == live_prev(young[0])


def live_prev(entry: Entry) -> str:
    return entry.prev


def test_the_terminal_works_on_after_it_and_the_tables_can_be_made_again(desk: Desk) -> None:
    day = Day()
    live_through(desk, day=day)
    desk.clock.step(KEEP.total_seconds() + 86_400)
    desk.append(HELP)
    receive_all(desk)
    let_go(desk)
    live_through(desk, 40, day)
    assert verify(desk.file, tables=True).ok
    edited(desk.file, "UPDATE order_progress SET counted = '7'")
    wrong = verify(desk.file, tables=True)
    assert (wrong.ok, wrong.words) == (False, "the table order_progress does not follow from the journal")


def test_it_is_done_again_and_all_parts_prove_themselves_together(desk: Desk) -> None:
    archives, day = list[Path](), Day()
    for _ in range(3):
        live_through(desk, 50, day)
        desk.clock.step(KEEP.total_seconds() + 86_400)
        desk.append(HELP)
        receive_all(desk)
        gone = let_go(desk)
        assert gone.archive is not None
        archives.append(gone.archive)
    found = prove_together(desk.file, archives, heads=read_heads(desk.file.with_suffix(HEADS_SUFFIX)))
    assert (found.ok, found.proven_from, found.archive) == (True, (1, 1), "")
    assert found.entries == 3 * 52
    without_first = prove_together(desk.file, archives[1:])
    assert (without_first.ok, without_first.archive) == (True, archives[0].name)
    gap = prove_together(desk.file, [archives[0], archives[2]])
    assert not gap.ok
    assert archives[1].name in gap.words
    out = io.StringIO()
    assert sum(export(file, out) for file in (*archives, desk.file)) == found.entries
    seqs = [json.loads(line)["entry"]["seq"] for line in out.getvalue().splitlines()]
    assert seqs == list(range(1, found.entries + 1))


def test_nothing_leaves_before_its_time_and_never_the_newest_head(desk: Desk) -> None:
    live_through(desk, 20)
    assert let_go(desk).archive is None
    desk.clock.step(KEEP.total_seconds())  # not yet a whole closed day
    assert let_go(desk).archive is None
    desk.clock.step(86_400)
    gone = let_go(desk)
    assert (gone.archive is not None, gone.seq) == (True, 19)
    assert verify(desk.file, tables=True).ok
    assert let_go(desk).seq == 20  # a newer head was signed when the others went
    assert let_go(desk).archive is None


@pytest.mark.parametrize("refuse", [False, True])
def test_an_entry_without_a_receipt_stays_with_all_that_follow(desk: Desk, refuse: bool) -> None:
    live_through(desk, 30)
    (held,) = desk.append(HELP)
    if refuse:
        receive_all(desk, but=[held.id])
    desk.append(HELP, HELP)
    if refuse:
        receive_all(desk)
    desk.clock.step(KEEP.total_seconds() + 86_400)
    desk.append(HELP)
    gone = let_go(desk)
    assert gone.seq == held.seq - 1
    assert f"entry {held.seq} of epoch 1 has no receipt" in gone.words


def test_what_a_person_set_aside_goes_once_the_mes_knows_that(desk: Desk) -> None:
    (held,) = desk.append(HELP)
    receive_all(desk, but=[held.id])
    said = EntryDecided(entry=held.id, decision="set_aside")
    desk.append(NewEntry(Subject("terminal", "T1"), said))
    desk.clock.step(KEEP.total_seconds() + 2 * 86_400)
    desk.append(HELP)
    assert let_go(desk).archive is None
    receive_all(desk)
    assert let_go(desk).seq == 2


def test_a_running_terminal_is_left_alone(desk: Desk) -> None:
    live_through(desk, 10)
    with pytest.raises(StoreError, match="another"):
        retire(desk.file, desk.file.parent / "archive", terminal="T1", clock=desk.clock, keep=timedelta(0))


def test_an_archive_is_never_added_to(desk: Desk) -> None:
    live_through(desk, 10)
    desk.clock.step(86_400)
    gone = let_go(desk, timedelta(0))
    assert gone.archive is not None
    gone.archive.chmod(0o640)
    with pytest.raises(StoreError, match="is an archive"):
        Desk(gone.archive).open()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE cut SET hash = '{zeros}'", "nothing that holds says why"),
        ("UPDATE cut SET base = '{zeros}'", "no entry of it tells of that"),
        ("DELETE FROM cut", "entry 1 is missing"),
        ("UPDATE base SET rows = rows || ' '", "the table base does not follow"),
        ("DELETE FROM journal WHERE place = {first}", "entry {seq} is missing"),
    ],
)
def test_an_edit_at_the_cut_is_found(desk: Desk, statement: str, words: str) -> None:
    live_through(desk, 60)
    desk.clock.step(86_400)
    desk.append(HELP, HELP)
    desk.clock.step(86_400)
    receive_all(desk)
    gone = let_go(desk, timedelta(days=1))
    seq = gone.seq + 1
    told = {"zeros": "0" * 64, "first": place_of(1, seq), "seq": seq}
    edited(desk.file, "PRAGMA foreign_keys = 0", statement.format(**told))
    found = verify(desk.file, tables=True)
    assert not found.ok
    assert words.format(**told) in found.words


def test_entries_that_only_a_cut_explains_cannot_be_deleted(desk: Desk) -> None:
    live_through(desk, 5)
    with closing(sqlite3.connect(desk.file)) as raw:
        raw.execute("DELETE FROM receipt")
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            raw.execute("DELETE FROM journal")
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            raw.execute("DELETE FROM head")


def test_a_copy_with_a_cut_is_restored(desk: Desk) -> None:
    live_through(desk, 40)
    desk.clock.step(86_400 * 2)
    desk.append(HELP, HELP)
    receive_all(desk)
    gone = let_go(desk, timedelta(days=1))
    copies = Copies(desk.file.parent / "copies", "ledger")
    copies.take(desk.file, desk.clock.now())
    desk.append(HELP)
    desk.ledger.stop()
    found = restore(desk.file, copies, terminal="T1", clock=desk.clock)
    desk.open()
    assert (found.missing, found.saved, found.epoch) == ((), 1, 2)
    proven = verify(desk.file, tables=True, heads=read_heads(desk.file.with_suffix(HEADS_SUFFIX)))
    assert (proven.ok, proven.proven_from) == (True, (1, gone.seq + 1))


@pytest.mark.parametrize("statement", ["", "UPDATE base SET rows = rows || ' '"])
def test_without_a_copy_a_journal_is_put_back_from_where_older_entries_left(
    desk: Desk, statement: str
) -> None:
    live_through(desk, 40)
    desk.clock.step(86_400 * 2)
    desk.append(HELP, HELP)
    receive_all(desk)
    gone = let_go(desk, timedelta(days=1))
    desk.append(HELP)
    tables = facts(desk.file)
    desk.ledger.stop()
    copies = Copies(desk.file.parent / "copies", "ledger")
    if statement:  # the tables of the cut do not hold: what follows cannot be made from them
        edited(desk.file, statement)
        with pytest.raises(StoreError, match=r"nothing in .* proves itself"):
            restore(desk.file, copies, terminal="T1", clock=desk.clock)
        desk.open()
        return
    found = restore(desk.file, copies, terminal="T1", clock=desk.clock)
    desk.open()
    assert (found.copied, found.saved, found.missing, found.epoch) == (0, 4, (), 2)
    assert facts(desk.file) == tables
    assert gone.archive is not None
    proven = prove_together(
        desk.file, [gone.archive], tables=True, heads=read_heads(desk.file.with_suffix(HEADS_SUFFIX))
    )
    assert (proven.ok, proven.entries, proven.proven_from) == (True, 45, (1, 1)), proven.words


def test_a_mes_that_was_put_back_to_before_the_cut_is_no_fork(desk: Desk) -> None:
    """What is gone from here cannot be compared; what is here is asked for from the cut on."""
    old = live_through(desk, 40)
    desk.clock.step(86_400 * 2)
    desk.append(HELP, HELP)
    receive_all(desk)
    gone = let_go(desk, timedelta(days=1))
    for seq in (gone.seq - 10, gone.seq):
        known = Known("2", (KnownEpoch(1, seq, old[seq - 1].hash, seq),))
        judged = desk.ledger.judge(known).result(5)
        assert judged.renewed is None
        assert judged.suspects == ((1, gone.seq + 1, gone.seq + 3),)
    other = Known("2", (KnownEpoch(1, gone.seq, "0" * 64, gone.seq),))
    assert desk.ledger.judge(other).result(5).renewed == 2


def test_an_order_that_runs_on_keeps_its_sums(desk: Desk) -> None:
    order = Subject("job_order", "WO-1")
    made = ProductionDeclared(order="WO-1", quantity=Decimal(40), comment="")
    desk.append(NewEntry(order, JobOrderStarted(plan_version=2)), NewEntry(order, made))
    receive_all(desk)
    desk.clock.step(KEEP.total_seconds() + 2 * 86_400)
    desk.append(HELP)
    assert let_go(desk).entries == 2
    desk.append(NewEntry(order, made))
    progress = desk.ledger.read(lambda records: records.production.progress("WO-1")).result(5)
    assert progress is not None
    assert progress.declared == 80
    assert verify(desk.file, tables=True).ok


def test_terminals_may_share_a_folder_and_no_archive_is_written_over(desk: Desk, tmp_path: Path) -> None:
    live_through(desk)
    desk.clock.step(KEEP.total_seconds() + 86_400)
    desk.append(HELP)
    receive_all(desk)
    desk.ledger.stop()
    folder = tmp_path / "shared"
    with connected(desk.file) as connection:
        place = find_cut(connection, desk.clock.now() - KEEP).place
    left = make_archive(desk.file, folder, place_of(1, 100))  # a try that was cut off before its cut
    made = make_archive(desk.file, folder, place)
    assert sorted(folder.iterdir()) == [made.file]
    assert left.file != made.file
    foreign = folder / left.file.name
    foreign.write_bytes(b"another's")
    with pytest.raises(StoreError, match="is of another journal"):
        make_archive(desk.file, folder, place_of(1, 100))
    assert foreign.read_bytes() == b"another's"
    assert sorted(folder.iterdir()) == sorted([made.file, foreign])
    desk.open()

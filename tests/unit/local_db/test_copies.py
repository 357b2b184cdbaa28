"""Copies: proven before they count; a damaged file is put back with all that still proves itself."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from hmi.domain.entries import PushResult, ResultKind
from hmi.domain.payloads import EpochOpened
from hmi.domain.signals import LinkState, LinkStatus
from hmi.domain.standing import Known, KnownEpoch
from hmi.errors import OperatorError, StoreError
from local_db import exchange
from local_db import keeper as keeper_module
from local_db.copies import Copies, CopyFile, sync_path
from local_db.heads import HeadFile, TerminalKey, read_heads
from local_db.keeper import Keeper
from local_db.restore import Missing, restore
from local_db.space import Room, Space, SpaceLimits
from local_db.verify import verify
from tests.fakes.clock import START, SteppedClock
from tests.unit.local_db.conftest import Desk
from tests.unit.local_db.test_ledger import HELP
from tests.unit.local_db.test_sync import until

MIB = 1 << 20


def damage(file: Path, needle: bytes) -> None:
    """Overwrite the page in which something stands, and every page after it."""
    whole = bytearray(file.read_bytes())
    at = whole.index(needle) // 4096 * 4096
    whole[at:] = b"\xa5" * (len(whole) - at)
    file.write_bytes(whole)


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    return Copies(tmp_path / "copies", "ledger")


def test_a_copy_is_taken_while_entries_are_saved_and_proves_itself(desk: Desk, copies: Copies) -> None:
    desk.append(*[HELP] * 20)
    copy = copies.take(desk.file, desk.clock.now())
    desk.append(HELP)
    assert (copy.epoch, copy.seq) == (1, 20)
    assert verify(copy.file, tables=True).ok
    found = copies.newest_good()
    assert found is not None
    assert found[0] == copy
    assert list(copies.folder.iterdir()) == [copy.file]


def test_a_copy_that_does_not_prove_itself_is_passed_over(desk: Desk, copies: Copies) -> None:
    desk.append(*[HELP] * 200)
    old = copies.take(desk.file, START)
    desk.append(*[HELP] * 200)
    new = copies.take(desk.file, START + timedelta(minutes=15))
    damage(new.file, b'"seq":300,')
    found = copies.newest_good()
    assert found is not None
    assert found[0] == old


def test_a_damaged_journal_gives_no_copy_and_no_name(desk: Desk, copies: Copies) -> None:
    desk.append(*[HELP] * 40)
    with closing(sqlite3.connect(desk.file)) as raw:
        raw.execute("DROP TRIGGER journal_no_update")
        raw.execute("UPDATE journal SET text = replace(text, 'quality', 'qualitx') WHERE place % 40 = 7")
        raw.commit()
    with pytest.raises(StoreError, match="does not prove itself"):
        copies.take(desk.file, START)
    assert copies.kept() == []
    assert list(copies.folder.iterdir()) == []


def test_the_newest_eight_and_one_a_day_for_a_week_are_kept(desk: Desk, copies: Copies) -> None:
    desk.append(HELP)
    copy = copies.take(desk.file, START)
    copy.file.unlink()
    copies.folder.mkdir(exist_ok=True)
    for quarter in range(4 * 24 * 10):
        at = START - timedelta(minutes=15 * quarter)
        (copies.folder / f"ledger-{at:%Y%m%dT%H%M%S}Z-e1-s1.sqlite3").touch()
    copies.prune(copies.kept()[0])
    kept = copies.kept()
    assert len(kept) == 8 + 7
    assert len({copy.taken_at.date() for copy in kept}) == 8
    assert [copy.taken_at for copy in kept[:8]] == [START - timedelta(minutes=15 * n) for n in range(8)]


def test_a_clock_that_was_ahead_costs_no_new_copy(desk: Desk, copies: Copies) -> None:
    """A year ahead for ten copies, then right again: what is newest is in the entries, not in a name."""
    times = [START + timedelta(days=365, minutes=15 * n) for n in range(10)]
    times += [START + timedelta(minutes=15 * n) for n in range(1, 4)]
    for at in times:
        desk.append(HELP)
        taken = copies.take(desk.file, at)
        assert taken.file not in copies.prune(taken)
        found = copies.newest_good()
        assert found is not None
        assert found[0] == taken
    assert [copy.seq for copy in copies.kept()] == [13, 12, 11, 10, 9, 8, 7, 6]


def test_a_clock_set_back_keeps_the_copy_of_now_though_nothing_is_new(desk: Desk, copies: Copies) -> None:
    desk.append(HELP)
    for quarter in range(10):
        copies.take(desk.file, START + timedelta(minutes=15 * quarter))
    taken = copies.take(desk.file, START - timedelta(days=30))
    copies.prune(taken)
    assert taken.file.is_file()
    assert len(copies.kept()) == 9


def test_a_damaged_file_is_put_back_with_what_it_still_proves(desk: Desk, copies: Copies) -> None:
    desk.append(*[HELP] * 50)
    copy = copies.take(desk.file, desk.clock.now())
    later = desk.append(*[HELP] * 300)
    sent = desk.ledger.waiting(60, MIB).result(5)
    desk.ledger.settle(
        [PushResult(e.id, ResultKind.RECEIVED, "R") for e in sent], [e.id for e in sent]
    ).result(5)
    desk.ledger.stop()
    damage(desk.file, b'"seq":200,')
    with pytest.raises(StoreError):
        desk.open()
    told = restore(desk.file, copies, terminal="T1", clock=desk.clock)
    assert told.copy == copy.file
    assert told.copied == 50
    assert 0 < told.saved < 300
    assert told.missing == (Missing(1, 51 + told.saved, 350),)
    assert told.aside is not None
    assert told.aside.is_file()
    desk.open()
    assert desk.ledger.epoch == told.epoch == 2
    ids = [row.entry.id for row in desk.ledger.read(lambda r: r.journal.newest(1000)).result(5)]
    assert ids[-50 - told.saved :][0] == later[told.saved - 1].id
    newest = desk.ledger.read(lambda r: r.journal.newest(1)).result(5)[0].entry.payload
    assert newest == EpochOpened(epoch=2, cause="restored", carried=0, missing=300 - told.saved)
    assert verify(desk.file, tables=True).ok


def test_what_the_mes_knows_is_named_as_missing_and_its_epochs_are_not_used_again(
    desk: Desk, copies: Copies
) -> None:
    desk.append(*[HELP] * 5)
    copies.take(desk.file, desk.clock.now())
    desk.ledger.stop()
    desk.file.unlink()
    known = Known("1", (KnownEpoch(1, 9, "0" * 64, 9), KnownEpoch(3, 2, "0" * 64, 2)))
    told = restore(desk.file, copies, terminal="T1", clock=desk.clock, known=known)
    assert (told.missing, told.epoch, told.aside) == ((Missing(1, 6, 9), Missing(3, 1, 2)), 4, None)
    desk.open()


def test_without_a_copy_what_proves_itself_is_saved_and_without_anything_nothing_is_touched(
    desk: Desk, copies: Copies
) -> None:
    desk.append(*[HELP] * 100)
    desk.ledger.stop()
    told = restore(desk.file, copies, terminal="T1", clock=desk.clock)
    assert (told.copy, told.copied, told.saved, told.missing) == (None, 0, 100, ())
    desk.file.write_bytes(b"\xa5" * 8192)
    with pytest.raises(StoreError, match="Nothing was changed"):
        restore(desk.file, copies, terminal="T1", clock=desk.clock)
    assert desk.file.read_bytes() == b"\xa5" * 8192
    desk.file.unlink()
    desk.open()


_STEPS = 8  # at which a restore waits for the disk


class KilledError(BaseException):
    """The program ends here."""


@pytest.mark.parametrize("ends_at", range(_STEPS + 1))
def test_a_restore_that_is_killed_anywhere_loses_nothing_and_is_done_again(
    desk: Desk, copies: Copies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_at: int
) -> None:
    """Entries 11 to 30 stand in the write-ahead log alone, 31 to 40 are gone."""
    desk.append(*[HELP] * 10)
    killed = tmp_path / "killed" / desk.file.name
    copied = Copies(killed.parent / "copies", "ledger")
    copied.take(desk.file, desk.clock.now())
    desk.append(*[HELP] * 20)
    for file in tmp_path.glob("[lt]*"):
        shutil.copyfile(file, killed.parent / file.name)
    key = TerminalKey.of(desk.file.with_name("terminal-key.pem"))
    lost = key.sign("T1", 1, 40, "0" * 64, "2026-11-21T08:00:00.000Z")
    HeadFile(killed.with_suffix(".heads")).add([lost])
    steps, finished = 0, False

    def step(path: Path) -> None:
        nonlocal steps
        steps += 1
        if steps > ends_at:
            raise KilledError
        sync_path(path)

    monkeypatch.setattr(exchange, "sync_path", step)
    try:
        told = restore(killed, copied, terminal="T1", clock=desk.clock)
        finished = True
    except KilledError:
        monkeypatch.undo()
        started = Desk(killed, clock=desk.clock)
        try:  # the terminal starts on all that was there, or not at all
            started.open()
            refused = ""
        except StoreError as error:
            refused = str(error)
        if refused:
            assert "Run 'lineside restore'" in refused
        else:
            assert started.ledger.queue().result(5).waiting in (30, 31)
            started.ledger.stop()
        desk.clock.step(1)
        told = restore(killed, copied, terminal="T1", clock=desk.clock)
    assert finished == (ends_at == _STEPS)
    if ends_at == _STEPS - 1:  # it was done, and only not told: the entry that opened the epoch is there too
        assert (told.copied, told.saved, told.missing) == (10, 21, ())
    else:
        assert (told.copied, told.saved, told.missing) == (10, 20, (Missing(1, 31, 40),))
    assert list(killed.parent.glob("*.set-aside")) == []
    started = Desk(killed, clock=desk.clock)
    started.open()
    started.ledger.stop()
    assert verify(killed, tables=True, heads=read_heads(killed.with_suffix(".heads"))).ok


def test_a_running_terminal_is_not_restored_over(desk: Desk, copies: Copies) -> None:
    with pytest.raises(StoreError, match="in use by another Lineside"):
        restore(desk.file, copies, terminal="T1", clock=desk.clock)


class Disk:
    """A disk as full as a test says."""

    def __init__(self, free_mib: int) -> None:
        self.free_mib = free_mib
        self.answers = True

    def __call__(self, folder: Path) -> int:
        if not self.answers:
            raise OSError(5, "Input/output error")
        return self.free_mib * MIB


def test_room_is_warned_of_refused_in_words_and_goes_on_without_a_restart(tmp_path: Path) -> None:
    disk, clock = Disk(5000), SteppedClock()
    file = tmp_path / "ledger.sqlite3"
    space = Space(file, SpaceLimits(ballast=MIB), disk)
    said: list[LinkStatus] = []
    desk = Desk(file, space=space)
    desk.open()
    keeper = Keeper(file, Copies(tmp_path / "c", "ledger"), space, clock=clock, on_status=said.append)
    saved = desk.append(HELP)[0]
    keeper.look()
    assert said == []
    assert (tmp_path / "ledger.ballast").stat().st_size == MIB
    rooms: list[Room] = []
    for free in (900, 450, 150, 50):
        disk.free_mib = free
        keeper.look()
        rooms.append(space.room())
    assert rooms == [Room.WARNED, Room.NO_HISTORY, Room.ENTRIES_ONLY, Room.NOTHING_NEW]
    assert [status.state for status in said] == [LinkState.UP] * 3 + [LinkState.LOST]
    assert "50 MiB free" in said[-1].last_error
    with pytest.raises(OperatorError, match="store_nearly_full"):
        desk.append(HELP)
    assert desk.ledger.do(lambda records, wish, context: [HELP], None, entry_id=saved.id).result(5).already
    sent = desk.ledger.waiting(5, MIB).result(5)
    desk.ledger.settle([PushResult(sent[0].id, ResultKind.RECEIVED, "R")], [sent[0].id]).result(5)
    disk.free_mib = 5000
    desk.append(HELP)
    keeper.look()
    assert (said[-1].state, said[-1].last_error) == (LinkState.UP, "")
    desk.ledger.stop()


def test_a_disk_that_does_not_answer_is_said_and_looked_at_again(desk: Desk, copies: Copies) -> None:
    disk, said = Disk(5000), list[LinkStatus]()
    keeper = Keeper(desk.file, copies, Space(desk.file, free=disk), clock=desk.clock, on_status=said.append)
    disk.answers = False
    keeper.look()
    assert (said[-1].state, "the disk does not answer" in said[-1].last_error) == (LinkState.LOST, True)
    disk.answers = True
    keeper.look()
    assert (said[-1].state, said[-1].last_error) == (LinkState.UP, "")


def test_a_journal_that_cannot_be_read_gives_no_copy_and_says_so(
    desk: Desk, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[LinkStatus]()
    keeper = Keeper(desk.file, copies, Space(desk.file), clock=desk.clock, on_status=said.append)

    def broken(file: Path) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(keeper_module, "newest_place", broken)
    keeper.look()
    assert "no copy: disk I/O error" in said[-1].last_error


@pytest.mark.log_errors
def test_a_look_that_fails_is_said_and_the_next_one_comes(
    desk: Desk, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, said = 0, list[LinkStatus]()

    def slowest() -> float:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise ValueError("as a bug would")
        return 0.0

    keeper = Keeper(
        desk.file, copies, Space(desk.file), clock=desk.clock, on_status=said.append, slowest_commit_s=slowest
    )
    monkeypatch.setattr(keeper_module, "_LOOK_EVERY_S", 0.01)

    async def play() -> None:
        running = asyncio.create_task(keeper.run())
        await until(lambda: len(said) == 2)
        running.cancel()

    asyncio.run(play())
    assert ["as a bug would" in status.last_error for status in said] == [True, False]


def test_copies_come_every_quarter_and_at_the_end_of_a_shift_if_something_is_new(
    desk: Desk, tmp_path: Path
) -> None:
    clock, said = SteppedClock(datetime(2026, 11, 21, 13, 50, tzinfo=UTC)), list[LinkStatus]()
    copies = Copies(tmp_path / "copies", "ledger")
    keeper = Keeper(
        desk.file,
        copies,
        Space(desk.file),
        clock=clock,
        on_status=said.append,
        shift_ends=[time(14)],
        zone=UTC,
    )
    counted: list[int] = []
    for new, minutes in ((1, 1), (0, 15), (1, 1), (1, 15), (0, 1)):
        desk.append(*[HELP] * new)
        keeper.look()
        counted.append(len(copies.kept()))
        clock.step(minutes * 60)
    # at once; nothing new at 13:51; 14:06 is past 14:00; 14:07 is too early; 14:22 is due
    assert counted == [1, 1, 2, 2, 3]
    copies.folder.rename(tmp_path / "gone")
    copies.folder.write_text("in the way")
    desk.append(HELP)
    clock.step(900)
    keeper.look()
    assert "no copy of" in said[-1].last_error
    copies.folder.unlink()
    clock.step(900)
    keeper.look()
    assert said[-1].last_error == ""


class SlowCopies(Copies):
    """Copies of a long journal: each takes five minutes."""

    def __init__(self, folder: Path, clock: SteppedClock) -> None:
        super().__init__(folder, "ledger")
        self.clock = clock

    def take(self, source: Path, now: datetime) -> CopyFile:
        self.clock.step(300)
        return super().take(source, now)


def test_copies_that_take_long_are_taken_seldom(desk: Desk, tmp_path: Path) -> None:
    """A fiftieth of the time at most: five minutes come every 250 minutes, and at a shift's end."""
    copies = SlowCopies(tmp_path / "copies", desk.clock)
    keeper = Keeper(
        desk.file,
        copies,
        Space(desk.file),
        clock=desk.clock,
        on_status=lambda status: None,
        shift_ends=[time(14)],
        zone=UTC,
    )
    taken: list[datetime] = []
    while desk.clock.now() < START + timedelta(hours=9):
        desk.append(HELP)
        keeper.look()
        kept = [copy.taken_at for copy in copies.kept()]
        taken += [at for at in kept if at not in taken]
        desk.clock.step(60)
    assert [f"{at:%H:%M}" for at in taken] == ["08:00", "12:15", "14:00"]


def test_damage_anywhere_never_loses_what_was_copied(desk: Desk, copies: Copies) -> None:
    chance = random.Random(7)
    desk.append(*[HELP] * 60)
    copies.take(desk.file, desk.clock.now())
    desk.append(*[HELP] * 60)
    desk.ledger.stop()
    whole = desk.file.read_bytes()
    for _ in range(25):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(broken) // 4096) * 4096
            broken[at : at + 4096] = chance.randbytes(4096)
        desk.file.write_bytes(broken)
        told = restore(desk.file, copies, terminal="T1", clock=desk.clock)
        assert told.copied == 60
        assert verify(desk.file, tables=True).ok
    desk.file.write_bytes(whole)
    desk.open()

"""`lineside report`: written beside a terminal that runs, refused in one line, never over another file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from hmi.domain.entries import EntryRow
from hmi.times import SystemClock
from local_db.archives import records_with
from local_db.retire import retire
from screens.app import main
from tests.fakes.clock import SteppedClock
from tests.fakes.shift_story import Shift


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shift]:
    """A shift whose terminal still runs."""
    made = Shift(tmp_path_factory.mktemp("story"))
    made.play()
    made.answer(25, 2)
    yield made
    made.close()


def run(story: Shift, out: Path, *words: str) -> int:
    """The command with its configuration."""
    return main(["report", *words, "--config", str(story.config), "--out", str(out)])


def test_a_shift_and_an_order_beside_the_terminal_that_runs(
    story: Shift, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shift, named, order = (tmp_path / name for name in ("shift.pdf", "named.pdf", "order.pdf"))
    assert run(story, shift, "shift") == 0
    said = capsys.readouterr().out
    assert "Shift A · 2026-11-21 06:00 to 2026-11-21 14:00 · not over yet" in said
    assert "Unsent: " in said
    assert "proven up to entry" in said
    assert run(story, named, "shift", "--shift", "A", "--day", "2026-11-21") == 0
    assert named.read_bytes() == shift.read_bytes()
    assert run(story, order, "order", "WO-1", "--language", "de") == 0
    assert "Protokoll des Auftrags WO-1" in capsys.readouterr().out
    assert order.read_bytes().startswith(b"%PDF-")
    assert run(story, order, "order", "WO-1") == 0, "a PDF may be written anew"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["named.pdf", "order.pdf", "shift.pdf"]


def test_a_stretch_of_time(story: Shift, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("shift", "--from", "2026-11-21T09:00", "--to", "2026-11-21T08:30+00:00")
    assert run(story, tmp_path / "out.pdf", *words) == 0
    assert "2026-11-21 09:00 to 2026-11-21 09:30" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("order", "WO-NONE"), "not among this terminal's plans"),
        (("order", "WO-2"), "was not started at this terminal"),
        (("shift", "--shift", "X"), "Known: A, C"),
        (("shift", "--shift", "A", "--day", "21.11.2026"), "Write it as 2026-11-21"),
        (("shift", "--shift", "A", "--day", "2027-01-01"), "the journal ends 2026-11-21"),
        (("shift", "--day", "2026-11-21"), "Give --shift NAME too"),
        (("shift", "--from", "2026-11-21T09:00"), "Give both --from and --to"),
        (("shift", "--from", "2026-11-21T09:00", "--to", "2026-11-21T09:00"), "Give a later --to"),
        (("shift", "--from", "today", "--to", "now"), "'today' is no time"),
        (("shift", "--shift", "A", "--from", "x", "--to", "y"), "Give one of the two"),
        (("shift", "--language", "tlh"), "Known: en, de, es, pl, zh"),
    ],
)
def test_what_cannot_be_told_is_said_in_one_line(
    story: Shift, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert run(story, tmp_path / "out.pdf", *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert list(tmp_path.iterdir()) == []


def test_no_other_file_is_written_over(
    story: Shift, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(story, story.journal, "shift") == 2
    assert "is there and is no PDF" in capsys.readouterr().err
    assert run(story, tmp_path / "no such folder" / "out.pdf", "shift") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_journal_that_was_edited_is_reported_as_such(
    story: Shift, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Shift(tmp_path / "other")
    other.play()
    other.close()
    heads = other.journal.with_suffix(".heads")
    shutil.copyfile(story.journal.with_suffix(".heads"), heads)
    assert run(other, tmp_path / "out.pdf", "shift") == 1
    assert "does not prove itself" in capsys.readouterr().out
    assert (tmp_path / "out.pdf").exists()


def test_an_empty_journal_and_another_version_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = Shift(tmp_path / "empty")
    assert run(empty, tmp_path / "out.pdf", "shift") == 2
    assert "holds no entry yet" in capsys.readouterr().err
    empty.close()
    empty.journal.unlink()
    assert run(empty, tmp_path / "out.pdf", "shift") == 2
    assert "there is no journal here" in capsys.readouterr().err
    empty.journal.write_bytes(b"no database" * 100)
    assert run(empty, tmp_path / "out.pdf", "shift") == 2
    assert "cannot be read" in capsys.readouterr().err


def test_old_entries_are_read_from_their_archive_or_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Shift(tmp_path / "old")
    made.play()
    made.answer(1000, 0)
    made.close()
    asked = ("shift", "--shift", "A", "--day", "2026-11-21")
    assert run(made, tmp_path / "before.pdf", *asked) == 0
    rows = _entries_of(made, ())
    later = SteppedClock(SystemClock().now() + timedelta(days=2000))
    folder = made.journal.parent / "archive"
    gone = retire(made.journal, folder, terminal=rows[0].entry.terminal, clock=later, keep=timedelta(days=1))
    assert gone.archive is not None
    assert gone.entries == len(rows) - 1
    capsys.readouterr()
    assert run(made, tmp_path / "after.pdf", *asked) == 0
    assert f"Older entries were read from {gone.archive}" in capsys.readouterr().out
    assert [row.entry for row in _entries_of(made, [gone.archive]) if row in rows] == [
        row.entry for row in rows
    ]
    gone.archive.rename(tmp_path / "elsewhere.db")
    assert run(made, tmp_path / "without.pdf", *asked) == 0
    assert f"are in {gone.archive.name}, which was not found" in capsys.readouterr().out


def _entries_of(story: Shift, archives: Sequence[Path]) -> list[EntryRow]:
    with records_with(story.journal, archives, SystemClock()) as records:
        return list(records.journal.newest(1000))

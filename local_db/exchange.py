"""One journal takes the place of another, with its write-ahead log and its heads; a kill in between is found.

What is to go is named in a note beside the file before anything of it is taken away. As long as the note
stands no terminal starts on what is there, and a restore begins again with what was set aside.
"""

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hmi.errors import StoreError
from local_db.copies import sync_path
from local_db.heads import HEADS_SUFFIX, HeadFile, SignedHead

BESIDE = ("-wal", "-shm")
_NOTE = ".set-aside"  # behind the journal's name; in it the name of what was set aside


def aside_of(file: Path) -> Path | None:
    """What an exchange that was not finished set aside; None when there is none."""
    note = _note_of(file)
    return _folder_of(file) / note.read_text("utf-8").strip() if note.is_file() else None


def refuse_half_done(file: Path) -> None:
    """StoreError when an exchange of this file was not finished."""
    aside = aside_of(file)
    if aside is not None:
        raise StoreError(
            f"putting back {file} was interrupted. Nothing is lost: what was there is {aside}. "
            "Run 'lineside restore' with this terminal's configuration again"
        )


def set_aside(file: Path, now: datetime) -> Path | None:
    """Give a file and what belongs to it another name as well; None when there is nothing.

    They keep their own names too: until `take_place` all stands as it stood.
    """
    belongs = [(part, file.with_name(file.name + part)) for part in ("", *BESIDE)]
    belongs = [(part, path) for part, path in belongs if path.exists()]
    if not belongs:
        return None
    folder = _folder_of(file)
    folder.mkdir(exist_ok=True)
    aside = folder / f"{file.stem}-{now:%Y%m%dT%H%M%S%f}{file.suffix}"
    for part, path in belongs:
        _name_too(path, aside.with_name(aside.name + part))
    heads = file.with_suffix(HEADS_SUFFIX)
    if heads.exists():
        shutil.copyfile(heads, aside.with_suffix(HEADS_SUFFIX))
        sync_path(aside.with_suffix(HEADS_SUFFIX))
    sync_path(folder)
    return aside


def take_place(fresh: Path, file: Path, aside: Path | None, heads: Sequence[SignedHead]) -> None:
    """Put a finished file in the place of one that was set `aside`, and these heads in the place of its own.

    A log of the old file never meets the new one. StoreError when the new one is not whole.
    """
    log = fresh.with_name(fresh.name + "-wal")
    if log.exists() and log.stat().st_size > 0:
        raise StoreError(f"{fresh} could not be written to its end: is the disk full? Nothing was changed")
    note = _note_of(file)
    if aside is not None:
        whole = note.with_name(note.name + ".new")
        whole.write_text(aside.name, "utf-8")
        sync_path(whole)
        whole.replace(note)
        sync_path(file.parent)
    for part in BESIDE:
        file.with_name(file.name + part).unlink(missing_ok=True)
    sync_path(file.parent)
    fresh.replace(file)
    kept = file.with_suffix(HEADS_SUFFIX)
    made = kept.with_name(kept.name + ".new")
    made.unlink(missing_ok=True)
    HeadFile(made).add(heads)
    if made.exists():
        sync_path(made)
        made.replace(kept)
    sync_path(file.parent)
    note.unlink(missing_ok=True)
    sync_path(file.parent)


def _note_of(file: Path) -> Path:
    return file.with_name(file.name + _NOTE)


def _folder_of(file: Path) -> Path:
    return file.parent / "set-aside"


def _name_too(path: Path, other: Path) -> None:
    other.unlink(missing_ok=True)
    try:
        os.link(path, other)
    except OSError:
        shutil.copy2(path, other)
        sync_path(other)

"""F10: another process fills the disk while entries are made; nothing is lost, and it goes on by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.acts import id_of
from tests.faults.figure import Outcome, Trial
from tests.faults.judge import Verdict, ids_in
from tests.faults.nursery import Child, Nursery

_SIZE_MIB = 24


@contextmanager
def small_disk(folder: Path) -> Generator[Path | None]:
    """A file system of its own of a few MiB in memory; None where none may be made."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None or umount is None:
        yield None
        return
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={_SIZE_MIB}m", "tmpfs", folder], check=False, capture_output=True
    )
    if made.returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run([umount, folder], check=True)


def _fill(folder: Path) -> Path:
    """Take every byte that is free."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as out:
        for size in (1 << 20, 4096, 1):
            try:
                while out.write(b"\xa5" * size) == size:
                    pass
            except OSError:
                continue
    return filler


def _starve(nursery: Nursery, disk: Path, wishes: int, verdict: Verdict) -> tuple[int, float]:
    """One terminal on a disk that is filled; how often it refused, and s until it went on."""
    file = disk / f"ledger-{wishes}.sqlite3"
    child: Child = nursery.fork("starve", file=str(file), wishes=wishes)
    child.wait_for(20)
    filler = _fill(disk)
    told = _until(child, "full")
    if "store_cannot_save" not in told:
        verdict.words.append(f"refused in other words: {told}")
    time.sleep(0.2)
    before = len(child.told())
    filler.unlink()
    began = time.monotonic()
    child.wait_for(before + 1, 20)
    back_s = time.monotonic() - began
    ended = child.end()
    done = [line for line in ended.told if line.startswith("done")]
    if not done:
        verdict.words.append(f"it ended by itself ({ended.signal})")
    confirmed = [id_of(int(line)) for line in ended.told if line.isdigit()]
    verdict.compare(confirmed, ids_in(file), map(id_of, range(wishes)))
    verdict.prove(file)
    for left in disk.glob(f"{file.stem}*"):
        left.unlink()
    return int(done[0].split()[1]) if done else 0, back_s


def _until(child: Child, word: str) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for line in child.told():
            if line.startswith(word):
                return line
        time.sleep(0.005)
    return f"nothing of {word!r} was told"


def full_disk(trial: Trial) -> Outcome:
    """Fill, look, give room, go on; the control forgets what it had confirmed on the full disk."""
    count = trial.effort.of(50, 3)
    verdict, refused, slowest = Verdict(), 0, 0.0
    with small_disk(trial.place("disk")) as disk:
        if disk is None:
            return Outcome(0, {}, skipped="no file system of its own may be mounted here (root on Linux may)")
        with Nursery(trial.place("nursery")) as nursery:
            for number in range(count):
                times, back_s = _starve(nursery, disk, 300 + number, verdict)
                refused += times
                slowest = max(slowest, back_s)
            control = Verdict()
            file = disk / "control.sqlite3"
            nursery.fork("work", file=str(file), first=0, until=10).end()
            control.compare(map(id_of, range(11)), ids_in(file), map(id_of, range(11)))
    return Outcome(
        count,
        {**verdict.values(), "refused in words": refused, "back after, s at most": round(slowest, 2)},
        verdict.bad if refused else (*verdict.bad, "the disk was never full"),
        f"an entry that was confirmed and not saved: {control.lost} lost",
        control.lost == 1,
    )

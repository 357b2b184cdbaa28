"""The file of the ledger under kill -9 and on a full disk: what was confirmed is there, once, and proven."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from local_db.verify import verify

if sys.platform == "win32":
    pytest.skip("kill -9 and limits of a process are other things there", allow_module_level=True)

from tests.faults.store_far_end import id_of, open_ledger

ROOT = Path(__file__).parents[2]
KILLS = 20


def far_end(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.faults.store_far_end", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def confirmed_before_the_kill(file: Path, first: int, seconds: float) -> list[int]:
    """Let a process append, kill it so long after its first confirmation, return what it had confirmed."""
    confirmed: list[int] = []
    with far_end("append", str(file), str(first)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        confirmed.append(int(line))
        death = threading.Timer(seconds, process.send_signal, [signal.SIGKILL])
        death.start()
        confirmed += [int(line) for line in process.stdout if line.endswith("\n")]
        death.join()
        process.wait(10)
    return confirmed


@pytest.mark.slow
def test_every_confirmed_entry_is_there_once_after_each_kill(tmp_path: Path) -> None:
    """The one wish whose answer the kill swallowed is made again with its id, as a person would."""
    chance = random.Random(1121)
    file = tmp_path / "ledger.sqlite3"
    confirmed: list[int] = []
    for _ in range(KILLS):
        new = confirmed_before_the_kill(file, len(confirmed), chance.uniform(0, 0.25))
        assert new == list(range(len(confirmed), len(confirmed) + len(new)))
        confirmed += new
        proven = verify(file)
        assert proven.ok, proven.words
        assert proven.entries in (len(confirmed), len(confirmed) + 1)
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as raw:
            ids = [row[0] for row in raw.execute("SELECT id FROM journal ORDER BY place")]
        assert ids == [id_of(number) for number in range(proven.entries)]
    assert verify(file, tables=True).ok
    ledger = open_ledger(file)
    assert not ledger.ended_cleanly
    saved = ledger.queue().result(5).waiting
    progress = ledger.read(lambda records: records.production.progress("WO-1")).result(5)
    ledger.stop()
    assert progress is not None
    assert progress.declared == saved - 1
    assert len(confirmed) > KILLS


def test_a_full_disk_stops_entries_in_words_and_not_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    with far_end("starve", str(file)) as process:
        said, failed = process.communicate(timeout=60)
    assert process.returncode == 0, failed
    refused, after = said.splitlines()
    assert refused == "store_cannot_save"
    number, declared, already = after.split()
    assert int(number) > 1
    assert declared == str(int(number) - 1)
    assert already == "False"
    proven = verify(file, tables=True)
    assert (proven.ok, proven.entries) == (True, int(number) + 1), proven.words

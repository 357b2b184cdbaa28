"""F2 and F20: every single write, sync and change of length ends in a kill or an error of the disk."""

from __future__ import annotations

import errno
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic import command

from local_db.engine import transaction, writing_engine
from local_db.migrate import migrations
from tests.faults.acts import declare, id_of, make_ledger
from tests.faults.figure import Outcome, Trial
from tests.faults.judge import Verdict, ids_in
from tests.faults.nursery import COUNT, FAIL_ON, FAIL_ONCE, KILL, OFF, Child, Ended, Nursery, compiler

NO_COMPILER = "there is no C compiler here: every write point cannot be tried"
MODES = {
    "kill": (KILL, 0),
    "EIO once": (FAIL_ONCE, errno.EIO),
    "EIO for ever": (FAIL_ON, errno.EIO),
    "ENOSPC for ever": (FAIL_ON, errno.ENOSPC),
}


def template(folder: Path) -> Path:
    """A journal with its first tables, to start each try from."""
    file = folder / "ledger.sqlite3"
    ledger = make_ledger(file)
    ledger.start()
    ledger.stop()
    return file


def confirmed(ended: Ended) -> list[str]:
    """The ids of the wishes that were confirmed."""
    return [id_of(int(line)) for line in ended.told if line.isdigit()]


def _fresh(model: Path, folder: Path) -> Path:
    shutil.copytree(model.parent, folder)
    return folder / model.name


def every_write(trial: Trial) -> Outcome:
    """Each point in each mode; then the file proves itself, and all that was confirmed is there once."""
    if compiler() is None:
        return Outcome(0, {}, skipped=NO_COMPILER)
    chance = random.Random(trial.seed)
    verdict, tries, wishes = Verdict(), 0, 12
    with Nursery(trial.place("nursery"), shim=True) as nursery:
        model = template(trial.place("model"))
        counted = nursery.fork(
            "script", file=str(_fresh(model, trial.folder / "count")), mode=COUNT, at=0
        ).end()
        points = int(counted.told[-1].split()[1])
        for name, (mode, error) in MODES.items():
            chosen = range(1, points + 1)
            if trial.effort.name == "quick":
                chosen = sorted(chance.sample(chosen, min(points, 60 if mode == KILL else 8)))
            for at in chosen:
                folder = trial.folder / "try"
                file = _fresh(model, folder)
                ended = nursery.fork("script", file=str(file), mode=mode, at=at, error=error).end()
                if mode != KILL and ended.signal > 0:
                    verdict.words.append(f"{name} at write {at}: it died of signal {ended.signal}")
                _judge(verdict, nursery, file, ended, wishes)
                shutil.rmtree(folder)
                tries += 1
            trial.say(f"{name}: {points} points")
        broken = _control(nursery, model, trial.folder / "control", points)
    return Outcome(
        tries,
        {"write points": points, **verdict.values()},
        verdict.bad,
        f"a program that does not write ahead: {broken} of 20 lost what was confirmed",
        broken > 0,
    )


def _judge(verdict: Verdict, nursery: Nursery, file: Path, ended: Ended, wishes: int) -> None:
    all_ids = [id_of(number) for number in range(wishes)]
    verdict.compare(confirmed(ended), ids_in(file), all_ids)
    verdict.prove(file)
    again: Child = nursery.fork("script", file=str(file), mode=OFF, at=0)
    if again.end().signal != 0:
        verdict.words.append("it did not start again")
    verdict.compare(all_ids, ids_in(file), all_ids)
    verdict.prove(file)


def _control(nursery: Nursery, model: Path, folder: Path, points: int) -> int:
    """The file without its write-ahead log, late in the day: what was confirmed has to be missed."""
    told = 0
    for at in range(points - 60, points - 40):
        file = _fresh(model, folder)
        ended = nursery.fork("script", file=str(file), mode=KILL, at=at).end()
        file.with_name(file.name + "-wal").unlink(missing_ok=True)
        verdict = Verdict()
        verdict.compare(confirmed(ended), ids_in(file), confirmed(ended))
        told += bool(verdict.bad)
        shutil.rmtree(folder)
    return told


def upgrade(trial: Trial) -> Outcome:
    """A file of the oldest program with 1,000 unsent entries is killed at each write of its migration."""
    if compiler() is None:
        return Outcome(0, {}, skipped=NO_COMPILER)
    verdict, unsent = Verdict(), 1000
    chance = random.Random(trial.seed)
    with Nursery(trial.place("nursery"), shim=True) as nursery:
        old = _older(trial.place("old"), unsent)
        wanted = ids_in(old)
        counted = nursery.fork(
            "migrate", file=str(_fresh(old, trial.folder / "count")), mode=COUNT, at=0
        ).end()
        waiting, points = (int(word) for word in counted.told[-1].split()[1:])
        chosen = range(1, points + 1)
        if trial.effort.name == "quick":
            chosen = sorted(chance.sample(chosen, min(points, 15)))
        for at in chosen:
            file = _fresh(old, trial.folder / "try")
            nursery.fork("migrate", file=str(file), mode=KILL, at=at).end()
            after = nursery.fork("migrate", file=str(file), mode=OFF, at=0).end()
            if after.told[-1:] == [] or int(after.told[-1].split()[1]) != waiting:
                verdict.words.append(f"after a kill at write {at}: {after.told}")
            verdict.compare(wanted, ids_in(file), wanted)
            verdict.prove(file)
            shutil.rmtree(file.parent)
        lost = Verdict()
        with closing(sqlite3.connect(old)) as raw:
            raw.executescript("DROP TRIGGER journal_no_delete; PRAGMA foreign_keys=0")
            raw.execute("DELETE FROM receipt WHERE place = (SELECT max(place) FROM journal)")
            raw.execute("DELETE FROM journal WHERE place = (SELECT max(place) FROM journal)")
            raw.commit()
        nursery.fork("migrate", file=str(old), mode=OFF, at=0).end()
        lost.compare(wanted, ids_in(old), wanted)
    return Outcome(
        len(chosen),
        {"unsent entries": waiting, "write points": points, **verdict.values()},
        verdict.bad,
        f"a migration that loses one entry: {lost.lost} lost",
        lost.lost > 0,
    )


def _older(folder: Path, unsent: int) -> Path:
    """A journal as the first version made it: its tables, and entries that nobody received."""
    file = folder / "ledger.sqlite3"
    ledger = make_ledger(file)
    ledger.start()
    for number in range(0, unsent, 100):
        ledger.do(lambda records, wish, context: [declare(records, wish + n, context)[0] for n in range(100)],
                  number).result()  # fmt: skip
    ledger.stop()
    made = folder / "first" / file.name
    made.parent.mkdir()
    with writing_engine(made).connect() as connection:
        with transaction(connection):
            config = migrations()
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
        raw = connection.connection.cursor()
        raw.execute(f"ATTACH '{file}' AS newer")
        raw.close()
        with transaction(connection):
            for table in ("journal", "receipt", "order_progress", "hour_count"):
                connection.execute(sa.text(f"INSERT INTO main.{table} SELECT * FROM newer.{table}"))  # noqa: S608
    return made

"""F21: old entries leave the journal, and every write of that ends in a kill or an error of the disk."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hmi.domain.entries import PushResult, ResultKind
from local_db.archives import prove_together
from local_db.ledger import SqliteLedger
from tests.fakes.clock import SteppedClock
from tests.faults.acts import declare, id_of
from tests.faults.figure import Outcome, Trial
from tests.faults.judge import Verdict, ids_in
from tests.faults.nursery import COUNT, KILL, OFF, Nursery, compiler
from tests.faults.suite_writes import MODES, NO_COMPILER

_ENTRIES = 120
_OFTEN = 5  # points of each mode in the quick tier


def _lived(folder: Path) -> Path:
    """A journal of long ago, all of it received."""
    file, clock = folder / "ledger.sqlite3", SteppedClock()
    clock.wall = datetime(2020, 1, 1, tzinfo=UTC)
    ledger = SqliteLedger(file, terminal="T1", equipment="E", clock=clock, on_changes=lambda changes: None)
    ledger.start()
    for number in range(_ENTRIES):
        clock.step(60)
        ledger.do(declare, number, entry_id=id_of(number)).result()
    while sent := [entry.id for entry in ledger.waiting(200, 1 << 20).result()]:
        ledger.settle([PushResult(one, ResultKind.RECEIVED, "R") for one in sent], sent).result()
    ledger.stop()
    return file


def _archives(file: Path) -> list[Path]:
    return sorted((file.parent / "archive").glob("*-archive-*"))


def _judge(verdict: Verdict, file: Path, wished: list[str], *, done: bool) -> None:
    """What is in the journal and its archives is all of it, once, and proves itself.

    Before it is `done` an archive may hold what the journal still has.
    """
    verdict.prove(file)
    archives = _archives(file)
    for archive in archives:
        verdict.prove(archive)
    here, left = ids_in(file), [one for archive in archives for one in ids_in(archive)]
    if not done:
        left = [one for one in dict.fromkeys(left) if one not in here]
    verdict.compare(wished, here + left, wished)


@dataclass
class Rows:
    """What was tried and found: by the command, and by itself beside a ledger that runs."""

    model: Path
    wished: list[str]
    verdict: Verdict
    tries: int = 0
    refused: int = 0
    points: int = 0


def _each_point(trial: Trial, nursery: Nursery, rows: Rows, chance: random.Random, *, live: bool) -> Path:
    """Each point in each mode; then it is tried again, and journal and archive prove themselves together."""
    whole, model, verdict = trial.folder / f"whole-{live}", rows.model, rows.verdict
    shutil.copytree(model.parent, whole)
    counted = nursery.fork("retires", file=str(whole / model.name), mode=COUNT, at=0, live=live).end()
    points = int(counted.told[-1].split()[1])
    rows.points += points
    for name, (mode, error) in MODES.items():
        chosen = range(1, points + 1, 1 if mode == KILL else 4)
        if trial.effort.name == "quick":
            chosen = sorted(chance.sample(chosen, min(len(chosen), _OFTEN)))
        for at in chosen:
            folder = trial.folder / "try"
            shutil.copytree(model.parent, folder)
            file = folder / model.name
            values = {"file": str(file), "mode": mode, "at": at, "error": error, "live": live}
            ended = nursery.fork("retires", **values).end()
            rows.refused += any(line.startswith("refused") for line in ended.told)
            if ended.signal != 0 and name != "kill":
                verdict.words.append(f"{name} at write {at}: it ended by {ended.signal}")
            _judge(verdict, file, rows.wished, done=False)
            again = nursery.fork("retires", file=str(file), mode=OFF, at=0, live=live).end()
            if again.signal != 0 or not again.told or again.told[-1].startswith("refused"):
                verdict.words.append(f"{name} at write {at}: then {again.told[-1:]}")
            _judge(verdict, file, rows.wished, done=True)
            together = prove_together(file, _archives(file), tables=True)
            if not together.ok or together.proven_from != (1, 1):
                verdict.words.append(f"{name} at write {at}: {together.words}")
            shutil.rmtree(folder)
            rows.tries += 1
        trial.say(f"{'by itself, ' if live else ''}{name}: {len(chosen)} of {points} points")
    return whole / model.name


def retention(trial: Trial) -> Outcome:
    """The command, and the terminal by itself; the control is an archive that nobody kept."""
    if compiler() is None:
        return Outcome(0, {}, skipped=NO_COMPILER)
    chance, verdict = random.Random(trial.seed), Verdict()
    wished = [id_of(number) for number in range(_ENTRIES)]
    rows = Rows(_lived(trial.place("model")), wished, verdict)
    with Nursery(trial.place("nursery"), shim=True) as nursery:
        whole = _each_point(trial, nursery, rows, chance, live=False)
        _each_point(trial, nursery, rows, chance, live=True)
    control = Verdict()
    _archives(whole)[0].unlink()
    control.compare(wished, ids_in(whole), Counter(wished))
    return Outcome(
        rows.tries,
        {"write points": rows.points, "refused in words": rows.refused, **verdict.values()},
        verdict.bad,
        f"an archive that is not kept: {control.lost} lost",
        control.lost > 0,
    )

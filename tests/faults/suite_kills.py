"""F1 and F4: `kill -9` of terminal and MES while entries are made, and in half-filled forms."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tests.fakes.mes import FakeMes
from tests.faults.acts import id_of
from tests.faults.figure import Outcome, Trial
from tests.faults.judge import Verdict, ids_in
from tests.faults.nursery import KILL, OFF, Nursery, compiler

_WISHES_AT_THE_END = 3


def _day(
    trial: Trial, nursery: Nursery, folder: Path, kills: int, *, no_dedup: bool = False, ahead: bool = False
) -> tuple[Verdict, int]:
    """Kill the terminal and the MES so often while wishes are saved and sent; the verdict, and how many."""
    chance = random.Random(trial.seed)
    verdict = Verdict()
    file, token = folder / "ledger.sqlite3", folder / "token"
    confirmed = 0
    with FakeMes() as mes:
        mes.faults.lose_share, mes.faults.fail_share, mes.faults.no_dedup = 0.3, 0.1, no_dedup
        token.write_text(mes.token)
        wish = {"file": str(file), "url": mes.url, "token": str(token)}
        for number in range(kills):
            child = nursery.fork("work", **wish, first=confirmed, ahead_of_commit=ahead)
            told = child.wait_for(1 + chance.randrange(25))
            if number % 5 == 4:
                mes.stop()
                child.wait_for(len(told) + 3)
                mes.start()
            ended = child.kill()
            confirmed += len(ended.told)
            if not ahead:
                verdict.compare(
                    (id_of(n) for n in range(confirmed)),
                    ids_in(file),
                    (id_of(n) for n in range(confirmed + 1)),
                )
            elif len(ids_in(file)) < confirmed:
                verdict.lost += confirmed - len(ids_in(file))
                confirmed = len(ids_in(file))
            if number % 100 == 99:
                trial.say(f"{number + 1} kills, {confirmed} entries")
        last = nursery.fork("work", **wish, first=confirmed, until=confirmed + _WISHES_AT_THE_END)
        last.end()
        at_mes, judged = set(mes.received), Counter(mes.judged)
    here = ids_in(file)
    verdict.compare(here, at_mes, here)
    verdict.twice += sum(count - 1 for count in judged.values())
    verdict.prove(file)
    return verdict, len(here)


def kills(trial: Trial) -> Outcome:
    """The whole, and both broken builds: no inbox at the MES, and confirmed before the commit."""
    count = trial.effort.of(1000, 30)
    with Nursery(trial.place("nursery")) as nursery:
        verdict, entries = _day(trial, nursery, trial.place("kills"), count)
        doubled, _ = _day(trial, nursery, trial.place("no-dedup"), max(8, count // 20), no_dedup=True)
        lost = 0
        for attempt in range(10):
            early, _ = _day(trial, nursery, trial.place(f"ahead-{attempt}"), max(8, count // 20), ahead=True)
            lost += early.lost
            if lost:
                break
    return Outcome(
        count,
        {"entries": entries, **verdict.values()},
        verdict.bad,
        f"no inbox: {doubled.twice} twice; confirmed before the commit: {lost} lost",
        doubled.twice > 0 and lost > 0,
    )


def forms(trial: Trial) -> Outcome:
    """A form is killed at every write: at most one field is to be entered again, and nothing comes twice."""
    if compiler() is None:
        return Outcome(0, {}, skipped="there is no C compiler here: every write point cannot be tried")
    fields = 4
    bad: list[str] = []
    most_lost = doubles = points = control = 0
    with Nursery(trial.place("nursery"), shim=True) as nursery:
        for fresh_id in (False, True):
            folder = trial.place(f"forms-{fresh_id}")
            file = folder / "ledger.sqlite3"
            wish = {"file": str(file), "fields": fields, "fresh_id": fresh_id}
            whole = nursery.fork("form", **wish, subject="whole", mode=OFF + 1, at=0).end().told[-1].split()
            for at in range(1, int(whole[3]) + 1, 1 if not fresh_id else 2):
                subject = f"form {at}"
                first = nursery.fork("form", **wish, subject=subject, mode=KILL, at=at).end()
                kept = sum(line.startswith("field") for line in first.told)
                was_saved = any(line.startswith("saved") for line in first.told)
                before = Counter(ids_in(file))
                again = nursery.fork("form", **wish, subject=subject, mode=OFF, at=0).end()
                typed = sum(line.startswith("field") for line in again.told)
                after = Counter(ids_in(file))
                grown = sum(after.values()) - sum(before.values())
                saved_before = sum(before.values()) > points_of(control, points, fresh_id)
                points, control = (points, control + 1) if fresh_id else (points + 1, control)
                if not fresh_id and not was_saved and not saved_before:
                    most_lost = max(most_lost, typed - (fields - kept))
                if saved_before and grown:
                    doubles += 0 if fresh_id else 1
                    bad += [] if fresh_id else [f"saved at write {at} and again by re-entry"]
                if fresh_id and saved_before and grown:
                    return Outcome(
                        points,
                        {"fields to enter again, most": most_lost, "doubles by re-entry": doubles},
                        (*bad, *([f"{most_lost} fields lost"] if most_lost > 1 else [])),
                        f"an id that is made at saving: the entry stands twice after write {at}",
                        True,
                    )
    return Outcome(
        points,
        {"fields to enter again, most": most_lost, "doubles by re-entry": doubles},
        (*bad, *([f"{most_lost} fields lost"] if most_lost > 1 else [])),
        "an id that is made at saving: no entry stood twice",
        False,
    )


def points_of(control: int, points: int, fresh_id: bool) -> int:
    """How many entries there are when each form before, and the whole one, was saved once."""
    return 1 + (control if fresh_id else points)

"""F20 I1: texts that try to be more go through every door; each comes out as the text that it is."""

from __future__ import annotations

import logging
import random
from unittest.mock import patch

from screens.commands import journal_csv
from screens.reports import plain
from screens.reports.typefaces import PLAIN, STRONG, latin
from tests.faults import doors
from tests.faults.figure import Outcome, Trial
from tests.faults.guard import watched
from tests.faults.payloads import corpus
from tests.faults.suite_people import found_in, known_codes
from tests.unit.hmi.conftest import Floor

_SCANS = 2_000  # pieces of a stream beside the corpus


def payloads(trial: Trial) -> Outcome:
    """The whole corpus through each door; the controls leave out one guard each, and must be seen."""
    texts = corpus()
    for weight in (PLAIN, STRONG):
        latin(weight)  # typefaces are read and made before anything is watched
    folder = trial.place("doors")
    floor = Floor(folder / "journal.db")
    floor.open()
    bad: list[str] = []
    try:
        with watched(trial.folder) as guard:
            doors.fill(floor, texts)
            trial.say(f"{len(texts)} remarks are saved")
            bad += doors.through_journal(floor, texts)
            bad += doors.through_csv(floor)
            bad += doors.through_paper(texts)
            bad += doors.through_reports(floor, texts)
            trial.say("both reports are printed")
            bad += doors.through_log(texts, doors.log_formatter())
            bad += doors.through_config(texts, folder)
            bad += doors.through_answers(texts)
            floor.plan(*known_codes())
            bad += [f"scan: {words}" for words in found_in(floor, trial.seed, _SCANS)[1]]
        bad += guard.seen
        control = _controls(floor, texts, trial)
    finally:
        floor.ledger.stop()
    caught = {name: count > 0 for name, count in control.items()}
    words = ", ".join(f"{name}: {count} found" for name, count in control.items())
    return Outcome(
        len(texts),
        {"doors": 8, "interpreted": len(bad), "opened or connected": len(guard.seen)},
        tuple(bad[:8]),
        words,
        all(caught.values()),
    )


def _controls(floor: Floor, texts: list[str], trial: Trial) -> dict[str, int]:
    some = random.Random(trial.seed).sample(texts, 200)
    with patch.object(plain, "escape", str), watched(trial.folder):
        paper = len(doors.through_paper(some))
    with patch.object(journal_csv, "safe_cell", str):
        table = len(doors.through_csv(floor))
    log = len(doors.through_log(some, logging.Formatter("%(message)s")))
    with watched(trial.folder / "elsewhere") as guard:
        (trial.folder / "outside").write_text("x", "utf-8")
    return {
        "no escape on paper": paper,
        "cells as they stand": table,
        "log of plain lines": log,
        "a file written elsewhere": len(guard.seen),
    }

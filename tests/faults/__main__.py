"""The fault suites as one command: python -m tests.faults [--full] [--seed N] [--json FILE] [--only F1]."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.figure import FULL, QUICK, Effort, Figure, Suite, Trial, table, written
from tests.faults.registry import SUITES

SEED = 20261121
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None


def measure(suite: Suite, effort: Effort, seed: int, folder: Path) -> Figure:
    """Run one suite in a folder of its own."""
    began = time.monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"  {suite.id} {time.monotonic() - began:6.0f} s  {words}\n")

    with tempfile.TemporaryDirectory(dir=MEMORY if suite.in_memory else folder) as place:
        outcome = suite.run(Trial(effort, seed, Path(place), say))
    return Figure(suite.id, suite.title, suite.goal, effort.name, seed, time.monotonic() - began, outcome)


def main(words: list[str]) -> int:
    """Print the figures; 0 when each one holds and each control was caught."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description="Faults and attacks, with figures."
    )
    parser.add_argument("--full", action="store_true", help="the whole counts; takes an hour and more")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="some of them, e.g. F1 F3")
    told = parser.parse_args(words)
    known = {suite.id for suite in SUITES}
    if unknown := set(told.only) - known:
        parser.error(f"no suite {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    logging.disable(logging.CRITICAL)  # what is provoked here is told by the figures
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="lineside-faults-") as folder:
        for suite in SUITES:
            if not told.only or suite.id in told.only:
                figures.append(measure(suite, FULL if told.full else QUICK, told.seed, Path(folder)))
                sys.stderr.write(table(figures[-1:]).split("\n", 1)[1] + "\n")
                if told.json is not None:
                    written(figures, told.json)
    sys.stdout.write(table(figures) + "\n")
    bad = [figure.id for figure in figures if not figure.ok and not figure.outcome.skipped]
    skipped = [figure.id for figure in figures if figure.outcome.skipped]
    verdict = "All figures hold." if not bad else f"These do not hold: {', '.join(bad)}."
    sys.stdout.write(verdict + (f" Skipped: {', '.join(skipped)}." if skipped else "") + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Measures the whole program beside the raw limits: `python -m tests.bench [--quick] [--only NAME ...]`."""

import argparse
import dataclasses
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import backlog, commits, history, memory, starts, tags, touches
from tests.bench.child import ROOT
from tests.bench.figures import Report, Table
from tests.bench.machine import load_average, machine
from tests.bench.place import FULL, QUICK, Effort, Place

_NAMES = ("commits", "history", "starts", "memory", "tags", "touches", "backlog")


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Figures of the whole program beside the raw limits of the same run (docs/figures.md).",
    )
    parser.add_argument("--quick", action="store_true", help="all of it in less than two minutes, coarsely")
    parser.add_argument("--only", nargs="+", choices=_NAMES, default=_NAMES, help="these benchmarks alone")
    parser.add_argument("--backlog", type=int, metavar="N", help="entries of the backlog (20000, quick 4000)")
    parser.add_argument("--runs", type=int, metavar="N", help="runs of each figure (3, quick 2)")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "bench.json", help="where the JSON goes")
    parser.add_argument(
        "--dir",
        type=Path,
        default=ROOT / "out" / "bench",
        help="folder for plant and journals, on the disk to be measured; emptied first",
    )
    return parser.parse_args(words)


def _effort(told: argparse.Namespace) -> Effort:
    effort = QUICK if told.quick else FULL
    if told.backlog:
        effort = dataclasses.replace(effort, backlog=told.backlog)
    return dataclasses.replace(effort, runs=told.runs) if told.runs else effort


def _measure(folder: Path, names: list[str], effort: Effort, say: Callable[[str], None]) -> list[Table]:
    made: list[Table] = []

    def keep(table: Table) -> None:
        print(table.text(), flush=True)
        made.append(table)

    if "commits" in names:
        keep(commits.measure(folder, effort, say))
    if "history" in names:
        keep(history.measure(folder / "history", effort, say))
    if set(names) & {"starts", "memory", "tags", "touches"}:
        say("the plant starts")
        with Place(folder / "terminal") as place:
            # the press stands as long as the terminal is to be idle
            for name, section in (("starts", starts), ("memory", memory)):
                if name in names:
                    keep(section.measure(place, effort, say))
            place.plant.press("start")
            for name, section in (("tags", tags), ("touches", touches)):
                if name in names:
                    keep(section.measure(place, effort, say))
    if "backlog" in names:
        say("a fresh plant starts")
        with Place(folder / "backlog") as place:
            keep(backlog.measure(place, effort, say))
    return made


def main(words: list[str]) -> int:
    """Measure what is asked for, print the tables and write the JSON."""
    told = _arguments(words)
    if sys.platform != "linux":
        print("The benchmarks read /proc and open pseudo-terminals: they run on Linux.", file=sys.stderr)
        return 2
    effort = _effort(told)
    folder: Path = told.dir.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    facts, began, clock = machine(ROOT, folder), datetime.now(UTC), time.monotonic()
    before = load_average()
    print("\n".join(f"{name}: {value}" for name, value in facts.items()))
    print(f"effort: {effort.name}, {effort.runs} runs; load average before: {before}", flush=True)

    def say(what: str) -> None:
        print(f"[{time.monotonic() - clock:6.1f} s] {what}", file=sys.stderr, flush=True)

    report = Report(
        machine=facts,
        effort=effort.name,
        began=began.isoformat(timespec="seconds"),
        load_before=before,
        tables=_measure(folder, list(told.only), effort, say),
        took_s=round(time.monotonic() - clock, 1),
        load_after=load_average(),
    )
    told.out.parent.mkdir(parents=True, exist_ok=True)
    told.out.write_text(report.json_text(), "utf-8")
    print(f"\nload average after: {report.load_after}; took {report.took_s:.0f} s; {told.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

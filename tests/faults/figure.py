"""A figure of the fault suites: what was tried how often, whether it held, whether its control was caught."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Effort:
    """How much is tried; `share` is that of the full count."""

    name: str
    share: float

    def of(self, full: int, least: int) -> int:
        """So many of a full count, and at least so many."""
        return max(least, round(full * self.share))


QUICK = Effort("quick", 0.0)
FULL = Effort("full", 1.0)


@dataclass(frozen=True)
class Trial:
    """What a suite is given: how much, with which seed, where it may write, and whom it tells."""

    effort: Effort
    seed: int
    folder: Path
    say: Callable[[str], None]

    def place(self, name: str) -> Path:
        """A new folder of its own."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        return folder


@dataclass(frozen=True)
class Outcome:
    """What a suite found: `bad` in words (nothing: it holds), and whether its control was caught.

    `values` are the figures that are printed; `skipped` says why nothing could be tried.
    """

    count: int
    values: dict[str, float | int | str]
    bad: tuple[str, ...] = ()
    control: str = ""
    caught: bool = False
    skipped: str = ""


@dataclass(frozen=True)
class Figure:
    """An outcome with its name, goal, seed and duration."""

    id: str
    title: str
    goal: str
    effort: str
    seed: int
    seconds: float
    outcome: Outcome

    @property
    def ok(self) -> bool:
        """Whether it holds, and its control shows that the suite can see."""
        return not self.outcome.skipped and not self.outcome.bad and self.outcome.caught

    def told(self) -> dict[str, object]:
        """The figure for JSON."""
        return {**asdict(self), "ok": self.ok}


class Run(Protocol):
    """The function of a suite."""

    def __call__(self, trial: Trial) -> Outcome: ...


@dataclass(frozen=True)
class Suite:
    """One line of the registry; `threats` are the rows of the threat model that it tries.

    One that tries the program's own doings, not the disk's, may work `in_memory`, where syncs are quick.
    """

    id: str
    title: str
    goal: str
    run: Run
    threats: tuple[str, ...] = field(default=())
    in_memory: bool = False


def table(figures: list[Figure]) -> str:
    """The figures as a table for people, each with what was measured and its control below."""
    rows = [("figure", "holds", "count", "s", "seed")]
    notes = [""]
    for figure in figures:
        outcome = figure.outcome
        holds = "skipped" if outcome.skipped else "yes" if figure.ok else "NO"
        name = f"{figure.id} {figure.title}"
        rows.append((name, holds, str(outcome.count), f"{figure.seconds:.0f}", str(figure.seed)))
        values = ", ".join(f"{name} {value}" for name, value in outcome.values.items())
        caught = "caught" if outcome.caught else "NOT CAUGHT"
        told = [outcome.skipped] if outcome.skipped else [values, *outcome.bad[:5]]
        control = [] if outcome.skipped else [f"control, {caught}: {outcome.control}"]
        notes.append("".join(f"\n    {line}" for line in [f"goal: {figure.goal}", *told, *control]))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + note
        for row, note in zip(rows, notes, strict=True)
    )


def written(figures: list[Figure], file: Path) -> None:
    """Write the figures as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([figure.told() for figure in figures], indent=2) + "\n", "utf-8")

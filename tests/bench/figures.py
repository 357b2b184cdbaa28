"""Figures with their spread, goals and raw limits, as a table for people and as JSON for machines."""

import json
import statistics
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed; 0 when there are none."""
    if not values:
        return 0.0
    ranked = sorted(values)
    return ranked[max(0, min(len(ranked) - 1, -int(-len(ranked) * percent // 100) - 1))]


class Goal(BaseModel):
    """What figures.md of the project asks for: at most `limit`, or at least when `least`."""

    model_config = ConfigDict(frozen=True)
    limit: float
    words: str
    least: bool = False

    def met(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value >= self.limit if self.least else value <= self.limit


class Figure(BaseModel):
    """A median of runs with the lowest and highest of them; `raw` is the limit measured in the same run."""

    model_config = ConfigDict(frozen=True)
    what: str
    unit: str
    median: float
    low: float
    high: float
    runs: int
    raw: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """The figure by its raw limit."""
        return self.median / self.raw if self.raw else None


def figure(
    what: str, unit: str, runs: Sequence[float], *, raw: float | None = None, goal: Goal | None = None
) -> Figure:
    """One figure of all its runs."""
    return Figure(
        what=what,
        unit=unit,
        median=statistics.median(runs),
        low=min(runs),
        high=max(runs),
        runs=len(runs),
        raw=raw,
        goal=goal,
    )


class Table(BaseModel):
    """Figures that belong together, what their raw limit is, and remarks."""

    title: str
    raw_is: str = ""
    figures: list[Figure]
    notes: list[str] = []

    def text(self) -> str:
        """As people read it."""
        head = ["what", "median", "spread", "runs", "raw limit", "ratio", "goal", "met"]
        rows = [head, *(_row(each) for each in self.figures)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
        lines = [f"\n## {self.title}"]
        if self.raw_is:
            lines.append(f"raw limit: {self.raw_is}")
        for number, row in enumerate(rows):
            lines.append("| " + " | ".join(cell.ljust(widths[at]) for at, cell in enumerate(row)) + " |")
            if number == 0:
                lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
        lines += [f"- {note}" for note in self.notes]
        return "\n".join(lines)


class Report(BaseModel):
    """Everything of one run of the benchmarks."""

    machine: dict[str, str]
    effort: str
    began: str
    took_s: float
    load_before: str
    load_after: str
    tables: list[Table]

    def json_text(self) -> str:
        """The report with what follows from its figures: the ratios, and which goals are met."""
        told = self.model_dump(mode="json")
        for table, shown in zip(self.tables, told["tables"], strict=True):
            for each, row in zip(table.figures, shown["figures"], strict=True):
                row["ratio"] = None if each.ratio is None else round(each.ratio, 3)
                row["met"] = None if each.goal is None else each.goal.met(each.median)
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _row(each: Figure) -> list[str]:
    met = "" if each.goal is None else "yes" if each.goal.met(each.median) else "NO"
    spread = f"{_number(each.low)} - {_number(each.high)}" if each.runs > 1 else ""
    return [
        each.what,
        f"{_number(each.median)} {each.unit}",
        spread,
        str(each.runs),
        "" if each.raw is None else f"{_number(each.raw)}",
        "" if each.ratio is None else f"{each.ratio:.2f} x",
        each.goal.words if each.goal else "",
        met,
    ]


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"

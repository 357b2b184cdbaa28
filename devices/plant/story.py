"""One shift, as data: the plans that the MES hands out and the labels and badges that lie
about at the machine.
"""

import math
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

Family = Literal[
    "job_order", "inspection_plan", "reason", "person", "asset", "failure_code", "material", "fault", "people"
]
STORY = Path(__file__).with_name("story.toml")
"""The story that ships with the plant."""


class Plan(BaseModel):
    """One record of a plan family, with the fields of the MES contract in `record`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: Family
    id: str
    record: dict[str, JsonValue]


class Terminal(BaseModel):
    """A terminal that the MES knows; it gets the job orders of its equipment and all other plans."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    equipment: str
    path: str


class Label(BaseModel):
    """Something to scan: which reader reads it, what is printed for people, and what it holds as text."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    reader: Literal["badge_reader", "scanner"]
    name: str
    text: str


class Story(BaseModel):
    """The whole shift."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    terminals: list[Terminal]
    plans: list[Plan]
    labels: list[Label]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    terminal: list[Terminal]
    label: list[Label]
    plans: Mapping[Family, dict[str, dict[str, JsonValue]]]


def _dated(record: dict[str, JsonValue], now: float) -> dict[str, JsonValue]:
    """The record with `due_in_min` (minutes from now) turned into the contract's `due_at`, on a
    quarter of an hour.
    """
    minutes = record.pop("due_in_min", None)
    if not isinstance(minutes, int):
        return record
    due = datetime.fromtimestamp(math.ceil((now + minutes * 60) / 900) * 900, UTC)
    return record | {"due_at": due.strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def read_story(path: Path, now: float) -> Story:
    """Read a story file as it stands at `now` (seconds since 1970); ValueError naming the key when
    it is not one.
    """
    with path.open("rb") as file:
        raw = tomllib.load(file)
    told = _File.model_validate(raw)
    plans = [
        Plan(family=family, id=key, record=_dated(record, now))
        for family, records in told.plans.items()
        for key, record in records.items()
    ]
    return Story(name=told.name, terminals=told.terminal, plans=plans, labels=told.label)

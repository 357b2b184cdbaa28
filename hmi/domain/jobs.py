"""What a machine that takes job orders (ISA-95 Job Control) is told of them, and what it says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hmi.domain.machine import Verdict


class JobAct(StrEnum):
    """What a person did to a job order at the terminal."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


@dataclass(frozen=True, slots=True)
class JobTelling:
    """What the machine is told: the order, what was done to it, what it makes, and its rank among others."""

    order: str
    act: JobAct
    description: str = ""
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class JobReport:
    """The machine's job response, as far as it gave one: its name, state in the machine's words, times."""

    response: str
    state: str
    began_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What became of it; `link` is the machine's, `words` are its own."""

    link: str
    verdict: Verdict
    words: str
    report: JobReport | None = None

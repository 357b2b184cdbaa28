"""What the benchmark and a measured program tell each other: one JSON line each, on its standard streams."""

from typing import Literal

from pydantic import BaseModel

NAMESPACE = "urn:lineside:bench:plc"  # of the load's PLC
Doing = Literal["expect", "tap", "press", "go", "record", "report", "gaps", "pause"]


class Command(BaseModel):
    """What a measured program is told.

    `expect` answers when a paint showed what `name` says; `press` and `go` touch a key or a screen of the
    rail first, `tap` only touches. `record` and `gaps` begin anew, `pause` stops both, `report` hands over
    what they found.
    """

    do: Doing
    number: int = 0
    name: str = ""


class Said(BaseModel):
    """What a measured program says; times of CLOCK_MONOTONIC in ns, latencies and gaps in ms."""

    said: Literal["mark", "ready", "seen", "report", "failed"]
    number: int = 0
    name: str = ""
    at_ns: int = 0
    latencies_ms: list[float] = []
    gaps_ms: list[float] = []


class PlcStats(BaseModel):
    """How long changes waited for their publish at the load's PLC, and how many went out."""

    waits_ms: list[float]
    changes: int
    seconds: float

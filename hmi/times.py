"""Times: UTC inside, RFC 3339 with milliseconds on every wire, a clock that tests can replace."""

import time
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from pathlib import Path
from typing import Protocol
from uuid import uuid4


def to_text(moment: datetime) -> str:
    """Write an aware time as RFC 3339 in UTC with milliseconds and `Z`."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone says nothing")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read an RFC 3339 time that names its zone; ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no zone")
    return moment.astimezone(UTC)


class Clock(Protocol):
    """What a terminal knows of time: a wall clock that may jump, and one that never does."""

    @property
    def boot(self) -> str:
        """Text that is the same from one start of the machine to its end."""
        ...

    def now(self) -> datetime:
        """Wall clock, UTC, rounded to milliseconds as it is written on every wire."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds that never jump within one boot."""
        ...


class SystemClock:
    """The clock of this machine."""

    def __init__(self) -> None:
        """Find out which boot this is; where the system does not say, each start counts as one."""
        told = Path("/proc/sys/kernel/random/boot_id")
        self._boot = told.read_text(encoding="ascii").strip() if told.exists() else str(uuid4())

    @property
    def boot(self) -> str:
        """See Clock."""
        return self._boot

    def now(self) -> datetime:
        """See Clock."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def monotonic_ms(self) -> int:
        """See Clock."""
        return time.monotonic_ns() // 1_000_000


def passed(end: time_of_day, before: datetime, now: datetime, zone: tzinfo | None) -> bool:
    """Whether a zone's wall clock went past a time of day between two looks, at most a day apart."""
    here, there = before.astimezone(zone), now.astimezone(zone)
    today = there.replace(hour=end.hour, minute=end.minute, second=end.second, microsecond=0)
    return any(here < at <= there for at in (today - timedelta(days=1), today))

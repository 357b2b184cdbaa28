"""A clock that moves only when a test says so."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class SteppedClock:
    """Implements hmi.times.Clock; the wall clock and the one that never jumps are moved apart if wanted."""

    def __init__(self, start: datetime = START) -> None:
        self.wall = start
        self.ticks = 0

    @property
    def boot(self) -> str:
        return "boot-1"

    def now(self) -> datetime:
        return self.wall

    def monotonic_ms(self) -> int:
        return self.ticks

    def step(self, seconds: float) -> None:
        self.wall += timedelta(milliseconds=round(seconds * 1000))
        self.ticks += round(seconds * 1000)

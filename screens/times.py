"""How times and durations are written for people."""

from datetime import datetime, timedelta

from hmi.config import ShiftSettings
from hmi.terminal import Terminal


def clock(terminal: Terminal, moment: datetime, *, seconds: bool = False) -> str:
    """A time of day by the plant's wall clock."""
    local = moment.astimezone(terminal.config.terminal.zone)
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def running(duration: timedelta) -> str:
    """A duration as a running clock: 01:12:40."""
    total = max(0, int(duration.total_seconds()))
    return f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}"


def spoken(terminal: Terminal, duration: timedelta) -> str:
    """A duration in words: 6 min 12 s."""
    total = max(0, int(duration.total_seconds()))
    hours, minutes, seconds = total // 3600, total // 60 % 60, total % 60
    if hours:
        return terminal.t("time.hours", hours=hours, minutes=minutes)
    if minutes:
        return terminal.t("time.minutes", minutes=minutes, seconds=seconds)
    return terminal.t("time.seconds", seconds=seconds)


def theme_planned(terminal: Terminal, now: datetime) -> str:
    """The name of the theme that the configuration wants now."""
    wanted = terminal.config.screens.theme
    if wanted != "shift":
        return wanted
    shift = shift_now(terminal, now)
    return shift[0].theme if shift else "day"


def shift_now(terminal: Terminal, now: datetime) -> tuple[ShiftSettings, datetime] | None:
    """The shift of this moment with its start (UTC-aware); None where the file names none that fits."""
    local = now.astimezone(terminal.config.terminal.zone)
    for shift in terminal.config.shifts:
        for day in (local.date(), local.date() - timedelta(days=1)):
            start = datetime.combine(day, shift.start, local.tzinfo)
            last = day if shift.end > shift.start else day + timedelta(days=1)
            if start <= local < datetime.combine(last, shift.end, local.tzinfo):
                return shift, start
    return None

"""How numbers, times and durations are written on paper: in one language, by the plant's wall clock."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hmi.i18n import Texts

NONE = "–"


class Voice:
    """Says what a report says. Times of `day` are written without their date."""

    def __init__(self, texts: Texts, zone: ZoneInfo, day: date | None = None) -> None:
        """Speak one language, by the clock of one zone."""
        self.texts = texts
        self._zone = zone
        self._day = day

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the plant's wall clocks."""
        return self._zone

    def on(self, day: date | None) -> "Voice":
        """The same voice, for a report about one day."""
        return Voice(self.texts, self._zone, day)

    def t(self, key: str, **values: object) -> str:
        """The text of `report.` and a key."""
        return self.texts.t(f"report.{key}", **values)

    def number(self, value: Decimal | int) -> str:
        """A number as the language writes it."""
        return self.texts.number(value)

    def amount(self, value: Decimal | int, unit: str) -> str:
        """A number with its unit, kept on one line."""
        return f"{self.number(value)}\u00a0{unit}" if unit else self.number(value)

    def clock(self, moment: datetime) -> str:
        """Date and time to the second; the date is left out on the day of the report.

        In the hour that comes twice when summer time ends, the offset from UTC stands behind.
        """
        local = moment.astimezone(self._zone)
        words = f"{local:%H:%M:%S}"
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
            words = f"{words} {_offset(local)}"
        return words if local.date() == self._day else f"{self.texts.date(local)} {words}"

    def full(self, moment: datetime) -> str:
        """Date and time to the second, always with the date."""
        return self.on(None).clock(moment)

    def edge(self, moment: datetime) -> str:
        """Where a shift begins or ends: date and time, without seconds where it has none."""
        words = self.full(moment)
        return words if "UTC" in words else words.removesuffix(":00")

    def zone_words(self, *moments: datetime) -> str:
        """The zone with its offsets from UTC at these times."""
        offsets = dict.fromkeys(_offset(moment.astimezone(self._zone)) for moment in moments)
        return f"{self._zone.key} ({', '.join(offsets)})"

    def duration(self, duration: timedelta) -> str:
        """A duration in words: 6 min 12 s."""
        total = max(0, int(duration.total_seconds()))
        hours, minutes, seconds = total // 3600, total // 60 % 60, total % 60
        if hours:
            return self.texts.t("time.hours", hours=hours, minutes=minutes)
        if minutes:
            return self.texts.t("time.minutes", minutes=minutes, seconds=seconds)
        return self.texts.t("time.seconds", seconds=seconds)


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta(0)) / timedelta(minutes=1))
    sign = "+" if minutes >= 0 else "\u2212"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def utc_text(moment: datetime) -> str:
    """A time as machines write it, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

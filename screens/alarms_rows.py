"""Alarms as rows: priority and name, state in words, since when; what sorts behind each."""

from hmi.domain.alarms import AlarmRecord, AlarmState, rank_of
from hmi.terminal import Terminal
from screens.alarm_words import TONES, doubt_words, limit_words, name_of, number_of
from screens.alarms_detail import state_words
from screens.entry_words import day_and_time
from screens.kit.theme import Tone
from screens.kit.touch_table import Column, Row


def columns_of(terminal: Terminal, narrow: bool) -> list[Column]:
    """The heads; a narrow list leaves the time out."""
    t = terminal.t
    columns = [Column(t("alarms.what"), 4.6), Column(t("alarms.state_title"), 2.8)]
    since = Column(t("alarms.since_title"), 1.5, right=True, muted=True)
    return columns if narrow else [*columns, since]


def row_of(terminal: Terminal, record: AlarmRecord, chosen: str | None, narrow: bool) -> Row:
    """One alarm; the first column sorts by urgency."""
    now = terminal.clock.now()
    what = f"{terminal.t(f'alarms.priority.{record.priority}')} · {name_of(record)}"
    if record.value is not None:
        value = f"{number_of(terminal, record, record.value)} {record.unit}".strip()
        what = " · ".join(part for part in (what, value, limit_words(terminal, record)) if part)
    calm = record.suppressed or record.state is AlarmState.NORMAL
    tone, sign = (
        (Tone.NORMAL, "clock" if record.suppressed else "check") if calm else (TONES[record.priority], None)
    )
    state = state_words(terminal, record, now)
    if not calm and doubt_words(terminal, record):
        tone, sign = Tone.OFFLINE, "link"
    since = () if narrow else (day_and_time(terminal, record.raised_at, now, seconds=True),)
    keys = (f"{rank_of(record.priority)} {name_of(record)}", state, record.raised_at)
    return Row(record.key, (what, state, *since), tone, record.key == chosen, sign, keys)

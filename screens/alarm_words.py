"""How an alarm is said and drawn wherever it stands: on its page, and in the strip of the frame."""

from datetime import timedelta
from decimal import Decimal

from hmi.domain.alarms import AlarmCondition, AlarmRecord, AlarmState, Priority
from hmi.domain.signals import LinkState, Quality
from hmi.terminal import Terminal
from screens.alarm_entry_words import alarm_name
from screens.kit.theme import Tone

TONES = {
    Priority.CRITICAL: Tone.CRITICAL,
    Priority.HIGH: Tone.HIGH,
    Priority.MEDIUM: Tone.MEDIUM,
    Priority.LOW: Tone.LOW,
}
_DEVICE_ANSWERS_IN = timedelta(seconds=5)  # until then the answer may be on its way
_LIMITS = (AlarmCondition.LOLO, AlarmCondition.LO, AlarmCondition.HI, AlarmCondition.HIHI)


def name_of(record: AlarmRecord) -> str:
    """What people call it."""
    return alarm_name(record.name, record.fault)


def number_of(terminal: Terminal, record: AlarmRecord, value: Decimal | float) -> str:
    """A value of its tag, with as many digits as the tag shows."""
    tag = terminal.tags.get(record.tag or "")
    return terminal.texts.number(value, None if tag is None else tag.decimals)


def limit_words(terminal: Terminal, record: AlarmRecord) -> str:
    """ "above 78 °C"; empty where it has no limit."""
    if record.limit is None or record.condition not in _LIMITS:
        return ""
    limit = f"{terminal.texts.number(record.limit.normalize() + 0)} {record.unit}".strip()
    return terminal.t(f"alarms.condition.{record.condition}", limit=limit)


def strip_words(terminal: Terminal, record: AlarmRecord, since: str) -> str:
    """The line of the strip: priority, name, value and limit, and since when."""
    what = name_of(record)
    if record.value is not None and record.limit is not None:
        value = f"{number_of(terminal, record, record.value)} {record.unit}".strip()
        limit = terminal.texts.number(record.limit.normalize() + 0)
        what = terminal.t("alarms.limit", name=what, value=value, limit=limit)
    key = "alarms.strip_returned" if record.state is AlarmState.RETURNED else "alarms.strip"
    return terminal.t(key, priority=terminal.t(f"alarms.priority.{record.priority}"), what=what, since=since)


def doubt_words(terminal: Terminal, record: AlarmRecord) -> str:
    """Why its state may be old, or another at the machine; empty while it can be believed.

    Its link is not up, the value is bad, or the machine did not take the acknowledgement.
    """
    link = terminal.links.get(record.link)
    if link is None or link.state is not LinkState.UP:
        label = str(terminal.config.links.get(record.link, {}).get("label", record.link))
        return terminal.t("alarms.not_vouched", link=label)
    shown = terminal.shown(record.tag) if record.tag else None
    if shown is not None and shown.reading.quality is Quality.BAD:
        return terminal.t("alarms.bad_value")
    return terminal.t("alarms.device_waits") if device_waits(terminal, record) else ""


def confirmable(terminal: Terminal, record: AlarmRecord) -> bool:
    """Whether its device asks for a confirmation: it was acknowledged there and nobody has confirmed it."""
    if record.condition is not AlarmCondition.DEVICE or record.suppressed:
        return False
    told = terminal.device_alarm(record.key)
    return told is not None and told.acked and not told.confirmed and told.vouched


def device_waits(terminal: Terminal, record: AlarmRecord) -> bool:
    """Whether it was acknowledged here a while ago, and its device says that nobody has acknowledged it."""
    if record.condition is not AlarmCondition.DEVICE or not record.acknowledged:
        return False
    seen_at, told = record.acknowledged_at, terminal.device_alarm(record.key)
    if seen_at is None or told is None or told.acked or not told.vouched:
        return False
    return terminal.clock.now() - seen_at > _DEVICE_ANSWERS_IN

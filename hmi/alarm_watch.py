"""Watches the tags that have limits, are alarms or carry fault codes, and what devices call an alarm."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from hmi.domain.alarm_limits import AlarmLimit, AlarmSettings, DelayedCondition
from hmi.domain.alarms import AlarmCondition, AlarmRecord, Priority, of_severity
from hmi.domain.changes import Changes, Family
from hmi.domain.signals import Alarm, Quality, Reading
from hmi.domain.tags import TagInfo, TagRole
from hmi.operations.alarms import (
    ConditionSeen,
    ConditionsSeen,
    WatchedAlarm,
    observe_conditions,
    unshelve_due,
)
from hmi.ports import Ledger, Saved
from hmi.times import Clock

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 0.25
_AGAIN_AFTER_MS = 2000
_MOST_DIGITS = 12


@dataclass(slots=True)
class _Watched:
    """One alarm of one tag: how it is described, when it holds, and what was seen last."""

    alarm: WatchedAlarm
    limit: AlarmLimit | None
    when: bool | int | None
    delayed: DelayedCondition
    last: Reading | None = None

    def holds(self, value: bool | int | float) -> bool:
        if self.limit is not None:
            return self.limit.holds(float(value), self.delayed.active)
        return self.alarm.fault is None and value == self.when

    def seen(self, at: datetime) -> ConditionSeen:
        reading = self.last
        return ConditionSeen(
            self.alarm,
            self.delayed.active,
            at,
            live=reading is not None and not reading.first,
            value=None if reading is None or self.limit is None else _decimal(reading.value),
            quality=Quality.GOOD if reading is None else reading.quality,
        )


class AlarmWatch:
    """Turns readings and the alarms of devices into wishes of the machine; a batch is booked in one commit.

    BAD values say nothing: an alarm stays as it stood. What could not be saved is told again until it was.
    """

    def __init__(self, ledger: Ledger, tags: Sequence[TagInfo], clock: Clock) -> None:
        """Watch these tags; how their alarms stood when the terminal was left is asked by `start`."""
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._by_tag: dict[str, list[_Watched]] = {}
        self._faults: dict[str, tuple[TagInfo, dict[int, _Watched]]] = {}
        self._devices: dict[str, ConditionSeen] = {}
        self._unshelve_at: datetime | None = None
        self._unsaved_ms: int | None = None
        for tag in tags:
            if tag.role is TagRole.FAULT:
                self._faults[tag.name] = (tag, {})
            elif tag.alarm is not None:
                self._by_tag[tag.name] = _watched_of(tag, tag.alarm)

    def start(self) -> None:
        """Take over how the alarms stand in the journal; before anything is heard."""
        standing = self._ledger.read(lambda records: list(records.alarms.alarms())).result()
        known = {record.key: record for record in standing}
        with self._lock:
            for watched in (each for group in self._by_tag.values() for each in group):
                record = known.get(watched.alarm.key)
                watched.delayed.active = record is not None and record.active
            for record in standing:
                if record.active and record.fault is not None and record.tag in self._faults:
                    self._fault(record.tag, record.fault).delayed.active = True
        self._note_shelf(standing)

    def on_changes(self, changes: Changes) -> None:
        """Something was saved: the next end of a shelving may be another one."""
        if Family.ALARMS in changes.families:
            load = self._ledger.read(lambda records: records.alarms.next_unshelving())
            load.add_done_callback(self._take_shelf)

    def on_readings(self, batch: Sequence[Reading]) -> None:
        """Take a batch of readings in their order; called from any thread, returns at once."""
        changed: list[ConditionSeen] = []
        with self._lock:
            for reading in batch:
                if reading.tag in self._by_tag:
                    changed += self._see_value(reading)
                elif reading.tag in self._faults:
                    changed += self._see_fault(reading)
        self._book(changed)

    def on_alarms(self, batch: Sequence[Alarm]) -> None:
        """Take what devices say of their own alarms; called from any thread, returns at once."""
        seen = [_of_device(alarm) for alarm in batch if alarm.vouched]
        with self._lock:
            self._devices |= {each.alarm.key: each for each in seen}
        self._book(seen)

    async def run(self) -> None:
        """Let delays end, alarms come back from the shelf, and tell again what could not be saved."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Do now what is due."""
        now_ms, now = self._clock.monotonic_ms(), self._clock.now()
        with self._lock:
            every = self._every()
            changed = [watched.seen(now) for watched in every if watched.delayed.due(now_ms)]
            if self._unsaved_ms is not None and now_ms - self._unsaved_ms >= _AGAIN_AFTER_MS:
                self._unsaved_ms = None
                changed = [*(watched.seen(now) for watched in every), *self._devices.values()]
            unshelve = self._unshelve_at is not None and self._unshelve_at <= now
            if unshelve:
                self._unshelve_at = None
        self._book(changed)
        if unshelve:
            self._ledger.do(unshelve_due, None).add_done_callback(self._booked)

    def _every(self) -> list[_Watched]:
        groups = [*self._by_tag.values(), *(list(codes.values()) for _, codes in self._faults.values())]
        return [watched for group in groups for watched in group]

    def _see_value(self, reading: Reading) -> list[ConditionSeen]:
        changed: list[ConditionSeen] = []
        for watched in self._by_tag[reading.tag]:
            value = reading.value
            if reading.quality is Quality.BAD or not isinstance(value, bool | int | float):
                watched.delayed.doubt()
                continue
            watched.last = reading
            if watched.delayed.see(watched.holds(value), reading.heard_ms):
                changed.append(watched.seen(reading.happened_at))
        return changed

    def _see_fault(self, reading: Reading) -> list[ConditionSeen]:
        if reading.quality is Quality.BAD or not isinstance(reading.value, int | float):
            return []
        code = int(reading.value)
        _, codes = self._faults[reading.tag]
        changed: list[ConditionSeen] = []
        for number in {*codes, code} - {0}:
            watched = self._fault(reading.tag, number)
            watched.last = reading
            if watched.delayed.see(number == code, reading.heard_ms):
                changed.append(watched.seen(reading.happened_at))
        return sorted(changed, key=lambda seen: seen.active)

    def _fault(self, name: str, code: int) -> _Watched:
        tag, codes = self._faults[name]
        if code not in codes:
            priority = tag.alarm.priority if tag.alarm else Priority.CRITICAL
            key = f"{tag.link}/{tag.name}/{code}"
            alarm = WatchedAlarm(key, tag.label, priority, AlarmCondition.FAULT, tag.link, tag.name, code)
            codes[code] = _Watched(alarm, None, None, DelayedCondition(0, 0))
        return codes[code]

    def _book(self, seen: Sequence[ConditionSeen]) -> None:
        if seen:
            self._ledger.do(observe_conditions, ConditionsSeen(tuple(seen))).add_done_callback(self._booked)

    def _booked(self, done: Future[Saved]) -> None:
        error = done.exception()
        if error is not None:
            _log.warning("alarms could not be saved, they are told again: %s", error)
            with self._lock:
                self._unsaved_ms = self._clock.monotonic_ms()

    def _take_shelf(self, done: Future[datetime | None]) -> None:
        if done.exception() is None:
            with self._lock:
                self._unshelve_at = done.result()

    def _note_shelf(self, standing: Sequence[AlarmRecord]) -> None:
        ends = [record.shelved_until for record in standing if record.shelved_until is not None]
        with self._lock:
            self._unshelve_at = min(ends, default=None)


def _watched_of(tag: TagInfo, settings: AlarmSettings) -> list[_Watched]:
    name = settings.text or tag.label
    place = f"{tag.link}/{tag.name}"

    def delayed() -> DelayedCondition:
        return DelayedCondition(settings.on_delay_s, settings.off_delay_s)

    if settings.when is not None:
        kind = AlarmCondition.TAG
        alarm = WatchedAlarm(f"{place}/{kind}", name, settings.priority, kind, tag.link, tag.name)
        return [_Watched(alarm, None, settings.when, delayed())]
    return [
        _Watched(
            WatchedAlarm(
                f"{place}/{limit.condition}",
                name,
                limit.priority,
                limit.condition,
                tag.link,
                tag.name,
                limit=_decimal(limit.limit),
                unit=tag.unit,
            ),
            limit,
            None,
            delayed(),
        )
        for limit in settings.limits()
    ]


def _of_device(alarm: Alarm) -> ConditionSeen:
    name = alarm.message or alarm.name
    priority = of_severity(alarm.severity)
    watched = WatchedAlarm(alarm.key, name, priority, AlarmCondition.DEVICE, alarm.link)
    active = alarm.active and alarm.enabled
    at = (alarm.active_since if active else alarm.time) or alarm.terminal_time
    return ConditionSeen(
        watched, active, at, live=not alarm.first, quality=alarm.quality, acknowledged=alarm.acked
    )


def _decimal(value: object) -> Decimal | None:
    """A measured value as the MES contract takes it: 12 digits after the point; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e17 < value < 1e17:
        return None
    exact = Decimal(str(value))
    return round(exact, _MOST_DIGITS) if abs(value) < 1e-3 else exact

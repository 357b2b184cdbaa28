"""The strip of the frame: the alarm that calls loudest, acknowledged by one touch, opened by another."""

from collections.abc import Callable, Sequence

from hmi.domain.alarms import AlarmRecord, AlarmState, by_urgency
from hmi.operations.alarms import Acknowledge, acknowledge_alarms
from hmi.ports import Saved
from hmi.terminal import Outcome, Terminal
from screens.alarm_words import TONES, name_of, strip_words
from screens.entry_words import day_and_time
from screens.shell.screen import Said
from screens.shell.strip import AlarmStrip

_READING_MS = 700  # the second touch of a double one must not meet an alarm that nobody has read


class AlarmLine:
    """Keeps the strip as the records have it; hidden while nothing calls.

    When another alarm has just taken the place of one, a touch on the button does nothing yet.
    """

    def __init__(
        self, terminal: Terminal, say: Callable[[Said, str], None], open_alarm: Callable[[str], None]
    ) -> None:
        """`say` is the answer line of the frame, `open_alarm` leads to the page of alarms."""
        self._terminal = terminal
        self._say = say
        self._worst: AlarmRecord | None = None
        self._read_from_ms = 0
        self.strip = AlarmStrip(terminal.t("alarms.acknowledge"))
        self.strip.acknowledged.connect(self._acknowledge)
        self.strip.touched.connect(lambda: open_alarm(self._worst.key if self._worst else ""))

    def show_alarms(self, calling: Sequence[AlarmRecord]) -> None:
        """Show the worst of these, and how many more there are."""
        ranked = by_urgency(calling)
        before, self._worst = self._worst, ranked[0] if ranked else None
        if before is not None and self._worst is not None and before.key != self._worst.key:
            self._read_from_ms = self._terminal.clock.monotonic_ms() + _READING_MS
        if self._worst is None:
            self.strip.clear()
            return
        record, terminal = self._worst, self._terminal
        at = record.returned_at if record.state is AlarmState.RETURNED else record.raised_at
        since = day_and_time(terminal, at or record.raised_at, terminal.clock.now(), seconds=True)
        more = terminal.t("alarms.more", n=len(ranked) - 1) if len(ranked) > 1 else ""
        self.strip.set_acknowledge_text(terminal.t("alarms.acknowledge"))
        self.strip.show_alarm(TONES[record.priority], strip_words(terminal, record, since), more)

    def _acknowledge(self) -> None:
        record = self._worst
        if record is None or self._terminal.clock.monotonic_ms() < self._read_from_ms:
            return

        def answered(outcome: Outcome) -> None:
            if isinstance(outcome, Saved):
                self._say(Said.SAVED, self._terminal.t("alarms.acknowledged", name=name_of(record)))
            else:
                self._say(Said.REFUSED, outcome.words)

        self._terminal.do(acknowledge_alarms, Acknowledge((record.key,)), answered)

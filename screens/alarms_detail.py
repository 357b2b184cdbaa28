"""One alarm: its state in words, what to do, what happened; and how long and why it is set aside."""

from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.domain.alarm_payloads import ShelveReason
from hmi.domain.alarms import AlarmRecord, AlarmState
from hmi.domain.personnel import Permission
from hmi.terminal import Terminal
from screens.alarm_words import TONES, doubt_words, limit_words, name_of, number_of
from screens.alarms_view import AlarmDetail
from screens.entry_words import day_and_time, who
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.data_moved import DataMoved, Movement
from screens.kit.flow import FlowLayout
from screens.kit.readout import Readout
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale, Tone

MINUTES = (15, 60, 240, 480)
REASONS: tuple[ShelveReason, ...] = ("nuisance", "known_cause", "sensor", "maintenance", "start_up")


def state_words(terminal: Terminal, record: AlarmRecord, now: datetime) -> str:
    """The state in words, with who made it so and until when."""
    t = terminal.t
    state = t(f"alarms.state.{record.state}")
    if record.shelved_until is not None and record.state is AlarmState.SHELVED:
        until = day_and_time(terminal, record.shelved_until, now)
        state = f"{state} {t('alarms.until', time=until)}"
    name = record.suppressed_by if record.suppressed else record.acknowledged_by
    if name and (record.suppressed or record.state is AlarmState.ACKNOWLEDGED):
        return t("alarms.by", state=state, name=name)
    return state


class AsideForm(QWidget):
    """For how long and why: large choices, one of each."""

    changed = Signal()

    def __init__(self, terminal: Terminal) -> None:
        """Nothing is chosen."""
        super().__init__()
        t = terminal.t
        self.minutes: int | None = None
        self.reason: ShelveReason | None = None
        self._times: dict[int, ActionButton] = {}
        self._reasons: dict[ShelveReason, ActionButton] = {}
        self._long = labels.wrapped(t("alarms.for_how_long"), Scale.STRONG)
        self._time_box, reason_box = QWidget(), QWidget()
        times, reasons = FlowLayout(parent=self._time_box), FlowLayout(parent=reason_box)
        for minutes in MINUTES:
            hours, rest = divmod(minutes, 60)
            words = t("alarms.minutes", n=rest) if rest else t("alarms.hours", n=hours)
            self._times[minutes] = ActionButton(words, name=f"alarms.minutes.{minutes}", main=False)
            self._times[minutes].clicked.connect(partial(self._take_time, minutes))
            times.addWidget(self._times[minutes])
        for reason in REASONS:
            words = t(f"alarms.reason.{reason}")
            self._reasons[reason] = ActionButton(words, name=f"alarms.reason.{reason}", main=False)
            self._reasons[reason].clicked.connect(partial(self._take_reason, reason))
            reasons.addWidget(self._reasons[reason])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._long)
        box.addWidget(self._time_box)
        box.addWidget(labels.wrapped(t("alarms.why"), Scale.STRONG))
        box.addWidget(reason_box)

    def begin(self, *, timed: bool) -> None:
        """Ask anew; an alarm that is taken out of service has no end."""
        self.minutes, self.reason = None, None
        self._long.setVisible(timed)
        self._time_box.setVisible(timed)
        self._mark()

    def fill(self, minutes: int | None, reason: str) -> None:
        """Go on where a draft was left; what is no choice any more is chosen anew."""
        self.minutes = minutes if minutes in MINUTES else None
        self.reason = next((known for known in REASONS if known == reason), None)
        self._mark()

    def content(self) -> dict[str, str]:
        """What was chosen as a draft keeps it."""
        made = {"reason": self.reason or ""}
        return made if self.minutes is None else {**made, "minutes": str(self.minutes)}

    def _take_time(self, minutes: int) -> None:
        self.minutes = minutes
        self._mark()

    def _take_reason(self, reason: ShelveReason) -> None:
        self.reason = reason
        self._mark()

    def _mark(self) -> None:
        for minutes, button in self._times.items():
            button.set_selected(minutes == self.minutes)
        for reason, button in self._reasons.items():
            button.set_selected(reason == self.reason)
        self.changed.emit()


class AlarmDetailCard(Card):
    """The side of the page."""

    closed = Signal()
    comment_wished = Signal()

    def __init__(self, terminal: Terminal, comment_key: str) -> None:
        """Empty until an alarm is shown; a key asks for a comment too."""
        super().__init__(name="alarms.detail")
        t = self._t = terminal.t
        self._terminal = terminal
        self._chip = Chip(name="alarms.detail.state")
        self._name = labels.wrapped(scale=Scale.HEADING, name="alarms.detail.name")
        self._value = Readout(name="alarms.detail.value")
        self._state = labels.wrapped(name="alarms.detail.words")
        self._doubt = labels.wrapped(tone=Tone.OFFLINE, name="alarms.detail.doubt")
        self._guidance = labels.wrapped(name="alarms.detail.guidance")
        self._history = DataMoved("alarms.detail.history")
        self.form = AsideForm(terminal)
        self._told = QWidget()
        self._comment = ActionButton(
            t("alarms.comment"), name="alarms.detail.comment", icon="note", shortcut=comment_key
        )
        self._comment.clicked.connect(self.comment_wished)
        close = ActionButton(t("alarms.close"), name="alarms.detail.close", icon="cross", main=False)
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.addWidget(self._chip, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addStretch(1)
        head.addWidget(close)
        told = QVBoxLayout(self._told)
        told.setContentsMargins(0, 0, 0, 0)
        told.setSpacing(theme.GAP // 2)
        told.addWidget(labels.wrapped_eyebrow(t("alarms.guidance")))
        told.addWidget(self._guidance)
        told.addSpacing(theme.GAP)
        told.addWidget(labels.wrapped_eyebrow(t("alarms.history")))
        told.addWidget(self._history)
        told.addSpacing(theme.GAP)
        told.addWidget(self._comment, 0, Qt.AlignmentFlag.AlignLeft)
        inside = QWidget()
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        for widget in (self._name, self._value, self._state, self._doubt, self.form, self._told):
            box.addWidget(widget)
        box.addStretch(1)
        up, down = t("kit.up"), t("kit.down")
        self.add(head)
        self.add(TouchScroll(inside, name="alarms.detail.page", up_text=up, down_text=down), 1)
        self.ask(None)

    def ask(self, what: str | None) -> None:
        """Ask for how long and why ("shelve", "out_of_service"), or tell what is known."""
        self.form.setVisible(what is not None)
        self._told.setVisible(what is None)
        if what is not None:
            self.form.begin(timed=what == "shelve")

    def show_detail(self, detail: AlarmDetail, now: datetime) -> None:
        """Show an alarm as it stands."""
        record, terminal = detail.record, self._terminal
        tone = TONES[record.priority]
        self._chip.set(self._t(f"alarms.priority.{record.priority}"), tone=tone)
        self.set_tone(tone if record.unacknowledged else Tone.NORMAL)
        self._name.setText(name_of(record))
        self._value.setVisible(record.value is not None)
        if record.value is not None:
            self._value.set_value(number_of(terminal, record, record.value), record.unit)
            self._value.set_caption(limit_words(terminal, record))
        since = day_and_time(terminal, record.raised_at, now, seconds=True)
        times = self._t("alarms.times", n=record.times)
        words = (state_words(terminal, record, now), f"{self._t('alarms.since')} {since}", times)
        self._state.setText(" · ".join(words))
        self.show_doubt(record)
        self._comment.setEnabled(terminal.may(Permission.ACKNOWLEDGE_ALARMS))
        self._guidance.setText(detail.guidance or self._t("alarms.no_guidance"))
        self._history.set_movements(
            [
                Movement(
                    day_and_time(terminal, entry.source_time or entry.terminal_time, now, seconds=True),
                    f"{said} · {who(terminal, entry)}",
                )
                for entry, said in detail.history
            ]
        )

    def show_doubt(self, record: AlarmRecord) -> None:
        """Say why the state may be old, if it may."""
        doubt = doubt_words(self._terminal, record) if record.state is not AlarmState.NORMAL else ""
        self._doubt.setText(doubt)
        self._doubt.setVisible(bool(doubt))

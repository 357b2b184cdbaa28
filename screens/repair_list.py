"""The list of the maintenance page: open repairs, stops that may become one, and the last repairs."""

from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.terminal import Terminal
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.empty_state import EmptyState
from screens.kit.heading import PageHeading
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale, Tone
from screens.repair_view import RepairLine, RepairView, StopLine
from screens.times import clock, running, spoken


class RepairListPage(QWidget):
    """Cards with one button each, named `repair.show.<repair>` and `repair.open.<stop>`."""

    repair_touched = Signal(str)
    stop_touched = Signal(str)

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        t = terminal.t
        self._terminal = terminal
        self._shown: tuple[object, ...] = ()
        self._ages: list[tuple[Chip, datetime]] = []
        self._stop_ages: list[tuple[labels.WrapLabel, StopLine]] = []
        self._rule = labels.wrapped("", Scale.SMALL_STRONG, name="repair.rule")
        self._empty = EmptyState("wrench", t("repair.nothing_title"), t("repair.nothing_text"))
        content = QWidget()
        self._rows = QVBoxLayout(content)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(theme.GAP)
        self._scroll = TouchScroll(content, name="repair.list", up_text=t("kit.up"), down_text=t("kit.down"))
        box = QVBoxLayout(self)
        box.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        box.setSpacing(theme.GAP)
        path = terminal.config.terminal.station.replace("/", " / ")
        self._heading = PageHeading(t("repair.title"), eyebrow=path)
        box.addWidget(self._heading)
        box.addWidget(self._rule)
        box.addWidget(self._empty, 1)
        box.addWidget(self._scroll, 1)

    def show_list(self, view: RepairView, rule: str) -> None:
        """Show the list; what did not change keeps its buttons, so that no touch is lost."""
        t = self._terminal.t
        self._heading.set_title(
            t("repair.title_asset", asset=view.asset) if view.asset else t("repair.title")
        )
        self._rule.setText(rule)
        self._rule.setVisible(bool(rule))
        shown = (view.open, view.stops, view.recent, bool(rule))
        if shown != self._shown:
            self._shown = shown
            self._fill(view, may=not rule)
        nothing = not (view.open or view.stops or view.recent)
        self._empty.setVisible(nothing)
        self._scroll.setVisible(not nothing)
        self.show_time(view.now)

    def show_time(self, now: datetime) -> None:
        """Let the durations of what lasts run."""
        for chip, began in self._ages:
            chip.set(self._terminal.t("repair.machine_down"), tone=Tone.CRITICAL, time=running(now - began))
        for words, line in self._stop_ages:
            words.setText(self._stop_words(line, now))

    def _fill(self, view: RepairView, *, may: bool) -> None:
        t = self._terminal.t
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._ages, self._stop_ages = [], []
        parts: list[tuple[str, list[Card]]] = [
            (t("repair.open_title"), [self._open_card(line) for line in view.open]),
            (t("repair.stops_title"), [self._stop_card(line, may=may) for line in view.stops]),
            (t("repair.recent_title"), [self._recent_card(line) for line in view.recent]),
        ]
        for heading, cards in parts:
            if cards:
                self._rows.addWidget(labels.eyebrow(heading))
            for card in cards:
                self._rows.addWidget(card)
        self._rows.addStretch(1)

    def _open_card(self, line: RepairLine) -> Card:
        t, repair = self._terminal.t, line.repair
        chip = Chip()
        self._ages.append((chip, repair.began_at))
        when = clock(self._terminal, repair.opened_at)
        key = "repair.opened_by" if repair.opened_by else "repair.opened_at"
        detail = " · ".join((line.asset, t(key, time=when, person=repair.opened_by), *line.findings))
        show = ActionButton(
            t("repair.show"), name=f"repair.show.{repair.id}", kind=Kind.PRIMARY, icon="right"
        )
        show.clicked.connect(partial(self.repair_touched.emit, repair.id))
        return _card(line.fault or t("repair.no_fault"), labels.wrapped(detail, muted=True), chip, show)

    def _stop_card(self, line: StopLine, *, may: bool) -> Card:
        t, stop = self._terminal.t, line.stop
        key = "repair.stop" if stop.ended_at else "repair.stop_lasting"
        title = " · ".join(
            part for part in (t(key, time=clock(self._terminal, stop.began_at)), line.fault) if part
        )
        words = labels.wrapped("", muted=True)
        self._stop_ages.append((words, line))
        chip = Chip(t("repair.machine_down"), tone=Tone.CRITICAL) if stop.ended_at is None else None
        made = ActionButton(t("repair.open"), name=f"repair.open.{stop.id}", icon="wrench")
        made.setEnabled(may)
        made.clicked.connect(partial(self.stop_touched.emit, stop.id))
        return _card(title, words, chip, made)

    def _stop_words(self, line: StopLine, now: datetime) -> str:
        t = self._terminal.t
        key = "repair.down_for" if line.stop.ended_at is None else "repair.lasted"
        time = spoken(self._terminal, line.stop.duration(now))
        return f"{t(key, time=time)} · {line.reason or t('repair.no_reason')}"

    def _recent_card(self, line: RepairLine) -> Card:
        t, repair = self._terminal.t, line.repair
        ended = repair.returned_at or repair.opened_at
        local = ended.astimezone(self._terminal.config.terminal.zone)
        when = t(
            "repair.returned_at",
            date=self._terminal.texts.date(local),
            time=clock(self._terminal, ended),
            down=spoken(self._terminal, ended - repair.began_at),
        )
        detail = labels.wrapped(" · ".join((when, *line.findings)), muted=True)
        show = ActionButton(t("repair.show"), name=f"repair.show.{repair.id}", icon="right")
        show.clicked.connect(partial(self.repair_touched.emit, repair.id))
        return _card(line.fault or t("repair.no_fault"), detail, None, show)


def _card(title: str, detail: labels.WrapLabel, chip: Chip | None, button: ActionButton) -> Card:
    made = Card()
    words = QVBoxLayout()
    words.setSpacing(theme.HAIR)
    words.addWidget(labels.wrapped(title, Scale.HEADING))
    words.addWidget(detail)
    row = QHBoxLayout()
    row.setSpacing(theme.PAD)
    row.addLayout(words, 1)
    if chip is not None:
        row.addWidget(chip)
    row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
    made.add(row)
    return made

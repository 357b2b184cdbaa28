"""One repair: lock out, find, mend, give back; with its times and figures at the side."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hmi.domain.plans import FailureCode
from hmi.terminal import Terminal
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.choice_field import Choice, ChoiceField
from screens.kit.heading import PageHeading
from screens.kit.readout import Readout
from screens.kit.scroll import TouchScroll
from screens.kit.step_list import Step, StepList
from screens.kit.theme import Scale, Tone
from screens.repair_side import RepairSide
from screens.repair_view import KINDS, PartLine, RepairDetail
from screens.times import clock, running

_SIDE_WIDE = 400
_SIDE_NARROW = 320
_NARROW_PAGE = 1000
_ALL = "all"
_NO_LIMIT = 16_777_215  # Qt's own "as large as it likes"


class RepairPage(QWidget):
    """Shows one repair; what is touched is told by signals and judged by the screen."""

    step_touched = Signal(int)
    finding_chosen = Signal(str, str)
    # the quantity of the next part was stepped by hand
    quantity_touched = Signal()

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        t = terminal.t
        self._terminal = terminal
        self._detail: RepairDetail | None = None
        self._parts_shown: tuple[str, tuple[PartLine, ...], bool] | None = None
        self.quantity = Decimal(1)
        self._chip = Chip(name="repair.state")
        self._heading = PageHeading(chip=self._chip)
        self._summary = Card(name="repair.summary")
        self._down = Readout(caption=t("repair.down_time"), name="repair.down_time")
        self._active = Readout(caption=t("repair.active_time"), name="repair.active_time")
        figures = QHBoxLayout()
        figures.addWidget(self._down, 1)
        figures.addWidget(self._active, 1)
        self._summary.add(figures)
        self._steps = StepList("repair.steps", empty_text=t("repair.no_steps"))
        self._steps.touched.connect(self._touch_step)
        self._unfolded = False
        steps = Card(t("repair.lock_out"))
        steps.add(self._steps)
        self._fields = {kind: self._field(kind) for kind in KINDS}
        findings = Card(t("repair.findings"))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for field in self._fields.values():
            row.addWidget(field, 1)
        self._choosing = QWidget()
        self._choosing.setLayout(row)
        findings.add(self._choosing)
        findings.add(self._found_row())
        self._missing = labels.wrapped("", Scale.SMALL_STRONG, name="repair.missing")
        self._side = RepairSide(terminal)
        work = QWidget()
        box = QVBoxLayout(work)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        for card in (self._summary, steps, findings, self._parts_card()):
            box.addWidget(card)
        box.addStretch(1)
        scroll = TouchScroll(work, name="repair.scroll", up_text=t("kit.up"), down_text=t("kit.down"))
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(theme.GAP)
        self._body.addWidget(scroll, 3)
        self._body.addWidget(self._side, 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        whole.setSpacing(theme.GAP)
        whole.addWidget(self._heading)
        whole.addLayout(self._body, 1)
        whole.addWidget(self._missing)

    def _field(self, kind: str) -> ChoiceField:
        t = self._terminal.t
        made = ChoiceField(
            t(f"repair.{kind}"),
            t("repair.choose"),
            name=f"repair.{kind}",
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            close_text=t("kit.close"),
        )
        made.chosen.connect(lambda code: self.finding_chosen.emit(kind, code))
        return made

    def _found_row(self) -> QWidget:
        self._found = QWidget()
        row = QHBoxLayout(self._found)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.PAD)
        self._names = {kind: labels.wrapped("", Scale.STRONG, name=f"repair.found.{kind}") for kind in KINDS}
        for kind, name in self._names.items():
            column = QVBoxLayout()
            column.setSpacing(theme.HAIR)
            column.addWidget(labels.label(self._terminal.t(f"repair.{kind}"), Scale.SMALL, muted=True))
            column.addWidget(name)
            column.addStretch(1)
            row.addLayout(column, 1)
        return self._found

    def _parts_card(self) -> Card:
        t = self._terminal.t
        made = Card(t("repair.parts"))
        self._rows = QGridLayout()
        self._rows.setHorizontalSpacing(theme.PAD)
        self._rows.setVerticalSpacing(theme.GAP // 2)
        self._rows.setColumnStretch(0, 5)
        self._rows.setColumnStretch(1, 4)
        self._rows.setColumnStretch(2, 2)
        self._hint = labels.wrapped(t("repair.scan_part"), Scale.SMALL, muted=True)
        self._quantity = labels.label("", Scale.STRONG, name="repair.quantity")
        self._quantity.setAlignment(Qt.AlignmentFlag.AlignCenter)
        fewer = ActionButton("", name="repair.fewer", icon="minus", main=False)
        fewer.setAccessibleName(t("repair.fewer"))
        more = ActionButton("", name="repair.more", icon="plus", main=False)
        more.setAccessibleName(t("repair.more"))
        fewer.clicked.connect(lambda: self._step(-1))
        more.clicked.connect(lambda: self._step(1))
        self._scan = QWidget()
        row = QHBoxLayout(self._scan)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self._hint, 1)
        row.addWidget(fewer)
        row.addWidget(self._quantity)
        row.addWidget(more)
        made.add(self._rows)
        made.add(self._scan)
        self.set_quantity(Decimal(1))
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the side below where the display stands upright."""
        super().resizeEvent(event)
        whole = self.window()
        if whole.height() > whole.width():
            self._body.setDirection(QBoxLayout.Direction.TopToBottom)
            self._body.setStretch(0, 2)
            self._body.setStretch(1, 3)
            self._side.setMinimumWidth(0)
            self._side.setMaximumWidth(_NO_LIMIT)
        else:
            self._body.setDirection(QBoxLayout.Direction.LeftToRight)
            self._side.setFixedWidth(_SIDE_NARROW if self.width() < _NARROW_PAGE else _SIDE_WIDE)

    # ------------------------------------------------------------- what is shown

    def set_quantity(self, quantity: Decimal) -> None:
        """How many of the next part that is scanned."""
        self.quantity = quantity
        shown = self._terminal.texts.number(quantity)
        self._quantity.setText(self._terminal.t("repair.quantity", quantity=shown))

    def _step(self, step: int) -> None:
        self.set_quantity(max(Decimal(1), self.quantity + step))
        self.quantity_touched.emit()

    def show_detail(
        self, detail: RepairDetail, chosen: Mapping[str, str], missing: str, *, may: bool
    ) -> None:
        """Show a repair; `chosen` are the findings so far, `missing` what is wanted before it can end."""
        if self._detail is None or self._detail.repair.id != detail.repair.id:
            self._unfolded = False
        self._detail = detail
        t, repair = self._terminal.t, detail.repair
        closed = repair.returned_at is not None
        self._heading.set_title(detail.fault or t("repair.no_fault"))
        key = "repair.eyebrow_stop" if repair.stop else "repair.eyebrow"
        self._heading.set_eyebrow(t(key, asset=detail.asset, time=clock(self._terminal, repair.began_at)))
        self._show_steps(detail)
        for kind, field in self._fields.items():
            field.set_choices([self._choice(code, repair.fault) for code in detail.codes[kind]])
            field.select(chosen.get(kind))
            field.setEnabled(may and bool(detail.codes[kind]))
            self._names[kind].setText(field.text() or t("repair.unknown"))
        self._choosing.setVisible(not closed)
        self._found.setVisible(closed)
        self._show_parts(detail)
        self._scan.setVisible(not closed)
        self._missing.setText(missing)
        self._missing.setVisible(bool(missing))
        self._summary.setVisible(closed)
        if repair.returned_at is not None:
            ended = repair.returned_at
            self._summary.set_eyebrow(t("repair.summary", time=clock(self._terminal, ended, seconds=True)))
            self._down.set_value(running(ended - repair.began_at))
            self._active.set_value(running(ended - repair.opened_at))
        self._side.show_detail(detail)
        self.show_time(self._terminal.clock.now())

    def show_time(self, now: datetime) -> None:
        """Let the clock of an open repair run."""
        if self._detail is None:
            return
        t, repair, stop = self._terminal.t, self._detail.repair, self._detail.stop
        if repair.returned_at is not None:
            down = running(repair.returned_at - repair.began_at)
            self._chip.set(t("repair.in_service"), sign="check", time=down)
        elif stop is None:
            self._chip.set(t("repair.under_repair"), sign="wrench", time=running(now - repair.began_at))
        elif stop.ended_at is None:
            down = running(now - repair.began_at)
            self._chip.set(t("repair.machine_down"), tone=Tone.CRITICAL, time=down)
        else:
            self._chip.set(t("repair.stop_over"), sign="play", time=running(stop.ended_at - stop.began_at))

    def _show_steps(self, detail: RepairDetail) -> None:
        done = {step.step: step for step in detail.repair.steps}
        steps: list[Step] = []
        for number, text in enumerate(detail.lock_out, start=1):
            step = done.get(number)
            if step is None:
                steps.append(Step(str(number), text))
            else:
                when = clock(self._terminal, step.at, seconds=True)
                steps.append(Step(str(number), step.text, True, step.person or "", when))
        if steps and not detail.steps_left and not self._unfolded:
            words = self._terminal.t("repair.steps_done", n=len(steps))
            steps = [Step(_ALL, words, True, steps[-1].who, steps[-1].time)]
        self._steps.set_steps(steps)

    def _touch_step(self, step: str) -> None:
        if self._detail is None:
            return
        if self._detail.steps_left:
            self.step_touched.emit(int(step))
            return
        self._unfolded = not self._unfolded
        self._show_steps(self._detail)

    def _choice(self, code: FailureCode, fault: int) -> Choice:
        hint = self._terminal.t("kit.suggested") if fault and fault in code.suggested_by else ""
        return Choice(code.id, code.name, hint)

    def _show_parts(self, detail: RepairDetail) -> None:
        shown = (detail.repair.id, detail.parts, detail.repair.returned_at is not None)
        if shown == self._parts_shown:
            return
        self._parts_shown = shown
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, part in enumerate(detail.parts):
            quantity = f"{self._terminal.texts.number(part.quantity)} {part.unit}"
            amount = labels.label(quantity, Scale.STRONG)
            amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._rows.addWidget(labels.wrapped(part.name), row, 0)
            self._rows.addWidget(labels.label(part.label, muted=True), row, 1)
            self._rows.addWidget(amount, row, 2)
        if not detail.parts and detail.repair.returned_at is not None:
            self._rows.addWidget(labels.label(self._terminal.t("repair.no_part"), muted=True), 0, 0, 1, 3)

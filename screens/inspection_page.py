"""The face of the inspection page: heading, choice of checks, cards and keypad, lying or standing upright."""

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from hmi.domain.plans import Characteristic
from hmi.domain.quality import CheckDue, judge
from hmi.terminal import Terminal
from screens.inspection_cards import ChartCard, MeasureCard, NonconformanceCard
from screens.inspection_form import SampleForm, verdict_of_typed
from screens.inspection_view import InspectionView, Measuring
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.flow import FlowLayout
from screens.kit.heading import PageHeading
from screens.kit.keypad import Keypad, KeypadWords
from screens.kit.theme import Scale

_KEYS_WIDE = 330
_KEYS_HIGH = 560
_NO_LIMIT = 16_777_215  # Qt's own "as large as it likes"


class InspectionPage(QWidget):
    """Shows one check and its form; what is touched is told by signals, what is typed by the keypad."""

    check_touched = Signal(str, str)
    part_touched = Signal(int)
    keyed = Signal(object)
    entered = Signal(object)

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        t = terminal.t
        self._terminal = terminal
        self._upright: bool | None = None
        self._field: tuple[str, int, bool] | None = None
        self._chosen: tuple[str, str] | None = None
        self._heading = PageHeading()
        self._due = Chip(name="inspection.due")
        self._gauge = Chip(name="inspection.gauge")
        self._heading.add_right(self._due)
        self._heading.add_right(self._gauge)
        self._checks = QWidget()
        self._check_row = FlowLayout()
        self._checks.setLayout(self._check_row)
        self._buttons: dict[tuple[str, str], ActionButton] = {}
        self._measure = MeasureCard(terminal)
        self._measure.part_touched.connect(self.part_touched)
        self._chart = ChartCard(terminal)
        self._open = NonconformanceCard(terminal)
        self._rule = labels.wrapped("", Scale.SMALL_STRONG, name="inspection.rule")
        self._rule_card = Card()
        self._rule_card.add(self._rule)
        self._point = t("inspection.point")
        words = KeypadWords(t("kit.clear"), t("kit.backspace"), t("kit.sign"), self._point)
        self.keypad = Keypad("inspection.keypad", words, readout=False)
        self.keypad.changed.connect(self.keyed)
        self.keypad.entered.connect(self.entered)
        self._lay_out()

    def _lay_out(self) -> None:
        self._keys = QWidget()
        keys = QVBoxLayout(self._keys)
        keys.setContentsMargins(0, 0, 0, 0)
        keys.setSpacing(theme.GAP)
        keys.addWidget(self._rule_card)
        keys.addWidget(self.keypad, 1)
        self._body = QGridLayout()
        self._body.setSpacing(theme.GAP)
        box = QVBoxLayout(self)
        box.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        box.setSpacing(theme.GAP)
        box.addWidget(self._heading)
        box.addWidget(self._checks)
        box.addLayout(self._body, 1)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the keypad beside the cards, or below them where the display stands upright."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        whole = self.window()
        upright = whole.height() > whole.width()
        if upright == self._upright:
            return
        self._upright = upright
        body, cards = self._body, (self._measure, self._keys, self._chart, self._open)
        for card in cards:
            body.removeWidget(card)
        if upright:
            self._keys.setMaximumHeight(_KEYS_HIGH)
            for side in (self._keys, self._open):
                side.setMinimumWidth(0)
                side.setMaximumWidth(_NO_LIMIT)
            for place, card in enumerate(cards):
                body.addWidget(card, place, 0)
        else:
            self._keys.setMaximumHeight(_NO_LIMIT)
            for side in (self._keys, self._open):
                side.setFixedWidth(_KEYS_WIDE)
            body.addWidget(self._measure, 0, 0)
            body.addWidget(self._chart, 1, 0, 2, 1)
            body.addWidget(self._keys, 0, 1, 2, 1)
            body.addWidget(self._open, 2, 1)
        body.setColumnStretch(0, 1)
        for place, stretch in enumerate((0, 2, 3, 0) if upright else (0, 1, 0, 0)):
            body.setRowStretch(place, stretch)

    # ------------------------------------------------------------- what is shown

    def show_check(self, view: InspectionView, measuring: Measuring, rule: str) -> None:
        """Show a check with its chart; `rule` says why nothing may be saved, empty where it may."""
        of = measuring.check.characteristic
        self._show_checks(view.checks, measuring.check)
        self._measure.show_limits(of)
        self._chart.show_chart(measuring.chart, of)
        self._open.show_open(view.nonconformances)
        self._rule.setText(rule)
        self._rule_card.setVisible(bool(rule))
        self.keypad.set_main_enabled(not rule)
        self._due.set(self._due_words(measuring.check), sign="clock")
        self._due.setVisible(len(view.checks) == 1)
        self._gauge.set(self._terminal.t("inspection.gauge", gauge=of.gauge), sign="scan")
        self._gauge.setVisible(bool(of.gauge))
        nominal = self._terminal.texts.number(of.nominal, of.decimals)
        both = of.lower is not None and of.upper is not None
        titled = self._terminal.t("inspection.title", name=of.name, nominal=nominal)
        self._heading.set_title(titled if both else of.name)
        self._heading.set_aside(self._tolerance(of))

    def show_form(self, form: SampleForm, measuring: Measuring) -> None:
        """Show the parts, and make the keypad for the current one unless it is for it already."""
        self._heading.set_eyebrow(
            self._terminal.t(
                "inspection.eyebrow_done" if form.complete else "inspection.eyebrow",
                plan=form.check.plan,
                version=measuring.plan_version,
                number=measuring.number,
                order=form.check.order,
                part=form.current,
                size=form.size,
            )
        )
        self._measure.show_parts(form)
        field = (form.entry_id, form.current, form.complete)
        if field != self._field:
            self._field = field
            self._set_field(form)
        self.show_value(form)

    def show_value(self, form: SampleForm) -> None:
        """Show what the keypad holds for the current part, how it is judged, and what Enter will do."""
        value, of = self.keypad.value, form.check.characteristic
        if value is not None and value == form.values.get(form.current):
            verdict = judge(value, of)
        else:
            verdict = verdict_of_typed(self.keypad.text.replace("−", "-").replace(self._point, "."), of)
        self._measure.show_value(form, self.keypad.text, None if value is None else float(value), verdict)
        self.keypad.set_main_text(self._main_text(form, value))

    def forget_field(self) -> None:
        """Make the keypad anew at the next showing."""
        self._field = None

    def next_check(self) -> tuple[str, str] | None:
        """Plan and characteristic of the check after the chosen one."""
        keys = list(self._buttons)
        return keys[(keys.index(self._chosen) + 1) % len(keys)] if self._chosen in keys else None

    def _set_field(self, form: SampleForm) -> None:
        of = form.check.characteristic
        known = [limit for limit in (of.lower, of.nominal, of.upper) if limit is not None]
        stored = form.values.get(form.current)
        self.keypad.set_field(
            main_text=self._main_text(form, stored),
            unit=of.unit,
            decimals=of.decimals,
            signed=min(known) < 0,
            label=of.name,
            limit_text=self._tolerance(of),
        )
        self.keypad.set_value(stored)

    def _main_text(self, form: SampleForm, value: Decimal | None) -> str:
        if form.complete and value == form.values[form.current]:
            return self._terminal.t("inspection.save_sample")
        return self._terminal.t("inspection.save_part", part=form.current)

    def _tolerance(self, of: Characteristic) -> str:
        t, number = self._terminal.t, self._terminal.texts.number
        if of.lower is not None and of.upper is not None:
            above = number(of.upper - of.nominal, of.decimals)
            below = number(of.nominal - of.lower, of.decimals)
            return t("inspection.tolerance", upper=above, lower=below, unit=of.unit)
        if of.upper is not None:
            return t("inspection.tolerance_max", upper=number(of.upper, of.decimals), unit=of.unit)
        if of.lower is not None:
            return t("inspection.tolerance_min", lower=number(of.lower, of.decimals), unit=of.unit)
        return of.unit

    def _show_checks(self, checks: Sequence[CheckDue], chosen: CheckDue) -> None:
        self._chosen = (chosen.plan, chosen.characteristic.id)
        wanted = sorted((check.plan, check.characteristic.id) for check in checks)
        if wanted != list(self._buttons):
            for button in self._buttons.values():
                self._check_row.removeWidget(button)
                button.hide()
                button.deleteLater()
            self._buttons = {key: self._check_button(*key) for key in wanted}
        for check in checks:
            button = self._buttons[check.plan, check.characteristic.id]
            button.set_text(f"{check.characteristic.name} · {self._due_words(check)}")
            button.set_selected((check.plan, check.characteristic.id) == self._chosen)
        self._checks.setVisible(len(checks) > 1)

    def _check_button(self, plan: str, characteristic: str) -> ActionButton:
        made = ActionButton("", name=f"inspection.check.{characteristic}", main=False)
        made.clicked.connect(lambda: self.check_touched.emit(plan, characteristic))
        self._check_row.addWidget(made)
        return made

    def _due_words(self, check: CheckDue) -> str:
        t = self._terminal.t
        return t("inspection.due_now") if check.due else t("inspection.due_in", n=check.parts_left)

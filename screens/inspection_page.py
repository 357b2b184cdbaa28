"""The face of the inspection page: heading, choice of checks, cards and keypad, lying or standing upright."""

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hmi.domain.plans import Characteristic
from hmi.domain.quality import CheckDue, judge
from hmi.terminal import Terminal
from screens.check_words import due_words
from screens.inspection_cards import ChartCard, MeasureCard, NonconformanceCard
from screens.inspection_form import SampleForm, verdict_of_typed
from screens.inspection_view import InspectionView, Measuring
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton
from screens.kit.chip import Chip
from screens.kit.choice_field import Choice, ChoiceField
from screens.kit.heading import PageHeading
from screens.kit.keypad import Keypad, KeypadWords
from screens.kit.theme import Scale, Tone

_KEYS_WIDE = 330
_KEYS_HIGH = 560
_CHIP_WIDE = 240
_LONG_NAME = 26
_IN_A_ROW = 4
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
        self._listed: list[tuple[str, str]] = []
        self._open_ones, self._single = 0, True
        self._heading = PageHeading()
        self._due = Chip(name="inspection.due")
        self._gauge = Chip(name="inspection.gauge")
        self._gauge.setMaximumWidth(_CHIP_WIDE)
        self._open_count = Chip(name="inspection.open_count")
        for chip in (self._open_count, self._due, self._gauge):
            self._heading.add_right(chip)
        self._checks = QWidget()
        self._check_row = QHBoxLayout(self._checks)
        self._check_row.setContentsMargins(0, 0, 0, 0)
        self._check_row.setSpacing(theme.GAP)
        self._buttons: dict[tuple[str, str], ActionButton] = {}
        self._check_field = ChoiceField(
            t("inspection.check"),
            t("kit.choose"),
            name="inspection.check",
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            close_text=t("kit.close"),
        )
        self._check_field.chosen.connect(self._choose_listed)
        self._measure = MeasureCard(terminal)
        self._measure.part_touched.connect(self.part_touched)
        self._chart = ChartCard(terminal)
        self._open = NonconformanceCard(terminal)
        self._rule = labels.wrapped("", Scale.SMALL_STRONG, name="inspection.rule")
        self._point = t("inspection.point")
        words = KeypadWords(t("kit.clear"), t("kit.backspace"), t("kit.sign"), self._point)
        self.keypad = Keypad("inspection.keypad", words, readout=False)
        self.keypad.changed.connect(self.keyed)
        self.keypad.entered.connect(self.entered)
        self._lay_out()

    def _lay_out(self) -> None:
        self._body = QGridLayout()
        self._body.setSpacing(theme.GAP)
        box = QVBoxLayout(self)
        box.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        box.setSpacing(theme.GAP)
        box.addWidget(self._heading)
        box.addWidget(self._checks)
        box.addWidget(self._check_field)
        box.addWidget(self._rule)
        box.addLayout(self._body, 1)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand the keypad beside the cards, or below them where the display stands upright."""
        super().resizeEvent(event)
        self._arrange()
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Judge anew what there is room for when a part needs another height than before."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Leave out what is second in rank where the display is low: the list, then the chart."""
        above = (self._heading, self._checks, self._check_field, self._rule)
        shown = [part for part in above if not part.isHidden()]
        room = self.height() - 2 * theme.GAP - sum(_height(part, self.width()) + theme.GAP for part in shown)
        chart, keys = self._chart.minimumSizeHint().height(), self.keypad.minimumSizeHint().height()
        measure = self._measure.minimumSizeHint().height()
        listed = self._upright or room >= keys + theme.GAP + self._open.sizeHint().height()
        self._open.setVisible(bool(listed))
        self._open_count.setVisible(not listed and self._open_ones > 0)
        self._due.setVisible(self._single and not self._open_count.isVisibleTo(self))
        self._chart.setVisible(bool(self._upright) or room >= measure + theme.GAP + chart)

    def _arrange(self) -> None:
        whole = self.window()
        upright = whole.height() > whole.width()
        if upright == self._upright:
            return
        self._upright = upright
        body, cards = self._body, (self._measure, self.keypad, self._chart, self._open)
        for card in cards:
            body.removeWidget(card)
        if upright:
            self.keypad.setMaximumHeight(_KEYS_HIGH)
            for side in (self.keypad, self._open):
                side.setMinimumWidth(0)
                side.setMaximumWidth(_NO_LIMIT)
            for place, card in enumerate(cards):
                body.addWidget(card, place, 0)
        else:
            self.keypad.setMaximumHeight(_NO_LIMIT)
            for side in (self.keypad, self._open):
                side.setFixedWidth(_KEYS_WIDE)
            body.addWidget(self._measure, 0, 0)
            body.addWidget(self._chart, 1, 0, 2, 1)
            body.addWidget(self.keypad, 0, 1, 2, 1)
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
        self._rule.setVisible(bool(rule))
        self.keypad.set_main_enabled(not rule)
        self._due.set(self._due_words(measuring.check), sign="clock")
        self._single, self._open_ones = len(view.checks) == 1, len(view.nonconformances)
        self._open_count.set(self._terminal.t("inspection.open", n=self._open_ones), tone=Tone.CRITICAL)
        self._gauge.set(self._terminal.t("inspection.gauge", gauge=of.gauge), sign="scan")
        self._gauge.setVisible(bool(of.gauge))
        self._show_title(of)
        self._fit()

    def _show_title(self, of: Characteristic) -> None:
        nominal = self._terminal.texts.number(of.nominal, of.decimals)
        both, tolerance = of.lower is not None and of.upper is not None, self._tolerance(of)
        values = {"name": of.name, "nominal": nominal if both else "", "tolerance": tolerance}
        long = len(of.name) > _LONG_NAME
        key = "inspection.title_long" if long else "inspection.title"
        self._heading.set_title(" ".join(self._terminal.t(key, **values).split()))
        self._heading.set_aside("" if long else tolerance)

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
        keys = self._listed
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
        self._listed = sorted((check.plan, check.characteristic.id) for check in checks)
        by_key = {(check.plan, check.characteristic.id): check for check in checks}
        in_row = self._listed if 1 < len(self._listed) <= _IN_A_ROW else []
        if in_row != list(self._buttons):
            for button in self._buttons.values():
                self._check_row.removeWidget(button)
                button.hide()
                button.deleteLater()
            self._buttons = {key: self._check_button(*key) for key in in_row}
        for key, button in self._buttons.items():
            button.set_text(self._check_words(by_key[key]))
            button.set_selected(key == self._chosen)
        self._checks.setVisible(bool(in_row))
        self._check_field.setVisible(len(self._listed) > _IN_A_ROW)
        self._check_field.set_choices(
            [Choice(str(number), self._check_words(by_key[key])) for number, key in enumerate(self._listed)]
        )
        self._check_field.select(str(self._listed.index(self._chosen)))

    def _check_words(self, check: CheckDue) -> str:
        name = check.characteristic.name
        return self._terminal.t("inspection.check_words", name=name, due=self._due_words(check))

    def _check_button(self, plan: str, characteristic: str) -> ActionButton:
        made = ActionButton("", name=f"inspection.check.{characteristic}", main=False)
        made.clicked.connect(lambda: self.check_touched.emit(plan, characteristic))
        self._check_row.addWidget(made, 1)
        return made

    def _choose_listed(self, number: str) -> None:
        self.check_touched.emit(*self._listed[int(number)])

    def _due_words(self, check: CheckDue) -> str:
        t = self._terminal.t
        return t("inspection.due_now") if check.due else due_words(self._terminal, check, "inspection.due_in")


def _height(part: QWidget, width: int) -> int:
    room = width - 2 * theme.PAD
    high = part.heightForWidth(room) if part.hasHeightForWidth() else -1
    return max(high, part.minimumSizeHint().height())

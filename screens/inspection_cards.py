"""The cards of the inspection page: the value with its limits, the control chart, what is out of limits."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLayoutItem, QVBoxLayout

from hmi.domain.plans import Characteristic
from hmi.domain.quality import Verdict
from hmi.domain.spc import FEWEST_SUBGROUPS
from hmi.terminal import Terminal
from screens.inspection_form import SampleForm
from screens.inspection_view import Chart, OpenNonconformance
from screens.kit import labels, theme
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.limit_bar import LimitBar
from screens.kit.part_row import Part, PartRow
from screens.kit.readout import Readout
from screens.kit.theme import Scale, Tone
from screens.kit.xbar_chart import XbarChart
from screens.times import clock

_SHOWN = 3
TONES = {Verdict.IN: Tone.NORMAL, Verdict.NEAR: Tone.HIGH, Verdict.OUT: Tone.CRITICAL, None: Tone.NORMAL}


class MeasureCard(Card):
    """The value now, large, where it lies within its limits, and the parts of the sample."""

    part_touched = Signal(int)

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(name="inspection.measure")
        self._terminal = terminal
        self._caption = labels.label("", Scale.SMALL_STRONG, muted=True)
        self._readout = Readout(scale=Scale.READOUT, name="inspection.value")
        self._bar = LimitBar("inspection.limits")
        self._parts = PartRow("inspection.parts")
        self._parts.touched.connect(lambda part: self.part_touched.emit(int(part)))
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self._caption)
        left.addWidget(self._readout)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.PAD)
        row.addLayout(left, 5)
        row.addWidget(self._bar, 4, Qt.AlignmentFlag.AlignTop)
        self.add(row)
        self.add(self._parts)
        self.content.addStretch(1)

    def show_limits(self, of: Characteristic) -> None:
        """Draw the bar of a characteristic."""
        number = self._terminal.texts.number
        near = None
        if of.lower is not None and of.upper is not None:
            margin = (of.upper - of.lower) / 10
            near = (float(of.lower + margin), float(of.upper - margin))
        self._bar.set_limits(
            None if of.lower is None else float(of.lower),
            float(of.nominal),
            None if of.upper is None else float(of.upper),
            low_text="" if of.lower is None else number(of.lower, of.decimals),
            high_text="" if of.upper is None else number(of.upper, of.decimals),
            target_text=number(of.nominal, of.decimals),
            near=near,
        )

    def show_value(self, form: SampleForm, typed: str, value: float | None, verdict: Verdict | None) -> None:
        """Show what is typed or was taken for the current part, and how it was judged."""
        t = self._terminal.t
        key = "again" if form.correcting else "measured" if typed else "waiting"
        self._caption.setText(t(f"inspection.{key}", part=form.current))
        self._readout.set_value(typed, form.check.characteristic.unit)
        self._readout.set_tone(Tone.CRITICAL if verdict is Verdict.OUT else Tone.NORMAL)
        words = t(f"inspection.verdict.{verdict or 'typing'}")
        self._bar.set_value(value if verdict else None, tone=TONES[verdict], text=words)

    def show_parts(self, form: SampleForm) -> None:
        """Show which parts have a value and which one is next."""
        t, number = self._terminal.t, self._terminal.texts.number
        parts: list[Part] = []
        for part in range(1, form.size + 1):
            value = form.values.get(part)
            if value is None:
                parts.append(Part(str(part), t("inspection.part", part=part)))
                continue
            text = t("inspection.part_value", part=part, value=number(value))
            parts.append(Part(str(part), text, True, TONES[form.verdict(part)]))
        self._parts.set_parts(parts, str(form.current))


class ChartCard(Card):
    """The means of the last subgroups within the plan's frozen limits, and what they say."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(name="inspection.chart_card")
        self._terminal = terminal
        self._shown: tuple[Chart, Characteristic] | None = None
        self._heading = labels.eyebrow(exact=True)
        self._rule = Chip(name="inspection.rule_signal")
        self._chart = XbarChart("inspection.chart")
        self._chart.set_empty_text(terminal.t("inspection.chart_empty"))
        self._figures = QHBoxLayout()
        self._figures.setSpacing(theme.GAP // 2)
        self._words = labels.wrapped("", Scale.SMALL_STRONG, name="inspection.chart_words")
        self._words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head = QHBoxLayout()
        head.addWidget(self._heading, 1)
        head.addWidget(self._rule)
        foot = QHBoxLayout()
        foot.setSpacing(theme.PAD)
        foot.addLayout(self._figures)
        foot.addWidget(self._words, 1)
        self.add(head)
        self.add(self._chart, 1)
        self.add(foot)

    def show_chart(self, chart: Chart, of: Characteristic) -> None:
        """Draw the chart and say what it means."""
        if self._shown == (chart, of):
            return
        self._shown = (chart, of)
        t, number = self._terminal.t, self._terminal.texts.number
        decimals = of.decimals + 1
        key = "inspection.chart" if chart.means else "inspection.chart_first"
        self._heading.setText(t(key, n=len(chart.means), size=of.sample_size))
        self._chart.set_chart(
            chart.means,
            ucl=None if of.ucl is None else float(of.ucl),
            centre=None if of.centre is None else float(of.centre),
            lcl=None if of.lcl is None else float(of.lcl),
            ucl_text="" if of.ucl is None else t("inspection.ucl", value=number(of.ucl, decimals)),
            lcl_text="" if of.lcl is None else t("inspection.lcl", value=number(of.lcl, decimals)),
            highlighted=chart.signals,
            tone=Tone.HIGH,
        )
        self._show_rule(chart)
        self._show_figures(chart, of)

    def _show_rule(self, chart: Chart) -> None:
        t = self._terminal.t
        self._rule.setVisible(bool(chart.signals))
        if chart.beyond:
            self._rule.set(t("inspection.beyond"), tone=Tone.HIGH)
        elif chart.trend:
            self._rule.set(t("inspection.trend"), tone=Tone.HIGH)

    def _show_figures(self, chart: Chart, of: Characteristic) -> None:
        t, number, found = self._terminal.t, self._terminal.texts.number, chart.capability
        figures: list[tuple[str, str]] = []
        if found is not None:
            figures.append((t("inspection.mean"), number(found.mean, of.decimals + 1)))
            for key, value in (("inspection.cp", found.cp), ("inspection.cpk", found.cpk)):
                if value is not None:
                    figures.append((t(key), number(value, 2)))
        elif chart.last is not None:
            when = clock(self._terminal, chart.last.taken_at)
            mean = number(chart.last.mean, of.decimals + 1)
            figures.append((t("inspection.last", time=when, mean=mean, unit=of.unit), ""))
        _empty(self._figures)
        for name, figure in figures:
            self._figures.addWidget(labels.label(name, Scale.BODY, muted=True))
            if figure:
                self._figures.addWidget(labels.label(figure, Scale.STRONG))
                self._figures.addSpacing(theme.GAP)
        self._words.setText(self._said(chart, of))
        self._words.set_tone(Tone.HIGH if chart.signals else Tone.NORMAL)
        self._words.set_muted(not chart.signals)

    def _said(self, chart: Chart, of: Characteristic) -> str:
        t, found = self._terminal.t, chart.capability
        if chart.beyond:
            return t("inspection.beyond_words")
        if chart.trend:
            return t("inspection.rising" if chart.trend > 0 else "inspection.falling")
        if chart.means and of.ucl is None and of.lcl is None:
            return t("inspection.no_limits")
        if found is not None and found.cpk is None and (of.lower is not None or of.upper is not None):
            return t("inspection.no_spread")
        return t("inspection.too_few", least=FEWEST_SUBGROUPS) if chart.means and found is None else ""


class NonconformanceCard(Card):
    """The nonconformances of this order that nobody has decided on yet."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal.t("inspection.nonconformances"), name="inspection.nonconformances")
        self._terminal = terminal
        self._shown: tuple[OpenNonconformance, ...] | None = None
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.GAP // 2)
        self.add(self._rows)

    def show_open(self, found: Sequence[OpenNonconformance]) -> None:
        """List the newest ones."""
        if self._shown == tuple(found):
            return
        self._shown = tuple(found)
        t = self._terminal.t
        _empty(self._rows)
        for item in found[:_SHOWN]:
            words = t("inspection.nonconformance", name=item.name, values=self._values(item))
            when = clock(self._terminal, item.opened_at)
            self._rows.addWidget(
                Chip(words, tone=Tone.CRITICAL, time=when, name=f"inspection.nonconformance.{item.id}")
            )
        if len(found) > _SHOWN:
            self._rows.addWidget(
                labels.label(t("inspection.more", n=len(found) - _SHOWN), Scale.SMALL, muted=True)
            )
        if not found:
            self._rows.addWidget(labels.label(t("inspection.none_open"), Scale.SMALL, muted=True))

    def _values(self, item: OpenNonconformance) -> str:
        values = ", ".join(self._terminal.texts.number(value) for value in item.values[:2])
        if len(item.values) > 2:
            values = self._terminal.t("inspection.values_more", values=values, n=len(item.values) - 2)
        return f"{values} {item.unit}".strip()


def _empty(layout: QHBoxLayout | QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        _drop(item)


def _drop(item: QLayoutItem) -> None:
    widget = item.widget()
    if widget is not None:
        widget.hide()
        widget.deleteLater()

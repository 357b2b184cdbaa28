"""The cards of the Run page: the order, the shift, the last hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmi.domain.equipment import Activity, StatePeriod, activity
from hmi.domain.production import OrderRow, OrderState
from hmi.terminal import Terminal
from screens.kit import theme
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.folding import FoldingColumn
from screens.kit.hour_bars import HourBar, HourBars
from screens.kit.labels import eyebrow, muted, title, wrapped
from screens.kit.order_progress import OrderProgress
from screens.kit.readout import Readout
from screens.kit.state_timeline import Span, SpanKind, StateTimeline
from screens.kit.theme import Scale, Tone
from screens.run_view import DAY, RunView
from screens.shell.header_words import state_word
from screens.times import clock, spoken


class OrderCard(Card):
    """Which order, how far, until when; and why it is empty when there is none."""

    def __init__(self, terminal: Terminal) -> None:
        """Build the card."""
        super().__init__(name="order")
        self._terminal = terminal
        self._eyebrow = eyebrow()
        self._title = title("", limit=2)
        self._detail = wrapped("", Scale.SMALL, muted=True, limit=2)
        self._chip = Chip(name="order.plan")
        self._progress = OrderProgress("order.progress")
        words = QVBoxLayout()
        words.setSpacing(theme.HAIR)
        for widget in (self._eyebrow, self._title, self._detail):
            words.addWidget(widget)
        top = QHBoxLayout()
        top.addLayout(words, 1)
        side = QVBoxLayout()
        side.addWidget(self._chip)
        side.addStretch(1)
        top.addLayout(side)
        self.add(top)
        self.content.addStretch(1)
        self.add(self._progress)

    def show_order(self, view: RunView) -> None:
        """Show the order of the view."""
        t, order = self._terminal.t, view.order
        self._progress.setVisible(order is not None)
        self._chip.setVisible(order is not None)
        if order is None:
            self._eyebrow.setText(t("run.no_order_eyebrow"))
            self._title.setText(t("run.no_order"))
            self._detail.setText(t("run.no_order_detail" if view.plans_at else "run.no_plans"))
            return
        plan, say = order.plan, self._terminal.texts.number
        self._eyebrow.setText(t("run.order_eyebrow", operation=plan.operation))
        self._title.setText(f"{plan.id}   {plan.material_name}")
        parts = [
            t("run.due", time=clock(self._terminal, plan.due_at)) if plan.due_at else "",
            t("run.tool", tool=plan.tool) if plan.tool else "",
            plan.note or "",
            t("run.cancelled") if plan.state == "cancelled" else "",
        ]
        self._detail.setText(" · ".join(part for part in parts if part))
        good = order.progress.good if order.progress else Decimal(0)
        scrap = order.progress.scrapped if order.progress else Decimal(0)
        left = order.time_left()
        of_plan = t("run.of_plan", quantity=say(plan.quantity), unit=plan.unit)
        if left is not None and good < plan.quantity:
            of_plan += " · " + t("run.time_left", time=spoken(self._terminal, left))
        self._progress.set_counts(
            float(good),
            float(scrap),
            float(plan.quantity),
            good_text=t("run.good", n=say(good)),
            scrap_text=t("run.scrapped", n=say(scrap)) if scrap else "",
            plan_text=of_plan,
        )
        self.tick(view)

    def tick(self, view: RunView) -> None:
        """Whether the order keeps up with its planned rate, as time goes on."""
        if view.order is not None:
            text, tone, sign = self._plan_words(view.order, self._terminal.clock.now())
            self._chip.set(text, tone=tone, sign=sign)

    def _plan_words(self, order: OrderRow, now: datetime) -> tuple[str, Tone, str | None]:
        t, progress = self._terminal.t, order.progress
        if order.plan.state == "cancelled":
            return t("run.chip_cancelled"), Tone.HIGH, None
        if progress is None or progress.state is not OrderState.RUNNING:
            return t("run.chip_paused"), Tone.NORMAL, "pause"
        if order.plan.rate_per_hour is None:
            return t("run.chip_running"), Tone.NORMAL, "play"
        hours = Decimal((now - progress.started_at).total_seconds()) / 3600
        ahead = int(progress.good - order.plan.rate_per_hour * hours)
        say = self._terminal.texts.number
        if ahead < -int(order.plan.rate_per_hour / 10):
            return t("run.chip_behind", n=say(-ahead)), Tone.HIGH, None
        return t("run.chip_on_plan", n=f"+{say(ahead)}" if ahead >= 0 else say(ahead)), Tone.NORMAL, "square"


class ShiftCard(Card):
    """The shift so far: how much of the heard time the machine produced, good parts and stops."""

    def __init__(self, terminal: Terminal) -> None:
        """Build the card."""
        super().__init__(terminal.t("run.shift_eyebrow"), name="shift")
        self._terminal = terminal
        self._share = Readout("–", "%", name="shift.share")
        self._counts = wrapped("")
        self._stops = muted("")
        self.add(self._share)
        self.add(self._counts)
        self.add(self._stops)
        self.content.addStretch(1)

    def show_shift(self, view: RunView) -> None:
        """Show the shift of the view."""
        t, say = self._terminal.t, self._terminal.texts.number
        producing = heard = timedelta(0)
        for period in view.periods:
            begin, end = max(period.start, view.shift_start), min(period.end or view.now, view.now)
            if end > begin and period.state is not None:
                heard += end - begin
                if activity(period.state) is Activity.PRODUCING:
                    producing += end - begin
        self._share.set_value(say(producing / heard * 100, 1) if heard else "–", "%")
        self._share.set_caption(t("run.shift_caption"))
        hours = [hour for hour in view.hours if hour.start >= view.shift_start - timedelta(hours=1)]
        made = sum((hour.produced - hour.scrapped for hour in hours), Decimal(0))
        scrap = sum((hour.scrapped for hour in hours), Decimal(0))
        self._counts.setText(t("run.shift_counts", good=say(made), scrap=say(scrap)))
        self._stops.setText(t("run.shift_stops", time=spoken(self._terminal, heard - producing)))


class DayCard(Card):
    """The last eight hours: states with the stops named, and good parts per hour against the plan."""

    stop_touched = Signal(str)

    def __init__(self, terminal: Terminal) -> None:
        """Build the card."""
        super().__init__(name="day")
        self._terminal = terminal
        t = terminal.t
        self._timeline = StateTimeline("day.timeline")
        self._timeline.set_title(t("run.last_hours"))
        self._timeline.set_legend(
            {
                SpanKind.RUNNING: t("run.legend_running"),
                SpanKind.STOPPED: t("run.legend_stopped"),
                SpanKind.UNCLASSIFIED: t("run.legend_unclassified"),
            }
        )
        self._timeline.touched.connect(self._touched)
        self._hours = HourBars("day.hours")
        column = FoldingColumn()
        column.add(self._timeline, 3)
        column.add(self._hours, 2, foldable=True)
        self.add(column, 1)

    def show_day(self, view: RunView) -> None:
        """Show the hours of the view."""
        t, start = self._terminal.t, view.now - DAY
        spans = [self._span(number, period, view) for number, period in enumerate(view.periods)]
        self._timeline.set_spans(
            start,
            view.now,
            [span for span in spans if span.end > start],
            start_text=clock(self._terminal, start),
            end_text=t("run.now"),
        )
        rate = view.order.plan.rate_per_hour if view.order else None
        plan = float(rate) if rate is not None else self._terminal.config.machine.target_per_hour
        say = self._terminal.texts.number
        title_text = t("run.per_hour_plan", plan=say(plan, 0)) if plan else t("run.per_hour")
        self._hours.set_title(title_text)
        known = {hour.start: hour for hour in view.hours}
        first = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        bars: list[HourBar] = []
        for offset in range(8):
            hour = known.get(first + timedelta(hours=offset))
            made = hour.produced - hour.scrapped if hour else None
            when = clock(self._terminal, first + timedelta(hours=offset))
            bars.append(
                HourBar(when, None if made is None else float(made), "" if made is None else say(made))
            )
        self._hours.set_hours(bars, plan)

    def _span(self, number: int, period: StatePeriod, view: RunView) -> Span:
        name = period.stop_id or f"-{number}"
        end = period.end or view.now
        if period.state is None:
            return Span(name, period.start, end, SpanKind.NO_DATA)
        doing = activity(period.state)
        if period.stop_id is not None and doing is not Activity.PRODUCING:
            if period.reason_name:
                return Span(name, period.start, end, SpanKind.STOPPED, period.reason_name)
            words = self._terminal.t("run.span_unclassified", time=clock(self._terminal, period.start))
            return Span(name, period.start, end, SpanKind.UNCLASSIFIED, words)
        kind = SpanKind.RUNNING if doing is Activity.PRODUCING else SpanKind.IDLE
        words = "" if doing is Activity.PRODUCING else state_word(self._terminal, period.state).capitalize()
        return Span(name, period.start, end, kind, words)

    def _touched(self, span: str) -> None:
        if not span.startswith("-"):
            self.stop_touched.emit(span)

"""Trends: what the values did, from minutes to weeks, with limits, stops, gaps and bad values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from hmi.domain.changes import Family
from hmi.domain.equipment import Stop
from hmi.domain.trends import TrendAnswer, TrendQuery, Trust
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.entry_words import day_and_time
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.empty_state import EmptyState
from screens.kit.heading import PageHeading
from screens.kit.theme import Tone
from screens.shell.actions import BACK, Action, Offer
from screens.shell.screen import Screen
from screens.times import clock
from screens.trends_chart import ChartWords, StopBand, TrendChart
from screens.trends_choice import MOST, TagChoice, drawable, first_choice
from screens.trends_lane import Lane
from screens.trends_window import RANGES_MIN, TimeWindow

_MINUTE = 60_000
_LONGEST_STOPS = timedelta(days=60)
_DAY_MS = 24 * 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class TrendsView:
    """The stops of the time that may be looked at, with the names of their reasons."""

    stops: Sequence[Stop]
    reasons: dict[str, str]


def trends_loader(since: datetime) -> Callable[[Records], TrendsView]:
    """A loader for the stops since a time."""

    def load(records: Records) -> TrendsView:
        reasons = {reason.id: reason.name for reason in records.plans.reasons("stop")}
        return TrendsView(records.equipment.stops(since), reasons)

    return load


class TrendsScreen(Screen[TrendsView]):
    """Lanes over one axis of time; the present goes on by itself until somebody looks back."""

    families = frozenset({Family.STOPS})
    rail = "trends"
    declared = (
        BACK,
        Action("earlier", "trends.earlier", "left", key="F2"),
        Action("later", "trends.later", "right", key="F3"),
        Action("closer", "trends.closer", "plus", key="F4"),
        Action("wider", "trends.wider", "minus", key="F5"),
        Action("now", "trends.now", "play", key="F6"),
        Action("tags", "trends.tags", "list", key="F7", slot="tags"),
        Action("done", "trends.done", "check", Kind.PRIMARY, "F7", slot="tags"),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Begin with an hour up to now."""
        super().__init__(terminal)
        t = terminal.t
        self._view: TrendsView | None = None
        self._answer: TrendAnswer | None = None
        self._asked: TrendQuery | None = None
        self._asked_at = 0.0
        self._asked_span = 1.0
        self._again = False
        self._choosing = False
        self._tags = first_choice(terminal)
        self._heading = PageHeading()
        self._heading.setObjectName("trends.headline")
        self._ranges: dict[int, ActionButton] = {}
        for minutes in RANGES_MIN:
            button = ActionButton(t(f"trends.range.{minutes}"), name=f"trends.range.{minutes}", main=False)
            button.clicked.connect(partial(self._show_range, minutes))
            self._ranges[minutes] = button
        self._chart = TrendChart("trends.chart", self._words(), self._now)
        self._chart.window_changed.connect(self._moved)
        self._chart.cursor_changed.connect(self._show_heading)
        self._chart.show_window(TimeWindow(self._now() - 60 * _MINUTE, self._now()))
        self._trouble = labels.wrapped(tone=Tone.HIGH, name="trends.trouble")
        self._trouble.hide()
        self._empty = EmptyState("trend", "", name="trends.empty")
        self._choice = TagChoice(terminal)
        self._choice.changed.connect(self._take)
        self._lay_out()
        self._show_tags()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self._heading, 1)
        for button in self._ranges.values():
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        page.setSpacing(theme.GAP)
        page.addLayout(head)
        page.addWidget(self._trouble)
        for widget in (self._chart, self._empty, self._choice):
            page.addWidget(widget, 1)

    # ------------------------------------------------------------- what a screen does

    def loader(self) -> Callable[[Records], TrendsView]:
        """See Screen."""
        return trends_loader(self.terminal.clock.now() - _LONGEST_STOPS)

    def show_view(self, view: TrendsView) -> None:
        """See Screen."""
        self._view = view
        self._show_stops()
        self._ask()

    def open_subject(self, subject: str) -> None:
        """See Screen; the subject is a tag that is to be among what is shown."""
        if subject in {tag.name for tag in drawable(self.terminal)}:
            self._tags = [subject, *(tag for tag in self._tags if tag != subject)][:MOST]
            self._choosing = False
            self._show_tags()

    def take_over(self, before: Screen[TrendsView]) -> None:
        """See Screen."""
        assert isinstance(before, TrendsScreen)
        self._tags, self._choosing = list(before._tags), before._choosing
        self._chart.show_window(before._chart.window_shown)
        self._choice.show_taken(self._tags)
        self._show_tags()

    def tick(self) -> None:
        """Let the present go on; long windows are looked at less often than short ones."""
        window, now = self._chart.window_shown, self._now()
        every = min(max(window.span / 2000, 500), 60_000)
        if window.follows and now - self._asked_at >= every:
            self._chart.show_window(window.at(now))
            self._show_stops()
            self._ask()

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        if self._choosing:
            return (Offer("back"), Offer("done"))
        past = not self._chart.window_shown.follows
        now = Offer("now", kind=Kind.PRIMARY if past else Kind.NORMAL, enabled=past)
        nearer = (Offer("earlier"), Offer("later", enabled=past), Offer("closer"), Offer("wider"))
        return (*nearer, now, Offer("tags"))

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self._choose(False),
            "done": lambda: self._choose(False),
            "tags": lambda: self._choose(True),
            "earlier": lambda: self._move(-0.5),
            "later": lambda: self._move(0.5),
            "closer": lambda: self._zoom(0.5),
            "wider": lambda: self._zoom(2),
            "now": self._to_now,
        }

    def _move(self, share: float) -> None:
        window = self._chart.window_shown
        self._go(window.moved(share * window.span, self._now()))

    def _zoom(self, factor: float) -> None:
        window, now, cursor = self._chart.window_shown, self._now(), self._chart.cursor_ms
        middle = (window.start + window.end) / 2
        at = cursor if cursor is not None and window.start <= cursor <= window.end else middle
        follows = window.follows
        self._go(window.with_span(window.span * factor, now) if follows else window.zoomed(factor, at, now))

    def _to_now(self) -> None:
        self._chart.set_cursor(None)
        self._go(self._chart.window_shown.back(self._now()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width takes another number of points."""
        super().resizeEvent(event)
        wide = self.width() >= 1000
        for minutes, button in self._ranges.items():
            button.setVisible(wide or minutes in RANGES_MIN[1:5])
        if self.isVisible():
            self._ask()

    # ------------------------------------------------------------- touches

    def _go(self, window: TimeWindow) -> None:
        self._chart.show_window(window)
        self._moved(window)

    def _moved(self, window: TimeWindow) -> None:
        self._show_heading()
        self.actions_changed.emit()
        self._ask_if_needed(window)

    def _show_range(self, minutes: int) -> None:
        now = self._now()
        window = self._chart.window_shown
        self._go(
            window.with_span(minutes * _MINUTE, now)
            if not window.follows
            else TimeWindow(now - minutes * _MINUTE, now)
        )

    def _choose(self, choosing: bool) -> None:
        self._choosing = choosing
        self._choice.show_taken(self._tags)
        self._show_page()
        self.actions_changed.emit()

    def _take(self, tags: list[str]) -> None:
        self._tags = tags
        self._show_tags()

    # ------------------------------------------------------------- the history

    def _now(self) -> float:
        return self.terminal.clock.now().timestamp() * 1000

    def _ask_if_needed(self, window: TimeWindow) -> None:
        asked = self._asked
        if (
            asked is None
            or window.start < asked.start_ms
            or window.end > asked.end_ms + window.span * 0.01
            or not 0.6 < self._asked_span / window.span < 1.6
        ):
            self._ask()

    def _ask(self) -> None:
        """Look at three times what is shown, so that a finger finds something on both sides."""
        if self._asked is not None and self._answer is None:
            self._again = True
            return
        now = self._now()
        self._chart.show_window(self._chart.window_shown.at(now))
        window = self._chart.window_shown
        start = max(round(window.start - window.span), 0)
        end = round(min(window.end + window.span, now + 1))
        points = 3 * self._chart.plot_width() // 2
        self._asked = TrendQuery(tuple(self._tags), start, max(end, start + 1), points)
        self._asked_at, self._asked_span = now, window.span
        self._answer, self._again = None, False
        self.terminal.trend(self._asked, self._draw, self._show_answer)

    def _draw(self, answer: TrendAnswer) -> tuple[TrendAnswer, Sequence[Lane]]:
        """Make the strokes, off the GUI thread: thousands take as long as several frames."""
        until = min(self._now(), float(answer.query.end_ms))
        tags = [self.terminal.tags[name] for name in answer.query.tags]
        return answer, [Lane(tag, answer.lines.get(tag.name), until) for tag in tags]

    def _show_answer(self, drawn: tuple[TrendAnswer, Sequence[Lane]]) -> None:
        answer, lanes = drawn
        self._answer = answer
        if list(answer.query.tags) == self._tags:
            self._chart.show_lanes(lanes)
        self._trouble.setVisible(bool(answer.trouble))
        self._trouble.setText(self.terminal.t("trends.trouble", words=answer.trouble))
        self._show_page()
        self._show_heading()
        if self._again:
            self._ask()

    # ------------------------------------------------------------- what is shown

    def _show_tags(self) -> None:
        if self._answer is not None:
            self._ask()
        else:
            self._asked = None
        self._show_page()
        self._show_heading()

    def _show_page(self) -> None:
        t = self.terminal.t
        if not drawable(self.terminal):
            empty = t("trends.no_tags")
        elif not self._tags:
            empty = t("trends.empty", n=MOST)
        elif self._answer is not None and not self._answer.lines:
            empty = t("trends.nothing")
        else:
            empty = ""
        self._empty.set("trend", empty)
        self._choice.setVisible(self._choosing)
        self._empty.setVisible(bool(empty) and not self._choosing)
        self._chart.setVisible(not empty and not self._choosing)

    def _show_heading(self) -> None:
        t, window = self.terminal.t, self._chart.window_shown
        self._heading.set_eyebrow(t("trends.eyebrow", n=len(self._tags)))
        if window.follows:
            self._heading.set_title(t("trends.title_follows"))
        else:
            start, end = self._short(window.start), self._short(window.end)
            self._heading.set_title(t("trends.title_past", start=start, end=end))
        for minutes, button in self._ranges.items():
            button.set_selected(abs(window.span - minutes * _MINUTE) < window.span * 0.01)

    def _show_stops(self) -> None:
        view = self._view
        if view is None:
            return
        now = self.terminal.clock.now()
        self._chart.show_stops(
            [
                StopBand(
                    stop.began_at.timestamp() * 1000,
                    (stop.ended_at or now).timestamp() * 1000,
                    view.reasons.get(stop.reason or "", ""),
                    stop.reason is not None,
                )
                for stop in view.stops
            ]
        )

    def _words(self) -> ChartWords:
        t, texts = self.terminal.t, self.terminal.texts
        zone = self.terminal.config.terminal.zone

        def value(lane: Lane, known: float | None, trust: Trust) -> tuple[str, str]:
            if known is None:
                return "– – –", t("trends.bad" if trust is Trust.BAD else "trends.gap")
            unit = lane.tag.unit
            doubt = t("trends.uncertain") if trust is Trust.UNCERTAIN else ""
            return texts.number(known, lane.tag.decimals), " · ".join(part for part in (unit, doubt) if part)

        def offset(at_ms: float) -> float:
            local = _time(at_ms).astimezone(zone).utcoffset()
            return local.total_seconds() * 1000 if local else 0.0

        def tick(at_ms: float, step: int) -> str:
            local = _time(at_ms).astimezone(zone)
            if step >= _DAY_MS:
                return f"{local:%m-%d}"
            if step < _MINUTE:
                return f"{local:%H:%M:%S}"
            midnight = local.hour == 0 and local.minute == 0
            return f"{local:%m-%d}" if midnight and step >= 60 * _MINUTE else f"{local:%H:%M}"

        return ChartWords(
            value=value,
            number=lambda lane, amount: texts.number(amount, lane.tag.decimals),
            tick=tick,
            moment=self._moment,
            zone_offset=offset,
            machine=t("trends.machine"),
            limit=lambda name, amount: t("trends.limit", name=name, value=amount),
        )

    def _moment(self, at_ms: float) -> str:
        moment, now = _time(at_ms), self.terminal.clock.now()
        if self._chart.window_shown.span < 60 * _MINUTE * 2:
            return day_and_time(self.terminal, moment, now, seconds=True)
        today = moment.astimezone(self.terminal.config.terminal.zone).date() == now.date()
        return clock(self.terminal, moment) if today else day_and_time(self.terminal, moment, now)

    def _short(self, at_ms: float) -> str:
        """Without the year, as a heading has room for it."""
        local = _time(at_ms).astimezone(self.terminal.config.terminal.zone)
        return f"{local:%m-%d %H:%M}"


def _time(at_ms: float) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)

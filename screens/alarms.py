"""Alarms: what calls for somebody, what is seen, what is set aside, and what to do about each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from hmi.domain.alarms import AlarmRecord, AlarmState
from hmi.domain.changes import Family
from hmi.domain.entries import Entry
from hmi.ids import new_id
from hmi.operations.alarms import (
    Acknowledge,
    AlarmWish,
    Shelve,
    TakeOutOfService,
    acknowledge_alarms,
    comment_alarm,
    confirm_alarm,
    put_in_service,
    shelve_alarm,
    take_out_of_service,
    unshelve_alarm,
)
from hmi.ports import Draft, Records
from hmi.terminal import Terminal
from screens.alarm_words import (
    confirmable,
    device_waits,
    name_of,
)
from screens.alarms_actions import ACTIONS, ICONS
from screens.alarms_comment import CommentPage
from screens.alarms_detail import AlarmDetailCard
from screens.alarms_rows import columns_of, row_of
from screens.alarms_view import FORM, AlarmDetail, AlarmsView, Tab, alarms_loader
from screens.kit import theme
from screens.kit.buttons import ActionButton
from screens.kit.cards import Card
from screens.kit.heading import PageHeading
from screens.kit.touch_table import TouchTable
from screens.kit_words import sort_words
from screens.shell.actions import Offer
from screens.shell.screen import Screen
from screens.times import clock

_NARROW = 620  # px of the list below which it leaves the time out


class AlarmsScreen(Screen[AlarmsView]):
    """Three large tabs over one list, the most urgent first, and the touched alarm at its side."""

    families = frozenset({Family.ALARMS, Family.PEOPLE, Family.PLANS})
    rail = "alarms"
    declared = ACTIONS

    def __init__(self, terminal: Terminal) -> None:
        """Begin with what is open."""
        super().__init__(terminal)
        t = terminal.t
        self._view: AlarmsView | None = None
        self._waits = (False, False)  # the machine, for an acknowledgement and for a confirmation
        self._tab = Tab.OPEN
        self._chosen: str | None = None
        self._asking: str | None = None
        self._owner: tuple[str, str] | None = None
        self._form_id = str(new_id())
        self._heading = PageHeading(eyebrow=t("alarms.eyebrow", terminal=terminal.config.terminal.id))
        self._heading.setObjectName("alarms.headline")
        self._tabs = {
            tab: ActionButton(
                "", name=f"alarms.tab.{tab}", icon=ICONS[tab], shortcut=self.key_of(f"show_{tab}")
            )
            for tab in Tab
        }
        for tab, button in self._tabs.items():
            button.clicked.connect(partial(self._show_tab, tab))
        self._table = TouchTable(
            "alarms.list",
            columns_of(terminal, narrow=False),
            empty_text=t("alarms.empty.open"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            empty_icon="bell",
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(self._choose)
        self._table.shown_changed.connect(self.actions_changed)
        self._detail = AlarmDetailCard(terminal, self.key_of("comment"))
        self._detail.comment_wished.connect(partial(self._show_comment, True))
        self._detail.closed.connect(self._close_detail)
        self._detail.form.changed.connect(self._keep)
        self._detail.hide()
        self._comment = CommentPage(terminal)
        self._comment.entered.connect(self._save_comment)
        first = QWidget()
        self._page = QBoxLayout(QBoxLayout.Direction.LeftToRight, first)
        self._lay_out()
        self._pages = QStackedLayout(self)
        self._pages.addWidget(first)
        self._pages.addWidget(self._comment)

    def _lay_out(self) -> None:
        tabs = QHBoxLayout()
        tabs.setSpacing(theme.GAP)
        for button in self._tabs.values():
            tabs.addWidget(button, 1)
        card = Card()
        card.content.setContentsMargins(theme.PAD, theme.HALF, theme.PAD, theme.GAP)  # one row more
        card.add(self._table, 1)
        column = QVBoxLayout()
        column.setSpacing(theme.GAP)
        column.addWidget(self._heading)
        column.addLayout(tabs)
        column.addWidget(card, 1)
        self._page.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        self._page.setSpacing(theme.PAD)
        self._page.addLayout(column, 8)
        self._page.addWidget(self._detail, 5)

    # ------------------------------------------------------------- what a screen does

    def loader(self) -> Callable[[Records], AlarmsView]:
        """See Screen."""
        return alarms_loader(self.terminal, self._tab, self._chosen, self.terminal.clock.now())

    def show_view(self, view: AlarmsView) -> None:
        """See Screen."""
        self._view = view
        t = self.terminal.t
        if view.calling:
            self._heading.set_title(t("alarms.title_calling", n=view.calling))
        elif view.active:
            self._heading.set_title(t("alarms.title_seen", n=view.active))
        else:
            self._heading.set_title(t("alarms.title"))
        for tab, button in self._tabs.items():
            count = self.terminal.texts.number(view.counts[tab])
            button.set_text(t(f"alarms.tab.{tab}", count=count))
            button.set_selected(tab is self._tab)
        self._table.set_empty_text(t(f"alarms.empty.{view.tab}"))
        self._show_rows()
        self._detail.setVisible(view.detail is not None)
        if view.detail is None:
            self._pages.setCurrentIndex(0)
        else:
            self._detail.show_detail(view.detail, view.now)
            self._bind(view.detail)

    def _bind(self, detail: AlarmDetail) -> None:
        """Let what this person had begun to fill in for this alarm come back."""
        owner = (detail.record.key, detail.session.person if detail.session else "")
        if owner == self._owner:
            return
        self._comment.begin(detail)
        self._show_comment(detail.comment is not None)
        before, self._owner, draft = self._owner, owner, detail.draft
        if draft is not None:
            self._form_id = draft.entry_id
            asked, minutes = draft.content["what"], draft.content.get("minutes")
            self._ask(asked, int(minutes) if minutes else None, draft.content["reason"])
        elif before is not None and before[1]:
            self._ask(None)

    def tick(self) -> None:
        """See Screen."""
        view = self._view
        if view is None:
            return
        if view.detail is not None:
            self._detail.show_doubt(view.detail.record)
            record = view.detail.record
            waits = (device_waits(self.terminal, record), confirmable(self.terminal, record))
            if waits != self._waits:
                self._waits = waits
                self.actions_changed.emit()
        self._show_rows()

    def take_over(self, before: Screen[AlarmsView]) -> None:
        """See Screen; a half-filled wish is a draft."""
        assert isinstance(before, AlarmsScreen)
        self._tab, self._chosen = before._tab, before._chosen

    def open_subject(self, subject: str) -> None:
        """See Screen; the subject is the key of an alarm."""
        self._tab, self._chosen, self._owner = Tab.OPEN, subject, None
        self._ask(None)

    def offers(self) -> Sequence[Offer]:
        """See Screen."""
        record = self._record()
        if self._pages.currentIndex():
            return (Offer("back"),)
        if self._asking is not None:
            form = self._detail.form
            ready = form.reason is not None and (self._asking != "shelve" or form.minutes is not None)
            now = "shelve_now" if self._asking == "shelve" else "take_out_now"
            return (Offer("back"), Offer(now, enabled=ready))
        offered = [Offer("back")]
        shown = self._shown_unacknowledged()
        if record is not None and record.unacknowledged:
            offered.append(Offer("acknowledge"))
        elif record is None and shown:
            words = self.terminal.t("alarms.acknowledge_shown", n=len(shown))
            offered.append(Offer("acknowledge_shown", words))
        elif record is not None and device_waits(self.terminal, record):
            offered.append(Offer("tell_device"))
        elif record is not None and confirmable(self.terminal, record):
            offered.append(Offer("confirm"))
        if record is not None:
            if record.state is AlarmState.OUT_OF_SERVICE:
                offered.append(Offer("in_service"))
            else:
                offered.append(Offer("unshelve" if record.state is AlarmState.SHELVED else "shelve"))
                offered.append(Offer("out_of_service"))
            if record.tag is not None and record.fault is None:
                offered.append(Offer("trend"))
        return offered

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": self._back,
            "acknowledge_shown": self._acknowledge_shown,
            "acknowledge": partial(self._with_record, self._acknowledge),
            "tell_device": partial(self._with_record, self._tell_device),
            "shelve": partial(self._ask, "shelve"),
            "out_of_service": partial(self._ask, "out_of_service"),
            "shelve_now": partial(self._with_record, self._set_aside),
            "take_out_now": partial(self._with_record, self._set_aside),
            "unshelve": partial(self._with_record, self._unshelve),
            "in_service": partial(self._with_record, self._put_in_service),
            "trend": partial(self._with_record, self._to_trend),
            "confirm": partial(self._with_record, self._confirm),
        }

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The touched alarm stands below the list on a screen that is higher than wide."""
        super().resizeEvent(event)
        upright = self.height() > self.width()
        self._page.setDirection(
            QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        )
        self._show_rows()

    # ------------------------------------------------------------- touches

    def _with_record(self, do: Callable[[AlarmRecord], None]) -> None:
        record = self._record()
        if record is not None:
            do(record)

    def _acknowledge_shown(self) -> None:
        shown = self._shown_unacknowledged()
        words = self.terminal.t("alarms.acknowledged_shown", n=len(shown))
        self.wish(acknowledge_alarms, Acknowledge(tuple(shown)), words)

    def _acknowledge(self, record: AlarmRecord) -> None:
        words = self.terminal.t("alarms.acknowledged", name=name_of(record))
        self.wish(acknowledge_alarms, Acknowledge((record.key,)), words)

    def _tell_device(self, record: AlarmRecord) -> None:
        words = self.terminal.t("alarms.acknowledged", name=name_of(record))
        self.wish(acknowledge_alarms, Acknowledge((record.key,), again=True), words)

    def _confirm(self, record: AlarmRecord) -> None:
        words = self.terminal.t("alarms.confirmed", name=name_of(record))
        self.wish(confirm_alarm, AlarmWish(record.key), words)

    def _show_comment(self, shown: bool) -> None:
        self._pages.setCurrentIndex(1 if shown else 0)
        self.actions_changed.emit()

    def _save_comment(self) -> None:
        record = self._record()
        if record is not None:
            words, page = self.terminal.t("alarms.commented", name=name_of(record)), self._comment
            entry = page.entry_id
            self.wish(comment_alarm, page.wish, words, self._commented, entry_id=entry, draft=page.draft)

    def _commented(self, _entries: Sequence[Entry]) -> None:
        self._comment.clear()
        self._show_comment(False)

    def _unshelve(self, record: AlarmRecord) -> None:
        words = self.terminal.t("alarms.unshelved", name=name_of(record))
        self.wish(unshelve_alarm, AlarmWish(record.key), words)

    def _put_in_service(self, record: AlarmRecord) -> None:
        words = self.terminal.t("alarms.put_in", name=name_of(record))
        self.wish(put_in_service, AlarmWish(record.key), words)

    def _to_trend(self, record: AlarmRecord) -> None:
        if record.tag is not None:
            self.goes_to.emit("trends", record.tag)

    def _set_aside(self, record: AlarmRecord) -> None:
        t, form, name = self.terminal.t, self._detail.form, name_of(record)
        asked, minutes, reason = self._asking, form.minutes, form.reason
        entry, draft = self._form_id, (FORM, record.key, self._owner[1] if self._owner else "")
        self._form_id = str(new_id())
        self._ask(None)
        if reason is None:
            return
        if asked == "out_of_service":
            wish = TakeOutOfService(record.key, reason)
            self.wish(
                take_out_of_service, wish, t("alarms.taken_out", name=name), entry_id=entry, draft=draft
            )
        elif minutes is not None:
            until = clock(self.terminal, self.terminal.clock.now() + timedelta(minutes=minutes))
            words = t("alarms.shelved", until=until, name=name)
            self.wish(shelve_alarm, Shelve(record.key, minutes, reason), words, entry_id=entry, draft=draft)

    def _ask(self, what: str | None, minutes: int | None = None, reason: str = "") -> None:
        self._asking = None
        self._detail.ask(what)
        self._detail.form.fill(minutes, reason)
        self._asking = what
        self.actions_changed.emit()

    def _keep(self) -> None:
        """Keep a half-filled form as a draft of its author, with every touch."""
        if self._asking is not None and self._owner is not None and self._owner[1]:
            key, person = self._owner
            content = {"what": self._asking, **self._detail.form.content()}
            now = self.terminal.clock.now()
            self.terminal.save_draft(Draft(FORM, key, person, self._form_id, content, now))
        self.actions_changed.emit()

    def _give_up(self) -> None:
        """Back from the form is giving it up; whatever else hides it keeps it."""
        if self._owner is not None:
            self.terminal.drop_draft(FORM, *self._owner)
        self._form_id = str(new_id())
        self._ask(None)

    def _back(self) -> None:
        if self._pages.currentIndex():
            self._comment.give_up()
            self._show_comment(False)
        elif self._asking is not None:
            self._give_up()
        elif self._chosen is not None:
            self._close_detail()
        else:
            self.goes_to.emit("run", "")

    def _show_tab(self, tab: Tab) -> None:
        self._tab = tab
        self._close_detail()

    def _choose(self, key: str) -> None:
        self._chosen, self._owner = None if self._chosen == key else key, None
        self._ask(None)
        self.refresh()

    def _close_detail(self) -> None:
        self._chosen = self._owner = None
        self._ask(None)
        self.refresh()

    # ------------------------------------------------------------- what is shown

    def _record(self) -> AlarmRecord | None:
        detail = self._view.detail if self._view else None
        return detail.record if detail is not None and detail.record.key == self._chosen else None

    def _shown_unacknowledged(self) -> list[str]:
        if self._view is None:
            return []
        shown = set(self._table.shown_ids())
        return [record.key for record in self._view.rows if record.unacknowledged and record.key in shown]

    def _show_rows(self) -> None:
        self._table.set_columns(columns_of(self.terminal, self._narrow()))
        if self._view is not None:
            chosen, narrow = self._chosen, self._narrow()
            self._table.set_rows([row_of(self.terminal, one, chosen, narrow) for one in self._view.rows])

    def _narrow(self) -> bool:
        beside = self._chosen is not None and self.width() > self.height()
        return self.width() * (0.6 if beside else 1.0) < _NARROW

"""The window: the frame around the screens, and the way of everything that comes in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from hmi.domain.changes import Changes, Family
from hmi.domain.codes import Meaning
from hmi.domain.entries import ReceiptState
from hmi.domain.personnel import Session
from hmi.domain.plans import Person
from hmi.domain.signals import Alarm, LinkStatus, Measured, Scan, TagsInField
from hmi.hub import Answer, Batch
from hmi.operations.personnel import SignIn, SignOut, sign_in, sign_out
from hmi.people import USUAL
from hmi.ports import Saved
from hmi.terminal import FaultReport, Outcome, Refusal, Terminal
from hmi.whereabouts import understand
from screens.kit import theme
from screens.kit.answer_line import Answer as AnswerState
from screens.shell.action_bar import ActionBar
from screens.shell.actions import CALL_HELP, Offer, buttons
from screens.shell.alarm_line import AlarmLine
from screens.shell.bridge import Bridge
from screens.shell.header import Header
from screens.shell.header_words import header_links, machine_words
from screens.shell.pages import Pages
from screens.shell.rail import Rail, RailItem
from screens.shell.registry_types import ScreenSpec
from screens.shell.screen import BADGE, Said, Screen
from screens.shell.state import FRAME_FAMILIES, FrameView, frame_loader
from screens.shell.unexpected import UnexpectedScans
from screens.shell.wedge import WedgeReader
from screens.times import clock, shift_now, theme_planned

TICK_MS = 250
_GREETING_MS = 1000  # it can be read before the receipt of the sign-in takes its place
SIGN_IN = "sign_in"  # the page where people prove who they are, if it is registered


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is still to be said of a person: key of the text, the name, and who is there after it."""

    words: str
    name: str
    there: str | None

    def fits(self, session: Session | None) -> bool:
        """Whether this is the session that it speaks of."""
        return self.there == (session.person if session else None)


class Window(QWidget):
    """Header, rail, one screen at a time, action bar; drains the hub and hands each thing to its place."""

    def __init__(self, terminal: Terminal, screens: Sequence[ScreenSpec]) -> None:
        """Make every screen once; the first is shown."""
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle(terminal.config.terminal.station)
        self.terminal = terminal
        self._specs = {spec.id: spec for spec in screens}
        self._view: FrameView | None = None
        self._last_entry: str | None = None
        self._patterns = terminal.config.codes.compiled
        self._loading = False
        self._again = False
        # what a sign-in or sign-out is answered with, in the language of whoever is there then
        self._greeting: Greeting | None = None
        self._greets = QTimer(self, singleShot=True, interval=_GREETING_MS)
        self._greets.timeout.connect(self._load_frame)
        self._touched_ms = terminal.clock.monotonic_ms()

        self._header = Header(terminal.t("shell.sign_in"))
        self._rail = Rail(up_text=terminal.t("kit.up"), down_text=terminal.t("kit.down"))
        self._bar = ActionBar()
        self._pages = Pages(terminal, screens, self._connect)
        self._alarms = AlarmLine(terminal, self._say, partial(self.show_screen, "alarms"))
        self._unexpected = UnexpectedScans(terminal, self._say, self.show_screen, self._badge_read)
        self._lay_out()

        self._header.person_touched.connect(self._person_touched)
        self._header.links_touched.connect(partial(self.show_screen, "devices"))
        self._rail.chosen.connect(self.show_screen)
        self._bar.triggered.connect(self._act)
        self._bar.refused.connect(partial(self._say, Said.REFUSED))
        self._bridge = Bridge(terminal.hub, self)
        self._bridge.drained.connect(self._take)
        codes = terminal.config.codes
        self._wedge = None if codes.keyboard == "off" else WedgeReader(codes, terminal.clock, self)
        if self._wedge is not None:
            self._wedge.scanned.connect(self._scanned)
        self._ticks = QTimer(self, interval=TICK_MS)
        self._ticks.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to hear and to show."""
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
            if self._wedge is not None:
                application.installEventFilter(self._wedge)
        self._bridge.start()
        self._ticks.start()
        self.show_screen(next(iter(self._specs)))
        self._load_frame()
        self._tick()

    @property
    def shown_screen(self) -> str:
        """The id of the screen that is shown."""
        return self._pages.shown_id

    @property
    def screens(self) -> Mapping[str, Screen[Any]]:
        """Every screen by its id."""
        return self._pages.screens

    def show_screen(self, screen_id: str, subject: str = "") -> None:
        """Show a screen, with a subject where it has one."""
        self._pages.show_screen(screen_id, subject)
        self._show_rail()
        self._show_actions()

    def speak(self, language: str) -> None:
        """Go on in another language, in place: the same page, the same subject, what was half entered."""
        if language == self.terminal.texts.language:
            return
        self.terminal.speak(language)
        self._header.set_sign_in_text(self.terminal.t("shell.sign_in"))
        self._rail.set_words(self.terminal.t("kit.up"), self.terminal.t("kit.down"))
        self._bar.answer.clear()
        self._pages.speak()
        self._show_header()
        self._show_rail()
        self._show_actions()

    # ------------------------------------------------------------- building

    def _connect(self, screen: Screen[Any]) -> None:
        screen.goes_to.connect(self.show_screen)
        screen.says.connect(self._say)
        screen.saved_entries.connect(self._remember)
        screen.actions_changed.connect(partial(self._show_actions_of, screen))

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._alarms.strip)
        right.addWidget(self._pages, 1)
        right.addWidget(self._bar)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self._rail)
        below.addLayout(right, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._header)
        whole.addLayout(below, 1)

    # ------------------------------------------------------------- what comes in

    def _take(self, batch: Batch) -> None:
        terminal = self.terminal
        terminal.heard.update(batch.heard)
        if batch.readings:
            terminal.readings.update(batch.readings)
            self._current().show_readings(frozenset(batch.readings))
        families: set[Family] = set()
        for event in batch.events:
            match event:
                case Answer():
                    self._deliver(event)
                case Changes(families=touched):
                    families |= touched
                case LinkStatus():
                    terminal.note_link(event)
                    self._show_header()
                    self._current().tick()
                case Alarm():
                    terminal.note_alarm(event)
                    self._current().tick()
                case Scan():
                    self._scanned(event)
                case TagsInField():
                    self._asked_which(event)
                case Measured():
                    self._measured(event)
        if families:
            changes = Changes(frozenset(families))
            if changes.touch(FRAME_FAMILIES):
                self._load_frame()  # first: who is there decides what the pages offer
            for screen in self._pages.screens.values():
                screen.note(changes)

    def _deliver(self, answer: Answer) -> None:
        """One answer that is shown by a faulty page keeps nothing from the others."""
        try:
            answer.deliver()
        except Exception as error:  # noqa: BLE001  told as a numbered fault, and the terminal goes on
            self._say(Said.REFUSED, self.terminal.report(error).words)

    def _scanned(self, scan: Scan) -> None:
        self._touched_ms = self.terminal.clock.monotonic_ms()
        patterns = self._patterns
        self.terminal.read(
            lambda records: understand(scan, records, patterns), self._understood, self._not_read
        )

    def _asked_which(self, tags: TagsInField) -> None:
        """Nobody but the person can say which tag is meant: the others have to leave the field."""
        codes = ", ".join(scan.text for scan in tags.scans)
        self._say(Said.REFUSED, self.terminal.t("shell.several_tags", count=len(tags.scans), codes=codes))

    def _measured(self, measured: Measured) -> None:
        """A scale may send on its own all night: somebody is there only when the page takes the value."""
        if self._current().take_measurement(measured):
            self._touched_ms = self.terminal.clock.monotonic_ms()
        elif measured.value is not None:
            words = self.terminal.t("shell.value_not_expected", value=measured.value, unit=measured.unit)
            self._say(Said.REFUSED, words)

    def _not_read(self, why: Refusal | FaultReport) -> None:
        self._say(Said.REFUSED, why.words)

    def _understood(self, meaning: Meaning) -> None:
        if not self._current().take_scan(meaning):
            self._unexpected.take(meaning)

    # ------------------------------------------------------------- what people do

    def _act(self, action: str) -> None:
        if action == CALL_HELP.id:
            self.show_screen(CALL_HELP.id)
        else:
            self._current().act(action)

    def _badge_read(self, person: Person) -> None:
        people, session = self.terminal.people, self.terminal.session
        if people is not None and people.pin_with_badge:
            if session is None or session.person != person.id:
                self.show_screen(SIGN_IN, f"{BADGE}{person.id}")
            return
        wish = SignIn(person.badge, people.admission if people else USUAL)
        self._do_people(partial(self.terminal.do, sign_in, wish), "shell.signed_in", person.id)

    def _person_touched(self) -> None:
        if self.terminal.session is None and SIGN_IN in self._specs:
            self.show_screen(SIGN_IN)
        elif self.terminal.session is None:
            self._say(Said.NOTE, self.terminal.t("shell.scan_badge"))
        else:
            self._do_people(partial(self.terminal.do, sign_out, SignOut("touch")), "shell.signed_out", None)

    def _do_people(self, wish: partial[None], words: str, there: str | None) -> None:
        def answered(outcome: Outcome) -> None:
            if isinstance(outcome, Saved):
                name = outcome.entries[-1].person if outcome.entries else None
                if name is not None:
                    self._greeting = Greeting(words, name.name, there)
                    self._remember([outcome.entries[-1].id])
            else:
                self._say(Said.REFUSED, outcome.words)

        wish(answered)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that somebody is there."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress, QEvent.Type.TouchBegin):
            self._touched_ms = self.terminal.clock.monotonic_ms()
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hear no more."""
        self._ticks.stop()
        self._greets.stop()
        self._bridge.stop()
        super().closeEvent(event)

    # ------------------------------------------------------------- what is shown

    def _say(self, said: Said, words: str) -> None:
        state = {
            Said.SAVED: AnswerState.SAVED,
            Said.REFUSED: AnswerState.REFUSED,
            Said.NOTE: AnswerState.WAITING,
        }[said]
        now = clock(self.terminal, self.terminal.clock.now(), seconds=True)
        self._bar.answer.show_answer(words, "" if said is Said.NOTE else now, state)
        if said is not Said.SAVED:
            self._last_entry = None

    def _remember(self, entries: Sequence[str]) -> None:
        self._last_entry = entries[-1] if entries else None
        self._load_frame()

    def _load_frame(self) -> None:
        if self._loading:
            self._again = True
            return
        self._loading, self._again = True, False
        self.terminal.read(
            frame_loader(self._last_entry, self.terminal.clock.now()),
            partial(self._frame_loaded, self._greeting),
            self._frame_not_loaded,
        )

    def _frame_loaded(self, greeting: Greeting | None, view: FrameView) -> None:
        """Show it; `greeting` was to be said already when the view was asked for."""
        self._loading = False
        self._view = view
        self.terminal.session = view.session
        self.speak(self.terminal.language_of(view.session))
        due = self._greeting
        if due is not None and (due is greeting or due.fits(view.session)):
            self._greeting = None
            self._say(Said.SAVED, self.terminal.t(due.words, name=due.name))
            self._greets.start()
        elif not self._greets.isActive() and view.last is not None and view.last.entry.id == self._last_entry:
            receipt = view.last.receipt
            if receipt.state is ReceiptState.RECEIVED and receipt.settled_at is not None:
                when = clock(self.terminal, receipt.settled_at, seconds=True)
                words = self.terminal.t("shell.received")
                self._bar.answer.show_answer(words, when, AnswerState.RECEIVED)
                self._last_entry = None
        self._alarms.show_alarms(view.calling)
        self._show_header()
        self._show_rail()
        self._show_actions()
        if self._again:
            self._load_frame()

    def _frame_not_loaded(self, why: Refusal | FaultReport) -> None:
        self._loading = False
        self._say(Said.REFUSED, why.words)

    def _tick(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.follow(application, theme.THEMES[theme_planned(self.terminal, self.terminal.clock.now())])
        self._show_header()
        self._current().tick()
        idle = timedelta(milliseconds=self.terminal.clock.monotonic_ms() - self._touched_ms)
        if self.terminal.session and idle.total_seconds() > self.terminal.config.screens.idle_sign_out_s:
            self._touched_ms = self.terminal.clock.monotonic_ms()
            self._do_people(partial(self.terminal.do, sign_out, SignOut("idle")), "shell.signed_out", None)

    def _show_header(self) -> None:
        terminal, now = self.terminal, self.terminal.clock.now()
        path, _, name = terminal.config.terminal.station.rpartition("/")
        self._header.set_station(name, path.replace("/", " / "))
        self._header.set_machine(*machine_words(terminal, self._view))
        self._header.set_links(header_links(terminal, self._view))
        self._header.set_person(terminal.session.name if terminal.session else None)
        shift = shift_now(terminal, now)
        self._header.set_clock(
            clock(terminal, now), terminal.t("shell.shift", name=shift[0].name) if shift else ""
        )

    def _show_rail(self) -> None:
        shown = self._current().rail or self.shown_screen
        counts = self._view.counts if self._view else {}
        items = [
            RailItem(
                spec.id,
                spec.icon,
                self.terminal.t(f"rail.{spec.id}"),
                counts.get(spec.id, 0),
                spec.id == shown,
            )
            for spec in self._specs.values()
            if spec.icon
        ]
        self._rail.set_items(items)

    def _show_actions_of(self, screen: Screen[Any]) -> None:
        if screen is self._current():
            self._show_actions()

    def _show_actions(self) -> None:
        screen = self._current()
        offered = list(screen.offers())
        if self.shown_screen != CALL_HELP.id:
            offered.append(Offer(CALL_HELP.id))
        self._bar.set_actions(buttons(self.terminal, (*screen.declared, CALL_HELP), offered))

    def _current(self) -> Screen[Any]:
        return self._pages.current

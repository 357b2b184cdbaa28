"""The one object a screen holds: what may be wished and read, and in which words it is told."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from hmi.config import TerminalConfig
from hmi.device_ports import ServerTrust, TagMapper
from hmi.domain.machine import WriteOutcome, WriteWish
from hmi.domain.personnel import Permission, RoleNames, Session
from hmi.domain.signals import Alarm, LinkState, LinkStatus, Quality, Reading
from hmi.domain.tags import TagInfo
from hmi.domain.trends import TrendAnswer, TrendQuery
from hmi.errors import LinkError, OperatorError
from hmi.hub import Answer, Hub
from hmi.i18n import Texts, languages
from hmi.machine_requests import MachineRequests
from hmi.people import People
from hmi.ports import Draft, History, Ledger, Operation, Records, Saved
from hmi.report_desk import ReportDesk
from hmi.times import Clock
from hmi.watch import MachineWatch

W = TypeVar("W")
R = TypeVar("R")
_log = logging.getLogger(__name__)
_SAME_MOMENT_MS = 50  # the first values may be stamped just before their link is called up


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused wish: nothing was saved. `key` is the rule, `words` say it in the person's language."""

    key: str
    words: str
    values: Mapping[str, object] = field(default_factory=dict[str, object], compare=False)


@dataclass(frozen=True, slots=True)
class FaultReport:
    """A bug: rolled back, logged under `number`, and the terminal goes on."""

    number: str
    words: str


Outcome = Saved | Refusal | FaultReport


@dataclass(frozen=True, slots=True)
class Shown:
    """A tag's newest reading with how far it can be trusted now: `stale` when its link is lost or silent."""

    reading: Reading
    stale: bool
    age_ms: int


class Terminal:
    """What screens may do: `do` a wish, `read` records, keep drafts, look at tags and links, say texts."""

    def __init__(
        self,
        config: TerminalConfig,
        hub: Hub,
        ledger: Ledger,
        watch: MachineWatch,
        tags: Sequence[TagInfo],
        texts: Texts,
        clock: Clock,
        people: People | None = None,
    ) -> None:
        """Put the parts together; `session`, `readings` and `links` are kept by the window's drain."""
        self.config = config
        self.hub = hub
        self.texts = texts
        self.clock = clock
        self.people = people
        self.tags = {tag.name: tag for tag in tags}
        self.session: Session | None = None
        self.readings: dict[str, Reading] = {}
        self.links: dict[str, LinkStatus] = {}
        self.heard: dict[str, int] = {}
        self.alarms: dict[tuple[str, str, str], Alarm] = {}
        self.trust: ServerTrust | None = None
        self.mapper: TagMapper | None = None
        self.history: History | None = None
        self.reports: ReportDesk | None = None
        self.requests = MachineRequests(ledger)
        self._up_ms: dict[str, int] = {}
        self._ledger = ledger
        self._watch = watch
        self._faults = 0

    def t(self, key: str, **values: object) -> str:
        """The text of a key in the language of whoever is signed in."""
        return self.texts.t(key, **values)

    def language_of(self, session: Session | None) -> str:
        """The language to speak with somebody: their own, if there are files for it, else the terminal's."""
        wanted = session.language if session else self.config.terminal.language
        return wanted if wanted in languages() else self.config.terminal.language

    def speak(self, language: str) -> None:
        """Say texts in this language from now on. FileNotFoundError when there is no such language."""
        self.texts = Texts(language)

    def may(self, permission: Permission) -> bool:
        """Whether whoever is signed in may do it."""
        return self.session is not None and self.session.may(permission)

    def do(
        self,
        operation: Operation[W],
        wish: W,
        then: Callable[[Outcome], None],
        *,
        entry_id: str | None = None,
        draft: tuple[str, str, str] | None = None,
    ) -> None:
        """Wish for something; `then` is told on the GUI thread what became of it, after the commit."""
        self._watch.flush()
        done = self._ledger.do(operation, wish, entry_id=entry_id, draft=draft)

        def deliver(future: Future[Saved]) -> None:
            outcome = self._outcome(future)
            if isinstance(outcome, Saved) and not outcome.already:
                known = {alarm.key: alarm for alarm in self.alarms.values()}
                self.requests.tell_devices(outcome.entries, known)
            then(outcome)

        done.add_done_callback(lambda future: self._answer(lambda: deliver(future)))

    def write_tag(
        self,
        wish: WriteWish,
        then: Callable[[WriteOutcome], None],
        failed: Callable[["Refusal | FaultReport"], None],
    ) -> None:
        """Let a machine take a value, once; `failed` tells that nothing was sent. KeyError: no such tag."""
        person = self.session.person if self.session else ""
        self.ask(self.requests.write(self.tags[wish.tag], wish, person), then, failed)

    def device_alarm(self, key: str) -> Alarm | None:
        """How a device's own alarm stands at the device, as last heard; None when it is over or unknown."""
        return next((alarm for alarm in self.alarms.values() if alarm.key == key), None)

    def read(
        self,
        load: Callable[[Records], R],
        then: Callable[[R], None],
        failed: Callable[["Refusal | FaultReport"], None] | None = None,
    ) -> None:
        """Read records on the ledger thread; `then` gets the result on the GUI thread, `failed` the words."""

        def deliver(future: Future[R]) -> None:
            error = future.exception()
            if error is None:
                then(future.result())
            else:
                told = self._tell(error)
                if failed is not None:
                    failed(told)

        self._ledger.read(load).add_done_callback(lambda future: self._answer(lambda: deliver(future)))

    def ask(
        self,
        asked: Future[R],
        then: Callable[[R], None],
        failed: Callable[["Refusal | FaultReport"], None],
    ) -> None:
        """Bring what another thread answers to the GUI thread: to `then`, or its words to `failed`."""

        def deliver() -> None:
            error = asked.exception()
            if error is None:
                then(asked.result())
            else:
                failed(self._tell(error))

        asked.add_done_callback(lambda _: self._answer(deliver))

    def trend(
        self, query: TrendQuery, prepare: Callable[[TrendAnswer], R], then: Callable[[R], None]
    ) -> None:
        """Look at what was recorded; there are no lines where nothing is kept.

        `prepare` makes what is to be shown on the history's thread, `then` gets it on the GUI thread.
        """
        if self.history is None:
            nothing = prepare(TrendAnswer(query, {}))
            self._answer(lambda: then(nothing))
            return

        def made(asked: Future[TrendAnswer]) -> None:
            prepared: Future[R] = Future()
            try:
                prepared.set_result(prepare(asked.result()))
            except Exception as error:  # noqa: BLE001  told where it is shown, as a numbered fault
                prepared.set_exception(error)
            self._answer(lambda: then(prepared.result()))

        self.history.query(query).add_done_callback(made)

    def save_draft(self, draft: Draft) -> None:
        """Keep a half-filled form, whatever happens to the program."""
        self._ledger.save_draft(draft).add_done_callback(self._note_failure)

    def drop_draft(self, form: str, subject: str, person: str) -> None:
        """Forget a form that its author gave up."""
        self._ledger.drop_draft(form, subject, person).add_done_callback(self._note_failure)

    def note_link(self, status: LinkStatus) -> None:
        """Take over how a link stands; what was heard before it came back is old until it is said again."""
        before = self.links.get(status.name)
        was_up = before is not None and before.state is LinkState.UP
        if status.state is LinkState.UP and not was_up and status.heard_ms is not None:
            self._up_ms[status.name] = status.heard_ms - _SAME_MOMENT_MS
        self.links[status.name] = status

    def shown(self, tag: str) -> Shown | None:
        """The newest reading of a tag; stale when its link is not up or was silent for too long, and when the
        link was lost since and has not said this tag again. One that streams goes stale by its own silence.
        """
        reading = self.readings.get(tag)
        if reading is None:
            return None
        now = self.clock.monotonic_ms()
        info = self.tags.get(tag)
        streams = info is not None and info.streams
        heard = reading.heard_ms if streams else max(reading.heard_ms, self.heard.get(reading.link, 0))
        link = self.links.get(reading.link)
        up = link is not None and link.state is LinkState.UP
        stale = not up or now - heard > self.config.screens.stale_after_ms
        stale = stale or reading.heard_ms < self._up_ms.get(reading.link, 0)
        return Shown(reading, stale, now - (heard if not stale else reading.heard_ms))

    def note_alarm(self, alarm: Alarm) -> None:
        """Keep the newest state of a condition; one that is over is forgotten."""
        key = (alarm.link, alarm.condition, alarm.branch)
        if alarm.open or alarm.shelved or (alarm.enabled and not alarm.confirmed):
            self.alarms[key] = alarm
        else:
            self.alarms.pop(key, None)

    def number(self, tag: str) -> float | None:
        """A tag's value as a number, if it can be believed now."""
        shown = self.shown(tag)
        if shown is None or shown.stale or shown.reading.quality is Quality.BAD:
            return None
        value = shown.reading.value
        return float(value) if isinstance(value, int | float) else None

    def _answer(self, deliver: Callable[[], None]) -> None:
        self.hub.post(Answer(deliver))

    def _outcome(self, future: Future[Saved]) -> Outcome:
        error = future.exception()
        return future.result() if error is None else self._tell(error)

    def _tell(self, error: BaseException) -> Refusal | FaultReport:
        if isinstance(error, OperatorError):
            return self.refusal(error)
        if isinstance(error, LinkError):
            return self.refusal(OperatorError("machine_not_reached", words=str(error)))
        return self.report(error)

    def refusal(self, error: OperatorError) -> Refusal:
        """A refused wish in the person's words."""
        values = {name: self._in_words(value) for name, value in error.values.items()}
        return Refusal(error.key, self.t(f"error.{error.key}", **values), error.values)

    def _in_words(self, value: object) -> object:
        if isinstance(value, RoleNames):
            return self.role_words(value)
        return self.texts.number(value) if isinstance(value, Decimal) else value

    def role_words(self, names: RoleNames) -> str:
        """Roles as people call them; one that the MES made up is called as there."""
        known = self.texts.keys()
        return ", ".join(self.t(f"role.{role}") if f"role.{role}" in known else role for role in names.roles)

    def report(self, error: BaseException) -> FaultReport:
        """Log a bug under a number, and say the number."""
        self._faults += 1
        number = f"{self.clock.now():%H%M%S}-{self._faults}"
        _log.error("fault %s", number, exc_info=error)
        return FaultReport(number, self.t("fault.words", number=number))

    def _note_failure(self, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            _log.error("a draft could not be kept", exc_info=error)

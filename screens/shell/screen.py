"""What every screen is: it loads a view of the records, shows it, and offers a few actions."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import ClassVar, Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from hmi.domain.changes import Changes, Family
from hmi.domain.codes import Meaning
from hmi.domain.entries import Entry
from hmi.domain.signals import Measured
from hmi.ports import Operation, Records, Saved
from hmi.terminal import FaultReport, Outcome, Refusal, Terminal
from screens.entry_words import describe
from screens.shell.actions import Action, Offer

# stands before the id of an asset, where a subject may also be something else
ASSET = "asset:"
# stands before the id of a person whose badge was read, where the PIN is asked for
BADGE = "badge:"

V = TypeVar("V")
W = TypeVar("W")


class Said(Enum):
    """How the answer line is to look."""

    SAVED = "saved"
    REFUSED = "refused"
    NOTE = "note"


class Screen(QWidget, Generic[V]):
    """One page inside the frame.

    `load(records)` runs on the ledger thread and returns a frozen view V; `show_view(view)` paints it on
    the GUI thread. The window calls `refresh` when a touched family is among `families`, if it is visible.
    `declared` names everything that can be done here and `doing()` does it; what is offered now
    (`offers()`) is shown in the action bar after each change (emit `actions_changed`).
    """

    families: ClassVar[frozenset[Family]] = frozenset()
    rail: ClassVar[str] = ""
    declared: ClassVar[tuple[Action, ...]] = ()
    actions_changed = Signal()
    # id of another screen, and what it is to show there ("" for nothing)
    goes_to = Signal(str, str)
    # Said, words
    says = Signal(object, str)
    # ids of the entries that a wish saved
    saved_entries = Signal(object)

    def __init__(self, terminal: Terminal) -> None:
        """Build the widgets once; texts come from `terminal.t`."""
        super().__init__()
        self.terminal = terminal
        self._stale = True
        self._loading = False
        self._done: tuple[str, object] | None = None  # the newest entry of a wish, and that wish

    # ------------------------------------------------------------- what a screen writes itself

    def loader(self) -> Callable[[Records], V]:
        """A function that reads this screen's view on the ledger thread; it must not touch widgets."""
        raise NotImplementedError(type(self).__name__)

    def show_view(self, view: V) -> None:
        """Show a view that was loaded."""
        raise NotImplementedError(type(self).__name__)

    def offers(self) -> Sequence[Offer]:
        """The actions of now, each one of `declared`; the frame adds its own."""
        return tuple(Offer(action.id) for action in self.declared if not action.on_page)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """What each action of the bar does, and each one on the page that has a key."""
        return {}

    def open_subject(self, subject: str) -> None:
        """Show this subject (an order, a stop, a repair) from now on; called before it becomes visible."""

    def take_over(self, before: "Screen[V]") -> None:
        """Go on where this screen was in another language: what was half entered and is no draft."""

    def take_scan(self, meaning: Meaning) -> bool:
        """Take a scan that this screen expects; False passes it on."""
        return False

    def take_measurement(self, measured: Measured) -> bool:
        """Take what a scale or gauge says, or say why not; False: nothing is measured on this screen."""
        return False

    def show_readings(self, tags: frozenset[str]) -> None:
        """Some tags have new readings; called at display rate while visible."""

    def tick(self) -> None:
        """A quarter of a second went by while visible: ages and durations."""

    # ------------------------------------------------------------- what the window calls

    def act(self, action: str) -> None:
        """An action was touched. KeyError where it is none of this screen: a bug."""
        self.doing()[action]()

    def key_of(self, action: str) -> str:
        """The key that was declared for an action."""
        return next(declared.key for declared in self.declared if declared.id == action)

    def note(self, changes: Changes) -> None:
        """Remember that the view is old, and look again if anybody looks."""
        if changes.touch(self.families):
            self._stale = True
            if self.isVisible():
                self.refresh()

    def refresh(self) -> None:
        """Load and show the newest view; while one is loading, one more follows at most."""
        if self._loading:
            self._stale = True
            return
        self._loading, self._stale = True, False
        self.terminal.read(self.loader(), self._loaded, self._not_loaded)

    def _loaded(self, view: V) -> None:
        self._loading = False
        self.show_view(view)
        self.actions_changed.emit()
        if self._stale and self.isVisible():
            self.refresh()

    def _not_loaded(self, why: Refusal | FaultReport) -> None:
        """Say it and keep the old view; the next change of the records tries again."""
        self._loading, self._stale = False, True
        self.says.emit(Said.REFUSED, why.words)

    # ------------------------------------------------------------- wishes

    def wish(
        self,
        operation: Operation[W],
        wish: W,
        saved_words: str,
        then: Callable[[Sequence[Entry]], None] | None = None,
        *,
        entry_id: str | None = None,
        draft: tuple[str, str, str] | None = None,
    ) -> None:
        """Do it; say `saved_words` after the commit, or why it was refused. `then` gets the entries.

        `entry_id` stands for one choice of one opened form, so that touching twice saves once. Where the
        journal has it already from another wish, that one is told, and `then` gets its entry.
        """

        def answered(outcome: Outcome) -> None:
            match outcome:
                case Saved(entries=entries, already=True) if self._done != (entries[0].id, wish):
                    self._tell_standing(entries[0])
                    if then is not None:
                        then(entries)
                case Saved(entries=entries):
                    self._done = (entries[0].id, wish) if entries else None
                    self.saved_entries.emit([entry.id for entry in entries])
                    self.says.emit(Said.SAVED, saved_words)
                    if then is not None:
                        then(entries)
                case Refusal(words=words) | FaultReport(words=words):
                    self.says.emit(Said.REFUSED, words)
            self.actions_changed.emit()

        self.terminal.do(operation, wish, answered, entry_id=entry_id, draft=draft)

    def _tell_standing(self, entry: Entry) -> None:
        terminal = self.terminal

        def tell(what: str) -> None:
            self.says.emit(Said.NOTE, terminal.t("shell.already", what=what))

        def failed(why: Refusal | FaultReport) -> None:
            self.says.emit(Said.REFUSED, why.words)

        terminal.read(lambda records: describe(terminal, entry, records), tell, failed)

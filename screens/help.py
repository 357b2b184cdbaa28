"""Call for help: whom, in one touch, and what became of the call."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from hmi.domain.changes import Family
from hmi.domain.entries import Entry, EntryRow, ReceiptState
from hmi.domain.payloads import HelpCalled
from hmi.domain.signals import LinkState
from hmi.ids import new_id
from hmi.operations.personnel import CallHelp, call_help
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.kit import icons, labels, theme
from screens.kit.cards import SelectableCard
from screens.kit.heading import PageHeading
from screens.kit.theme import Scale, Tone
from screens.receipts import LOOKS, mes_status
from screens.shell.actions import BACK, Action
from screens.shell.screen import Screen
from screens.times import clock

Whom = Literal["team_lead", "maintenance", "quality", "logistics"]
PEOPLE: tuple[tuple[Whom, str], ...] = (
    ("team_lead", "person"),
    ("maintenance", "wrench"),
    ("quality", "shield"),
    ("logistics", "box"),
)
RECENT = timedelta(hours=1)
_LOOK_BACK = 400
_ICON = 64


@dataclass(frozen=True, slots=True)
class HelpView:
    """The newest call of the last hour for each of those who can be called."""

    calls: Mapping[str, EntryRow]


def help_loader(equipment: str, since: datetime) -> Callable[[Records], HelpView]:
    """A loader for the calls from this machine since a time."""

    def load(records: Records) -> HelpView:
        calls: dict[str, EntryRow] = {}
        rows = records.journal.of_subject("equipment", equipment, _LOOK_BACK)
        for row in sorted(rows, key=lambda found: (found.entry.epoch, found.entry.seq)):
            payload = row.entry.payload
            if isinstance(payload, HelpCalled) and row.entry.terminal_time >= since:
                calls[payload.whom] = row
        return HelpView(calls)

    return load


class Picture(QWidget):
    """A large icon in plain ink."""

    def __init__(self, icon: str) -> None:
        """The icon stays the same."""
        super().__init__()
        self._icon = icon
        self.setFixedSize(_ICON, _ICON)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        icons.paint_icon(QPainter(self), self._icon, QRectF(self.rect()), theme.current().ink)


class HelpTile(SelectableCard):
    """Icon, whom, what for, and how the last call stands."""

    def __init__(self, terminal: Terminal, whom: Whom, icon: str) -> None:
        """Everything but the last call stays the same."""
        name = terminal.t(f"help.whom.{whom}")
        super().__init__(f"help.{whom}", name)
        self._terminal = terminal
        self._picture = Picture(icon)
        self._last = labels.wrapped(scale=Scale.SMALL_STRONG, name=f"help.{whom}.last")
        words = QVBoxLayout()
        words.setSpacing(theme.GAP // 2)
        words.addStretch(1)
        words.addWidget(labels.wrapped(name, Scale.TITLE))
        words.addWidget(labels.body(terminal.t(f"help.what.{whom}")))
        words.addWidget(self._last)
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(theme.PAD)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        self.add(row, 1)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_call(None)

    def show_call(self, row: EntryRow | None) -> None:
        """Say how the last call stands; None when there was none lately."""
        self._last.setVisible(row is not None)
        if row is None:
            self._last.setText("")
            self.set_tone(Tone.NORMAL)
            return
        receipt, t = row.receipt, self._terminal.t
        tone = LOOKS[receipt.state].tone
        self.set_tone(tone)
        self._last.set_tone(tone)
        time = clock(self._terminal, row.entry.terminal_time)
        if receipt.state is ReceiptState.RECEIVED:
            received = clock(self._terminal, receipt.settled_at or row.entry.terminal_time)
            self._last.setText(t("help.last_received", time=time, received=received))
        elif receipt.state is ReceiptState.WAITING:
            self._last.setText(t("help.last_waiting", time=time))
        else:
            self._last.setText(t("help.last_refused", time=time, words=receipt.words or receipt.code or ""))


class HelpScreen(Screen[HelpView]):
    """Four tiles; nobody needs to be signed in."""

    families = frozenset({Family.EQUIPMENT, Family.RECEIPTS})
    rail = "run"
    declared = (
        BACK,
        Action("keys", "keys.open", "list", key="F2"),
        Action("call", "shell.call_help", writes=(HelpCalled,), on_page=True),
    )

    def __init__(self, terminal: Terminal) -> None:
        """Build the four tiles."""
        super().__init__(terminal)
        self._entry_ids = defaultdict[Whom, str](lambda: str(new_id()))
        equipment = terminal.config.terminal.station.rpartition("/")[2]
        self._heading = PageHeading(
            terminal.t("help.title"), eyebrow=terminal.t("help.eyebrow", equipment=equipment)
        )
        self._note = labels.wrapped(name="help.note")
        self._tiles: dict[Whom, HelpTile] = {whom: HelpTile(terminal, whom, icon) for whom, icon in PEOPLE}
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.PAD)
        for whom, tile in self._tiles.items():
            tile.touched.connect(partial(self._call, whom))
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        page.setSpacing(theme.PAD)
        page.addWidget(self._heading)
        page.addWidget(self._note)
        page.addLayout(self._grid, 1)
        self._place(2)
        self.tick()

    def loader(self) -> Callable[[Records], HelpView]:
        """See Screen."""
        return help_loader(self.terminal.config.terminal.equipment, self.terminal.clock.now() - RECENT)

    def show_view(self, view: HelpView) -> None:
        """See Screen."""
        for whom, tile in self._tiles.items():
            tile.show_call(view.calls.get(whom))

    def tick(self) -> None:
        """Say at once when the MES is lost: then nobody hears the call."""
        up = self._mes_is_up()
        self._note.setText(self.terminal.t("help.online" if up else "help.offline"))
        self._note.set_tone(Tone.NORMAL if up else Tone.OFFLINE)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {
            "back": lambda: self.goes_to.emit("run", ""),
            "keys": lambda: self.goes_to.emit("keys", ""),
        }

    def showEvent(self, event: QShowEvent) -> None:
        """Each opening is a new call; touching one tile twice while it is saved calls once."""
        super().showEvent(event)
        self._entry_ids.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column on a screen that is higher than wide."""
        super().resizeEvent(event)
        self._place(1 if self.height() > self.width() else 2)

    def _place(self, columns: int) -> None:
        for number, tile in enumerate(self._tiles.values()):
            self._grid.addWidget(tile, *divmod(number, columns))
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def _mes_is_up(self) -> bool:
        status = mes_status(self.terminal)
        return status is not None and status.state is LinkState.UP

    def _call(self, whom: Whom) -> None:
        key = "help.saved" if self._mes_is_up() else "help.saved_offline"
        words = self.terminal.t(key, whom=self.terminal.t(f"help.whom.{whom}"))
        self.wish(call_help, CallHelp(whom), words, self._called, entry_id=self._entry_ids[whom])

    def _called(self, _entries: Sequence[Entry]) -> None:
        self.goes_to.emit("run", "")

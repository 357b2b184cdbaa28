"""Keys: every action of every screen, its key, who may do it, and what it is entered as."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from hmi.domain.changes import Family
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.kit import theme
from screens.kit.heading import PageHeading
from screens.kit.touch_table import Column, Row, TouchTable
from screens.kit_words import sort_words
from screens.roles import role_names
from screens.shell.actions import BACK, FRAME, Action
from screens.shell.screen import Screen

_WIDE = 1100  # from this width on the screen has a column of its own


class KeysScreen(Screen[None]):
    """One table, the actions of the frame first, for whoever is signed in; a touch leads to the screen."""

    families = frozenset({Family.PEOPLE, Family.PLANS})
    rail = "run"
    declared = (BACK,)

    def __init__(self, screens: Callable[[], Mapping[str, Sequence[Action]]], terminal: Terminal) -> None:
        """`screens` tells the actions of every screen by its id."""
        super().__init__(terminal)
        t = terminal.t
        self._screens = screens
        self._heading = PageHeading(t("keys.title"))
        self._table = TouchTable(
            "keys.list",
            self._columns(),
            empty_text=t("keys.nothing"),
            up_text=t("kit.up"),
            down_text=t("kit.down"),
            sort=sort_words(terminal),
        )
        self._table.row_touched.connect(self._go)
        page = QVBoxLayout(self)
        page.setContentsMargins(theme.PAD, theme.PAD, theme.PAD, theme.PAD)
        page.setSpacing(theme.GAP)
        page.addWidget(self._heading)
        page.addWidget(self._table, 1)

    def loader(self) -> Callable[[Records], None]:
        """See Screen; roles come with the session, everything else is declared."""
        return lambda records: None

    def show_view(self, view: None) -> None:
        """See Screen."""
        rows = [self._row("frame", action) for action in FRAME]
        for screen, actions in self._screens().items():
            rows += [self._row(screen, action) for action in actions if action.id != BACK.id]
        self._heading.set_eyebrow(self.terminal.t("keys.eyebrow", count=len(rows)))
        self._table.set_columns(self._columns())
        self._table.set_rows(rows)

    def doing(self) -> Mapping[str, Callable[[], None]]:
        """See Screen."""
        return {"back": lambda: self.goes_to.emit("help", "")}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow page says screen and action in one column."""
        super().resizeEvent(event)
        self.show_view(None)

    def _go(self, row: str) -> None:
        screen = row.partition(".")[0]
        if screen != "frame":
            self.goes_to.emit(screen, "")

    def _columns(self) -> list[Column]:
        t = self.terminal.t
        columns = [
            Column(t("keys.what"), 3),
            Column(t("keys.key"), 1),
            Column(t("keys.who"), 3, muted=True),
            Column(t("keys.writes"), 3, muted=True),
        ]
        return [Column(t("keys.where"), 1.6), *columns] if self.width() >= _WIDE else columns

    def _row(self, screen: str, action: Action) -> Row:
        t = self.terminal.t
        known = self.terminal.texts.keys()
        where = t(f"rail.{screen}") if f"rail.{screen}" in known else t(f"keys.screen.{screen}")
        nothing = t("keys.nothing")
        who = role_names(self.terminal, action.permission) if action.permission else t("keys.everybody")
        writes = ", ".join(t(f"keys.entry.{payload.kind}") for payload in action.writes)
        cells = [t(action.text), action.key or nothing, who, writes or nothing]
        wide = self.width() >= _WIDE
        cells = [where, *cells] if wide else [f"{where} · {cells[0]}", *cells[1:]]
        return Row(f"{screen}.{action.id}", cells)

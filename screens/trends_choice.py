"""Which values a trend shows: every value that can be drawn, as large tiles to take and to leave."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmi.domain.tags import TagInfo, TagRole
from hmi.terminal import Terminal
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton
from screens.kit.cards import Card
from screens.kit.flow import FlowLayout
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale

MOST = 8
_AT_FIRST = 4


def drawable(terminal: Terminal) -> list[TagInfo]:
    """The values that can be drawn, those of the Run page first."""
    tags = [tag for tag in terminal.tags.values() if tag.role in (TagRole.VALUE, TagRole.SPEED)]
    return sorted(tags, key=lambda tag: (not tag.shown, tag.alarm is None))


def first_choice(terminal: Terminal) -> list[str]:
    """What is shown until somebody chooses: what the Run page shows, and what has alarms."""
    wanted = [tag.name for tag in drawable(terminal) if tag.shown or tag.alarm is not None]
    return (wanted or [tag.name for tag in drawable(terminal)])[:_AT_FIRST]


class TagChoice(Card):
    """Tiles; a touch takes a value or leaves it. `changed` tells the names in the order of the tiles."""

    changed = Signal(object)

    def __init__(self, terminal: Terminal) -> None:
        """Nothing is taken."""
        super().__init__(name="trends.choice")
        t = terminal.t
        self._taken: list[str] = []
        self._tiles: dict[str, ActionButton] = {}
        self._head = labels.wrapped(t("trends.choose", n=MOST), Scale.HEADING)
        inside = QWidget()
        tiles = FlowLayout(parent=inside)
        for tag in drawable(terminal):
            words = f"{tag.label} · {tag.unit}" if tag.unit else tag.label
            tile = ActionButton(words, name=f"trends.tag.{tag.name}")
            tile.clicked.connect(partial(self._touch, tag.name))
            self._tiles[tag.name] = tile
            tiles.addWidget(tile)
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, theme.GAP, 0, 0)
        box.addWidget(inside)
        box.addStretch(1)
        self.add(self._head)
        scroll = TouchScroll(page, name="trends.tags", up_text=t("kit.up"), down_text=t("kit.down"))
        self.add(scroll, 1)

    def show_taken(self, taken: Sequence[str]) -> None:
        """Mark what is taken."""
        self._taken = list(taken)
        for name, tile in self._tiles.items():
            tile.set_selected(name in self._taken)
            tile.set_icon("check" if name in self._taken else "")
            tile.setEnabled(name in self._taken or len(self._taken) < MOST)

    def _touch(self, name: str) -> None:
        taken = [*self._taken, name] if name not in self._taken else [n for n in self._taken if n != name]
        self.show_taken([tag for tag in self._tiles if tag in taken])
        self.changed.emit(list(self._taken))

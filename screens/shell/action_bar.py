"""The action bar: the few things to do here, always in the same place, and the answer to the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QEvent, QObject, QRectF, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from screens.kit import painting, theme
from screens.kit.answer_line import AnswerLine
from screens.kit.buttons import ActionButton, Kind
from screens.kit.touch import retire


class Align(StrEnum):
    """On which side of the bar an action stands."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class ActionButtonSpec:
    """One action of a screen as the bar shows it; `why` says who may, where whoever is there may not."""

    id: str
    text: str
    icon: str = ""
    kind: Kind = Kind.NORMAL
    enabled: bool = True
    align: Align = Align.LEFT
    shortcut: str = ""
    why: str = ""


class ActionBar(QWidget):
    """The bar of 88 px at the bottom; texts break into two lines where room is short."""

    triggered = Signal(str)
    # the words of a refusal: an action was asked for that whoever is there may not do
    refused = Signal(str)

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("action_bar")
        self.setFixedHeight(theme.BAR)
        self._specs: tuple[ActionButtonSpec, ...] = ()
        self._buttons: dict[str, ActionButton] = {}
        self._barred: list[QShortcut] = []
        self.answer = AnswerLine("action_bar.answer")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.GAP)
        self._row.setSpacing(theme.GAP)
        self._row.addStretch(1)
        self._row.addWidget(self.answer)

    def set_actions(self, actions: Sequence[ActionButtonSpec]) -> None:
        """Show these actions; what only changed its word or its being enabled keeps its button."""
        specs = tuple(actions)
        if specs == self._specs:
            return
        same = [_face(spec) for spec in specs] == [_face(spec) for spec in self._specs]
        self._specs = specs
        if not same:
            self._rebuild()
        for spec in specs:
            button = self._buttons[spec.id]
            button.set_text(spec.text)
            button.setEnabled(spec.enabled)
        self._bar_keys()

    def _bar_keys(self) -> None:
        """The key of a disabled button says why, as touching it does."""
        for shortcut in self._barred:
            shortcut.setEnabled(False)
            shortcut.deleteLater()
        self._barred = []
        for spec in self._specs:
            if spec.why and spec.shortcut:
                shortcut = QShortcut(QKeySequence(spec.shortcut), self)
                shortcut.activated.connect(partial(self.refused.emit, spec.why))
                self._barred.append(shortcut)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A touch on a button that is disabled for whoever is there says who may."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            why = next((spec.why for spec in self._specs if self._buttons[spec.id] is watched), "")
            if why:
                self.refused.emit(why)
        return super().eventFilter(watched, event)

    def _rebuild(self) -> None:
        for button in self._buttons.values():
            self._row.removeWidget(button)
            retire(button)
        self._buttons = {}
        self._row.removeWidget(self.answer)
        self._row.takeAt(0)
        for spec in self._specs:
            self._buttons[spec.id] = self._button(spec)
        for spec in self._specs:
            if spec.align is Align.LEFT:
                self._row.addWidget(self._buttons[spec.id])
        self._row.addStretch(1)
        self._row.addWidget(self.answer)
        for spec in self._specs:
            if spec.align is Align.RIGHT:
                self._row.addWidget(self._buttons[spec.id])

    def _button(self, spec: ActionButtonSpec) -> ActionButton:
        made = ActionButton(
            spec.text, name=f"action.{spec.id}", kind=spec.kind, icon=spec.icon, shortcut=spec.shortcut
        )
        made.installEventFilter(self)
        made.clicked.connect(lambda: self._clicked(made, spec.id))
        return made

    def _clicked(self, button: ActionButton, action: str) -> None:
        """A touch or a key may still be on its way to a button of the page before: it does nothing here."""
        if self._buttons.get(action) is button:
            self.triggered.emit(action)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line above."""
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(self.rect(), painting.brush(colours.panel))
        painter.fillRect(QRectF(0, 0, self.width(), 2), painting.brush(colours.line))


def _face(spec: ActionButtonSpec) -> tuple[str, str, Kind, Align, str]:
    return spec.id, spec.icon, spec.kind, spec.align, spec.shortcut

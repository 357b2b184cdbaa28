"""Steps to be done one after the other, each with who did it and when."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from screens.kit import icons, labels, painting, theme
from screens.kit.theme import Scale, Tone
from screens.kit.touch import Touchable, retire

_BOX = 24.0


@dataclass(frozen=True)
class Step:
    """One step: what is to be done, and once it is done by whom and when."""

    id: str
    text: str
    done: bool = False
    who: str = ""
    time: str = ""
    tone: Tone = Tone.NORMAL


class _StepRow(Touchable):
    def __init__(self, name: str, step: Step) -> None:
        super().__init__(name, step.text)
        self._step = step
        self._fonts = (theme.font(Scale.BODY), theme.font(Scale.SMALL))
        self.setMinimumHeight(theme.TOUCH)

    def show_step(self, step: Step) -> None:
        self._step = step
        self.setText(step.text)
        self.setAccessibleName(" ".join(part for part in (step.text, step.who, step.time) if part))
        self.setChecked(step.done)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        signal = colours.signal(self._step.tone)
        rect = QRectF(self.rect())
        if self.isDown():
            painting.surface(painter, rect, colours.pressed, None, 0, theme.RADIUS - 4)
        painter.fillRect(QRectF(0, rect.height() - 1, rect.width(), 1), painting.brush(colours.line))
        box = QRectF(8, rect.center().y() - _BOX / 2, _BOX, _BOX)
        edge = colours.ink if self._step.done else colours.action.edge
        painting.surface(painter, box, colours.field, edge, theme.STROKE, 4)
        if self._step.done:
            icons.paint_icon(painter, "check", box.adjusted(3, 3, -3, -3), colours.ink)
        body, small = self._fonts
        right = rect.right() - 8
        end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        beside = "   ".join(part for part in (self._step.who, self._step.time) if part)
        if beside:
            width = min(painting.text_width(beside, small) + 2, rect.width() * 0.42)
            block = painting.lines(beside, small, width, 2)
            painting.draw_lines(
                painter, QRectF(right - width, 0, width, rect.height()), block, small, colours.muted, end
            )
            right -= width + 12
        left = box.right() + 12
        if icons.sign_of(self._step.tone):
            icons.paint_sign(painter, QRectF(left, rect.center().y() - 8, 16, 16), self._step.tone)
            left += 22
        block = painting.lines(self._step.text, body, right - left, 2)
        if len(block) > 1:
            body = small
            block = painting.lines(self._step.text, body, right - left, 2)
        painting.draw_lines(painter, QRectF(left, 0, right - left, rect.height()), block, body, signal.text)
        self.paint_ring(painter, rect)


class StepList(QWidget):
    """Rows of a finger's height named `<name>.<id>`; `touched(id)` leaves the judging to the screen."""

    touched = Signal(str)

    def __init__(self, name: str, *, empty_text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._rows: dict[str, _StepRow] = {}
        self._empty = labels.wrapped(empty_text, Scale.BODY, muted=True)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.GAP)
        self._box.addWidget(self._empty)

    def set_steps(self, steps: Sequence[Step]) -> None:
        """Show these steps in this order."""
        if [step.id for step in steps] != list(self._rows):
            for row in self._rows.values():
                self._box.removeWidget(row)
                retire(row)
            self._rows = {step.id: self._row(step) for step in steps}
        for step in steps:
            self._rows[step.id].show_step(step)
        self._empty.setVisible(not steps and bool(self._empty.text()))

    def _row(self, step: Step) -> _StepRow:
        made = _StepRow(f"{self.objectName()}.{step.id}", step)
        made.setCheckable(False)
        made.clicked.connect(lambda: self.touched.emit(step.id))
        self._box.addWidget(made)
        return made

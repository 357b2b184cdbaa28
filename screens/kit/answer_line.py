"""The answer to an entry: at once "saved on this terminal", and later the MES's receipt."""

from enum import StrEnum

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

_INSET = 14
_SIGN = 16
_GAP = 8


class Answer(StrEnum):
    """How far the entry has come."""

    SAVED = "saved"
    RECEIVED = "received"
    WAITING = "waiting"
    REFUSED = "refused"


_LOOK = {
    Answer.SAVED: (Tone.NORMAL, "check"),
    Answer.RECEIVED: (Tone.NORMAL, "inbox"),
    Answer.WAITING: (Tone.OFFLINE, "ring"),
    Answer.REFUSED: (Tone.HIGH, "triangle"),
}


class AnswerLine(QWidget):
    """One outlined line: words, sign, time; two lines of words before they elide. Empty, it takes no room."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._text, self._time, self._state = "", "", Answer.SAVED
        self._font = theme.font(Scale.SMALL_STRONG)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    @property
    def text(self) -> str:
        """The words shown."""
        return self._text

    @property
    def state(self) -> Answer:
        """What the line says has become of the entry."""
        return self._state

    def show_answer(self, text: str, time: str = "", state: Answer = Answer.SAVED) -> None:
        """Say what became of the last entry."""
        if (text, time, state) == (self._text, self._time, self._state) and not self.isHidden():
            return
        self._text, self._time, self._state = text, time, state
        self.setAccessibleName(f"{text} {time}".strip())
        self.show()
        self.updateGeometry()
        self.update()

    def clear(self) -> None:
        """Take the answer away."""
        self._text = ""
        self.hide()

    def _sides(self) -> float:
        time = painting.text_width(self._time, self._font) + _GAP if self._time else 0
        return time + _SIGN + _GAP + 2 * _INSET

    def sizeHint(self) -> QSize:
        """All words in one line."""
        return QSize(int(self._sides() + painting.text_width(self._text, self._font)) + 2, theme.TOUCH)

    def minimumSizeHint(self) -> QSize:
        """Sign, time and half of the words."""
        words = self._text.split() or [""]
        widest = max(painting.text_width(word, self._font) for word in words)
        least = min(widest, painting.text_width("MMMMMM", self._font))
        return QSize(int(self._sides() + least) + 2, theme.TOUCH)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the outline, words, sign and time."""
        painter = QPainter(self)
        colours = theme.current()
        tone, sign = _LOOK[self._state]
        signal = colours.signal(tone)
        rect = QRectF(self.rect())
        room = rect.width() - self._sides()
        block = painting.lines(self._text, self._font, room + 1, 2)
        outline = rect if len(block) > 1 else rect.adjusted(0, 8, 0, -8)
        edge = signal.edge if tone is not Tone.NORMAL else colours.line
        painting.surface(painter, outline, colours.card, edge, theme.STROKE, theme.RADIUS - 3)
        wide = max((painting.text_width(line, self._font) for line in block), default=0.0)
        words = QRectF(_INSET, rect.top(), wide + 1, rect.height())
        painting.draw_lines(painter, words, block, self._font, signal.text)
        box = QRectF(words.right() + _GAP - 1, rect.center().y() - _SIGN / 2, _SIGN, _SIGN)
        if sign == icons.sign_of(tone):
            icons.paint_sign(painter, box, tone)
        else:
            icons.paint_icon(painter, sign, box, signal.text)
        if self._time:
            time = QRectF(box.right() + _GAP, rect.top(), rect.right() - box.right() - _GAP, rect.height())
            painting.draw_text(painter, time, self._time, self._font, signal.text)

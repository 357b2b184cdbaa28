"""A place for a signature: what is signed and in which meaning, and who has signed it when."""

from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone
from screens.kit.touch import Touchable

_LOOK = {
    "open": (Tone.ACTION, "badge"),
    "asked": (Tone.ACTION, "scan"),
    "signed": (Tone.NORMAL, "check"),
    "refused": (Tone.HIGH, "triangle"),
}


class Signing(StrEnum):
    """How far a signature is: nobody has begun, a badge or PIN is asked for, it is given, it was refused."""

    OPEN = "open"
    ASKED = "asked"
    SIGNED = "signed"
    REFUSED = "refused"


class SignatureField(Touchable):
    """Meaning above ("Released by"), below it who and when, or what to do; a touch asks for the signature."""

    def __init__(self, name: str, meaning: str, parent: QWidget | None = None) -> None:
        super().__init__(name, meaning, parent)
        self._meaning, self._words, self._time = meaning, "", ""
        self._state = Signing.OPEN
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(theme.BAR)

    @property
    def state(self) -> Signing:
        """How far it is."""
        return self._state

    def show_signature(self, state: Signing, words: str, time: str = "") -> None:
        """Show who signed, whom it asks, or why it was refused; given, it is no longer touched."""
        self._state, self._words, self._time = state, words, time
        self.setEnabled(state is not Signing.SIGNED)
        self.setAccessibleName(" ".join(part for part in (self._meaning, words, time) if part))
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines in a wide card."""
        return QSize(3 * theme.RAIL, theme.BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field, its sign, and both lines."""
        painter, colours = QPainter(self), theme.current()
        tone, sign = _LOOK[self._state]
        signal = colours.signal(tone)
        rect = QRectF(self.rect())
        fill = colours.pressed if self.isDown() else colours.field
        given = self._state is Signing.SIGNED
        painting.surface(painter, rect, colours.card if given else fill, signal.edge, theme.STROKE)
        side = float(theme.ICON_RAIL)
        box = QRectF(rect.left() + theme.PAD, rect.center().y() - side / 2, side, side)
        if sign == icons.sign_of(tone):
            icons.paint_sign(painter, box, tone)
        else:
            icons.paint_icon(painter, sign, box, signal.text)
        small, strong = theme.font(Scale.SMALL), theme.font(Scale.STRONG)
        left = box.right() + theme.GAP
        end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        right = rect.right() - theme.PAD
        if self._time:
            wide = painting.text_width(self._time, small) + 1
            place = QRectF(right - wide, rect.top(), wide, rect.height())
            painting.draw_text(painter, place, self._time, small, colours.muted, end)
            right -= wide + theme.GAP
        step, high = painting.line_height(small), painting.line_height(strong)
        block = painting.lines(self._words, strong, right - left, 2)
        top = rect.center().y() - (step + high * len(block)) / 2
        painting.draw_text(
            painter, QRectF(left, top, right - left, step), self._meaning, small, colours.muted
        )
        words = QRectF(left, top + step, right - left, high * len(block))
        painting.draw_lines(painter, words, block, strong, colours.ink)
        self.paint_ring(painter, rect)

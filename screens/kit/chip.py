"""Chips: a shape, a few words and a time in an outline, to be read in one look."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

_INSET = 12
_SIGN = 15
_HEIGHT = 36
_LONG = 420  # px of words above which a chip that may breaks them into two lines


class Chip(QWidget):
    """Words in an outline of their tone; the words elide before the time does.

    With `breaking`, long words (a plant's own) stand in two lines, so that they leave room beside them.
    """

    def __init__(
        self,
        text: str = "",
        *,
        tone: Tone = Tone.NORMAL,
        sign: str | None = None,
        time: str = "",
        name: str = "",
        height: int = _HEIGHT,
        breaking: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._height, self._breaking, self._lines, self._words_wide = height, breaking, 1, 0.0
        self._word_font = theme.font(Scale.SMALL_STRONG)
        self._time_font = theme.bold_font(Scale.SMALL_STRONG)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._text, self._time, self._tone, self._sign = "", "", Tone.NORMAL, ""
        self.set(text, tone=tone, sign=sign, time=time)

    def set(self, text: str, *, tone: Tone = Tone.NORMAL, sign: str | None = None, time: str = "") -> None:
        """Show other words; `sign` is an icon name, by default the tone's own shape."""
        shape = icons.sign_of(tone) if sign is None else sign
        if (text, tone, time, shape) == (self._text, self._tone, self._time, self._sign):
            return
        self._text, self._tone, self._time, self._sign = text, tone, time, shape
        self.setAccessibleName(f"{text} {time}".strip())
        self._words_wide = self._break()
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        """The words shown."""
        return self._text

    def _sides(self) -> float:
        sign = _SIGN + 8 if self._sign else 0
        time = painting.text_width(self._time, self._time_font) + 12 if self._time else 0
        return sign + time + 2 * _INSET

    def _break(self) -> float:
        """Width in pixels that the words take, in as many lines as they are given."""
        wide = painting.text_width(self._text, self._word_font)
        self._lines = 2 if self._breaking and wide > _LONG else 1
        if self._lines == 1:
            return wide
        half = wide / 2
        while len(painting.lines(self._text, self._word_font, half)) > self._lines:
            half += _INSET
        return half

    def _high(self) -> int:
        return self._height + int((self._lines - 1) * painting.line_height(self._word_font))

    def sizeHint(self) -> QSize:
        """Everything in one line, or in two where it may break."""
        return QSize(int(self._sides() + self._words_wide + 2), self._high())

    def minimumSizeHint(self) -> QSize:
        """Shape, time and the start of the words."""
        least = min(
            painting.text_width(self._text, self._word_font), painting.text_width("MMM…", self._word_font)
        )
        return QSize(int(self._sides() + least + 2), self._high())

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the outline and its contents."""
        painter = QPainter(self)
        colours = theme.current()
        signal = colours.signal(self._tone)
        rect = QRectF(self.rect())
        painting.surface(painter, rect, colours.card, signal.edge, theme.STROKE, theme.RADIUS - 3)
        left = rect.left() + _INSET
        if self._sign:
            box = QRectF(left, rect.center().y() - _SIGN / 2, _SIGN, _SIGN)
            if self._sign == icons.sign_of(self._tone):
                icons.paint_sign(painter, box, self._tone)
            else:
                icons.paint_icon(painter, self._sign, box, signal.text)
            left += _SIGN + 8
        time_width = painting.text_width(self._time, self._time_font) if self._time else 0.0
        right = rect.right() - _INSET
        if self._time:
            box = QRectF(right - time_width - 1, rect.top(), time_width + 1, rect.height())
            painting.draw_text(
                painter, box, self._time, self._time_font, signal.text, Qt.AlignmentFlag.AlignCenter
            )
            right -= time_width + 12
        words = QRectF(left, rect.top(), right - left, rect.height())
        block = painting.lines(self._text, self._word_font, words.width(), self._lines)
        painting.draw_lines(painter, words, block, self._word_font, signal.text)

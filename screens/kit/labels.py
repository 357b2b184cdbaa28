"""The one place where text labels are made: plain text only, cut by an ellipsis or wrapped, never clipped."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from screens.kit import painting, theme
from screens.kit.theme import Scale, Tone


class InkLabel(QLabel):
    """A label that takes its ink from the theme at each painting."""

    def __init__(self, text: str, font: QFont, *, muted: bool, tone: Tone, name: str) -> None:
        super().__init__()
        self._muted = muted
        self._tone = tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setOpenExternalLinks(False)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setObjectName(name)
        self.setFont(font)
        self.setText(text)

    def set_tone(self, tone: Tone) -> None:
        """Give the text the ink of a tone."""
        if tone != self._tone:
            self._tone = tone
            self.update()

    def set_muted(self, muted: bool) -> None:
        """Step the text back, or bring it forward."""
        if muted != self._muted:
            self._muted = muted
            self.update()

    def ink(self) -> str:
        """The colour of the text now."""
        colours = theme.current()
        if self._tone is not Tone.NORMAL:
            return colours.signal(self._tone).text
        if not self.isEnabled():
            return colours.disabled
        return colours.muted if self._muted else colours.ink


class ElidedLabel(InkLabel):
    """One line; what does not fit is replaced by an ellipsis."""

    def __init__(self, text: str, font: QFont, *, muted: bool, tone: Tone, name: str) -> None:
        super().__init__(text, font, muted=muted, tone=tone, name=name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The whole line."""
        width = painting.text_width(self.text(), self.font())
        return QSize(int(width) + 2, int(painting.line_height(self.font()) + 0.5))

    def minimumSizeHint(self) -> QSize:
        """Room for a letter and the ellipsis."""
        least = min(painting.text_width("M…", self.font()), painting.text_width(self.text(), self.font()))
        return QSize(int(least) + 2, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        painter = QPainter(self)
        rect = QRectF(self.contentsRect())
        painting.draw_text(painter, rect, self.text(), self.font(), self.ink(), self.alignment())


class WrapLabel(InkLabel):
    """Text in as many lines as it needs; its height follows its width.

    It claims the height of its present width instead of Qt's height-for-width, which would turn the
    preferred height of every neighbour in the same card into a minimum.
    """

    def __init__(self, text: str, font: QFont, *, muted: bool, tone: Tone, name: str, limit: int = 0) -> None:
        super().__init__(text, font, muted=muted, tone=tone, name=name)
        self._claimed, self._limit = 0, limit
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def height_at(self, width: int) -> int:
        """Height in pixels that all lines need at this width."""
        count = len(painting.lines(self.text(), self.font(), width, self._limit))
        return int(count * painting.line_height(self.font()) + 0.99)

    def _height_now(self) -> int:
        self._claimed = self.height_at(self.width() if self.testAttribute(_PLACED) else _WIDEST)
        return self._claimed

    def sizeHint(self) -> QSize:
        """One line where there is room."""
        width = min(int(painting.text_width(self.text(), self.font())) + 2, _WIDEST)
        return QSize(width, self._height_now())

    def minimumSizeHint(self) -> QSize:
        """Room for a short word, and for every line at the present width."""
        width = min(painting.text_width(self.text(), self.font()), painting.text_width("MMMM", self.font()))
        return QSize(int(width) + 2, self._height_now())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        if self.height_at(self.width()) != self._claimed:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all lines."""
        painter = QPainter(self)
        rect = QRectF(self.contentsRect())
        block = painting.lines(self.text(), self.font(), rect.width(), self._limit)
        painting.draw_lines(painter, rect, block, self.font(), self.ink(), self.alignment())


_PLACED = Qt.WidgetAttribute.WA_Resized
_WIDEST = 1600


def label(
    text: str = "",
    scale: Scale = Scale.BODY,
    *,
    muted: bool = False,
    tone: Tone = Tone.NORMAL,
    name: str = "",
) -> ElidedLabel:
    """A line of text."""
    return ElidedLabel(text, theme.font(scale), muted=muted, tone=tone, name=name)


def wrapped(
    text: str = "",
    scale: Scale = Scale.BODY,
    *,
    muted: bool = False,
    tone: Tone = Tone.NORMAL,
    name: str = "",
    limit: int = 0,
) -> WrapLabel:
    """Text that may need several lines; the last of `limit` lines is shortened (0: as many as it needs)."""
    return WrapLabel(text, theme.font(scale), muted=muted, tone=tone, name=name, limit=limit)


def eyebrow(text: str = "", *, exact: bool = False) -> ElidedLabel:
    """The small heading of a card or a page, upper-cased unless `exact` (units, symbols)."""
    return ElidedLabel(text, theme.eyebrow_font(exact=exact), muted=True, tone=Tone.NORMAL, name="")


def wrapped_eyebrow(text: str = "") -> WrapLabel:
    """The same above a page's title, where it may take two lines."""
    return WrapLabel(text, theme.eyebrow_font(), muted=True, tone=Tone.NORMAL, name="")


def title(text: str = "", limit: int = 0) -> WrapLabel:
    """The heading of a page, in as many lines as it needs or as `limit` allows."""
    return wrapped(text, Scale.TITLE, limit=limit)


def body(text: str = "") -> WrapLabel:
    """Running text."""
    return wrapped(text, Scale.BODY)


def muted(text: str = "") -> WrapLabel:
    """Running text of second rank."""
    return wrapped(text, Scale.SMALL, muted=True)


def value(text: str = "") -> ElidedLabel:
    """A figure to be read from two metres."""
    return label(text, Scale.VALUE)


def spacer() -> QWidget:
    """Room that takes what is left in a row."""
    made = QWidget()
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made

"""Buttons with a word, an icon and their key, in the few kinds that the screens know."""

from enum import StrEnum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale
from screens.kit.touch import Touchable

_ICON_GAP = 10
_INSET = 20
_TIGHT = 8


class Kind(StrEnum):
    """NORMAL outlined, PRIMARY filled, WARNING orange outline, HELP with the hand, QUIET without outline."""

    NORMAL = "normal"
    PRIMARY = "primary"
    WARNING = "warning"
    HELP = "help"
    QUIET = "quiet"


class ActionButton(Touchable):
    """One thing to do here; `main` is 64 px high, else 56 px.

    Text breaks into two lines where it must; narrower than its words, the icon alone is shown.
    """

    def __init__(
        self,
        text: str,
        *,
        name: str,
        kind: Kind = Kind.NORMAL,
        icon: str = "",
        shortcut: str = "",
        main: bool = True,
        scale: Scale = Scale.STRONG,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, text, parent)
        self._kind = kind
        self._icon = icon or ("hand" if kind is Kind.HELP else "")
        self._selected = False
        self._icon_size = float(theme.ICON_RAIL if scale is Scale.TITLE else theme.ICON)
        self.setFont(theme.font(scale))
        self._text_font = theme.bold_font(scale) if scale is Scale.STRONG else theme.font(scale)
        self.setMinimumHeight(theme.MAIN if main else theme.TOUCH)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        if shortcut:
            self.setShortcut(QKeySequence(shortcut))

    def set_text(self, text: str) -> None:
        """Show another word; the key stays."""
        if text != self.text():
            keys = self.shortcut()
            self.setText(text)
            self.setShortcut(keys)
            self.setAccessibleName(text)
            self.updateGeometry()

    def set_icon(self, icon: str) -> None:
        """Show another icon, or none."""
        if icon != self._icon:
            self._icon = icon
            self.updateGeometry()
            self.update()

    def set_kind(self, kind: Kind) -> None:
        """Change what the button is."""
        if kind is not self._kind:
            self._kind = kind
            self.update()

    def set_selected(self, selected: bool) -> None:
        """Mark the button as the chosen one of a group."""
        if selected != self._selected:
            self._selected = selected
            self.update()

    def _key_text(self) -> str:
        return self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def _side(self) -> float:
        return self._icon_size + (_ICON_GAP if self.text() else 0) if self._icon else 0.0

    def sizeHint(self) -> QSize:
        """Icon and whole text in one line, in units of comfortable width."""
        width = painting.text_width(self.text(), self._text_font) + self._side() + 2 * _INSET
        if self._key_text():
            width = max(width, painting.text_width(self._key_text(), theme.font(Scale.AXIS)) + 2 * _INSET)
        return QSize(max(int(width + 1), theme.TOUCH), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """The narrowest width at which two lines show the whole text."""
        width = self._least_words() + self._side() + 2 * _TIGHT
        return QSize(max(int(width + 1), theme.TOUCH), self.minimumHeight())

    def _least_words(self) -> float:
        words = self.text().split() or [""]
        widest = max(painting.text_width(word, self._text_font) for word in words)
        return max(
            widest, painting.text_width(self.text(), self._text_font) * 0.56 if len(words) > 1 else 0.0
        )

    def _colours(self) -> tuple[str, str | None, str, float]:
        colours = theme.current()
        down = self.isDown()
        if not self.isEnabled():
            return colours.panel, colours.edge, colours.disabled, theme.STROKE
        if self._kind is Kind.PRIMARY:
            action = colours.action
            return (colours.action_pressed if down else action.fill), action.edge, action.on, theme.STROKE
        fill = colours.pressed if down else colours.field
        if self._selected:
            return fill, colours.action.edge, colours.ink, theme.BOLD
        if self._kind in (Kind.WARNING, Kind.HELP):
            return fill, colours.high.edge, colours.ink, theme.BOLD
        if self._kind is Kind.QUIET:
            return (fill if down else colours.panel), None, colours.ink, theme.STROKE
        return fill, colours.edge, colours.ink, theme.STROKE

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, icon, text and the key's name."""
        painter = QPainter(self)
        rect = QRectF(self.rect())
        fill, edge, ink, width = self._colours()
        painting.surface(painter, rect, fill, edge, width, dash=not self.isEnabled())
        roomy = rect.width() >= self.sizeHint().width()
        inner = rect.adjusted(_INSET if roomy else _TIGHT, 2, -(_INSET if roomy else _TIGHT), -2)
        key = self._key_text()
        if key:
            below = QRectF(inner.left(), rect.bottom() - 19, inner.width(), 16)
            muted = ink if self._kind is Kind.PRIMARY else theme.current().muted
            painting.draw_text(
                painter, below, key, theme.font(Scale.AXIS), muted, Qt.AlignmentFlag.AlignCenter
            )
            inner.setBottom(inner.bottom() - 12)
        side = self._side()
        if self._icon and inner.width() < self._least_words() + side:
            icons.paint_icon(painter, self._icon, _centred(rect, self._icon_size), ink)
            self.paint_ring(painter, rect)
            return
        block = painting.lines(self.text(), self._text_font, max(inner.width() - side, 1), 2)
        wide = max((painting.text_width(line, self._text_font) for line in block), default=0.0)
        left = inner.left() + max((inner.width() - side - wide) / 2, 0)
        if self._icon:
            size = self._icon_size
            box = QRectF(left, inner.center().y() - size / 2, size, size)
            icons.paint_icon(painter, self._icon, box, ink)
        words = QRectF(left + side, inner.top(), wide + 1, inner.height())
        painting.draw_lines(painter, words, block, self._text_font, ink, Qt.AlignmentFlag.AlignCenter)
        self.paint_ring(painter, rect)


def _centred(rect: QRectF, size: float) -> QRectF:
    return QRectF(rect.center().x() - size / 2, rect.center().y() - size / 2, size, size)

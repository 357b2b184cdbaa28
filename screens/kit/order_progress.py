"""How far an order is: good, scrap and what is left of its plan, as a bar and in figures."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, painting, theme
from screens.kit.theme import Scale, Tone

_BAR = 22.0
_SIGN = 16.0


class OrderProgress(QWidget):
    """Good parts dark, scrap orange with its triangle; counts in the order's own unit."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._good, self._scrap, self._plan = 0.0, 0.0, 0.0
        self._good_text, self._scrap_text, self._plan_text = "", "", ""
        self._strong = theme.bold_font(Scale.STRONG)
        self._plain = theme.font(Scale.BODY)
        self._claimed = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_counts(
        self, good: float, scrap: float, plan: float, *, good_text: str, scrap_text: str, plan_text: str
    ) -> None:
        """Counts for the bar, and the same in words ("1 230 good", "22 scrap", "of 2 000 · 52 min left")."""
        self._good, self._scrap, self._plan = good, scrap, plan
        self._good_text, self._scrap_text, self._plan_text = good_text, scrap_text, plan_text
        self.setAccessibleName(", ".join((good_text, scrap_text, plan_text)))
        self.updateGeometry()
        self.update()

    def _left_width(self) -> float:
        sides = painting.text_width(self._good_text, self._strong) + painting.text_width(
            self._scrap_text, self._strong
        )
        return sides + _SIGN + 24

    def _rows(self, width: float) -> int:
        return (
            1 if self._left_width() + painting.text_width(self._plan_text, self._plain) + 16 <= width else 2
        )

    def height_at(self, width: int) -> int:
        """Bar and one or two lines, in pixels."""
        return int(_BAR + 6 + self._rows(width) * painting.line_height(self._strong) + 1)

    def _height_now(self, least: int) -> int:
        self._claimed = self.height_at(max(self.width(), least))
        return self._claimed

    def sizeHint(self) -> QSize:
        """Bar and one line."""
        return QSize(480, self._height_now(200))

    def minimumSizeHint(self) -> QSize:
        """Bar and both lines."""
        return QSize(200, self._height_now(200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        if self.height_at(max(self.width(), 200)) != self._claimed:
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bar and figures."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        bar = QRectF(0, 0, self.width(), _BAR)
        whole = max(self._plan, self._good + self._scrap, 1e-9)
        good = bar.width() * self._good / whole
        scrap = bar.width() * self._scrap / whole
        scrap = max(scrap, 4.0) if self._scrap > 0 else 0.0
        good = min(good, bar.width() - scrap)
        painter.save()
        painter.setClipPath(painting.rounded(bar, 5))
        painter.fillRect(bar, painting.brush(colours.track))
        painter.fillRect(QRectF(0, 0, good, _BAR), painting.brush(colours.bar))
        if scrap:
            painter.fillRect(QRectF(good, 0, scrap, _BAR), painting.brush(colours.high.edge))
            painter.fillRect(QRectF(good + 1, 0, max(scrap - 2, 1), _BAR), painting.brush(colours.high.fill))
        if 0 < self._plan < whole:
            x = bar.width() * self._plan / whole
            painter.fillRect(QRectF(x - 3, 0, 6, _BAR), painting.brush(colours.card))
            painter.fillRect(QRectF(x - 1, 0, 2, _BAR), painting.brush(colours.ink))
        painter.restore()
        step = painting.line_height(self._strong)
        top = _BAR + 6
        wide = painting.text_width(self._good_text, self._strong) + 1
        painting.draw_text(painter, QRectF(0, top, wide, step), self._good_text, self._strong, colours.ink)
        x = wide + 16
        if self._scrap_text:
            tone = Tone.HIGH if self._scrap > 0 else Tone.NORMAL
            ink = colours.signal(tone).text if self._scrap > 0 else colours.muted
            if self._scrap > 0:
                icons.paint_sign(painter, QRectF(x, top + (step - _SIGN) / 2, _SIGN, _SIGN), tone)
                x += _SIGN + 6
            painting.draw_text(
                painter, QRectF(x, top, self.width() - x, step), self._scrap_text, self._strong, ink
            )
        rows = self._rows(self.width())
        line = QRectF(0, top + (rows - 1) * step, self.width(), step)
        if rows == 1:
            line.setLeft(self._left_width())
        side = Qt.AlignmentFlag.AlignRight if rows == 1 else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter
        painting.draw_text(painter, line, self._plan_text, self._plain, colours.muted, flags)

"""Ten keys for a PIN: what was keyed is shown as dots, kept nowhere, and forgotten with every answer."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from screens.kit import painting, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.keypad import KeypadWords
from screens.kit.theme import Scale

_MOST = 16
_DOT = 18.0
_ROWS = ("123", "456", "789")


class _Dots(QWidget):
    """One dot for each digit; their number is all that can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self.setFixedHeight(theme.MAIN)

    def show_count(self, count: int) -> None:
        self._count = count
        self.setAccessibleName("•" * count)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        rect = QRectF(self.rect())
        painting.surface(painter, rect, colours.field, colours.action.edge, theme.BOLD)
        step = min(_DOT * 1.8, (rect.width() - 24) / _MOST)
        left = rect.center().x() - step * (self._count - 1) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(painting.brush(colours.ink))
        for place in range(self._count):
            side = min(_DOT, step * 0.8)
            x = left + place * step
            painter.drawEllipse(QRectF(x - side / 2, rect.center().y() - side / 2, side, side))


class PinPad(QWidget):
    """`entered(str)` with the main key or Enter; the digits are forgotten at once, and when it is hidden."""

    entered = Signal(str)

    def __init__(self, name: str, words: KeypadWords, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._digits = ""
        self._dots = _Dots()
        self._main = ActionButton("", name=f"{name}.main", kind=Kind.PRIMARY, scale=Scale.HEADING)
        self._main.clicked.connect(self._enter)
        grid = QGridLayout()
        grid.setSpacing(theme.GAP)
        for row, digits in enumerate(_ROWS):
            for column, digit in enumerate(digits):
                grid.addWidget(self._key(digit, digit), row, column)
        grid.addWidget(self._key("clear", "C", spoken=words.clear), 3, 0)
        grid.addWidget(self._key("0", "0"), 3, 1)
        grid.addWidget(self._key("backspace", "", icon="backspace", spoken=words.backspace), 3, 2)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._dots)
        box.addLayout(grid, 1)
        box.addWidget(self._main)
        self.forget()

    def set_main_text(self, text: str) -> None:
        """Say what the main key does."""
        self._main.set_text(text)

    def forget(self) -> None:
        """Empty the pad."""
        self._set("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The physical keyboard; what it types goes no further."""
        key, typed = event.key(), event.text()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key == Qt.Key.Key_Backspace:
            self._press("backspace")
        elif key == Qt.Key.Key_Delete:
            self._press("clear")
        elif typed and typed in "0123456789":
            self._press(typed)
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody finds what somebody else has begun."""
        super().hideEvent(event)
        self.forget()

    def _key(self, part: str, text: str, *, icon: str = "", spoken: str = "") -> ActionButton:
        made = ActionButton(
            text, name=f"{self.objectName()}.{part}", icon=icon, main=False, scale=Scale.TITLE, parent=self
        )
        made.setAccessibleName(spoken or text)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        made.clicked.connect(lambda: self._press(part))
        return made

    def _press(self, part: str) -> None:
        if part == "clear":
            self.forget()
        elif part == "backspace":
            self._set(self._digits[:-1])
        elif len(self._digits) < _MOST:
            self._set(self._digits + part)

    def _set(self, digits: str) -> None:
        self._digits = digits
        self._dots.show_count(len(digits))
        self._main.setEnabled(bool(digits))

    def _enter(self) -> None:
        if self._digits:
            digits = self._digits
            self.forget()
            self.entered.emit(digits)

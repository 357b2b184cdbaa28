"""Our own keyboard for text, in the letters of the person's language; a physical keyboard works too."""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import painting, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.theme import Scale
from screens.kit.touch import retire

_QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LETTERS = MappingProxyType(
    {
        "en": _QWERTY,
        "zh": _QWERTY,
        "de": ("qwertzuiopü", "asdfghjklöä", "yxcvbnmß"),
        "es": ("qwertyuiop", "asdfghjklñ", "zxcvbnm", "áéíóúü¿¡"),
        "pl": ("qwertyuiop", "asdfghjkl", "zxcvbnm", "ąćęłńóśźż"),
    }
)
_DIGITS = "1234567890"
_MARKS = (".,:;-/()+%", "#&@!?=°Ø±µ", "'\"*_<>[]")
_MARKS_WITH_DIGITS = (_DIGITS, ".,:;-/()+%", "#&!?=°Ø±µ")


@dataclass(frozen=True)
class KeyboardWords:
    """The words on the keys that are not letters."""

    shift: str
    space: str
    backspace: str
    enter: str
    clear: str


class TextReadout(QWidget):
    """What was typed so far; its end is always in sight."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self._text, self._placeholder = "", placeholder
        self.setFixedHeight(theme.TOUCH)

    def show_text(self, text: str) -> None:
        """Show this text."""
        self._text = text
        self.setAccessibleName(text or self._placeholder)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the end of the text and the caret."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        painting.surface(painter, rect, colours.field, colours.action.edge, theme.BOLD)
        inner = rect.adjusted(14, 4, -18, -4)
        font = theme.font(Scale.STRONG)
        wide = painting.text_width(self._text, font)
        painter.save()
        painter.setClipRect(inner.adjusted(-2, 0, 6, 0))
        line = (
            inner
            if wide <= inner.width()
            else QRectF(inner.right() - wide, inner.top(), wide, inner.height())
        )
        if self._text:
            painting.draw_lines(painter, line, [self._text], font, colours.ink)
        else:
            painting.draw_text(
                painter, inner.adjusted(8, 0, 0, 0), self._placeholder, theme.font(Scale.BODY), colours.muted
            )
        caret = line.left() + wide + 2
        painter.fillRect(QRectF(caret, inner.center().y() - 13, 2, 26), painting.brush(colours.action.edge))
        painter.restore()


class Keyboard(QWidget):
    """Letters, figures and marks in keys of a finger's size.

    Letters with accents take the place of the row of figures, which are then among the marks;
    without `digits` there are three rows of plain letters, enough to search.

    Signals: `changed(str)` at every key, `entered(str)` at the main key or Enter.
    """

    changed = Signal(str)
    entered = Signal(str)

    def __init__(
        self,
        name: str,
        words: KeyboardWords,
        *,
        language: str = "en",
        placeholder: str = "",
        max_length: int = 200,
        readout: bool = True,
        digits: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._words, self._max_length, self._digits = words, max_length, digits
        self._letters = _LETTERS.get(language, _QWERTY)
        self._text, self._upper, self._marks = "", True, False
        self._readout = TextReadout(placeholder) if readout else None
        if self._readout is not None:
            self._readout.setParent(self)
        self._rows: list[list[ActionButton]] = []
        self._shift = self._special("shift", "", "shift", words.shift, self._toggle_case)
        self._symbols = self._special("marks", "?12", "", "?12", self._toggle_marks)
        self._back = self._special("backspace", "", "backspace", words.backspace, self._erase)
        self._space = self._special("space", words.space, "", words.space, lambda: self._type(" "))
        self._clear = self._special("clear", words.clear, "", words.clear, lambda: self.set_text(""))
        self._enter = ActionButton(
            words.enter, name=f"{name}.enter", kind=Kind.PRIMARY, main=False, parent=self
        )
        self._enter.clicked.connect(self._finish)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        rows = 4 + (1 if readout else 0) + (1 if digits else 0)
        self.setFixedHeight(rows * theme.TOUCH + (rows - 1) * theme.GAP)
        widest = max(10, *(len(row) for row in self._letters), len(self._letters[2]) + 2)
        self.setMinimumWidth(widest * (theme.TOUCH + theme.GAP) - theme.GAP)
        self._build()
        self.set_text("")

    def _special(self, part: str, text: str, icon: str, spoken: str, act: Callable[[], None]) -> ActionButton:
        made = ActionButton(text, name=f"{self.objectName()}.{part}", icon=icon, main=False, parent=self)
        made.setAccessibleName(spoken)
        made.clicked.connect(act)
        return made

    def _build(self) -> None:
        for row in self._rows:
            for key in row:
                retire(key)
        self._rows = [[self._letter(letter) for letter in row] for row in self._letter_rows()]
        self._arrange()

    def _letter(self, letter: str) -> ActionButton:
        made = ActionButton(
            self._cased(letter),
            name=f"{self.objectName()}.key.{letter}",
            main=False,
            scale=Scale.HEADING,
            parent=self,
        )
        made.clicked.connect(lambda: self._type(self._cased(letter)))
        made.show()
        return made

    def _cased(self, letter: str) -> str:
        return letter.upper() if self._upper and letter not in "ßµ" else letter

    def _show_case(self) -> None:
        for row, letters in zip(self._rows, self._letter_rows(), strict=True):
            for key, letter in zip(row, letters, strict=True):
                key.set_text(self._cased(letter))

    def _letter_rows(self) -> tuple[str, ...]:
        plain, more = self._letters[:3], self._letters[3:]
        if self._digits:
            return (_DIGITS, *_MARKS) if self._marks else (*(more or (_DIGITS,)), *plain)
        return _MARKS_WITH_DIGITS if self._marks else plain

    def _arrange(self) -> None:
        gap, high = theme.GAP, theme.TOUCH
        top = 0
        if self._readout is not None:
            self._readout.setGeometry(0, 0, self.width(), high)
            top = high + gap
        widest = max(*(len(row) for row in self._rows), len(self._rows[-1]) + 2)
        wide = (self.width() + gap) / widest - gap
        for number, row in enumerate(self._rows):
            used = len(row) * (wide + gap) - gap
            left = (self.width() - used) / 2
            y = top + number * (high + gap)
            for place, key in enumerate(row):
                x = round(left + place * (wide + gap))
                key.setGeometry(x, y, round(left + place * (wide + gap) + wide) - x, high)
            if number == len(self._rows) - 1:
                side = round(left - gap)
                self._shift.setGeometry(0, y, max(side, theme.TOUCH), high)
                self._back.setGeometry(self.width() - max(side, theme.TOUCH), y, max(side, theme.TOUCH), high)
        y = top + len(self._rows) * (high + gap)
        unit = (self.width() - 3 * gap) / 10
        spans = ((self._symbols, 1.5), (self._clear, 1.7), (self._space, 4.0), (self._enter, 2.8))
        x = 0.0
        for key, share in spans:
            key.setGeometry(round(x), y, round(x + unit * share) - round(x), high)
            x += unit * share + gap

    @property
    def text(self) -> str:
        """What was typed so far."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text; longer than the field it is cut."""
        text = text[: self._max_length]
        before, self._text = self._text, text
        if self._readout is not None:
            self._readout.show_text(text)
        if text != before:
            self.changed.emit(text)

    def set_main_text(self, text: str) -> None:
        """Name the main key."""
        self._enter.set_text(text)

    def take_key(self, event: QKeyEvent) -> bool:
        """Act on a physical key; True when it was one of ours."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif event.key() == Qt.Key.Key_Backspace:
            self._erase()
        elif event.text() and event.text().isprintable():
            self._type(event.text())
        else:
            return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The physical keyboard."""
        if not self.take_key(event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        self._arrange()

    def _type(self, letters: str) -> None:
        self.set_text(self._text + letters)
        if self._upper and letters.strip() and not self._marks:
            self._upper = False
            self._show_case()

    def _erase(self) -> None:
        self.set_text(self._text[:-1])

    def _toggle_case(self) -> None:
        self._upper = not self._upper
        self._show_case()

    def _toggle_marks(self) -> None:
        self._marks = not self._marks
        self._symbols.set_text("ABC" if self._marks else "?12")
        self._build()

    def _finish(self) -> None:
        self.entered.emit(self._text)

"""Our own keypad for numbers, made for one field: its unit, decimals, limits and sign; real keys work too."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from screens.kit import icons, painting, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.theme import Scale, Tone

_DIGITS = 12
_TALLEST_KEY = 100
_ROWS = (("7", "8", "9"), ("4", "5", "6"), ("1", "2", "3"))


@dataclass(frozen=True)
class KeypadWords:
    """The spoken names of the keys, and the decimal sign of the person's language."""

    clear: str
    backspace: str
    sign: str
    decimal_point: str = "."
    less: str = "−"
    more: str = "+"


class _NumberReadout(QWidget):
    """What was keyed so far, its unit, its name and its limits."""

    def __init__(self) -> None:
        super().__init__()
        self.label, self.limits, self.unit = "", "", ""
        self._text, self._tone = "", Tone.NORMAL
        self.setFixedHeight(theme.READOUT_BOX)

    def show_text(self, text: str, tone: Tone) -> None:
        self._text, self._tone = text, tone
        self.setAccessibleName(f"{self.label} {text} {self.unit} {self.limits}".strip())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        signal = colours.signal(self._tone)
        rect = QRectF(self.rect())
        edge = signal.edge if self._tone is not Tone.NORMAL else colours.action.edge
        painting.surface(painter, rect, colours.field, edge, theme.BOLD)
        inner = rect.adjusted(14, 6, -14, -6)
        small, right = theme.font(Scale.SMALL), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        step = painting.line_height(small)
        top = QRectF(inner.left(), inner.top(), inner.width(), step)
        limits = painting.text_width(self.limits, small)
        if self._tone is not Tone.NORMAL:
            box = QRectF(top.right() - min(limits, top.width() - 22) - 22, top.center().y() - 8, 16, 16)
            icons.paint_sign(painter, box, self._tone)
        label = QRectF(top.left(), top.top(), max(top.width() - limits - 28, 0), step)
        painting.draw_text(painter, label, self.label, small, colours.muted)
        words = QRectF(
            top.right() - min(limits + 1, top.width() - 22),
            top.top(),
            min(limits + 1, top.width() - 22),
            step,
        )
        painting.draw_text(
            painter, words, self.limits, small, signal.text if self._tone else colours.muted, right
        )
        below = QRectF(inner.left(), top.bottom(), inner.width(), inner.bottom() - top.bottom())
        unit_font, font = theme.font(Scale.HEADING), theme.font(Scale.VALUE)
        unit = painting.text_width(self.unit, unit_font) + (8 if self.unit else 0)
        if painting.text_width(self._text, font) > below.width() - unit:
            font = theme.font(Scale.TITLE)
        shown = self._text or "–"
        painting.draw_text(painter, below.adjusted(0, 0, -unit, 0), shown, font, colours.ink, right)
        box = QRectF(below.right() - unit + 8, below.top() + 10, unit, below.height() - 10)
        painting.draw_text(painter, box, self.unit, unit_font, colours.muted)


class Keypad(QWidget):
    """Keys of a finger's size and one large main button; `entered` carries the judged value.

    Signals: `changed(Decimal | None)` at every key, `entered(Decimal)` at the main button or Enter,
    `refused(str)` with the limit text when the value lies outside its limits.
    """

    changed = Signal(object)
    entered = Signal(object)
    refused = Signal(str)

    def __init__(
        self, name: str, words: KeypadWords, *, readout: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._words = words
        self._text = ""
        self._decimals, self._signed = 0, False
        self._low: Decimal | None = None
        self._high: Decimal | None = None
        self._limit_text = ""
        self._step: Decimal | None = None
        self._main_enabled = True
        self._fresh = True
        self._readout = _NumberReadout() if readout else None
        keys = QWidget()
        keys.setMaximumHeight(4 * _TALLEST_KEY + 3 * theme.GAP)
        self._grid = QGridLayout(keys)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.GAP)
        self._digits = {str(digit): self._key(str(digit), str(digit)) for digit in range(10)}
        self._point = self._key("point", words.decimal_point)
        self._sign = self._key("sign", "+/−", spoken=words.sign)
        self._back = self._key("backspace", "", icon="backspace", spoken=words.backspace)
        self._clear = self._key("clear", "C", spoken=words.clear)
        self._main = ActionButton("", name=f"{name}.main", kind=Kind.PRIMARY, scale=Scale.HEADING)
        self._main.setMinimumHeight(theme.MAIN)
        self._main.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._main.setMaximumHeight(theme.BAR)
        self._main.clicked.connect(self._enter)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addStretch(1)
        self._less = self._key("less", "", icon="minus", spoken=words.less)
        self._more = self._key("more", "", icon="plus", spoken=words.more)
        self._top = QWidget()
        steps = QHBoxLayout(self._top)
        steps.setContentsMargins(0, 0, 0, 0)
        steps.setSpacing(theme.GAP)
        steps.addWidget(self._less)
        if self._readout is not None:
            steps.addWidget(self._readout, 1)
        steps.addWidget(self._more)
        box.addWidget(self._top)
        box.addWidget(keys, 1000)
        box.addWidget(self._main, 250)
        for row, digits in enumerate(_ROWS):
            for column, digit in enumerate(digits):
                self._grid.addWidget(self._digits[digit], row, column)
        for column in range(4):
            self._grid.setColumnStretch(column, 1)
        for row in range(4):
            self._grid.setRowStretch(row, 1)
        self.set_field(main_text="")

    def _key(self, part: str, text: str, *, icon: str = "", spoken: str = "") -> ActionButton:
        made = ActionButton(
            text, name=f"{self.objectName()}.{part}", icon=icon, main=False, scale=Scale.TITLE, parent=self
        )
        made.setAccessibleName(spoken or text)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        made.clicked.connect(lambda: self._press(part))
        return made

    def set_field(
        self,
        *,
        main_text: str,
        unit: str = "",
        decimals: int = 0,
        low: Decimal | None = None,
        high: Decimal | None = None,
        signed: bool = False,
        label: str = "",
        limit_text: str = "",
        step: Decimal | None = None,
    ) -> None:
        """Make the keypad for one field and empty it; `limit_text` says the limits in words ("0 to 500").

        With a `step`, two more keys go up and down by it and stop at the limits.
        """
        self._step = step
        self._less.setVisible(step is not None)
        self._more.setVisible(step is not None)
        self._top.setVisible(step is not None or self._readout is not None)
        self._decimals, self._signed, self._low, self._high = decimals, signed, low, high
        self._limit_text = limit_text
        self._main.set_text(main_text)
        if self._readout is not None:
            self._readout.label, self._readout.limits, self._readout.unit = label, limit_text, unit
        self.setAccessibleName(f"{label} {unit} {limit_text}".strip())
        grid = self._grid
        for key in (self._digits["0"], self._point, self._sign, self._back, self._clear):
            grid.removeWidget(key)
        self._point.setVisible(decimals > 0)
        self._sign.setVisible(signed)
        grid.addWidget(self._digits["0"], 3, 0, 1, 2 if decimals > 0 else 3)
        if decimals > 0:
            grid.addWidget(self._point, 3, 2)
        grid.addWidget(self._back, 0, 3, 2, 1)
        grid.addWidget(self._clear, 2, 3, 1 if signed else 2, 1)
        if signed:
            grid.addWidget(self._sign, 3, 3)
        self.clear()

    @property
    def text(self) -> str:
        """What was keyed so far, as shown."""
        return self._text

    @property
    def typed(self) -> str:
        """What was keyed so far as drafts keep it: a point as decimal sign, `-` as sign."""
        return self._text.replace(self._words.decimal_point, ".").replace("−", "-")

    def retype(self, typed: str) -> None:
        """Go on where a draft was left, half a number too; what is none for this field empties it."""
        digits = typed.lstrip("-").replace(".", "", 1)
        known = not digits or (digits.isascii() and digits.isdigit())
        shown = typed.replace("-", "−").replace(".", self._words.decimal_point) if known else ""
        self._fresh = False
        self._set_text(shown)

    @property
    def value(self) -> Decimal | None:
        """The number keyed so far; None while there is none."""
        try:
            return Decimal(self._text.replace(self._words.decimal_point, ".").replace("−", "-"))
        except InvalidOperation:
            return None

    @property
    def in_limits(self) -> bool:
        """Whether there is a number, and inside the limits of the field."""
        value = self.value
        if value is None:
            return False
        return not (self._low is not None and value < self._low) and not (
            self._high is not None and value > self._high
        )

    def set_value(self, value: Decimal | None) -> None:
        """Take a number from a gauge or a scan, rounded to the field's decimals; the next key starts anew."""
        text = "" if value is None else f"{value:.{self._decimals}f}"
        self._set_text(text.replace("-", "−").replace(".", self._words.decimal_point))
        self._fresh = True

    def paste(self, text: str) -> bool:
        """Take a number that was scanned or copied, with a point or a comma; False when it is none.

        Thousands are not guessed: "1.234,5" is no number here.
        """
        plain = text.strip().replace("−", "-").replace(",", ".")
        if not plain.isascii() or not plain.lstrip("+-").replace(".", "", 1).isdigit():
            return False
        value = Decimal(plain)
        if value < 0 and not self._signed:
            return False
        self.set_value(value)
        return True

    def _go(self, direction: int) -> None:
        if self._step is None:
            return
        start = self.value if self.value is not None else (self._low or Decimal(0)) - direction * self._step
        value = start + direction * self._step
        value = value if self._low is None else max(value, self._low)
        value = value if self._high is None else min(value, self._high)
        self.set_value(value)

    def clear(self) -> None:
        """Empty the field."""
        self._fresh = False
        self._set_text("")

    def set_main_text(self, text: str) -> None:
        """Say anew what the main button does, without touching what was keyed."""
        self._main.set_text(text)

    def set_main_enabled(self, enabled: bool) -> None:
        """Allow or forbid the main button beyond the keypad's own judgement."""
        self._main_enabled = enabled
        self._judge()

    def take_key(self, event: QKeyEvent) -> bool:
        """Act on a physical key; True when it was one of ours."""
        key, typed = event.key(), event.text()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif typed.isascii() and typed.isdigit():
            self._press(typed)
        elif typed in (".", ",") and self._decimals:
            self._press("point")
        elif typed in ("-", "+", "−") and self._signed:
            self._press("sign")
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._step is not None:
            self._go(1 if key == Qt.Key.Key_Up else -1)
        elif event.matches(QKeySequence.StandardKey.Paste):
            return self.paste(QGuiApplication.clipboard().text())
        elif key == Qt.Key.Key_Backspace:
            self._press("backspace")
        elif key == Qt.Key.Key_Delete:
            self._press("clear")
        else:
            return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The physical keyboard."""
        if not self.take_key(event):
            super().keyPressEvent(event)

    def _press(self, part: str) -> None:
        text, point = self._text, self._words.decimal_point
        if part == "clear":
            self.clear()
            return
        if part in ("less", "more"):
            self._go(1 if part == "more" else -1)
            return
        if part == "backspace":
            text = text[:-1]
        elif part == "sign":
            text = text[1:] if text.startswith("−") else f"−{text}"
        else:
            text = "" if self._fresh else text
            if part == "point":
                text = text if point in text else f"{text if text.strip('−') else text + '0'}{point}"
            elif self._takes_digit(text):
                text = f"−{part}" if text == "−0" else part if text == "0" else text + part
        self._fresh = False
        self._set_text(text)

    def _takes_digit(self, text: str) -> bool:
        _, found, after = text.partition(self._words.decimal_point)
        if found and len(after) >= self._decimals:
            return False
        return sum(letter.isdigit() for letter in text) < _DIGITS

    def _set_text(self, text: str) -> None:
        before, self._text = self._text, text
        self._judge()
        if text != before:
            self.changed.emit(self.value)

    def _judge(self) -> None:
        value = self.value
        outside = value is not None and not self.in_limits
        self._main.setEnabled(self._main_enabled and self.in_limits)
        if self._readout is not None:
            self._readout.show_text(self._text, Tone.HIGH if outside else Tone.NORMAL)

    def _enter(self) -> None:
        value = self.value
        if value is None or not self._main_enabled:
            return
        if not self.in_limits:
            self.refused.emit(self._limit_text)
            return
        self.entered.emit(value)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Four keys side by side and four rows, the readout and the main button."""
        readout = self._readout.height() + theme.GAP if self._readout is not None else 0
        height = 4 * theme.TOUCH + 4 * theme.GAP + theme.MAIN + readout
        return QSize(4 * theme.TOUCH + 3 * theme.GAP, height)

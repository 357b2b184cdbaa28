"""The values of one link as rows: figure, unit, quality and age, each told apart."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from hmi.domain.equipment import PackmlState
from hmi.domain.personnel import Permission
from hmi.domain.signals import Quality, Scalar
from hmi.domain.tags import TagInfo, TagRole
from hmi.terminal import Shown, Terminal
from screens.kit import icons, painting, theme
from screens.kit.buttons import ActionButton
from screens.kit.theme import Scale, Tone
from screens.times import spoken

DASHES = "– – –"
_TOP = 38.0  # px, where the note begins
_SIGN = 14
_INSET = 10
_TENTHS_UNTIL_MS = 10_000


def age_words(terminal: Terminal, age_ms: int) -> str:
    """An age as people say it: with tenths of a second while it is young."""
    if age_ms < _TENTHS_UNTIL_MS:
        seconds = terminal.texts.number(max(age_ms, 0) // 100 / 10, 1)
        return terminal.t("devices.tenths", seconds=seconds)
    return spoken(terminal, timedelta(milliseconds=age_ms))


def value_words(terminal: Terminal, tag: TagInfo, value: Scalar | None) -> str:
    """A value as people read it: states by their word, switches as yes and no, numbers as configured."""
    if value is None:
        return DASHES
    if isinstance(value, bool):
        return terminal.t("devices.yes" if value else "devices.no")
    if isinstance(value, str):
        return value
    states = {state.value: state.name.lower() for state in PackmlState}
    if tag.role is TagRole.STATE and value in states:
        return terminal.t(f"machine.{states[int(value)]}")
    return terminal.texts.number(value, 0 if isinstance(value, int) else tag.decimals)


class TagRow(QWidget):
    """One value: its name over quality and age, the figure at the right; hatched when it is old."""

    def __init__(self, terminal: Terminal, tag: TagInfo) -> None:
        """Dashes until something is heard."""
        super().__init__()
        self.setObjectName(f"devices.tag.{tag.name}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._terminal, self._tag = terminal, tag
        self._text, self._note = DASHES, terminal.t("devices.quality.none")
        self._tone, self._sign, self._stale = Tone.NORMAL, "", False
        self._claimed = 0
        self._describe()

    @property
    def tag(self) -> str:
        """The name of the tag."""
        return self._tag.name

    def show_newest(self) -> None:
        """Show the newest reading as far as it can be believed now."""
        shown = self._terminal.shown(self._tag.name)
        if shown is None:
            return
        said = self._said(shown)
        if said != (self._text, self._note, self._tone, self._sign, self._stale):
            self._text, self._note, self._tone, self._sign, self._stale = said
            self._describe()

    def _said(self, shown: Shown) -> tuple[str, str, Tone, str, bool]:
        t, reading = self._terminal.t, shown.reading
        age = age_words(self._terminal, shown.age_ms)
        text = value_words(self._terminal, self._tag, reading.value)
        quality = t(f"devices.quality.{reading.quality}")
        if reading.quality is Quality.BAD:
            words = reading.status_words or age
            told = t("devices.quality.told", quality=quality, words=words)
            return DASHES, told, Tone.HIGH, "cross", shown.stale
        if shown.stale:
            stale = t("devices.quality.stale")
            return text, t("devices.quality.aged", quality=stale, age=age), Tone.OFFLINE, "clock", True
        if reading.quality is Quality.UNCERTAIN:
            words = reading.status_words or age
            told = t("devices.quality.told", quality=quality, words=words)
            return text, told, Tone.HIGH, "warning", False
        return text, t("devices.quality.aged", quality=quality, age=age), Tone.NORMAL, "", False

    def _describe(self) -> None:
        self.setAccessibleName(f"{self._tag.label} {self._text} {self._tag.unit} {self._note}")
        self._claim()
        self.update()

    def _note_lines(self, width: float) -> list[str]:
        room = width - _INSET - (_SIGN + 6 if self._sign else 0)
        return painting.lines(self._note, theme.font(Scale.SMALL), room, 3)

    def _height_now(self) -> int:
        step = painting.line_height(theme.font(Scale.SMALL))
        width = self.width() if self.testAttribute(Qt.WidgetAttribute.WA_Resized) else theme.RAIL * 3
        self._claimed = int(_TOP + max(len(self._note_lines(width)), 1) * step + 10)
        return self._claimed

    def sizeHint(self) -> QSize:
        """Name and figure, and the note below them in as many lines as it needs."""
        return QSize(theme.RAIL * 3, self._height_now())

    def minimumSizeHint(self) -> QSize:
        """Room for a figure and the start of its name."""
        return QSize(theme.RAIL * 2, self._height_now())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the height that the new width needs."""
        super().resizeEvent(event)
        self._claim()

    def _claim(self) -> None:
        before = self._claimed
        if self._height_now() != before:
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a switch of theme."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row and the line below it."""
        painter = QPainter(self)
        colours = theme.current()
        rect = QRectF(self.rect())
        figure, unit_font = theme.font(Scale.TITLE), theme.font(Scale.BODY)
        unit = painting.text_width(self._tag.unit, unit_font) + 6 if self._tag.unit else 0.0
        named = painting.text_width(self._tag.label, theme.font(Scale.SMALL_STRONG))
        most = rect.width() - named - _INSET - 20
        for smaller in (Scale.HEADING, Scale.BODY, Scale.SMALL):
            if painting.text_width(self._text, figure) + unit + 2 > most:
                figure = theme.font(smaller)
        wide = min(painting.text_width(self._text, figure) + 2, most - unit)
        rect = rect.adjusted(0, 0, -_INSET, 0)
        value = QRectF(rect.right() - unit - wide, rect.top() + 3, wide, _TOP - 3)
        ink = colours.ink
        if self._stale:
            ground = value.adjusted(-_INSET, 0, unit + _INSET, 0)
            painting.surface(painter, ground, colours.band, None, 0, theme.RADIUS - 4)
            painting.hatch(painter, ground, colours.calm)
            ink = colours.muted
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painting.draw_lines(painter, value, painting.lines(self._text, figure, wide, 2), figure, ink, right)
        if unit:
            side = QRectF(rect.right() - unit, value.top() + 3, unit, value.height())
            painting.draw_text(painter, side, self._tag.unit, unit_font, colours.muted, right)
        label = QRectF(0, value.top(), max(value.left() - 18, 1), value.height())
        painting.draw_text(painter, label, self._tag.label, theme.font(Scale.SMALL_STRONG), colours.ink)
        self._paint_note(painter)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), painting.brush(colours.line))

    def _paint_note(self, painter: QPainter) -> None:
        colours, font = theme.current(), theme.font(Scale.SMALL)
        signal = colours.signal(self._tone)
        ink = colours.muted if self._tone is Tone.NORMAL else signal.text
        block, step = self._note_lines(self.width()), painting.line_height(font)
        area = QRectF(0, _TOP + 1, self.width() - _INSET, step * len(block))
        if self._sign:
            box = QRectF(0, area.top() + (step - _SIGN) / 2, _SIGN, _SIGN)
            icons.paint_icon(painter, self._sign, box, ink)
            area.setLeft(_SIGN + 6)
        painting.draw_lines(painter, area, block, font, ink)


class TagList(QWidget):
    """The values of one link; one that may be written has a button for whoever may."""

    # name of the tag that is to be written
    wished = Signal(str)

    def __init__(self, terminal: Terminal, tags: Sequence[TagInfo]) -> None:
        """One row for each tag, in the order of the configuration."""
        super().__init__()
        self._terminal = terminal
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._rows = {tag.name: TagRow(terminal, tag) for tag in tags}
        self._writes: dict[str, ActionButton] = {}
        for tag in tags:
            if tag.write is None:
                box.addWidget(self._rows[tag.name])
                continue
            name, words = f"devices.tag.{tag.name}.write", terminal.t("devices.write.open", label=tag.label)
            button = self._writes[tag.name] = ActionButton("", name=name, icon="note", main=False)
            button.setAccessibleName(words)
            button.clicked.connect(partial(self.wished.emit, tag.name))
            line = QHBoxLayout()
            line.setSpacing(theme.GAP)
            line.addWidget(self._rows[tag.name], 1)
            line.addWidget(button)
            line.setContentsMargins(0, theme.HALF, 0, theme.HALF)
            box.addLayout(line)

    def show_newest(self, tags: Iterable[str] | None = None) -> None:
        """Show the newest readings of these tags, or of all."""
        for button in self._writes.values():
            button.setVisible(self._terminal.may(Permission.WRITE_TAGS))
        for name in self._rows if tags is None else self._rows.keys() & set(tags):
            self._rows[name].show_newest()

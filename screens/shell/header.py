"""The header: where one stands, what the machine does and since when, the links, the person, the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from screens.kit import icons, labels, painting, theme
from screens.kit.chip import Chip
from screens.kit.theme import Scale, Tone
from screens.kit.touch import Touchable

_HEIGHT = theme.TOUCH
_SIGN = 14
_DRAWN = 40
_NAME = 240  # px of a name that stay while words of links are still to be left out


class MachineKind(StrEnum):
    """What the machine does, as coarse as colour and shape tell it."""

    RUNNING = "running"
    STOPPED = "stopped"
    IDLE = "idle"
    UNKNOWN = "unknown"


class LinkState(StrEnum):
    """How a link stands; WAITING means: away, and entries wait for it."""

    OK = "ok"
    LOST = "lost"
    WAITING = "waiting"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Link:
    """One link of the terminal: "MES", WAITING, "offline · 12 waiting"."""

    name: str
    state: LinkState
    text: str = ""


_MACHINE = {
    MachineKind.RUNNING: (Tone.NORMAL, "run"),
    MachineKind.STOPPED: (Tone.CRITICAL, "square"),
    MachineKind.IDLE: (Tone.NORMAL, "pause"),
    MachineKind.UNKNOWN: (Tone.MEDIUM, "diamond"),
}
_LINK_TONE = {
    LinkState.OK: Tone.NORMAL,
    LinkState.LOST: Tone.HIGH,
    LinkState.WAITING: Tone.OFFLINE,
    LinkState.UNKNOWN: Tone.MEDIUM,
}


def _outline(button: Touchable) -> QRectF:
    """Where a button of the header is drawn: it reaches up to the edge, away from what is touched below."""
    middle = (theme.HEADER - theme.HAIR) / 2
    return QRectF(0, middle - _DRAWN / 2, button.width(), _DRAWN)


class LinksButton(Touchable):
    """All links in one outline; those in order shrink to their sign before a word of trouble is cut."""

    def __init__(self) -> None:
        super().__init__("header.links", "")
        self._links: tuple[Link, ...] = ()
        self._font = theme.font(Scale.SMALL_STRONG)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.hide()

    def set_links(self, links: Sequence[Link]) -> bool:
        """Show these links; whether they are others than before."""
        if tuple(links) == self._links:
            return False
        self._links = tuple(links)
        self.setAccessibleName(", ".join(f"{link.name} {link.text or link.state}" for link in links))
        self.setVisible(bool(links))
        self.updateGeometry()
        self.update()
        return True

    def _width(self, words: Sequence[str]) -> float:
        parts = (painting.text_width(word, self._font) + (6 if word else 0) + _SIGN for word in words)
        return sum(parts) + 14 * max(len(words) - 1, 0) + 28

    def _full(self) -> list[str]:
        return [f"{link.name} {link.text}".strip() for link in self._links]

    def _troubled(self) -> list[str]:
        return [
            link.name if link.state is LinkState.OK else word
            for link, word in zip(self._links, self._full(), strict=True)
        ]

    def _signs(self) -> list[str]:
        return ["" if link.state is LinkState.OK else link.name for link in self._links]

    def sizeHint(self) -> QSize:
        """Every word of every link."""
        return QSize(int(self._width(self._full())) + 2, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Names of the troubled links, signs of the others."""
        return QSize(max(int(self._width(self._signs())) + 2, theme.TOUCH), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw each link with its sign and as many words as there is room for."""
        painter = QPainter(self)
        colours = theme.current()
        outline = _outline(self)
        ground = colours.pressed if self.isDown() else colours.card
        painting.surface(painter, outline, ground, colours.edge, theme.STROKE, theme.RADIUS - 2)
        words = self._full()
        for shorter in (self._troubled(), [link.name for link in self._links], self._signs()):
            if self._width(words) > self.width():
                words = shorter
        left = outline.left() + 14
        for link, word in zip(self._links, words, strict=True):
            tone = _LINK_TONE[link.state]
            signal = colours.signal(tone)
            box = QRectF(0, outline.center().y() - _SIGN / 2, _SIGN, _SIGN)
            if link.state is not LinkState.OK:
                box.moveLeft(left)
                icons.paint_sign(painter, box, tone)
                left += _SIGN + 6
            width = painting.text_width(word, self._font)
            rect = QRectF(left, outline.top(), width + 1, outline.height())
            painting.draw_text(painter, rect, word, self._font, signal.text)
            left += width
            if link.state is LinkState.OK:
                box.moveLeft(left + (6 if word else 0))
                icons.paint_icon(painter, "check", box, colours.ink)
                left += _SIGN + (6 if word else 0)
            left += 14
        self.paint_ring(painter, outline)


class PersonButton(Touchable):
    """Who is signed in, or how to sign in."""

    def __init__(self, sign_in_text: str) -> None:
        super().__init__("header.person", sign_in_text)
        self._sign_in_text = sign_in_text
        self._person: str | None = None
        self._font = theme.font(Scale.SMALL_STRONG)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)

    def set_sign_in_text(self, text: str) -> None:
        """Invite in another language."""
        self._sign_in_text = text
        person, self._person = self._person, ""
        self.set_person(person)

    def set_person(self, person: str | None) -> bool:
        """Show a name, or the invitation to sign in; whether it is another than before."""
        if person == self._person and self.text():
            return False
        self._person = person
        self.setText(person or self._sign_in_text)
        self.setAccessibleName(self.text())
        self.updateGeometry()
        self.update()
        return True

    def sizeHint(self) -> QSize:
        """Sign and name in full."""
        return QSize(int(painting.text_width(self.text(), self._font)) + 56, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """The sign and the start of the name."""
        least = min(painting.text_width(self.text(), self._font), painting.text_width("MMMM…", self._font))
        return QSize(int(least) + 56, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the outline, the sign and the name."""
        painter = QPainter(self)
        colours = theme.current()
        outline = _outline(self)
        signed_in = self._person is not None
        ground = colours.pressed if self.isDown() else colours.card
        edge = colours.edge if signed_in else colours.action.edge
        painting.surface(painter, outline, ground, edge, theme.STROKE, theme.RADIUS - 2)
        ink = colours.ink if signed_in else colours.action.text
        box = QRectF(outline.left() + 12, outline.center().y() - 10, 20, 20)
        icons.paint_icon(painter, "person" if signed_in else "badge", box, ink)
        rect = outline.adjusted(40, 0, -13, 0)
        painting.draw_text(painter, rect, self.text(), self._font, ink)
        self.paint_ring(painter, outline)


class Header(QWidget):
    """The bar of 64 px over everything; it leaves out the path, then words of links in order."""

    person_touched = Signal()
    links_touched = Signal()

    def __init__(self, sign_in_text: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setFixedHeight(theme.HEADER)
        self._station = labels.label("", Scale.STRONG, name="header.station")
        self._path = labels.label("", Scale.SMALL, muted=True, name="header.path")
        self._machine = Chip("", name="header.machine", height=40)
        self._links = LinksButton()
        self._person = PersonButton(sign_in_text)
        self._time = labels.label("", Scale.HEADING, name="header.time")
        self._shift = labels.label("", Scale.SMALL, muted=True, name="header.shift")
        for part in (
            self._station,
            self._path,
            self._machine,
            self._links,
            self._person,
            self._time,
            self._shift,
        ):
            part.setParent(self)
        for text in (self._time, self._shift):
            text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._person.clicked.connect(self.person_touched)
        self._links.clicked.connect(self.links_touched)
        self._machine_shown: tuple[object, ...] = ()
        self.set_machine(MachineKind.UNKNOWN, "", "")
        self.set_links(())

    def set_station(self, name: str, path: str) -> None:
        """Name of the station and its ISA-95 path."""
        if (name, path) != (self._station.text(), self._path.text()):
            self._station.setText(name)
            self._path.setText(path)
            self._arrange()

    def set_machine(self, kind: MachineKind, word: str, age_text: str) -> None:
        """State in words and how long it has lasted."""
        if (kind, word, age_text) == self._machine_shown:
            return
        self._machine_shown = (kind, word, age_text)
        tone, sign = _MACHINE[kind]
        self._machine.setVisible(bool(word))
        self._machine.set(word, tone=tone, sign=sign, time=age_text)
        self._arrange()

    def set_links(self, links: Sequence[Link]) -> None:
        """All links with their state."""
        if self._links.set_links(links):
            self._arrange()

    def set_sign_in_text(self, text: str) -> None:
        """Invite in another language."""
        self._person.set_sign_in_text(text)
        self._arrange()

    def set_person(self, person: str | None) -> None:
        """Who is signed in; None shows how to sign in."""
        if self._person.set_person(person):
            self._arrange()

    def set_clock(self, time: str, shift: str) -> None:
        """Time of day and the shift."""
        if (time, shift) != (self._time.text(), self._shift.text()):
            self._time.setText(time)
            self._shift.setText(shift)
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        self._path.setVisible(bool(self._path.text()))
        if self._over() > 0:
            self._path.hide()
        station, path = self._station.sizeHint(), self._path.sizeHint()
        if not self._path.isVisibleTo(self):
            path = QSize(0, 0)
        machine = self._machine.sizeHint().width() if self._machine.isVisibleTo(self) else 0
        links = self._links.sizeHint().width() if self._links.isVisibleTo(self) else 0
        clock = max(self._time.sizeHint().width(), self._shift.sizeHint().width())
        widths = [max(station.width(), path.width()), machine, links, self._person.sizeHint().width(), clock]
        gaps = theme.PAD * (1 + sum(1 for width in widths if width))
        over = sum(widths) + gaps - self.width()
        least = (
            (3, _NAME),
            (2, self._links.minimumSizeHint().width()),
            (3, self._person.minimumSizeHint().width()),
            (1, self._machine.minimumSizeHint().width()),
            (0, self._station.minimumSizeHint().width()),
        )
        for place, smallest in least:
            taken = min(max(widths[place] - smallest, 0), max(over, 0))
            widths[place] -= taken
            over -= taken
        top = (theme.HEADER - 2 - station.height() - path.height()) // 2
        self._station.setGeometry(theme.PAD, top, widths[0], station.height())
        self._path.setGeometry(theme.PAD, top + station.height(), widths[0], path.height())
        left = theme.PAD + widths[0] + (theme.PAD if widths[0] else 0)
        self._machine.setGeometry(self._middle(left, widths[1], self._machine.sizeHint().height()))
        right = self.width() - theme.PAD - clock
        time = self._time.sizeHint().height()
        top = (theme.HEADER - 2 - time - self._shift.sizeHint().height()) // 2
        self._time.setGeometry(right, top, clock, time)
        self._shift.setGeometry(right, top + time, clock, self._shift.sizeHint().height())
        right -= theme.PAD + widths[3]
        self._person.setGeometry(right, 0, widths[3], _HEIGHT)
        right -= theme.PAD + widths[2]
        self._links.setGeometry(right, 0, widths[2], _HEIGHT)

    def _over(self) -> int:
        """How many pixels are missing for everything in full."""
        parts = (self._machine, self._person, self._links)
        widths = [max(self._station.sizeHint().width(), self._path.sizeHint().width())]
        widths += [part.sizeHint().width() for part in parts if part.isVisibleTo(self)]
        widths.append(max(self._time.sizeHint().width(), self._shift.sizeHint().width()))
        return sum(widths) + theme.PAD * (1 + sum(1 for width in widths if width)) - self.width()

    @staticmethod
    def _middle(left: int, width: int, height: int) -> QRect:
        return QRect(left, (theme.HEADER - 2 - height) // 2, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line below."""
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(self.rect(), painting.brush(colours.panel))
        painter.fillRect(QRectF(0, self.height() - 2, self.width(), 2), painting.brush(colours.line))

"""The icons of the screens, drawn on a grid of 24 with strokes of 2, crisp at any size and device ratio."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPixmap, QPolygonF

from screens.kit import painting, theme
from screens.kit.theme import Tone

GRID = 24.0
Draw = Callable[[QPainterPath], None]


def _polyline(path: QPainterPath, *points: tuple[float, float], close: bool = False) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    if close:
        path.closeSubpath()


def _lines(*runs: tuple[tuple[float, float], ...]) -> Draw:
    def draw(path: QPainterPath) -> None:
        for run in runs:
            _polyline(path, *run)

    return draw


def _closed(*points: tuple[float, float]) -> Draw:
    return lambda path: _polyline(path, *points, close=True)


def _dot(path: QPainterPath, x: float, y: float, radius: float) -> None:
    path.addEllipse(QPointF(x, y), radius, radius)


def _pause(path: QPainterPath) -> None:
    path.addRoundedRect(QRectF(6, 5, 4, 14), 1, 1)
    path.addRoundedRect(QRectF(14, 5, 4, 14), 1, 1)


def _list(path: QPainterPath) -> None:
    path.addRoundedRect(QRectF(5, 3, 14, 18), 1.5, 1.5)
    _lines(((9, 8), (15, 8)), ((9, 12), (15, 12)), ((9, 16), (13, 16)))(path)


def _shield(path: QPainterPath) -> None:
    path.moveTo(12, 3)
    path.lineTo(19, 5.6)
    path.lineTo(19, 11)
    path.cubicTo(19, 16, 16, 19.4, 12, 21)
    path.cubicTo(8, 19.4, 5, 16, 5, 11)
    path.lineTo(5, 5.6)
    path.closeSubpath()
    _polyline(path, (8.6, 11.8), (11.2, 14.4), (15.6, 9.6))


def _box(path: QPainterPath) -> None:
    _polyline(path, (12, 2.8), (20, 7.2), (20, 16.8), (12, 21.2), (4, 16.8), (4, 7.2), close=True)
    _polyline(path, (4.3, 7.4), (12, 11.8), (19.7, 7.4))
    _polyline(path, (12, 11.8), (12, 21))


def _wrench(path: QPainterPath) -> None:
    path.moveTo(14.8, 6.4)
    path.lineTo(17.9, 3.3)
    path.cubicTo(14.6, 1.9, 10.9, 4.0, 10.9, 7.9)
    path.cubicTo(10.9, 8.6, 11.0, 9.3, 11.3, 9.9)
    path.lineTo(3.9, 17.3)
    path.cubicTo(2.9, 18.3, 2.9, 19.4, 3.8, 20.2)
    path.cubicTo(4.6, 21.1, 5.7, 21.1, 6.7, 20.1)
    path.lineTo(14.1, 12.7)
    path.cubicTo(17.8, 14.2, 22.1, 10.9, 20.7, 6.1)
    path.lineTo(17.6, 9.2)
    path.lineTo(14.8, 9.2)
    path.closeSubpath()


def _bell(path: QPainterPath) -> None:
    path.moveTo(4.5, 17.5)
    path.cubicTo(6, 15.8, 6.2, 14, 6.2, 10.6)
    path.cubicTo(6.2, 6.6, 8.6, 4, 12, 4)
    path.cubicTo(15.4, 4, 17.8, 6.6, 17.8, 10.6)
    path.cubicTo(17.8, 14, 18, 15.8, 19.5, 17.5)
    path.closeSubpath()
    _polyline(path, (10.2, 20.8), (13.8, 20.8))


def _hand(path: QPainterPath) -> None:
    path.moveTo(7.6, 13.2)
    path.lineTo(7.6, 5.6)
    path.cubicTo(7.6, 3.6, 10.4, 3.6, 10.4, 5.6)
    path.lineTo(10.4, 10.6)
    path.lineTo(10.4, 4.2)
    path.cubicTo(10.4, 2.2, 13.2, 2.2, 13.2, 4.2)
    path.lineTo(13.2, 10.6)
    path.lineTo(13.2, 5.4)
    path.cubicTo(13.2, 3.5, 16, 3.5, 16, 5.4)
    path.lineTo(16, 11.2)
    path.lineTo(16, 8)
    path.cubicTo(16, 6.2, 18.8, 6.2, 18.8, 8)
    path.lineTo(18.8, 14.6)
    path.cubicTo(18.8, 19, 16.2, 21.6, 12.8, 21.6)
    path.cubicTo(9.6, 21.6, 8.2, 20, 6.8, 17.4)
    path.lineTo(4.6, 13.4)
    path.cubicTo(3.8, 11.8, 5.8, 10.6, 6.8, 12)
    path.closeSubpath()


def _scan(path: QPainterPath) -> None:
    _lines(
        ((3, 7.5), (3, 4), (6.5, 4)),
        ((17.5, 4), (21, 4), (21, 7.5)),
        ((21, 16.5), (21, 20), (17.5, 20)),
        ((6.5, 20), (3, 20), (3, 16.5)),
        ((7.5, 8.5), (7.5, 15.5)),
        ((10.5, 8.5), (10.5, 15.5)),
        ((13.5, 8.5), (13.5, 15.5)),
        ((16.5, 8.5), (16.5, 15.5)),
    )(path)


def _badge(path: QPainterPath) -> None:
    path.addRoundedRect(QRectF(5, 5.5, 14, 16), 2, 2)
    _polyline(path, (12, 2.5), (12, 7.5))
    _dot(path, 12, 12, 2.2)
    path.moveTo(8.4, 18.4)
    path.cubicTo(8.8, 15.4, 15.2, 15.4, 15.6, 18.4)


def _link(path: QPainterPath) -> None:
    path.moveTo(10, 14)
    path.cubicTo(11.6, 15.6, 13.6, 15.4, 15, 14)
    path.lineTo(18.6, 10.4)
    path.cubicTo(21.6, 7.4, 17.2, 2.8, 14, 5.8)
    path.lineTo(12.4, 7.4)
    path.moveTo(14, 10)
    path.cubicTo(12.4, 8.4, 10.4, 8.6, 9, 10)
    path.lineTo(5.4, 13.6)
    path.cubicTo(2.4, 16.6, 6.8, 21.2, 10, 18.2)
    path.lineTo(11.6, 16.6)


def _plug(path: QPainterPath) -> None:
    _polyline(path, (6.5, 9), (17.5, 9), (17.5, 11.5))
    path.cubicTo(17.5, 14.6, 15.2, 16.5, 12, 16.5)
    path.cubicTo(8.8, 16.5, 6.5, 14.6, 6.5, 11.5)
    path.lineTo(6.5, 9)
    _lines(((9.5, 9), (9.5, 3.5)), ((14.5, 9), (14.5, 3.5)), ((12, 16.5), (12, 21)))(path)


def _clock(path: QPainterPath) -> None:
    _dot(path, 12, 12, 8.6)
    _polyline(path, (12, 7), (12, 12.2), (15.6, 14.2))


def _tray(path: QPainterPath) -> None:
    _polyline(path, (3.5, 13.5), (3.5, 20), (20.5, 20), (20.5, 13.5))
    _polyline(path, (3.5, 13.5), (8, 13.5), (9.6, 16), (14.4, 16), (16, 13.5), (20.5, 13.5))


def _inbox(path: QPainterPath) -> None:
    _tray(path)
    _lines(((12, 3.5), (12, 12)), ((8.6, 8.8), (12, 12.2), (15.4, 8.8)))(path)


def _outbox(path: QPainterPath) -> None:
    _tray(path)
    _lines(((12, 12), (12, 3.8)), ((8.6, 7), (12, 3.6), (15.4, 7)))(path)


def _backspace(path: QPainterPath) -> None:
    _polyline(path, (8.5, 5.5), (21, 5.5), (21, 18.5), (8.5, 18.5), (3, 12), close=True)
    _lines(((12, 9.5), (17, 14.5)), ((17, 9.5), (12, 14.5)))(path)


def _search(path: QPainterPath) -> None:
    _dot(path, 10.5, 10.5, 6.5)
    _polyline(path, (15.4, 15.4), (20.5, 20.5))


def _person(path: QPainterPath) -> None:
    _dot(path, 12, 8, 4)
    path.moveTo(4.5, 20.5)
    path.cubicTo(5, 13.2, 19, 13.2, 19.5, 20.5)


def _note(path: QPainterPath) -> None:
    _polyline(path, (4.5, 3.5), (19.5, 3.5), (19.5, 15), (14.5, 20.5), (4.5, 20.5), close=True)
    _lines(((14.5, 20.2), (14.5, 15), (19.2, 15)), ((8, 8), (16, 8)), ((8, 12), (13, 12)))(path)


def _warning(path: QPainterPath) -> None:
    _polyline(path, (12, 3.5), (21.5, 20), (2.5, 20), close=True)
    _lines(((12, 9.5), (12, 14)), ((12, 17), (12, 17.1)))(path)


def _refresh(path: QPainterPath) -> None:
    path.arcMoveTo(QRectF(4.5, 4.5, 15, 15), 40)
    path.arcTo(QRectF(4.5, 4.5, 15, 15), 40, 290)
    _polyline(path, (19.4, 3.6), (18.2, 7.6), (14.2, 6.6))


def _moon(path: QPainterPath) -> None:
    path.moveTo(20, 14.6)
    path.cubicTo(18.9, 15, 17.8, 15.2, 16.6, 15.2)
    path.cubicTo(11.4, 15.2, 8.2, 10.6, 9.6, 4)
    path.cubicTo(5.6, 5.6, 3.4, 9, 3.6, 12.6)
    path.cubicTo(3.9, 17.2, 7.6, 20.6, 12, 20.6)
    path.cubicTo(15.6, 20.6, 18.6, 18.4, 20, 14.6)
    path.closeSubpath()


def _sun(path: QPainterPath) -> None:
    _dot(path, 12, 12, 4.2)
    for x, y in ((0, -1), (0.7, -0.7), (1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7)):
        _polyline(path, (12 + 7 * x, 12 + 7 * y), (12 + 9.4 * x, 12 + 9.4 * y))


def _dots(path: QPainterPath) -> None:
    for x in (5.0, 12.0, 19.0):
        _dot(path, x, 12, 1.8)


_OUTLINED: Mapping[str, Draw] = MappingProxyType(
    {
        "play": _closed((6.5, 4), (19.5, 12), (6.5, 20)),
        "list": _list,
        "shield": _shield,
        "box": _box,
        "wrench": _wrench,
        "bell": _bell,
        "trend": _lines(((4, 3.5), (4, 20), (21, 20)), ((7, 15.5), (11, 10.5), (14.4, 13.2), (20, 6))),
        "hand": _hand,
        "check": _lines(
            ((4.5, 12.5), (9.6, 17.6), (19.5, 6.6)),
        ),
        "cross": _lines(((6, 6), (18, 18)), ((18, 6), (6, 18))),
        "scan": _scan,
        "badge": _badge,
        "link": _link,
        "plug": _plug,
        "clock": _clock,
        "inbox": _inbox,
        "outbox": _outbox,
        "back": _lines(((20.5, 12), (4, 12)), ((10.5, 5.5), (4, 12), (10.5, 18.5))),
        "backspace": _backspace,
        "plus": _lines(((12, 4.5), (12, 19.5)), ((4.5, 12), (19.5, 12))),
        "minus": _lines(
            ((4.5, 12), (19.5, 12)),
        ),
        "search": _search,
        "person": _person,
        "note": _note,
        "up": _lines(
            ((5, 15.5), (12, 8.5), (19, 15.5)),
        ),
        "down": _lines(
            ((5, 8.5), (12, 15.5), (19, 8.5)),
        ),
        "left": _lines(
            ((15.5, 5), (8.5, 12), (15.5, 19)),
        ),
        "right": _lines(
            ((8.5, 5), (15.5, 12), (8.5, 19)),
        ),
        "warning": _warning,
        "shift": _closed((12, 3.5), (20.5, 12), (16, 12), (16, 20), (8, 20), (8, 12), (3.5, 12)),
        "space": _lines(
            ((3.5, 10.5), (3.5, 15.5), (20.5, 15.5), (20.5, 10.5)),
        ),
        "enter": _lines(((20, 5.5), (20, 13), (5, 13)), ((10, 8), (5, 13), (10, 18))),
        "refresh": _refresh,
        "moon": _moon,
        "sun": _sun,
        "ring": lambda path: _dot(path, 12, 12, 7.5),
    }
)

_FILLED: Mapping[str, Draw] = MappingProxyType(
    {
        "pause": _pause,
        "dots": _dots,
        "triangle": _closed((12, 3), (22, 20.5), (2, 20.5)),
        "square": _closed((4, 4), (20, 4), (20, 20), (4, 20)),
        "circle": lambda path: _dot(path, 12, 12, 8.6),
        "diamond": _closed((12, 2), (22, 12), (12, 22), (2, 12)),
        "run": _closed((5, 3.5), (20.5, 12), (5, 20.5)),
    }
)

NAMES = frozenset(_OUTLINED) | frozenset(_FILLED)

_SIGNS = MappingProxyType(
    {
        Tone.NORMAL: "",
        Tone.ACTION: "",
        Tone.CRITICAL: "square",
        Tone.HIGH: "triangle",
        Tone.MEDIUM: "diamond",
        Tone.LOW: "circle",
        Tone.OFFLINE: "ring",
    }
)


def sign_of(tone: Tone) -> str:
    """The icon name of a tone's shape; empty where a tone has none."""
    return _SIGNS[tone]


def paint_icon(painter: QPainter, name: str, rect: QRectF, colour: str, fill: str | None = None) -> None:
    """Draw an icon as large as fits; `fill` gives solid shapes a surface other than their edge."""
    path = QPainterPath()
    solid = name in _FILLED
    (_FILLED[name] if solid else _OUTLINED[name])(path)
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.scale(side / GRID, side / GRID)
    if solid:
        painter.setPen(painting.pen(colour, theme.STROKE) if fill else painting.no_pen())
        painter.setBrush(painting.brush(fill or colour))
    else:
        stroke = theme.STROKE if side >= GRID else theme.STROKE * (GRID / side) ** 0.5
        painter.setPen(painting.pen(colour, stroke))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.restore()


def paint_sign(painter: QPainter, rect: QRectF, tone: Tone) -> None:
    """Draw the shape of a tone with its vivid fill and its dark edge; nothing for tones without one."""
    if name := sign_of(tone):
        signal = theme.current().signal(tone)
        paint_icon(painter, name, rect, signal.edge, signal.fill)


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels for a device ratio."""
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(made)
    paint_icon(painter, name, QRectF(0, 0, size, size), colour)
    painter.end()
    return made


def icon(name: str, colour: str, size: int) -> QIcon:
    """The icon for Qt's own widgets, at the ratio of the sharpest screen."""
    ratios = [screen.devicePixelRatio() for screen in QGuiApplication.screens()] or [1.0]
    return QIcon(pixmap(name, colour, size, max(ratios)))


def polygon(*points: tuple[float, float]) -> QPolygonF:
    """A polygon from plain numbers."""
    return QPolygonF([QPointF(x, y) for x, y in points])

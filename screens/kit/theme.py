"""Every colour, font and size of the screens: tokens by role, for day and for night.

Sizes are logical pixels. Text roles reach 7:1 on every ground they may stand on, graphics 3:1;
`contrast` is the measure and the tests apply it to every pair of roles.
"""

import gc
from dataclasses import dataclass
from enum import Enum, StrEnum

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from screens.kit import fonts

HEADER = 64
STRIP = 60
RAIL = 104
BAR = 88
TOUCH = 56
MAIN = 64
GAP = 12
PAD = 16
HALF = GAP // 2
HAIR = 2
RADIUS = 10
ICON = 24
ICON_RAIL = 30
READOUT_BOX = 76

KEEP_SHAPE = Qt.AspectRatioMode.KeepAspectRatio
PAPER = "#FFFFFF"  # a label is white and printed in black, by day and by night
PRINT = "#111111"

THIN = 1.0
STROKE = 2.0
BOLD = 3.0

FAMILIES = (fonts.FAMILY, fonts.FAMILY_CHINESE, "Noto Sans", "DejaVu Sans")
_OPTICAL = (14.0, 32.0)  # range of the optical size axis of Inter, in pixels
_PROPERTY = "lineside_theme"
_PLANNED = "lineside_theme_planned"


class Tone(StrEnum):
    """What a thing says by colour and shape together; NORMAL is grey and has no shape."""

    NORMAL = "normal"
    ACTION = "action"
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    OFFLINE = "offline"


class Scale(Enum):
    """The type scale as (pixel size, weight)."""

    READOUT = (84, QFont.Weight.Bold)
    FIGURE = (62, QFont.Weight.Bold)
    VALUE = (46, QFont.Weight.Bold)
    TITLE = (28, QFont.Weight.Bold)
    HEADING = (20, QFont.Weight.Bold)
    STRONG = (18, QFont.Weight.DemiBold)
    BODY = (18, QFont.Weight.Normal)
    SMALL_STRONG = (16, QFont.Weight.DemiBold)
    SMALL = (16, QFont.Weight.Normal)
    AXIS = (13, QFont.Weight.Medium)


@dataclass(frozen=True)
class Signal:
    """The colours of one tone.

    `fill` is the vivid surface of a shape, `edge` its outline and every line (3:1 on all grounds),
    `text` is ink of that tone (7:1), `strip` a full ground for words in `on` (7:1).
    """

    fill: str
    edge: str
    text: str
    strip: str
    on: str


@dataclass(frozen=True)
class Theme:
    """All colour roles; `ground` to `pressed` are surfaces, `ink` to `disabled` stand on them."""

    name: str
    ground: str
    panel: str
    card: str
    field: str
    selected: str
    pressed: str
    track: str
    band: str
    line: str
    edge: str
    calm: str
    bar: str
    ink: str
    muted: str
    disabled: str
    action_pressed: str
    action: Signal
    critical: Signal
    high: Signal
    medium: Signal
    low: Signal
    offline: Signal

    def signal(self, tone: Tone) -> Signal:
        """The colours of a tone; NORMAL is drawn in plain ink and line."""
        signals = {
            Tone.NORMAL: Signal(self.bar, self.edge, self.ink, self.card, self.ink),
            Tone.ACTION: self.action,
            Tone.CRITICAL: self.critical,
            Tone.HIGH: self.high,
            Tone.MEDIUM: self.medium,
            Tone.LOW: self.low,
            Tone.OFFLINE: self.offline,
        }
        return signals[tone]


DAY = Theme(
    name="day",
    ground="#D5D9DD",
    panel="#E6E9EC",
    card="#F3F5F6",
    field="#FFFFFF",
    selected="#D3D8DD",
    pressed="#C9D6E1",
    track="#CDD3D8",
    band="#DFE3E6",
    line="#B4BBC3",
    edge="#6C7782",
    calm="#838E99",
    bar="#46535F",
    ink="#1D242C",
    muted="#38414A",
    disabled="#38414A",
    action_pressed="#12446B",
    action=Signal("#1A5A8B", "#1A5A8B", "#103F61", "#1A5A8B", "#FFFFFF"),
    critical=Signal("#C8102E", "#C8102E", "#850A1E", "#AE0E28", "#FFFFFF"),
    high=Signal("#E07B00", "#A85600", "#623600", "#EF8D18", "#10151A"),
    medium=Signal("#D9B600", "#786400", "#4B3F00", "#D9B600", "#1D242C"),
    low=Signal("#7A8FA4", "#53667A", "#31404D", "#44566A", "#FFFFFF"),
    offline=Signal("#6B4F96", "#6B4F96", "#4A3271", "#62478C", "#FFFFFF"),
)

NIGHT = Theme(
    name="night",
    ground="#11161A",
    panel="#1A2026",
    card="#222930",
    field="#2A323A",
    selected="#2D3740",
    pressed="#2B465C",
    track="#37414B",
    band="#2B343C",
    line="#414C57",
    edge="#8996A3",
    calm="#77838F",
    bar="#A8B3BE",
    ink="#EEF1F4",
    muted="#C3CCD4",
    disabled="#C3CCD4",
    action_pressed="#0F3F63",
    action=Signal("#1A5A8B", "#62AEE9", "#A6D4F8", "#1A5A8B", "#FFFFFF"),
    critical=Signal("#E8324B", "#F4697C", "#FFB9C0", "#A90D27", "#FFFFFF"),
    high=Signal("#F28C14", "#F28C14", "#FFC37A", "#EF8D18", "#10151A"),
    medium=Signal("#E3C21A", "#E3C21A", "#F0D75A", "#E3C21A", "#1D242C"),
    low=Signal("#8FA3B7", "#8FA3B7", "#CAD6E1", "#44566A", "#FFFFFF"),
    offline=Signal("#9B7FCB", "#A98FD6", "#D9CAF3", "#62478C", "#FFFFFF"),
)

THEMES = {theme.name: theme for theme in (DAY, NIGHT)}


def current() -> Theme:
    """The theme that painters use now; Day before `apply` was called."""
    app = QCoreApplication.instance()
    name = app.property(_PROPERTY) if app is not None else None
    return THEMES.get(name, DAY) if isinstance(name, str) else DAY


def font(scale: Scale) -> QFont:
    """The screen font at one step of the scale, with figures of equal width."""
    size, weight = scale.value
    made = QFont(list(FAMILIES))
    made.setPixelSize(size)
    _weigh(made, weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setVariableAxis(QFont.Tag("opsz"), min(max(float(size), _OPTICAL[0]), _OPTICAL[1]))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def bold_font(scale: Scale) -> QFont:
    """One step of the scale, in the heaviest weight that is used."""
    made = font(scale)
    _weigh(made, QFont.Weight.Bold)
    return made


def _weigh(made: QFont, weight: QFont.Weight) -> None:
    """By the axis of the typeface: Qt knows one weight of a file, and would thicken that by itself."""
    made.setVariableAxis(QFont.Tag("wght"), float(weight.value))


def eyebrow_font(*, exact: bool = False) -> QFont:
    """The small headings of cards: semi-bold, upper-cased unless `exact`."""
    made = font(Scale.SMALL_STRONG)
    made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 101)
    if not exact:
        made.setCapitalization(QFont.Capitalization.AllUppercase)
    return made


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole program in a theme; called again it switches everything that is shown, at once.

    Qt walks over a list of all widgets meanwhile. Nothing may be collected under its feet: a widget without a
    parent that Python frees in one of the handlers on the way would still stand in that list.
    """
    fonts.install()
    collecting = gc.isenabled()
    gc.disable()
    try:
        app.setProperty(_PROPERTY, theme.name)
        if app.style().objectName() != "fusion":
            app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(font(Scale.BODY))
        app.setPalette(_palette(theme))
    finally:
        if collecting:
            gc.enable()


def follow(app: QApplication, planned: Theme) -> None:
    """Wear what is planned for now; what a hand chose meanwhile stays until the plan changes."""
    if app.property(_PLANNED) != planned.name:
        app.setProperty(_PLANNED, planned.name)
        if current() is not planned:
            apply(app, planned)


def _palette(theme: Theme) -> QPalette:
    made = QPalette()
    role = QPalette.ColorRole
    for key, colour in {
        role.Window: theme.ground,
        role.WindowText: theme.ink,
        role.Base: theme.field,
        role.AlternateBase: theme.card,
        role.Text: theme.ink,
        role.Button: theme.field,
        role.ButtonText: theme.ink,
        role.Highlight: theme.action.fill,
        role.HighlightedText: theme.action.on,
        role.PlaceholderText: theme.muted,
        role.Accent: theme.action.fill,
    }.items():
        made.setColor(key, QColor(colour))
    return made


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2), 0 to 1."""
    made = QColor(colour)
    channels = (made.redF(), made.greenF(), made.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)

"""What the pictures of the kit share: the frame around a page, and widgets filled with a believable shift."""

import math
from collections import deque
from datetime import datetime, timedelta

from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from screens.kit import theme
from screens.kit.answer_line import Answer
from screens.kit.buttons import Kind
from screens.kit.cards import Card
from screens.kit.choice_field import Choice, ChoiceField
from screens.kit.hour_bars import HourBar, HourBars
from screens.kit.keyboard import KeyboardWords
from screens.kit.keypad import KeypadWords
from screens.kit.reason_tiles import ReasonWords
from screens.kit.state_timeline import Span, SpanKind, StateTimeline
from screens.kit.table_head import SortWords
from screens.kit.theme import Tone
from screens.kit.value_tile import ValueTile
from screens.shell.action_bar import ActionBar, ActionButtonSpec, Align
from screens.shell.header import Header, Link, LinkState, MachineKind
from screens.shell.rail import Rail, RailItem
from screens.shell.strip import AlarmStrip

KEYS = KeyboardWords("Shift", "Space", "Delete last letter", "Done", "Clear")
PAD_KEYS = KeypadWords("Clear", "Delete last figure", "Plus or minus")
UP, DOWN = "Page up", "Page down"
SORT = SortWords("sorted, lowest first", "sorted, highest first", "not sorted")
HELP = ActionButtonSpec("help", "Call for help", kind=Kind.HELP, align=Align.RIGHT)
BACK = ActionButtonSpec("back", "Back", "back")
_RAIL = (
    ("run", "play", "Run", 0),
    ("orders", "list", "Orders", 0),
    ("quality", "shield", "Quality", 1),
    ("material", "box", "Material", 0),
    ("maintain", "wrench", "Maintain", 1),
    ("alarms", "bell", "Alarms", 2),
    ("waiting", "outbox", "Waiting entries", 128),
    ("devices", "plug", "Devices", 0),
)


def frame(
    content: QLayout,
    actions: list[ActionButtonSpec],
    *,
    selected: str = "run",
    alarm: tuple[Tone, str, str] | None = None,
    stopped: bool = False,
    offline: bool = False,
    person: str | None = "M. Okafor",
) -> QWidget:
    """A page inside header, strip, rail and action bar."""
    window = QWidget()
    header = Header("Scan your badge")
    header.set_station("Press 12", "Plant A / Stamping / Line 3")
    kind = MachineKind.STOPPED if stopped else MachineKind.RUNNING
    header.set_machine(kind, "STOPPED" if stopped else "EXECUTE", "00:46:10" if stopped else "01:12:40")
    mes = Link("MES", LinkState.WAITING, "offline · 12 waiting") if offline else Link("MES", LinkState.OK)
    header.set_links([Link("PLC", LinkState.OK), Link("Scanner", LinkState.OK), mes])
    header.set_person(person)
    header.set_clock("10:42", "Shift B")
    rail = Rail(up_text=UP, down_text=DOWN)
    rail.set_items([RailItem(key, icon, text, count, key == selected) for key, icon, text, count in _RAIL])
    strip = AlarmStrip("Acknowledge")
    bar = ActionBar()
    bar.set_actions(actions)
    page = QWidget()
    page.setProperty("sheet_host", True)
    page.setLayout(content)
    content.setContentsMargins(theme.PAD, theme.GAP, theme.PAD, theme.PAD)
    right = QVBoxLayout()
    right.setSpacing(0)
    right.addWidget(strip)
    right.addWidget(page, 1)
    right.addWidget(bar)
    middle = QHBoxLayout()
    middle.setSpacing(0)
    middle.addWidget(rail)
    middle.addLayout(right, 1)
    whole = QVBoxLayout(window)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.setSpacing(0)
    whole.addWidget(header)
    whole.addLayout(middle, 1)
    if alarm is not None:
        strip.show_alarm(*alarm)
    return window


def column(*parts: QWidget | QLayout | tuple[QWidget | QLayout, int]) -> QVBoxLayout:
    """Parts below each other; a pair gives a part its stretch."""
    made = QVBoxLayout()
    made.setSpacing(theme.GAP)
    for part in parts:
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        made.addWidget(item, stretch) if isinstance(item, QWidget) else made.addLayout(item, stretch)
    return made


def row(*parts: QWidget | QLayout | tuple[QWidget | QLayout, int]) -> QHBoxLayout:
    """Parts beside each other; a pair gives a part its stretch."""
    made = QHBoxLayout()
    made.setSpacing(theme.GAP)
    for part in parts:
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        made.addWidget(item, stretch) if isinstance(item, QWidget) else made.addLayout(item, stretch)
    return made


def card(
    title: str, *parts: QWidget | QLayout | tuple[QWidget | QLayout, int], tone: Tone = Tone.NORMAL
) -> Card:
    """A card with parts in it."""
    made = Card(title, tone=tone)
    for part in parts:
        item, stretch = part if isinstance(part, tuple) else (part, 0)
        made.add(item, stretch)
    return made


def wave(middle: float, size: float, drift: float = 0.0) -> deque[tuple[float, float | None]]:
    """A believable history of 60 values."""
    return deque(
        (float(i), middle + size * (math.sin(i / 5) + 0.3 * math.sin(i * 2.3)) + drift * i) for i in range(60)
    )


def tile(title: str, unit: str, text: str, middle: float, size: float, drift: float = 0.0) -> ValueTile:
    """A value tile with its history."""
    made = ValueTile(title, unit, name=f"tile.{title}", band=(middle - 2 * size, middle + 2 * size))
    made.set_trace(wave(middle, size, drift))
    made.show_value(text)
    return made


def timeline() -> StateTimeline:
    """A shift with a coil change, a jam, a die change, a stop without a reason and a gap."""
    made = StateTimeline("timeline")
    start = datetime.fromisoformat("2026-11-21T02:42:00+00:00")

    def at(minutes: int) -> datetime:
        return start + timedelta(minutes=minutes)

    made.set_title("Last 8 hours")
    made.set_legend(
        {
            SpanKind.RUNNING: "running",
            SpanKind.STOPPED: "stopped, classified",
            SpanKind.UNCLASSIFIED: "needs a reason",
            SpanKind.NO_DATA: "no data",
        }
    )
    spans = [
        Span("1", at(0), at(60), SpanKind.RUNNING),
        Span("2", at(60), at(84), SpanKind.STOPPED, "Coil change"),
        Span("3", at(84), at(158), SpanKind.RUNNING),
        Span("4", at(158), at(166), SpanKind.STOPPED, "Jam"),
        Span("5", at(166), at(258), SpanKind.RUNNING),
        Span("6", at(258), at(300), SpanKind.STOPPED, "Die change"),
        Span("7", at(300), at(340), SpanKind.RUNNING),
        Span("8", at(340), at(362), SpanKind.NO_DATA, "no data"),
        Span("9", at(362), at(420), SpanKind.RUNNING),
        Span("10", at(420), at(428), SpanKind.UNCLASSIFIED, "09:56 · 6 min?"),
        Span("11", at(428), at(480), SpanKind.RUNNING),
    ]
    made.set_spans(start, at(480), spans, start_text="02:42", end_text="10:42")
    return made


def hours() -> HourBars:
    """Eight hours, one without data."""
    made = HourBars("hours")
    made.set_title("Good parts per hour · plan 160")
    counts = (140, 164, 118, 166, None, 158, 163, 106)
    bars = [
        HourBar(f"{3 + i:02d}", count, "" if count is None else str(count)) for i, count in enumerate(counts)
    ]
    made.set_hours(bars, 160)
    return made


def reason_words() -> ReasonWords:
    """The words of reason tiles."""
    return ReasonWords(
        "Search all 64", UP, DOWN, "suggested from F-312", "No reason has these letters.", "Close", KEYS
    )


def answer(window: QWidget, text: str, state: Answer) -> None:
    """Let the action bar of a page say an answer."""
    bar = window.findChild(ActionBar)
    if bar is not None:
        bar.answer.show_answer(text, "10:41:52", state)


def choice(label: str, name: str, chosen: str | None) -> ChoiceField:
    """A field with a few options to choose from."""
    made = ChoiceField(label, "Choose", name=name, up_text=UP, down_text=DOWN, close_text="Close")
    texts = (
        "Low output pressure",
        "Seal worn",
        "Leak at the valve block",
        "Pump noisy",
        "Oil too hot",
        "Hose burst",
    )
    made.set_choices(
        [Choice(text, text, "used 3 times in 90 d" if text == "Seal worn" else "") for text in texts]
    )
    made.select(chosen)
    return made

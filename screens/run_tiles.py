"""The live values of the Run page."""

from collections import deque

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.domain.signals import Quality
from hmi.domain.tags import TagInfo
from hmi.terminal import Shown, Terminal
from screens.kit import theme
from screens.kit.theme import Tone
from screens.kit.value_tile import Quality as Sign
from screens.kit.value_tile import ValueTile

TRACE_POINTS = 240
TRACE_EVERY_MS = 500
_SIGN = {Quality.GOOD: Sign.GOOD, Quality.UNCERTAIN: Sign.UNCERTAIN, Quality.BAD: Sign.BAD}


class LiveTile:
    """One tag on one tile: value, quality, age, limits, and its last two minutes."""

    def __init__(self, terminal: Terminal, tag: TagInfo) -> None:
        """Make the tile; it says that nothing was heard until something is."""
        band = (
            None if tag.normal_low is None or tag.normal_high is None else (tag.normal_low, tag.normal_high)
        )
        self.tag = tag
        self.widget = ValueTile(tag.label, tag.unit, name=f"tile.{tag.name}", band=band)
        self._terminal = terminal
        # seconds and values; None where the value could not be believed
        self.trace: deque[tuple[float, float | None]] = deque(maxlen=TRACE_POINTS)
        self._trace_ms = 0
        self.widget.set_trace(self.trace)
        self.widget.show_value("–", Sign.BAD, terminal.t("run.not_heard_yet"))

    def show(self) -> None:
        """Show the newest reading as far as it can be believed."""
        shown = self._terminal.shown(self.tag.name)
        if shown is None:
            return
        number = self._number(shown)
        self._trace_point(None if shown.stale else number, shown.reading.heard_ms)
        if number is None:
            self.widget.show_value(
                "–", Sign.BAD, shown.reading.status_words or self._terminal.t("run.bad_value")
            )
            self.widget.show_alarm(Tone.NORMAL, "")
            return
        text = self._terminal.texts.number(number, self.tag.decimals)
        if shown.stale:
            seconds = shown.age_ms // 1000
            self.widget.show_value(text, Sign.STALE, self._terminal.t("run.value_age", seconds=seconds))
            self.widget.show_alarm(Tone.NORMAL, "")
            return
        self.widget.show_value(text, _SIGN[shown.reading.quality], shown.reading.status_words)
        self._show_limits(number)

    def _number(self, shown: Shown) -> float | None:
        value = shown.reading.value
        if shown.reading.quality is Quality.BAD or not isinstance(value, int | float):
            return None
        return float(value)

    def _trace_point(self, number: float | None, at_ms: int) -> None:
        if at_ms - self._trace_ms >= TRACE_EVERY_MS or (
            number is None and self.trace and self.trace[-1][1] is not None
        ):
            self._trace_ms = at_ms
            self.trace.append((at_ms / 1000, number))

    def _show_limits(self, number: float) -> None:
        tag, t, say = self.tag, self._terminal.t, self._terminal.texts.number
        if tag.high is not None and number > tag.high:
            self.widget.show_alarm(Tone.HIGH, t("run.above", limit=say(tag.high, tag.decimals)))
        elif tag.low is not None and number < tag.low:
            self.widget.show_alarm(Tone.HIGH, t("run.below", limit=say(tag.low, tag.decimals)))
        else:
            self.widget.show_alarm(Tone.NORMAL, "")


class TileRow(QWidget):
    """A row of the tags that the configuration wants to see."""

    def __init__(self, terminal: Terminal) -> None:
        """One tile for each shown tag."""
        super().__init__()
        self._tiles = {tag.name: LiveTile(terminal, tag) for tag in terminal.tags.values() if tag.shown}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.PAD)
        for tile in self._tiles.values():
            row.addWidget(tile.widget, 1)

    def show_readings(self, tags: frozenset[str]) -> None:
        """Repaint the tiles of these tags."""
        for name in tags & self._tiles.keys():
            self._tiles[name].show()

    def tick(self) -> None:
        """Let values grow old in front of one's eyes."""
        for tile in self._tiles.values():
            tile.show()

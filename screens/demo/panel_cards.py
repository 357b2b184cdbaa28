"""The cards of the plant's panel: what can be scanned, the press, the gauge, and the wires."""

from collections import deque
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from devices.plant.client import Label, PlantState, PressState, ReaderState
from hmi.i18n import Texts
from screens.kit import labels, theme
from screens.kit.buttons import ActionButton, Kind
from screens.kit.cards import Card
from screens.kit.chip import Chip
from screens.kit.readout import Readout
from screens.kit.theme import Scale, Tone

SPEED_OVER_S = 20.0
SLOW_FAULT = 312
FAULTS = (312, 205, 118)


def _grid(columns: int = 2) -> QGridLayout:
    made = QGridLayout()
    made.setSpacing(theme.GAP)
    for column in range(columns):
        made.setColumnStretch(column, 1)
    return made


class ScanPage(QWidget):
    """All badges and labels as buttons; `wanted` carries the Label."""

    wanted = Signal(object)

    def __init__(self, texts: Texts) -> None:
        """Empty until the plant told what it has."""
        super().__init__()
        self._texts = texts
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(theme.GAP)
        self._none = labels.wrapped(texts.t("panel.scan.none"), Scale.BODY, muted=True)
        self._box.addWidget(self._none)

    def show_labels(self, known: Sequence[Label]) -> None:
        """Offer these; badges first."""
        self._none.setVisible(not known)
        for key, reader, icon in (("badges", "badge_reader", "badge"), ("labels", "scanner", "scan")):
            card = Card(self._texts.t(f"panel.scan.{key}"), name=f"panel.{key}")
            for label in (one for one in known if one.reader == reader):
                button = ActionButton(label.name, name=f"panel.label.{label.id}", icon=icon, main=False)
                button.clicked.connect(partial(self.wanted.emit, label))
                card.add(button)
            self._box.addWidget(card)
        self._box.addStretch(1)


class PressCard(Card):
    """What the press does, and the buttons of its own panel; `wanted` carries "start" or "fault 312"."""

    wanted = Signal(str)

    def __init__(self, texts: Texts) -> None:
        """Nothing is known of the press yet."""
        super().__init__(texts.t("panel.press.title"), name="panel.press")
        self._texts = texts
        self._made: deque[tuple[float, int]] = deque()
        self._state = labels.wrapped(texts.t("panel.press.unknown"), Scale.TITLE, name="panel.press.state")
        self._fault = Chip(texts.t("panel.press.no_fault"), name="panel.press.fault")
        self._figures = {
            key: Readout(
                "–", caption=texts.t(f"panel.press.{key}"), scale=Scale.TITLE, name=f"panel.press.{key}"
            )
            for key in ("parts", "speed", "rejects", "coil")
        }
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self._state, 1)
        head.addWidget(self._fault, 0, Qt.AlignmentFlag.AlignVCenter)
        figures = _grid()
        for number, readout in enumerate(self._figures.values()):
            figures.addWidget(readout, *divmod(number, 2))
        self.add(head)
        self.add(figures)
        self.add(self._buttons())

    def _buttons(self) -> QGridLayout:
        t, grid = self._texts.t, _grid(3)
        deeds = (("start", Kind.PRIMARY), ("stop", Kind.NORMAL), ("clear", Kind.NORMAL))
        for column, (do, kind) in enumerate(deeds):
            button = ActionButton(t(f"panel.press.{do}"), name=f"panel.press.{do}", kind=kind)
            button.clicked.connect(partial(self.wanted.emit, do))
            grid.addWidget(button, 0, column)
        grid.addWidget(labels.eyebrow(t("panel.press.faults")), 1, 0, 1, 3)
        for column, code in enumerate(FAULTS):
            words = t(f"panel.press.fault_{code}")
            button = ActionButton(words, name=f"panel.press.fault_{code}", kind=Kind.WARNING, main=False)
            button.clicked.connect(partial(self.wanted.emit, f"fault {code}"))
            grid.addWidget(button, 2, column)
        return grid

    def show_unknown(self, key: str = "unknown") -> None:
        """Show nothing that is not known: no state, no figures; `key` says why."""
        self._state.setText(self._texts.t(f"panel.press.{key}"))
        self._fault.hide()
        self._made.clear()
        for readout in self._figures.values():
            readout.set_value("–", "")

    def show_plant(self, state: PlantState, seconds: float) -> None:
        """Show the press as it was at a moment of a clock that never jumps, in seconds."""
        press = state.press
        if press is None:
            key = "unknown" if state.plc_on and not state.plc_frozen else "frozen" if state.plc_on else "off"
            self.show_unknown(key)
            return
        self._fault.show()
        self._state.setText(press.name.upper())
        fault = self._texts.t("panel.press.fault", code=press.fault)
        self._fault.set(
            fault if press.fault else self._texts.t("panel.press.no_fault"),
            tone=Tone.HIGH if press.fault else Tone.NORMAL,
        )
        self._show_figures(press, seconds)

    def _show_figures(self, press: PressState, seconds: float) -> None:
        number = self._texts.number
        self._made.append((seconds, press.processed))
        while self._made[-1][0] - self._made[0][0] > SPEED_OVER_S:
            self._made.popleft()
        self._figures["parts"].set_value(number(press.processed))
        self._figures["rejects"].set_value(number(press.defective))
        self._figures["coil"].set_value(number(press.coil_m, 0), self._texts.t("panel.press.metres"))
        self._figures["speed"].set_value(number(self.per_minute(), 0))

    def per_minute(self) -> float:
        """Parts per minute over the last twenty seconds."""
        if len(self._made) < 2 or self._made[-1][0] == self._made[0][0]:
            return 0.0
        (first, before), (last, now) = self._made[0], self._made[-1]
        return max(now - before, 0) / (last - first) * 60


class GaugeCard(Card):
    """Measures five parts and keeps their values in sight; `wanted` carries how many shall be outside."""

    wanted = Signal(int)

    def __init__(self, texts: Texts) -> None:
        """Nothing was measured yet."""
        super().__init__(texts.t("panel.gauge.title"), name="panel.gauge")
        self._texts = texts
        self._outside = False
        self._tick = ActionButton(
            texts.t("panel.gauge.outside"), name="panel.gauge.outside", icon="square", main=False
        )
        self._tick.clicked.connect(self._toggle)
        measure = ActionButton(texts.t("panel.gauge.measure"), name="panel.gauge.measure")
        measure.clicked.connect(lambda: self.wanted.emit(1 if self._outside else 0))
        self._words = labels.wrapped(texts.t("panel.gauge.none"), Scale.BODY)
        self._values = labels.wrapped("", Scale.TITLE, name="panel.gauge.values")
        self._values.hide()
        row = _grid()
        row.addWidget(measure, 0, 0)
        row.addWidget(self._tick, 0, 1)
        for item in (row, self._words, self._values):
            self.add(item)
        self._show_tick()

    @property
    def outside(self) -> bool:
        """Whether one of the five shall be out of limits."""
        return self._outside

    def show_values(self, values: Sequence[str], unit: str = "mm") -> None:
        """Show what was measured."""
        self._words.setText(self._texts.t("panel.gauge.keys"))
        self._values.setText(f"{'   '.join(values)} {unit}")
        self._values.show()

    def _toggle(self) -> None:
        self._outside = not self._outside
        self._show_tick()

    def _show_tick(self) -> None:
        self._tick.set_icon("check" if self._outside else "minus")
        self._tick.set_selected(self._outside)


class WireCard(Card):
    """One wire or program of the plant with its switches; `wanted` carries what to do with it."""

    wanted = Signal(str)

    def __init__(self, texts: Texts, wire: str, deeds: Sequence[str]) -> None:
        """`deeds` are keys of `panel.wires`, as "switch_off"."""
        super().__init__(name=f"panel.wire.{wire}")
        self._texts, self.wire = texts, wire
        self._chip = Chip(name=f"panel.wire.{wire}.state")
        self._buttons = {
            deed: ActionButton(texts.t(f"panel.wires.{deed}"), name=f"panel.wire.{wire}.{deed}", main=False)
            for deed in deeds
        }
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(labels.label(texts.t(f"panel.wires.{wire}"), Scale.HEADING), 1)
        head.addWidget(self._chip)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for deed, button in self._buttons.items():
            button.clicked.connect(partial(self.wanted.emit, deed))
            row.addWidget(button, 1)
        self.add(head)
        self.add(row)

    def show_unknown(self) -> None:
        """Nothing is known while the plant does not answer."""
        self._chip.set(self._texts.t("panel.wires.unknown"), tone=Tone.LOW)
        for button in self._buttons.values():
            button.setEnabled(False)

    def show_power(self, on: bool) -> None:
        """Show a program as on or off."""
        key = "on" if on else "off"
        tone = Tone.NORMAL if on else Tone.HIGH
        self._chip.set(self._texts.t(f"panel.wires.{key}"), tone=tone, sign="check" if on else None)
        for deed, button in self._buttons.items():
            button.setEnabled(deed == "restart" or (deed == "switch_off") == on)

    def show_reader(self, reader: ReaderState) -> None:
        """Show a reader's cable, and whether somebody listens at it."""
        t = self._texts.t
        words = t("panel.wires.plugged" if reader.plugged else "panel.wires.unplugged")
        if reader.plugged and reader.held is not None:
            words = t("panel.wires.held" if reader.held else "panel.wires.nobody")
        tone = Tone.NORMAL if reader.plugged and reader.held is not False else Tone.HIGH
        self._chip.set(words, tone=tone, sign="check" if tone is Tone.NORMAL else None)
        for deed, button in self._buttons.items():
            button.setEnabled((deed == "unplug") == reader.plugged)

"""The panel of the demo plant: what can be scanned, the press, the gauge, the wires, and a guide."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from devices.plant.client import Label, PlantClient, PlantState, PressState, ScanResult
from hmi.i18n import Texts
from screens.demo.panel_cards import SLOW_FAULT, GaugeCard, PressCard, ScanPage, WireCard
from screens.demo.panel_guide import FAULT, Do, Guide, GuideCard, GuideStep
from screens.demo.panel_line import PlantLine
from screens.kit import labels, painting, theme
from screens.kit.answer_line import Answer, AnswerLine
from screens.kit.buttons import ActionButton
from screens.kit.cards import Card
from screens.kit.scroll import TouchScroll
from screens.kit.theme import Scale, Tone

R = TypeVar("R")
WIDTH = 380
HEIGHT = 800
_WIRES: dict[str, tuple[str, ...]] = {
    "mes": ("switch_on", "switch_off"),
    "plc": ("switch_on", "switch_off", "restart"),
    "badge_reader": ("plug", "unplug"),
    "scanner": ("plug", "unplug"),
}
_WORDS = {
    "switch_on": "panel.wires.switching_on",
    "switch_off": "panel.wires.switching_off",
    "restart": "panel.wires.restarting",
    "plug": "panel.wires.plugging",
    "unplug": "panel.wires.unplugging",
}


class PlantPanel(QWidget):
    """A narrow window beside the terminal; every call to the plant runs off the GUI thread."""

    def __init__(self, client: PlantClient, texts: Texts | None = None) -> None:
        """The client stays its owner's; nobody else may use it until the panel is closed."""
        super().__init__()
        self.setObjectName("panel")
        self._texts = texts or Texts("en")
        t = self._texts.t
        self.setWindowTitle(t("panel.window"))
        self._labels: dict[str, Label] = {}
        self._guide = Guide()
        self._line = PlantLine(client, self)
        self._line.told.connect(self._show_plant)
        self._line.gone.connect(self._show_gone)
        self._guide_card = GuideCard(self._texts, self._guide)
        self._scan_page = ScanPage(self._texts)
        self._press = PressCard(self._texts)
        self._gauge = GaugeCard(self._texts)
        self._wires = {wire: WireCard(self._texts, wire, deeds) for wire, deeds in _WIRES.items()}
        self._gone = Card(tone=Tone.CRITICAL, name="panel.gone")
        self._gone_words = labels.wrapped(scale=Scale.STRONG, tone=Tone.CRITICAL, name="panel.gone.words")
        self._gone.add(self._gone_words)
        self._gone.hide()
        self._answer = AnswerLine("panel.answer")
        self._pages = QStackedWidget()
        self._tabs: dict[str, ActionButton] = {}
        self._lay_out()
        self._connect()
        self.resize(WIDTH, HEIGHT)
        self.setMinimumWidth(WIDTH - theme.PAD)

    def _lay_out(self) -> None:
        t = self._texts.t
        wires = QWidget()
        box = QVBoxLayout(wires)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        for card in self._wires.values():
            box.addWidget(card)
        box.addStretch(1)
        machine = QWidget()
        box = QVBoxLayout(machine)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP)
        box.addWidget(self._press)
        box.addWidget(self._gauge)
        box.addStretch(1)
        pages = {"guide": self._guide_card, "scan": self._scan_page, "press": machine, "wires": wires}
        tabs = QGridLayout()
        tabs.setSpacing(theme.GAP // 2)
        for number, (key, page) in enumerate(pages.items()):
            tab = ActionButton(t(f"panel.tab.{key}"), name=f"panel.tab.{key}", main=False)
            tab.clicked.connect(partial(self.show_page, key))
            tabs.addWidget(tab, 0, number)
            tabs.setColumnStretch(number, 1)
            self._tabs[key] = tab
            scroll = TouchScroll(
                page, name=f"panel.page.{key}", up_text=t("panel.up"), down_text=t("panel.down")
            )
            self._pages.addWidget(scroll)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        whole.setSpacing(theme.GAP)
        whole.addWidget(labels.eyebrow(t("panel.eyebrow")))
        whole.addLayout(tabs)
        whole.addWidget(self._gone)
        whole.addWidget(self._pages, 1)
        whole.addWidget(self._answer)
        self.show_page("guide")

    def _connect(self) -> None:
        self._guide_card.wanted.connect(self._do_step)
        self._scan_page.wanted.connect(self._scan)
        self._press.wanted.connect(self._do_press)
        self._gauge.wanted.connect(self._measure)
        for wire, card in self._wires.items():
            card.wanted.connect(partial(self._switch, wire))

    def show_page(self, page: str) -> None:
        """Show "guide", "scan", "press" or "wires"."""
        for number, (key, tab) in enumerate(self._tabs.items()):
            tab.set_selected(key == page)
            if key == page:
                self._pages.setCurrentIndex(number)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to look at the plant."""
        super().showEvent(event)
        self._line.ask(PlantClient.labels, self._show_labels, self._show_gone)
        self._line.open()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Look no more."""
        self._line.close()
        super().closeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        QPainter(self).fillRect(self.rect(), painting.brush(theme.current().ground))

    # ------------------------------------------------------------- what the plant says

    def _show_labels(self, known: list[Label]) -> None:
        self._labels = {label.id: label for label in known}
        self._scan_page.show_labels(known)

    def _show_plant(self, state: PlantState) -> None:
        self._gone.hide()
        self._press.show_plant(state, time.monotonic())
        self._wires["mes"].show_power(state.mes_on)
        self._wires["plc"].show_power(state.plc_on)
        for name, reader in state.readers.items():
            if name in self._wires:
                self._wires[name].show_reader(reader)
        if self._guide.looked(state):
            self._guide_card.show_progress()

    def _show_gone(self, words: str) -> None:
        self._gone_words.setText(self._texts.t("panel.gone", words=words))
        self._press.show_unknown()
        for card in self._wires.values():
            card.show_unknown()
        self._gone.show()

    # ------------------------------------------------------------- what people do

    def _do_step(self, step: GuideStep) -> None:
        match step.do:
            case Do.SCAN if step.label in self._labels:
                self._scan(self._labels[step.label])
            case Do.START:
                self._do_press("start")
            case Do.FAULT:
                self._do_press(f"fault {FAULT}")
            case Do.MEASURE:
                self._measure(1)
            case _:
                self._say(Answer.REFUSED, self._texts.t("panel.scan.none"))

    def _scan(self, label: Label) -> None:
        def read(result: ScanResult) -> None:
            listened = result.held is not False
            key = "panel.scan.scanned" if listened else "panel.scan.nobody"
            self._say(Answer.SAVED if listened else Answer.REFUSED, self._texts.t(key, name=label.name))
            if listened and self._guide.scanned(label.id):
                self._guide_card.show_progress()

        what = self._texts.t("panel.scan.scanning", name=label.name)
        self._ask(what, lambda client: client.scan(label.reader, label.text), read)

    def _do_press(self, do: str) -> None:
        t = self._texts.t
        kind, _, code = do.partition(" ")
        if kind == "fault":
            number = int(code)
            key = "panel.press.failing_slow" if number == SLOW_FAULT else "panel.press.failing"
            self._tell(t(key, code=number), lambda client: client.fault(number))
        elif kind == "start":
            self._tell(t("panel.press.starting"), lambda client: client.press("start"))
        elif kind == "stop":
            self._tell(t("panel.press.stopping"), lambda client: client.press("stop"))
        else:
            self._tell(t("panel.press.clearing"), lambda client: client.press("clear"))

    def _tell(self, what: str, call: Callable[[PlantClient], PressState]) -> None:
        self._ask(what, call, lambda _press: self._say(Answer.SAVED, what))

    def _measure(self, outside: int) -> None:
        def measured(values: list[str]) -> None:
            self._gauge.show_values(values)
            self._guide.measured()
            self._guide_card.show_values(values)
            self._say(Answer.SAVED, self._texts.t("panel.gauge.measured"))

        self._ask(self._texts.t("panel.gauge.measuring"), lambda client: client.measure(5, outside), measured)

    def _switch(self, wire: str, deed: str) -> None:
        name = self._texts.t(f"panel.wires.{wire}")
        what = self._texts.t(_WORDS[deed], what=name)
        self._ask(what, _switching(wire, deed), lambda _nothing: self._say(Answer.SAVED, what))

    def _ask(self, what: str, call: Callable[[PlantClient], R], then: Callable[[R], None]) -> None:
        def answered(answer: R) -> None:
            self._guide_card.set_busy(False)
            then(answer)
            self._line.look()

        def refused(words: str) -> None:
            self._guide_card.set_busy(False)
            self._say(Answer.REFUSED, self._texts.t("panel.refused", what=what, words=words))
            self._line.look()

        self._guide_card.set_busy(True)
        self._say(Answer.WAITING, self._texts.t("panel.busy", what=what))
        self._line.ask(call, answered, refused)

    def _say(self, state: Answer, words: str) -> None:
        self._answer.show_answer(words, "", state)


def _switching(wire: str, deed: str) -> Callable[[PlantClient], None]:
    """The call of the client that a switch stands for."""
    if wire == "mes":
        return lambda client: client.mes("on" if deed == "switch_on" else "off")
    if wire == "plc":
        if deed == "restart":
            return lambda client: client.plc("restart")
        return lambda client: client.plc("on" if deed == "switch_on" else "off")
    reader = "badge_reader" if wire == "badge_reader" else "scanner"
    return lambda client: client.reader(reader, "plug" if deed == "plug" else "unplug")

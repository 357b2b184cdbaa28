"""The panel of the demo plant: calls off the GUI thread, answers in words, a guide that follows."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from devices.plant.client import PlantClient, PlantProcess, PlantState, PressState
from screens.demo.panel import PlantPanel
from screens.demo.panel_guide import STEPS, Do, Guide
from screens.kit import theme

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
Words = dict[str, object]
LABELS: list[Words] = [
    {"id": "badge-operator", "reader": "badge_reader", "name": "Badge of M. Okafor", "text": "B-7341"},
    {"id": "badge-inspector", "reader": "badge_reader", "name": "Badge of R. Lindqvist", "text": "B-7355"},
    {"id": "order-104233", "reader": "scanner", "name": "Order WO-104233", "text": "]C0WO-104233"},
]


class FarPlant:
    """The far end of the control's wire: JSON lines over TCP, a plant that does at once what it is told."""

    def __init__(self, folder: Path) -> None:
        self.seen: list[Words] = []
        self.held: bool | None = True
        self.slow_s = 0.0
        self.press: Words = {"state": 4, "name": "Idle", "mode": 1, "fault": 0}
        self.press |= {"processed": 0, "defective": 0, "coil_m": 420.0}
        self.on = {"plc": True, "mes": True}
        self.plugged = {"badge_reader": True, "scanner": True}
        self.open_lines: list[socket.socket] = []
        plant = self

        class Line(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                plant.open_lines.append(self.connection)
                for line in self.rfile:
                    self.wfile.write(json.dumps(plant.answer(json.loads(line))).encode() + b"\n")
                plant.open_lines.remove(self.connection)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        card = {
            "control": f"127.0.0.1:{self._server.server_address[1]}",
            "plc": {"endpoint": "opc.tcp://127.0.0.1:1"},
            "mes": {"url": "http://127.0.0.1:1", "token_file": str(folder / "token")},
            "readers": {},
            "terminal": "T-1",
            "pid": 1,
        }
        (folder / "plant.json").write_text(json.dumps(card), "utf-8")

    def end(self) -> None:
        """Hang up on everybody."""
        self._server.shutdown()
        for connection in list(self.open_lines):
            connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    def answer(self, order: Words) -> Words:
        """Do one command."""
        if order["cmd"] != "state":
            time.sleep(self.slow_s)
            self.seen.append(order)
        try:
            return {"ok": True, **self._obey(order)}
        except ValueError as error:
            return {"ok": False, "words": str(error)}

    def _obey(self, order: Words) -> Words:
        match order["cmd"]:
            case "labels":
                return {"labels": LABELS}
            case "scan":
                return {"written": 7, "held": self.held}
            case "measure" if self.press["processed"] == 0:
                raise ValueError("The press has made 0 parts so far; 5 are needed.")
            case "measure":
                return {"values": ["12.04", "12.05", "12.03", "12.06", "12.13"], "unit": "mm"}
            case "press":
                self._press(str(order["do"]), order.get("code"))
                return {"press": self.press}
            case "mes" | "plc":
                self.on[str(order["cmd"])] = order["do"] != "off"
                return {"on": order["do"] != "off"}
            case "reader":
                self.plugged[str(order["name"])] = order["do"] == "plug"
                return {}
            case _:
                return self._state()

    def _press(self, do: str, code: object) -> None:
        if do == "start":
            self.press |= {"state": 6, "name": "Execute", "fault": 0, "processed": 7}
        elif do == "fault":
            self.press |= {"state": 9, "name": "Aborted", "fault": code}

    def _state(self) -> Words:
        readers = {
            name: {"plugged": plugged, "held": self.held, "port": name}
            for name, plugged in self.plugged.items()
        }
        return {
            "plc": {"on": self.on["plc"], "frozen": False, "pid": 1},
            "mes": {"on": self.on["mes"], "pid": 2},
            "press": self.press if self.on["plc"] else None,
            "readers": readers,
        }


class Front:
    """A panel before a plant, with a finger."""

    def __init__(self, client: PlantClient) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, theme.DAY)
        self.panel = PlantPanel(client)
        self.panel.show()

    def close(self) -> None:
        """Close the window."""
        self.panel.close()
        self.panel.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for something to be so; AssertionError when it is not in time."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"it did not become so; answer: {self.text('panel.answer')}"
            QTest.qWait(10)

    def find(self, name: str) -> QWidget:
        """The widget of this name."""
        found = [widget for widget in self.panel.findChildren(QWidget, name) if widget.isVisible()]
        assert found, f"no {name} is to be seen"
        return found[0]

    def text(self, name: str) -> str:
        """What a widget says."""
        for widget in self.panel.findChildren(QWidget, name):
            words = widget.property("text")
            return words if isinstance(words, str) and words else widget.accessibleName()
        return ""

    def touch(self, name: str) -> None:
        """Touch a widget."""
        widget = self.find(name)
        self.until(widget.isEnabled)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def says(self, words: str) -> None:
        """Wait for an answer."""
        self.until(lambda: words in self.text("panel.answer"))


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[FarPlant]:
    made = FarPlant(tmp_path)
    yield made
    made.end()


@pytest.fixture
def front(plant: FarPlant, tmp_path: Path, qapp: object) -> Iterator[Front]:
    client = PlantClient(tmp_path, timeout_s=10)
    made = Front(client)
    made.until(lambda: bool(made.panel.findChildren(QWidget, "panel.label.badge-operator")))
    yield made
    made.close()
    client.close()


def looked(state: int, fault: int = 0) -> PlantState:
    """A look at a plant whose press is so."""
    press = PressState(state, "Execute", 1, fault, 0, 0, 1.0)
    return PlantState(
        plc_on=True, plc_frozen=False, mes_on=True, press=press, readers={}, plc_pid=1, mes_pid=2
    )


# ------------------------------------------------------------- the guide by itself


def test_the_guide_follows_what_the_plant_can_see() -> None:
    guide = Guide()
    assert not guide.scanned("order-104233")
    assert guide.scanned("badge-operator")
    assert guide.scanned("order-104233")
    assert not guide.looked(looked(4))
    assert guide.looked(looked(6))
    assert not guide.looked(looked(6))
    assert guide.looked(looked(9, 312))
    assert guide.scanned("badge-inspector")
    assert guide.measured()
    assert guide.scanned("badge-technician")
    assert guide.scanned("seal")
    assert guide.looked(looked(6))
    assert guide.scanned("badge-operator")
    assert guide.next is None
    assert not guide.measured()


def test_a_plant_whose_plc_is_off_moves_nothing() -> None:
    guide = Guide([step for step in STEPS if step.do is Do.START])
    off = PlantState(
        plc_on=False, plc_frozen=False, mes_on=True, press=None, readers={}, plc_pid=None, mes_pid=2
    )
    assert not guide.looked(off)
    assert guide.done == 0


def test_every_label_of_the_guide_is_in_the_story() -> None:
    story = (Path(__file__).parents[2] / "devices" / "plant" / "story.toml").read_text("utf-8")
    for step in STEPS:
        assert not step.label or f'id = "{step.label}"' in story


# ------------------------------------------------------------- through the window


def test_a_scan_is_done_and_the_guide_goes_on(front: Front, plant: FarPlant) -> None:
    assert front.text("panel.guide.place") == "0 of 10 done"
    front.touch("panel.guide.do")
    front.says("Badge of M. Okafor scanned")
    assert {"cmd": "scan", "reader": "badge_reader", "text": "B-7341", "pieces": 1} in plant.seen
    assert front.text("panel.guide.place") == "1 of 10 done"
    assert front.text("panel.guide.then") == "M. Okafor is signed in, at the top right."
    assert front.text("panel.guide.do") == "2 · Scan the label of WO-104233"


def test_a_scan_that_nobody_hears_is_not_a_step(front: Front, plant: FarPlant) -> None:
    plant.held = False
    front.touch("panel.guide.do")
    front.says("nobody listens at the reader")
    assert front.text("panel.guide.place") == "0 of 10 done"


def test_every_label_has_its_button(front: Front, plant: FarPlant) -> None:
    front.touch("panel.tab.scan")
    front.touch("panel.label.order-104233")
    front.says("Order WO-104233 scanned")
    assert plant.seen[-1]["reader"] == "scanner"


def test_the_press_is_commanded_and_its_state_is_shown(front: Front, plant: FarPlant) -> None:
    front.touch("panel.tab.press")
    front.touch("panel.press.start")
    front.until(lambda: front.text("panel.press.state") == "EXECUTE")
    assert front.text("panel.press.parts") == "parts made 7"
    front.touch("panel.press.fault_205")
    front.until(lambda: front.text("panel.press.fault") == "fault 205")
    assert {"cmd": "press", "do": "fault", "code": 205} in plant.seen


def test_measured_values_stay_in_sight(front: Front, plant: FarPlant) -> None:
    front.touch("panel.tab.press")
    front.touch("panel.gauge.measure")
    front.says("The press has made 0 parts so far; 5 are needed.")
    front.touch("panel.press.start")
    front.until(lambda: front.text("panel.press.state") == "EXECUTE")
    front.touch("panel.gauge.outside")
    front.touch("panel.gauge.measure")
    front.until(lambda: "12.13" in front.text("panel.gauge.values"))
    assert plant.seen[-1] == {"cmd": "measure", "count": 5, "outside": 1}


@pytest.mark.parametrize(
    ("touches", "command", "state"),
    [
        (["mes.switch_off"], {"cmd": "mes", "do": "off"}, ("mes", "off")),
        (["mes.switch_off", "mes.switch_on"], {"cmd": "mes", "do": "on"}, ("mes", "on")),
        (["plc.switch_off"], {"cmd": "plc", "do": "off"}, ("plc", "off")),
        (["plc.restart"], {"cmd": "plc", "do": "restart"}, ("plc", "on")),
        (["scanner.unplug"], {"cmd": "reader", "name": "scanner", "do": "unplug"}, ("scanner", "unplugged")),
        (
            ["badge_reader.unplug", "badge_reader.plug"],
            {"cmd": "reader", "name": "badge_reader", "do": "plug"},
            ("badge_reader", "in use"),
        ),
    ],
)
def test_wires_are_switched_and_say_how_they_stand(
    front: Front, plant: FarPlant, touches: list[str], command: Words, state: tuple[str, str]
) -> None:
    front.touch("panel.tab.wires")
    for touch in touches:
        front.touch(f"panel.wire.{touch}")
        front.until(lambda: "…" not in front.text("panel.answer"))
    assert plant.seen[-1] == command
    front.until(lambda: front.text(f"panel.wire.{state[0]}.state") == state[1])


def test_a_press_without_its_plc_shows_no_figures(front: Front, plant: FarPlant) -> None:
    plant.on["plc"] = False
    front.touch("panel.tab.press")
    front.until(lambda: front.text("panel.press.state") == "PLC off")
    assert front.text("panel.press.parts") == "parts made –"


def test_a_slow_plant_does_not_hold_up_the_window(front: Front, plant: FarPlant) -> None:
    plant.slow_s = 0.8
    front.touch("panel.guide.do")
    longest, before, end = 0.0, time.monotonic(), time.monotonic() + 0.6
    while time.monotonic() < end:
        QTest.qWait(5)
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    assert "…" in front.text("panel.answer")
    assert not front.find("panel.guide.do").isEnabled()
    assert longest < 0.4
    front.says("Badge of M. Okafor scanned")


def test_a_plant_that_is_gone_is_said(tmp_path: Path, qapp: object) -> None:
    plant = FarPlant(tmp_path)
    client = PlantClient(tmp_path, timeout_s=5)
    front = Front(client)
    front.touch("panel.tab.press")
    front.until(lambda: front.text("panel.press.state") == "IDLE")
    plant.end()
    front.until(lambda: any(w.isVisible() for w in front.panel.findChildren(QWidget, "panel.gone")))
    assert "start the demo again" in front.text("panel.gone.words")
    assert front.text("panel.press.state") == "not heard"
    assert front.text("panel.wire.mes.state") == "not heard"
    front.close()
    client.close()


@pytest.mark.parametrize("height", [768, 1080])
def test_nothing_is_cut_beside_the_terminal(front: Front, height: int) -> None:
    front.panel.resize(380, height)
    QTest.qWait(50)
    assert (front.panel.width(), front.panel.height()) == (380, height)
    for page in ("guide", "scan", "press", "wires"):
        front.touch(f"panel.tab.{page}")
        QTest.qWait(20)
        for label in front.panel.findChildren(QLabel):
            if label.isVisible():
                assert label.mapTo(front.panel, label.rect().topRight()).x() < 380


@pytest.mark.wire
@pytest.mark.slow
def test_the_panel_plays_a_real_plant(tmp_path: Path, qapp: object) -> None:
    with PlantProcess(tmp_path, "--cycle-s", "0.2") as process, process.wait_until_up() as client:
        front = Front(client)
        front.until(lambda: bool(front.panel.findChildren(QWidget, "panel.label.seal")), 10)
        for step in STEPS:
            assert not step.label or front.panel.findChildren(QWidget, f"panel.label.{step.label}")
        front.touch("panel.tab.press")
        front.touch("panel.press.start")
        front.until(lambda: front.text("panel.press.state") == "EXECUTE", 20)
        front.until(lambda: int(front.text("panel.press.parts").split()[-1]) >= 5, 20)
        front.touch("panel.gauge.measure")
        front.until(lambda: "mm" in front.text("panel.gauge.values"), 10)
        front.touch("panel.press.fault_205")
        front.until(lambda: front.text("panel.press.fault") == "fault 205", 20)
        front.touch("panel.tab.wires")
        front.touch("panel.wire.scanner.unplug")
        front.until(lambda: front.text("panel.wire.scanner.state") == "unplugged", 10)
        front.close()

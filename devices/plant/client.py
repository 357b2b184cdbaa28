"""What plays the people and the wires of a running plant: a typed client of its control, of
the standard library alone.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

ReaderName = Literal["badge_reader", "scanner"]
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class PlantError(Exception):
    """The plant did not do it; the text is what it said, or why it could not be asked."""


@dataclass(frozen=True)
class PlantCard:
    """Where everything is: the contents of `plant.json`."""

    control: str
    endpoint: str
    mes_url: str
    token_file: Path
    readers: Mapping[str, str]
    terminal: str
    pid: int

    def token(self) -> str:
        """The terminal's token for the MES."""
        return self.token_file.read_text("utf-8").strip()


@dataclass(frozen=True)
class PressState:
    """What the press says of itself: PackML state and mode, fault code (0 none), counters
    and coil in metres.
    """

    state: int
    name: str
    mode: int
    fault: int
    processed: int
    defective: int
    coil_m: float


@dataclass(frozen=True)
class ReaderState:
    """A reader: whether its cable is in, whether a program holds its port (None unknown),
    and the port's name.
    """

    plugged: bool
    held: bool | None
    port: str


@dataclass(frozen=True)
class PlantState:
    """The plant at a moment; `press` is None while the PLC is off or frozen."""

    plc_on: bool
    plc_frozen: bool
    mes_on: bool
    press: PressState | None
    readers: Mapping[str, ReaderState]
    plc_pid: int | None
    mes_pid: int | None


@dataclass(frozen=True)
class Label:
    """Something to scan: its id, the reader that reads it, its name for people, and its text."""

    id: str
    reader: ReaderName
    name: str
    text: str


@dataclass(frozen=True)
class ScanResult:
    """What became of a scan: bytes written, and whether a program held the port (None when
    that is not known).
    """

    written: int
    held: bool | None


def read_card(folder: Path, name: str = "plant.json") -> PlantCard:
    """Read `plant.json` of a running plant; PlantError when no plant runs in this folder."""
    try:
        card = _dict(json.loads((folder / name).read_text("utf-8")))
    except FileNotFoundError:
        raise PlantError(
            f"No plant runs in {folder}; start one with: python -m devices.plant run --dir {folder}"
        ) from None
    mes = _dict(card["mes"])
    return PlantCard(
        control=_str(card["control"]),
        endpoint=_str(_dict(card["plc"])["endpoint"]),
        mes_url=_str(mes["url"]),
        token_file=Path(_str(mes["token_file"])),
        readers={name: _str(port) for name, port in _dict(card["readers"]).items()},
        terminal=_str(card["terminal"]),
        pid=_int(card["pid"]),
    )


class PlantClient:
    """One connection to the control of the plant that runs in a folder; not for two threads at once.

    Every method raises PlantError with the plant's words when it could not be done.
    """

    def __init__(self, folder: Path, timeout_s: float = 90.0) -> None:
        self.card = read_card(folder)
        host, port = self.card.control.rsplit(":", 1)
        try:
            self._socket = socket.create_connection((host, int(port)), timeout_s)
        except OSError as error:
            raise PlantError(f"The plant in {folder} does not answer: {error}.") from None
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; the plant goes on."""
        self._lines.close()
        self._socket.close()

    def command(self, cmd: str, **words: Json) -> dict[str, Json]:
        """Send any command and return its answer; PlantError when the answer is not ok."""
        try:
            self._socket.sendall(json.dumps({"cmd": cmd, **words}).encode() + b"\n")
            line = self._lines.readline()
        except OSError as error:
            raise PlantError(f"The plant does not answer: {error}.") from None
        if not line:
            raise PlantError("The plant hung up.")
        answer = _dict(json.loads(line))
        if answer.get("ok") is not True:
            raise PlantError(_str(answer.get("words")))
        return answer

    def state(self) -> PlantState:
        """The whole plant now."""
        told = self.command("state")
        plc, mes, press = _dict(told["plc"]), _dict(told["mes"]), told["press"]
        return PlantState(
            plc_on=plc["on"] is True,
            plc_frozen=plc["frozen"] is True,
            mes_on=mes["on"] is True,
            press=None if press is None else _press(press),
            readers={name: _reader(reader) for name, reader in _dict(told["readers"]).items()},
            plc_pid=None if plc["pid"] is None else _int(plc["pid"]),
            mes_pid=None if mes["pid"] is None else _int(mes["pid"]),
        )

    def labels(self) -> list[Label]:
        """All badges and labels of the story."""
        labels = self.command("labels")["labels"]
        return [_label(_dict(label)) for label in (labels if isinstance(labels, list) else [])]

    def scan(self, reader: ReaderName, text: str, pieces: int = 1) -> ScanResult:
        """Read one label at a reader; returns after its bytes (text and CR) are written."""
        told = self.command("scan", reader=reader, text=text, pieces=pieces)
        held = told["held"]
        return ScanResult(_int(told["written"]), held if isinstance(held, bool) else None)

    def scan_label(self, label_id: str) -> ScanResult:
        """Read the label or badge of the story with this id."""
        for label in self.labels():
            if label.id == label_id:
                return self.scan(label.reader, label.text)
        raise PlantError(f"The story has no label {label_id!r}.")

    def press(self, do: Literal["start", "stop", "clear", "hold", "end_coil"]) -> PressState:
        """Command the press; `start` clears, resets and threads a coil as needed. Returns
        its state right after.
        """
        return _press(self.command("press", do=do)["press"])

    def fault(self, code: int) -> PressState:
        """Cause fault 312 (trips after the pressure has fallen), 205 or 118 (at once)."""
        return _press(self.command("press", do="fault", code=code)["press"])

    def mode(self, mode: int) -> PressState:
        """Change the PackML unit mode (1 production, 2 maintenance, 3 manual) while the press stands."""
        return _press(self.command("press", do="mode", mode=mode)["press"])

    def wait_for_press(self, state: int, timeout_s: float = 120.0) -> PressState:
        """Wait until the press is in a PackML state; PlantError when it is not in time."""
        deadline = time.monotonic() + timeout_s
        while True:
            press = self.state().press
            if press is not None and press.state == state:
                return press
            if time.monotonic() > deadline:
                raise PlantError(
                    f"The press is {'not heard' if press is None else press.name}, not in state {state}."
                )
            time.sleep(0.05)

    def wait_for_parts(self, processed: int, timeout_s: float = 180.0) -> PressState:
        """Wait until the press has made at least this many parts in its life; PlantError when it
        has not in time.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            press = self.state().press
            if press is not None and press.processed >= processed:
                return press
            if time.monotonic() > deadline:
                raise PlantError(
                    f"The press has made {'?' if press is None else press.processed} parts, not {processed}."
                )
            time.sleep(0.05)

    def measure(self, count: int = 5, outside: int = 0) -> list[str]:
        """Diameters in mm, as a gauge shows them, of the last parts; `outside` of them are
        beyond the upper limit.
        """
        values = self.command("measure", count=count, outside=outside)["values"]
        return [_str(value) for value in values] if isinstance(values, list) else []

    def plc(self, do: Literal["off", "on", "restart", "freeze", "thaw"]) -> None:
        """Switch the PLC; `off` and `restart` are a power cut, `freeze` hangs its OPC UA face."""
        self.command("plc", do=do)

    def mes(self, do: Literal["off", "on", "restart", "kill"]) -> None:
        """Switch the MES; `kill` is `kill -9`, `on` starts it again."""
        self.command("mes", do=do)

    def mes_busy(self, seconds: float) -> None:
        """Let the MES answer 503 for so many seconds."""
        self.command("mes", do="busy", seconds=seconds)

    def mes_order(self, do: Literal["cancel", "release"], order: str) -> None:
        """Let the planner cancel a job order or release it again."""
        self.command("mes", do=do, order=order)

    def mes_plan(self, family: str, plan_id: str, record: dict[str, Json] | None) -> None:
        """Let the planner put one plan record, or withdraw it (None: a tombstone)."""
        self.command("mes", do="plan", family=family, id=plan_id, record=record)

    def reader(self, name: ReaderName, do: Literal["plug", "unplug"]) -> None:
        """Pull or put in a reader's cable."""
        self.command("reader", name=name, do=do)

    def quit(self) -> None:
        """End the plant and everything in it."""
        self.command("quit")


class PlantProcess:
    """A plant started from here: it ends with this program, also when this program is killed."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("plant.json", "addresses.json"):
            (folder / name).unlink(missing_ok=True)
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        self._log = folder / "plant.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "devices.plant",
                    "run",
                    "--dir",
                    str(folder),
                    "--follow-stdin",
                    *words,
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONPATH": path},
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """The plant's process id."""
        return self._process.pid

    def wait_for_addresses(self, timeout_s: float = 60.0) -> PlantCard:
        """Wait until the plant knows where everything will be; it is not up yet. PlantError as below."""
        self._wait_for("addresses.json", timeout_s)
        return read_card(self.folder, "addresses.json")

    def wait_until_up(self, timeout_s: float = 60.0) -> PlantClient:
        """Wait for `plant.json` and connect; PlantError with the plant's last words when it ended
        or was too slow.
        """
        self._wait_for("plant.json", timeout_s)
        return PlantClient(self.folder)

    def _wait_for(self, name: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not (self.folder / name).exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise PlantError(
                    f"The plant did not start: {self._log.read_text('utf-8', 'replace')[-2000:]}"
                )
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill the plant as a power cut does; its parts die with it."""
        self._process.kill()
        self._process.wait()

    def end(self, timeout_s: float = 15.0) -> None:
        """End the plant in good order, or by force when it takes too long."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()


def _dict(value: Json) -> dict[str, Json]:
    if isinstance(value, dict):
        return value
    raise PlantError(f"The plant said {value!r} where an object belongs.")


def _str(value: Json) -> str:
    if isinstance(value, str):
        return value
    raise PlantError(f"The plant said {value!r} where a text belongs.")


def _int(value: Json) -> int:
    if isinstance(value, int):
        return value
    raise PlantError(f"The plant said {value!r} where a whole number belongs.")


def _press(value: Json) -> PressState:
    told = _dict(value)
    coil = told["coil_m"]
    return PressState(
        state=_int(told["state"]),
        name=_str(told["name"]),
        mode=_int(told["mode"]),
        fault=_int(told["fault"]),
        processed=_int(told["processed"]),
        defective=_int(told["defective"]),
        coil_m=float(coil) if isinstance(coil, (int, float)) else 0.0,
    )


def _reader(value: Json) -> ReaderState:
    told = _dict(value)
    held = told["held"]
    return ReaderState(told["plugged"] is True, held if isinstance(held, bool) else None, _str(told["port"]))


def _label(told: dict[str, Json]) -> Label:
    reader: ReaderName = "badge_reader" if told["reader"] == "badge_reader" else "scanner"
    return Label(_str(told["id"]), reader, _str(told["name"]), _str(told["text"]))

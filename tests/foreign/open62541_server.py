"""An OPC UA server on the open62541 stack: a package of its own folder, never part of the environment."""

import functools
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.devices import RecordingSink, free_port
from tests.foreign.commanded import Commanded, NotToBeHad, install, run_installer

HERE = Path(__file__).parent / "open62541"
URI = "urn:lineside:foreign:open62541"


def _fill(folder: Path) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise NotToBeHad("no uv to install the open62541 stack with")
    words = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", "."]
    words += ["--no-deps", "--require-hashes", "-r", str(HERE / "requirements.txt")]
    run_installer(words, folder, "the open62541 stack")


@functools.cache
def installed() -> Path:
    """The folder with the package; or NotToBeHad."""
    return install("open62541", HERE / "requirements.txt", _fill)


class Open62541Server:
    """A machine on open62541; with a certificate and key (DER files) it also offers protected endpoints."""

    def __init__(self) -> None:
        """It does not run yet."""
        self.port = free_port()
        self.options: list[str] = []
        self._program: Commanded | None = None
        self._count = 100

    def settings(self) -> dict[str, object]:
        """Three tags; the count by browse path."""
        return {
            "endpoint": f"opc.tcp://127.0.0.1:{self.port}",
            "publishing_interval_ms": 50,
            "tags": {
                "count": {
                    "node": f"/Objects/nsu={URI};Machine/nsu={URI};Count",
                    "label": "Count",
                    "role": "produced_count",
                },
                "speed": {"node": f"nsu={URI};s=Speed", "label": "Speed", "unit": "1/min", "high": 60},
                "name": {"node": f"nsu={URI};s=Name", "label": "Name"},
            },
        }

    def start(self) -> None:
        """Run until `vanish`, or for the ten minutes that the package gives without a credential."""
        words = [sys.executable, str(HERE / "server.py"), f"--port={self.port}", *self.options]
        self._program = Commanded(words, HERE, {"PYTHONPATH": str(installed())})

    def tell(self, command: Mapping[str, object]) -> dict[str, Any]:
        """Send a command; AssertionError when the server could not do it."""
        assert self._program is not None
        return self._program.tell(command)

    def write(self, node: str, value: object, kind: str) -> None:
        """Write a value."""
        self.tell({"do": "write", "node": node, "value": value, "kind": kind})

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

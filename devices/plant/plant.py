"""The parts of the demo plant and the wires to them: PLC and MES as processes, and the readers.

It writes `addresses.json` into its folder as soon as it knows where everything will be, and `plant.json`,
which says the same, when all is up. Ports are chosen once and kept there, so that a part that was switched
off comes back under the same address. Every part ends with the plant, also when
the plant is killed.
"""

import asyncio
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devices.plant.mes_server.people import own_key
from devices.plant.part import Part
from devices.plant.readers import PtyReader, Reader, TcpReader
from devices.plant.story import Story

READERS = ("badge_reader", "scanner")
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class PlantSettings:
    """How a plant is run: its folder, story, ideal cycle (s), seed, database of the MES, and readers
    over TCP or not.
    """

    folder: Path
    story: Path
    cycle_s: float
    seed: int
    mes_db: str
    tcp_readers: bool
    signed_people: bool = False

    @property
    def memory(self) -> Path:
        """The PLC's retentive memory."""
        return self.folder / "plc-memory.json"

    @property
    def people(self) -> Path:
        """Where the MES keeps the key and the letters of its people, when it signs them."""
        return self.folder / "people"

    @property
    def token_file(self) -> Path:
        """The terminal's token for the MES."""
        return self.folder / "mes-token"


class Plant:
    """All parts of the plant and the wires to them; what each command of the control acts upon."""

    def __init__(self, settings: PlantSettings, story: Story) -> None:
        self.settings = settings
        self.story = story
        self.ended = asyncio.Event()
        folder = settings.folder
        self.frozen = False
        ports = _keep_ports(folder / "ports.json", ("plc", "mes", "control", *READERS))
        self._card = folder / "plant.json"
        self._addresses = folder / "addresses.json"
        self.control_port = ports["control"]
        self.mes_url = f"http://{LOOPBACK}:{ports['mes']}"
        self.endpoint = f"opc.tcp://{LOOPBACK}:{ports['plc']}/press12"
        plc = ["--port", str(ports["plc"]), "--memory", str(settings.memory)]
        plc += ["--cycle-s", str(settings.cycle_s), "--seed", str(settings.seed)]
        mes = ["--port", str(ports["mes"]), "--db", settings.mes_db, "--seed", str(settings.story)]
        mes += ["--token-file", str(settings.token_file)]
        mes += ["--sign-people", str(settings.people)] if settings.signed_people else []
        self.plc = Part("PLC", "devices.plant.plc", plc, folder / "plc.log")
        self.mes = Part("MES", "devices.plant.mes_server", mes, folder / "mes.log")
        self.readers: Mapping[str, Reader] = {
            name: TcpReader(ports[name]) if settings.tcp_readers else PtyReader(folder / name)
            for name in READERS
        }

    async def start(self) -> None:
        """Start everything and publish `plant.json`; PartError when a part does not start."""
        self._card.unlink(missing_ok=True)
        _make_token(self.settings.token_file)
        if self.settings.signed_people:
            own_key(self.settings.people)
        await asyncio.gather(*(reader.plug() for reader in self.readers.values()))
        _write(self._addresses, json.dumps(self.card(), indent=2))
        await asyncio.gather(self.plc.start(), self.mes.start())
        _write(self._card, json.dumps(self.card(), indent=2))

    async def end(self) -> None:
        """End every part, and take the card and the readers' names away."""
        self._card.unlink(missing_ok=True)
        self._addresses.unlink(missing_ok=True)
        plugs = [reader.unplug() for reader in self.readers.values()]
        await asyncio.gather(self.plc.stop(hard=self.frozen), self.mes.stop(hard=False), *plugs)

    def card(self) -> Mapping[str, object]:
        """What `plant.json` says."""
        return {
            "control": f"{LOOPBACK}:{self.control_port}",
            "plc": {"endpoint": self.endpoint},
            "mes": {"url": self.mes_url, "token_file": str(self.settings.token_file)},
            "readers": {name: reader.port for name, reader in self.readers.items()},
            "terminal": self.story.terminals[0].id,
            "pid": os.getpid(),
        }


def _write(file: Path, text: str) -> None:
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(file)


def _make_token(file: Path) -> None:
    """A token for the terminal, readable for its owner; one that is there is kept."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32) + "\n", "utf-8")


def _keep_ports(file: Path, names: tuple[str, ...]) -> dict[str, int]:
    """A loopback port for each name: the ones of last time where they are still free, else new ones."""
    kept: dict[str, int] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    ports: dict[str, int] = {}
    held: list[socket.socket] = []
    for name in names:
        probe = socket.socket()
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, kept.get(name, 0)))
        except OSError:
            probe.bind((LOOPBACK, 0))
        held.append(probe)
        ports[name] = probe.getsockname()[1]
    for probe in held:
        probe.close()
    _write(file, json.dumps(ports))
    return ports

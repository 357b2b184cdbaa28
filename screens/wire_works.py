"""What works on the wires, loaded there after the window was painted: its libraries take a second."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hmi.config import TerminalConfig
from hmi.device_ports import Listener
from hmi.domain.people_file import PeopleBook
from hmi.hub import Hub
from hmi.terminal import Terminal
from hmi.times import Clock
from local_db.ledger import SqliteLedger
from local_db.sync import Sync
from screens.settings import data_folder
from screens.wiring import (
    make_connector,
    make_drivers,
    opcua_links,
    pki_folder,
    shared_counters,
    with_signed_people,
)


class WireWorks:
    """The links and the sync of one terminal; both begin on the thread that calls them."""

    def __init__(
        self, config: TerminalConfig, file: Path, clock: Clock, terminal: Terminal, book: PeopleBook | None
    ) -> None:
        """Begin nothing yet."""
        self._config = config
        self._file = file
        self._clock = clock
        self._terminal = terminal
        self._book = book
        self._sync: Sync | None = None
        self._ends: list[Callable[[], Any]] = []

    async def devices(self, ears: Listener) -> None:
        """Make the drivers and hear them until cancelled."""
        from devices.opcua.mapping import OpcUaMapper
        from devices.opcua.trust_list import TrustList
        from devices.supervisor import Supervisor

        config, file, clock = self._config, self._file, self._clock
        self._terminal.trust = TrustList(pki_folder(config, file), clock)
        mapper = OpcUaMapper(opcua_links(config, file), data_folder(config, file), clock)
        self._terminal.mapper = mapper
        self._ends.append(mapper.close)
        drivers, _ = make_drivers(config, file, clock)
        supervisor = Supervisor(drivers, ears, clock)
        self._terminal.requests.machines = supervisor.machines
        await supervisor.run()

    async def sync(self, ledger: SqliteLedger, hub: Hub) -> None:
        """Make the connector and keep in step with the MES until cancelled."""
        config, file = self._config, self._file
        self._sync = Sync(
            ledger,
            with_signed_people(make_connector(config, file), self._book, data_folder(config, file)),
            name="MES",
            kind="mes",
            address=str(config.mes.get("url", "")),
            clock=self._clock,
            on_status=hub.post,
            on_heard=hub.post_heard,
            counters=shared_counters(config, file),
        )
        await self._sync.run()

    def wake(self) -> None:
        """There is something to send; what is committed before the sync began is found by it."""
        if self._sync is not None:
            self._sync.wake()

    def close(self) -> None:
        """End what outlives the thread."""
        for end in self._ends:
            end()

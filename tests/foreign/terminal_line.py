"""A terminal without its window at a foreign machine: ledger, watches, links, what a screen holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings, tag_infos
from devices.supervisor import Supervisor
from hmi.alarm_watch import AlarmWatch
from hmi.config import TerminalConfig
from hmi.domain.alarms import AlarmRecord
from hmi.domain.entries import Entry
from hmi.domain.machine import WriteOutcome, WriteWish
from hmi.domain.personnel import Session
from hmi.domain.signals import Alarm, LinkState, LinkStatus, Reading
from hmi.hub import Answer, Hub
from hmi.i18n import Texts
from hmi.operations.alarms import Acknowledge, acknowledge_alarms
from hmi.operations.personnel import SignIn, sign_in
from hmi.ports import PlanPage, PlanRecord, Saved
from hmi.terminal import FaultReport, Outcome, Refusal, Terminal
from hmi.times import SystemClock
from hmi.watch import MachineWatch
from local_db.ledger import SqliteLedger
from screens.wires import WireThread
from tests.fakes.devices import RecordingListener

CLOCK = SystemClock()
PATIENCE_S = 20.0
PEOPLE = (
    PlanRecord("person", "P1", 1, {"name": "T. Nowak", "badge": "TE", "roles": ["technician"]}),
    PlanRecord("person", "P2", 1, {"name": "O. Ade", "badge": "OP", "roles": ["operator"]}),
)


class Ears(RecordingListener):
    """What the links say goes to the alarms and to the hub."""

    def __init__(self, hub: Hub, alarms: AlarmWatch) -> None:
        super().__init__()
        self._hub, self._watch = hub, alarms

    def on_readings(self, batch: Sequence[Reading]) -> None:
        """See Listener."""
        self._hub.post_readings(list(batch))

    def on_link(self, status: LinkStatus) -> None:
        """See Listener."""
        self._hub.post(status)

    def on_heard(self, link: str, heard_ms: int) -> None:
        """See Listener."""
        self._hub.post_heard(link, heard_ms)

    def on_alarms(self, batch: Sequence[Alarm]) -> None:
        """See Listener."""
        self._watch.on_alarms(batch)
        for alarm in batch:
            self._hub.post(alarm)


class TerminalLine:
    """Drains the hub where a window would; every wait gives up after 20 s."""

    def __init__(self, folder: Path, settings: OpcUaSettings) -> None:
        """Begin to connect."""
        hub = self._hub = Hub()
        self.ledger = SqliteLedger(
            folder / "journal.db", terminal="T-1", equipment="PRESS", clock=CLOCK, on_changes=hub.post
        )
        self.ledger.start()
        page = PlanPage(PEOPLE, "1", True, None, "mes-1", CLOCK.now())
        self.ledger.apply_plans(page).result(PATIENCE_S)
        tags = tag_infos("plc", settings)
        watch = MachineWatch(self.ledger, tags, CLOCK, fastest_cycle_s=0.001, count_every_ms=100)
        alarms = AlarmWatch(self.ledger, tags, CLOCK)
        config = TerminalConfig.model_validate(
            {
                "terminal": {"id": "T-1", "station": "A/B", "equipment": "PRESS", "time_zone": "UTC"},
                "links": {"plc": {"driver": "opcua", "label": "PLC"}},
                "mes": {"connector": "rest"},
            }
        )
        self.terminal = Terminal(config, hub, self.ledger, watch, tags, Texts("en"), CLOCK)
        supervisor = Supervisor([OpcUaDriver("plc", settings, CLOCK)], Ears(hub, alarms), CLOCK)
        self.terminal.requests.machines = supervisor.machines
        self._wires = WireThread({"links": supervisor.run})
        self._wires.start()

    def close(self) -> None:
        """Leave nothing behind."""
        self._wires.stop()
        self.ledger.stop()

    def until(self, holds: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Take in what comes until it is so."""
        end = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < end, "it did not become so in time"
            time.sleep(0.01)
            self._drain()

    def stands(self, state: LinkState) -> None:
        """Wait until the link stands so."""
        self.until(lambda: "plc" in self.terminal.links and self.terminal.links["plc"].state is state)

    def sign_in(self, badge: str) -> Session:
        """Read a badge."""
        self.ledger.do(sign_in, SignIn(badge)).result(PATIENCE_S)
        session = self.ledger.read(lambda records: records.journal.session()).result(PATIENCE_S)
        assert session is not None
        self.terminal.session = session
        return session

    def entries(self, kind: str) -> list[Entry]:
        """Entries of one kind, oldest first."""
        rows = self.ledger.read(lambda records: records.journal.newest(500)).result(PATIENCE_S)
        return [row.entry for row in reversed(rows) if row.entry.kind == kind]

    def wait_for(self, kind: str, count: int = 1) -> list[Entry]:
        """Wait until the journal has so many entries of a kind."""
        self.until(lambda: len(self.entries(kind)) >= count)
        return self.entries(kind)

    def alarm(self) -> AlarmRecord:
        """The one alarm of the device."""
        (record,) = self.ledger.read(lambda records: records.alarms.alarms()).result(PATIENCE_S)
        return record

    def acknowledge(self, key: str, *, again: bool = False) -> Outcome:
        """Touch it."""
        told: list[Outcome] = []
        self.terminal.do(acknowledge_alarms, Acknowledge((key,), again), told.append)
        self.until(lambda: bool(told))
        assert isinstance(told[0], Saved), told
        return told[0]

    def write(self, wish: WriteWish) -> WriteOutcome | Refusal | FaultReport:
        """Write as a screen does."""
        told: list[WriteOutcome | Refusal | FaultReport] = []
        self.terminal.write_tag(wish, told.append, told.append)
        self.until(lambda: bool(told))
        return told[0]

    def _drain(self) -> None:
        batch = self._hub.drain()
        for reading in batch.readings.values():
            self.terminal.readings[reading.tag] = reading
        self.terminal.heard |= batch.heard
        for event in batch.events:
            match event:
                case LinkStatus():
                    self.terminal.note_link(event)
                case Alarm():
                    self.terminal.note_alarm(event)
                case Answer():
                    event.deliver()
                case _:
                    pass


@contextmanager
def terminal_line(folder: Path, settings: OpcUaSettings) -> Generator[TerminalLine]:
    """A terminal that runs until the end of the block."""
    made = TerminalLine(folder, settings)
    try:
        yield made
    finally:
        made.close()

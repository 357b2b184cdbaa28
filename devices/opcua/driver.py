"""Hears a PLC over OPC UA: every change with quality and times, and no silence that looks like good news."""

from collections.abc import AsyncIterator, Sequence

from asyncua import ua

from devices.opcua import methods
from devices.opcua.alarms import OpcUaAlarms
from devices.opcua.conditions import AlarmBook
from devices.opcua.hearing import Companion, NothingHeard, OpcUaHearing
from devices.opcua.history import LastHeard, OpcUaHistory
from devices.opcua.job_control import JobControl
from devices.opcua.jobs import tell_machine
from devices.opcua.node_address import Address, parse
from devices.opcua.probe import probe
from devices.opcua.scans import OpcUaScans, TakenEvents
from devices.opcua.session import OpcUaSession, open_session
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_values import TagValue
from devices.opcua.writing import OpcUaWriter
from hmi.device_ports import Sink, Witness
from hmi.domain.jobs import JobOutcome, JobTelling
from hmi.domain.machine import AlarmAnswer, CallOutcome, WriteOutcome, WriteWish
from hmi.domain.signals import Alarm
from hmi.errors import LinkError
from hmi.ports import Finding
from hmi.times import Clock


class OpcUaDriver:
    """Subscribes to the tags of one PLC; one that it does not have is a BAD reading, the others go on."""

    def __init__(self, name: str, settings: OpcUaSettings, clock: Clock) -> None:
        """`name` is the link's name; the monotonic clock stamps what is heard."""
        self._name = name
        self._settings = settings
        self._clock = clock
        self._addresses: dict[str, Address] = {tag: parse(each.node) for tag, each in settings.tags.items()}
        self._book = AlarmBook()
        self._alarms: OpcUaAlarms | None = None
        self._taken = TakenEvents()
        self._session: OpcUaSession | None = None
        self._last = LastHeard(settings)
        self._writer = OpcUaWriter(settings.tags)
        self._values = {tag: TagValue(each) for tag, each in settings.tags.items()}

    @property
    def name(self) -> str:
        """See AsyncDriver."""
        return self._name

    @property
    def kind(self) -> str:
        """See AsyncDriver."""
        return "opcua"

    @property
    def address(self) -> str:
        """The configured endpoint."""
        return self._settings.endpoint

    async def run(self, sink: Sink) -> None:
        """Connect and emit until cancelled or LinkError; each run makes its own client and subscription."""
        session = await open_session(self._settings, self._clock)
        self._session = session
        listens = True
        try:
            companions: list[Companion] = []
            if self._settings.alarms:
                self._alarms = OpcUaAlarms(self._name, session, self._book, sink, self._clock)
                companions.append(self._alarms)
            if self._settings.scans:
                companions.append(OpcUaScans(self._name, session, self._taken, sink, self._clock))
            if self._last.wanted:
                companions.append(OpcUaHistory(session, self._settings, self._addresses, self._last, sink))
            hearing = OpcUaHearing(
                self._name,
                self._settings,
                self._clock,
                self._addresses,
                self._values,
                session,
                sink,
                companions=companions,
            )
            await hearing.run()
        except NothingHeard:
            listens = False
            raise
        finally:
            self._alarms = self._session = None
            await session.close(farewell=listens)

    def probe(self) -> AsyncIterator[Finding]:
        """Look at socket, endpoint, session, namespaces and every tag once."""
        return probe(self._name, self._settings, self._addresses, self._clock)

    async def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str = "", minutes: float = 0.0
    ) -> CallOutcome:
        """Answer an alarm for a person; LinkError when the link is not up. Shelved for `minutes`."""
        if self._alarms is None:
            raise LinkError(f"{self.address} is not connected: the alarm stays as it is")
        return await self._alarms.answer(alarm, answer, comment, minutes)

    async def write(self, wish: WriteWish, witness: Witness) -> WriteOutcome:
        """Write a tag for a person, once; OperatorError or LinkError: nothing was sent.

        `witness` may forbid it, and keeps the intent before anything is sent.
        """
        session = self._up("nothing was written")
        node = await self._node(session, self._addresses[wish.tag])
        return await self._writer.write(wish, node, session.services, witness)

    async def call(self, of: str, method: str, inputs: Sequence[ua.Variant] = ()) -> CallOutcome:
        """Call a method of an object, once; both are addresses as in the tag map. LinkError: not sent."""
        session = self._up("nothing was called")
        return await methods.call(
            session.services,
            await self._node(session, parse(of)),
            await self._node(session, parse(method)),
            inputs,
        )

    async def jobs(self, receiver: str, provider: str = "") -> JobControl:
        """The job orders of a machine; both are addresses as in the tag map. LinkError: not connected."""
        session = self._up("no job order was sent")
        return JobControl(
            session.services,
            (await session.look()).namespaces,
            await self._node(session, parse(receiver)),
            await self._node(session, parse(provider)) if provider else None,
        )

    @property
    def takes_jobs(self) -> bool:
        """Whether the machine is told of job orders."""
        return self._settings.jobs is not None

    async def tell_job(self, telling: JobTelling) -> JobOutcome:
        """Tell the machine what was done to a job order, once; LinkError: nothing was sent."""
        jobs = self._settings.jobs
        if jobs is None:
            raise LinkError(f"{self.address} takes no job orders: name its receiver in the configuration")
        control = await self.jobs(jobs.receiver, jobs.provider or "")
        return await tell_machine(self._name, control, telling, start=jobs.on_start == "start")

    def _up(self, unharmed: str) -> OpcUaSession:
        if self._session is None:
            raise LinkError(f"{self.address} is not connected: {unharmed}")
        return self._session

    async def _node(self, session: OpcUaSession, address: Address) -> ua.NodeId:
        found, refused = await session.resolve({"": address}, (await session.look()).namespaces)
        if "" in refused:
            raise LinkError(f"{self.address}: {refused[''].words}: look at the address")
        return found[""]

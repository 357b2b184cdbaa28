"""What a driver must be and where it speaks to; who hears the links; who asks machines for people."""

from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from threading import Event
from typing import Protocol, runtime_checkable

from hmi.domain.jobs import JobOutcome, JobTelling
from hmi.domain.machine import AlarmAnswer, CallOutcome, WriteOutcome, WriteWish
from hmi.domain.mapping import ProposedTag
from hmi.domain.signals import Alarm, LinkStatus, Measured, Reading, Scalar, Scan, TagsInField
from hmi.domain.trust import OwnCertificate, ServerCertificate
from hmi.ports import Finding


class Listener(Protocol):
    """Who wants to hear what all links say; called from any thread, returns at once."""

    def on_readings(self, batch: Sequence[Reading]) -> None: ...
    def on_scan(self, scan: Scan) -> None: ...
    def on_several(self, tags: TagsInField) -> None: ...
    def on_measured(self, measured: Measured) -> None: ...
    def on_link(self, status: LinkStatus) -> None: ...
    def on_heard(self, link: str, heard_ms: int) -> None: ...
    def on_alarms(self, batch: Sequence[Alarm]) -> None: ...

    def on_filled(self, batch: Sequence[Reading]) -> None:
        """Values of the past that were read after a gap: for the history, never for what is so now."""
        ...


class Sink(Protocol):
    """Where a driver speaks to; every method may be called from any thread and returns at once."""

    def up(self) -> None:
        """The link is made. What comes right after it is state, not event."""
        ...

    def heard(self) -> None:
        """A sign of life without news (a keep-alive)."""
        ...

    def readings(self, batch: Sequence[Reading]) -> None:
        """Values in the order in which the device sent them."""
        ...

    def scan(self, scan: Scan) -> None:
        """A code was read."""
        ...

    def alarms(self, batch: Sequence[Alarm]) -> None:
        """Conditions as they stand now, each in its newest state."""
        ...

    def filled(self, batch: Sequence[Reading]) -> None:
        """Values of the past, read from the device's history after a gap; in the order of their times."""
        ...

    def clock_offset(self, offset_ms: int) -> None:
        """The device's clock minus this terminal's, as measured now."""
        ...

    def earlier_alarms_unknown(self) -> None:
        """The device does not say which alarms were already active when this run's link was made."""
        ...

    def several(self, tags: TagsInField) -> None:
        """Several radio tags are in the field, and which one is meant cannot be known."""
        ...

    def measured(self, measured: Measured) -> None:
        """A scale or gauge gave a value that was meant, or said why it has none."""
        ...


class AsyncDriver(Protocol):
    """A driver on the asyncio thread. It connects, emits, raises LinkError, and knows no retry."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def address(self) -> str: ...

    async def run(self, sink: Sink) -> None:
        """Run until cancelled; every end by itself is a LinkError."""
        ...

    def probe(self) -> AsyncIterator[Finding]:
        """Try everything once, for `lineside check`."""
        ...


class BlockingDriver(Protocol):
    """A driver with a thread of its own (serial ports): blocking reads with a time-out."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def address(self) -> str: ...

    def run(self, sink: Sink, stop: Event) -> None:
        """Run until `stop` is set; every other end is a LinkError."""
        ...

    def probe(self) -> AsyncIterator[Finding]:
        """Try everything once, for `lineside check`."""
        ...


class ServerTrust(Protocol):
    """Which servers this terminal trusts; each method is quick and may be called from any thread."""

    def servers(self) -> Sequence[ServerCertificate]:
        """Every certificate that a server showed, newest first, and what was decided."""
        ...

    def accept(self, certificate: ServerCertificate, by: str) -> None:
        """Trust it at its endpoint from now on; whatever was trusted there before no longer is."""
        ...

    def refuse(self, certificate: ServerCertificate, by: str) -> None:
        """Never trust it."""
        ...

    def own(self) -> OwnCertificate | None:
        """The terminal's own certificate, None while it has none."""
        ...


class TagMapper(Protocol):
    """Looks at machines for whoever makes a tag map; LinkError in a future: it was not reached."""

    def links(self) -> Sequence[str]:
        """The links to machines that can be looked at."""
        ...

    def propose(self, link: str) -> Future[Sequence[ProposedTag]]:
        """Every node that could be a tag; `picked` where a companion model or its name speaks for it."""
        ...

    def values(self, link: str, names: Sequence[str]) -> Future[Mapping[str, str]]:
        """What proposed tags hold now, as text."""
        ...

    def save(self, link: str, names: Sequence[str]) -> Future[str]:
        """Write a tag map of proposed tags; the file."""
        ...


class Witness(Protocol):
    """Who may forbid a write and keeps what was wished and what became of it."""

    async def asked(self, wish: WriteWish, before: Scalar | None) -> None:
        """The wish is about to be sent: judge the person's right and keep the intent, or OperatorError."""
        ...

    async def told(self, wish: WriteWish, outcome: WriteOutcome) -> None:
        """What became of it; called exactly once after `asked` let it pass."""
        ...


class Machines(Protocol):
    """Asks machines something for a person, once; may be called from any thread.

    A future with OperatorError or LinkError tells that nothing was sent; a cancelled one leaves it open.
    """

    def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> Future[CallOutcome]:
        """Answer an alarm at the device that told it; shelved for `minutes`."""
        ...

    def write(self, link: str, wish: WriteWish, witness: Witness) -> Future[WriteOutcome]:
        """Write a tag of a link; `witness` is asked before anything is sent."""
        ...


@runtime_checkable
class JobMachines(Protocol):
    """Machines that may take job orders; as Machines."""

    @property
    def takes_jobs(self) -> bool:
        """Whether there is one that does."""
        ...

    def tell_job(self, telling: JobTelling) -> Future[JobOutcome]:
        """Tell it what was done to a job order."""
        ...

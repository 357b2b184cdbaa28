"""What the upper floors must bring: records, a ledger, drivers, connectors, and where they speak to."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from hmi.domain.alarms import AlarmRecord
from hmi.domain.changes import Changes
from hmi.domain.entries import (
    Entry,
    EntryRow,
    NewEntry,
    PersonRef,
    PushResult,
    QueueCounts,
    ReceiptState,
    Subject,
)
from hmi.domain.equipment import EquipmentState, StatePeriod, Stop
from hmi.domain.maintenance import AssetHistory, Repair
from hmi.domain.personnel import Session
from hmi.domain.plans import (
    Asset,
    FailureCode,
    Fault,
    InspectionPlan,
    JobOrder,
    Material,
    Person,
    Reason,
    RoleTable,
    SignedPeople,
)
from hmi.domain.production import CounterLease, CounterState, HourCount, OrderProgress
from hmi.domain.quality import Nonconformance, Sample
from hmi.domain.standing import DigestRange, Judged, Known
from hmi.domain.trends import TrendAnswer, TrendQuery

W = TypeVar("W")
R = TypeVar("R")

# ---------------------------------------------------------------- records, as the ledger thread reads them


@dataclass(frozen=True, slots=True)
class PlansState:
    """How old the plans are: None before the first pull."""

    cursor: str | None
    etag: str | None
    mes_epoch: str | None
    pulled_at: datetime | None


class PlanRecords(Protocol):
    """What the MES planned, as of the last pull. Deleted records are not found."""

    def state(self) -> PlansState: ...
    def job_order(self, order: str) -> JobOrder | None: ...
    def job_orders(self) -> Sequence[JobOrder]: ...
    def inspection_plan(self, plan: str) -> InspectionPlan | None: ...
    def reasons(self, applies_to: str) -> Sequence[Reason]: ...
    def person(self, person: str) -> Person | None: ...
    def person_by_badge(self, badge: str) -> Person | None: ...
    def asset(self, asset: str) -> Asset | None: ...
    def failure_codes(self, kind: str) -> Sequence[FailureCode]: ...
    def material(self, material: str) -> Material | None: ...
    def material_by_gtin(self, gtin: str) -> Material | None: ...
    def fault(self, code: int) -> Fault | None: ...
    def people(self) -> Sequence[Person]: ...
    def role_table(self) -> RoleTable | None: ...
    def signed_people(self) -> SignedPeople | None: ...


class ProductionRecords(Protocol):
    """Started orders and what was counted. Times UTC; quantities in the unit of the order."""

    def progress(self, order: str) -> OrderProgress | None: ...
    def running(self) -> OrderProgress | None: ...
    def started(self) -> Sequence[OrderProgress]: ...
    def counter(self, tag: str) -> CounterState | None: ...
    def lease(self, counter: str) -> CounterLease | None: ...
    def per_hour(self, since: datetime) -> Sequence[HourCount]: ...
    def unassigned(self, since: datetime) -> Decimal: ...


class EquipmentRecords(Protocol):
    """States and stops of the equipment, by the PLC's clock."""

    def state(self) -> EquipmentState | None: ...
    def periods(self, since: datetime) -> Sequence[StatePeriod]: ...
    def open_stop(self) -> Stop | None: ...
    def stop(self, stop: str) -> Stop | None: ...
    def stops(self, since: datetime) -> Sequence[Stop]: ...
    def unclassified(self) -> Sequence[Stop]: ...


class QualityRecords(Protocol):
    """Samples and nonconformances; newest last."""

    def samples(self, plan: str, characteristic: str, limit: int) -> Sequence[Sample]: ...
    def samples_of_order(self, order: str) -> Sequence[Sample]: ...
    def open_nonconformances(self) -> Sequence[Nonconformance]: ...


class MaintenanceRecords(Protocol):
    """Repairs; open ones first."""

    def repair(self, repair: str) -> Repair | None: ...
    def open_repairs(self) -> Sequence[Repair]: ...
    def repairs(self, limit: int) -> Sequence[Repair]: ...
    def history(self, asset: str, fault: int, since: datetime) -> AssetHistory: ...


class AlarmRecords(Protocol):
    """Every alarm that was ever raised here, as it stands now."""

    def alarm(self, key: str) -> AlarmRecord | None: ...
    def alarms(self) -> Sequence[AlarmRecord]: ...
    def unacknowledged(self) -> Sequence[AlarmRecord]: ...
    def next_unshelving(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A half-filled form: `entry_id` belongs to it and stays when the program is killed.

    `form` names the form, `subject` what it is about, `person` the author; `content` holds texts.
    """

    form: str
    subject: str
    person: str
    entry_id: str
    content: dict[str, str]
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refused entries that nobody decided on: of some kinds, refused with some codes."""

    kinds: frozenset[str]
    codes: frozenset[str]


class JournalRecords(Protocol):
    """Entries, receipts, drafts, and who is signed in.

    `signatures` are all under one entry and `refused` those about one subject, both oldest first;
    `count_refused` tells how many there are of each subject of a kind that has any. `latest_time` is the
    latest that was ever written down, unless the MES said since that it is not that late.
    """

    def entry(self, entry: str) -> EntryRow | None: ...
    def newest(self, limit: int, states: frozenset[ReceiptState] | None = None) -> Sequence[EntryRow]: ...
    def of_subject(self, kind: str, subject: str, limit: int) -> Sequence[EntryRow]: ...
    def signatures(self, record: Entry) -> Sequence[EntryRow]: ...
    def refused(self, subject: Subject, what: Refusals, limit: int) -> Sequence[EntryRow]: ...
    def count_refused(self, subject_kind: str, what: Refusals) -> Mapping[str, int]: ...
    def latest_time(self) -> datetime | None: ...
    def queue(self) -> QueueCounts: ...
    def session(self) -> Session | None: ...
    def draft(self, form: str, subject: str, person: str) -> Draft | None: ...
    def drafts_of(self, person: str) -> Sequence[Draft]: ...


class Records(Protocol):
    """Everything that can be read, within one transaction of the ledger thread."""

    @property
    def plans(self) -> PlanRecords: ...
    @property
    def production(self) -> ProductionRecords: ...
    @property
    def equipment(self) -> EquipmentRecords: ...
    @property
    def quality(self) -> QualityRecords: ...
    @property
    def maintenance(self) -> MaintenanceRecords: ...
    @property
    def alarms(self) -> AlarmRecords: ...
    @property
    def journal(self) -> JournalRecords: ...


# ---------------------------------------------------------------- the one write path


@dataclass(frozen=True, slots=True)
class Context:
    """Where, when and by whom a wish is made; `equipment` is the id of the work unit of this terminal."""

    terminal: str
    equipment: str
    now: datetime
    person: PersonRef | None
    session: Session | None


# Judges a wish: returns entries, or raises OperatorError and nothing is saved.
Operation = Callable[[Records, W, Context], Sequence[NewEntry]]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a commit saved. `already` means the form's entry had been saved before, and was not again."""

    entries: tuple[Entry, ...]
    changes: Changes
    already: bool = False


class Ledger(Protocol):
    """The only owner of the file; every call is queued to its one thread and answered by a future."""

    def do(
        self,
        operation: Operation[W],
        wish: W,
        *,
        entry_id: str | None = None,
        draft: tuple[str, str, str] | None = None,
    ) -> Future[Saved]:
        """Judge and save in one transaction.

        `entry_id` was made when the form was opened and becomes the id of the first entry; when the
        journal has it already, nothing is judged or saved again and what stands there is returned.
        `draft` (form, subject, person) is deleted in the same transaction.
        """
        ...

    def read(self, load: Callable[[Records], R]) -> Future[R]:
        """Read within one transaction."""
        ...

    def save_draft(self, draft: Draft) -> Future[None]:
        """Keep a half-filled form."""
        ...

    def drop_draft(self, form: str, subject: str, person: str) -> Future[None]:
        """Forget a form that its author gave up."""
        ...


class History(Protocol):
    """What was recorded of every tag; answered by a future from a thread of its own."""

    def query(self, query: TrendQuery) -> Future[TrendAnswer]:
        """The lines of some tags over some time."""
        ...


# ---------------------------------------------------------------- the road to the MES


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """One plan as it came: `record` is None for a tombstone."""

    family: str
    id: str
    version: int
    record: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """An answer to a pull, to be applied whole or not at all."""

    records: tuple[PlanRecord, ...]
    cursor: str
    snapshot: bool
    etag: str | None
    mes_epoch: str
    server_time: datetime


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """An answer to a batch; entries without a result are not settled."""

    results: tuple[PushResult, ...]
    mes_epoch: str
    server_time: datetime
    high_water: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `lineside check`: what was tried, whether it holds, and what to do if not."""

    ok: bool
    what: str
    words: str
    remedy: str = ""


class Connector(Protocol):
    """Speaks to one MES; knows no retry. Raises LinkError, NotAdmitted, Busy or BatchRefused."""

    async def health(self) -> datetime:
        """The MES's time."""
        ...

    async def pull(self, cursor: str | None, etag: str | None) -> PlanPage | None:
        """Plans since the cursor; None when nothing changed."""
        ...

    async def push(self, epoch: int, entries: Sequence[Entry]) -> PushAnswer:
        """Send entries and return their results."""
        ...

    async def known(self) -> Known | None:
        """What the MES holds of this terminal; None when it has no door for this question."""
        ...

    async def digest(self, epoch: int, first: int, last: int) -> Sequence[DigestRange]:
        """Digests of at most 1,000 entries each over a range of an epoch."""
        ...

    async def lease(self, counter: str) -> CounterLease | None:
        """Ask to count by a counter, or go on with it; None when the MES has no door for this question."""
        ...

    def probe(self) -> AsyncIterator[Finding]:
        """Try everything once, for `lineside check`."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class SyncStore(Protocol):
    """What sync needs of the ledger."""

    @property
    def epoch(self) -> int:
        """The journal's epoch."""
        ...

    def plans_state(self) -> Future[PlansState]:
        """How old the plans are."""
        ...

    def apply_plans(self, page: PlanPage | None) -> Future[Changes]:
        """Apply a page whole; None notes that the MES was asked and nothing had changed."""
        ...

    def waiting(self, limit: int, limit_bytes: int) -> Future[Sequence[Entry]]:
        """The next entries to send, in order, without those that wait for a refused one before them."""
        ...

    def settle(self, results: Sequence[PushResult], sent: Sequence[str]) -> Future[Changes]:
        """Write down the receipts; an entry of `sent` without a result stays waiting, one attempt older."""
        ...

    def queue(self) -> Future[QueueCounts]:
        """How many wait."""
        ...

    def judge(self, known: Known) -> Future[Judged]:
        """Compare what the MES holds with the journal, and open a new epoch where the two part."""
        ...

    def recount(self, epoch: int, told: Sequence[DigestRange]) -> Future[int]:
        """Set what the MES lost back to waiting: every range whose digest differs; how many entries."""
        ...

    def agree(self, mes_epoch: str) -> Future[None]:
        """Remember which state of the MES's database was compared to its end."""
        ...

    def note_lease(self, lease: CounterLease) -> Future[None]:
        """Keep who may count by a counter, also over a restart."""
        ...

    def note_clock_offset(self, offset_ms: int) -> None:
        """Keep the newest offset MES - terminal for the entries to come."""
        ...

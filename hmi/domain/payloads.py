"""What each kind of entry says: one small model per kind, as the MES contract lists them.

`families` are the records that the kind touches. `ordered` kinds hold back their followers of the same
subject while one is unsettled at the MES; the others may be received in any order.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal

from hmi.domain.alarm_payloads import ALARM_PAYLOADS
from hmi.domain.changes import Family
from hmi.domain.keeping_payloads import KEEPING_PAYLOADS
from hmi.domain.machine_payloads import MACHINE_PAYLOADS
from hmi.domain.payload import Evidence, Moment, Payload, Quantity, StateNumber
from hmi.domain.payload import decimal_text as decimal_text
from hmi.domain.people_payloads import (
    BreakGlassUsed,
    PersonSignedIn,
    PersonSignedOut,
    PinChosen,
    PinLocked,
    RecordSigned,
)


class JobOrderStarted(Payload):
    """The order was started; `plan_version` is the plan that was looked at."""

    kind: ClassVar[str] = "job_order.started"
    families: ClassVar[frozenset[Family]] = frozenset({Family.ORDERS})
    plan_version: int


class JobOrderPaused(Payload):
    """Work on the order rests."""

    kind: ClassVar[str] = "job_order.paused"
    families: ClassVar[frozenset[Family]] = frozenset({Family.ORDERS})


class JobOrderResumed(Payload):
    """Work on the order goes on."""

    kind: ClassVar[str] = "job_order.resumed"
    families: ClassVar[frozenset[Family]] = frozenset({Family.ORDERS})


class JobOrderCompleted(Payload):
    """The confirmation: sums of what this terminal counted, declared and scrapped for the order."""

    kind: ClassVar[str] = "job_order.completed"
    families: ClassVar[frozenset[Family]] = frozenset({Family.ORDERS})
    sums: ClassVar[str] = "production."
    produced: Quantity
    good: Quantity
    scrap: Quantity
    unit: str
    started_at: Moment
    completed_at: Moment
    plan_version: int


class ProductionCounted(Payload):
    """Parts by the PLC's counter: from one counter value to the next. `reset` counts nothing.

    `fence` is the number of the lease under which was counted; it is left out where nobody leases.
    """

    kind: ClassVar[str] = "production.counted"
    families: ClassVar[frozenset[Family]] = frozenset({Family.COUNTS, Family.ORDERS})
    ordered: ClassVar[bool] = False
    order: str | None
    quantity: Quantity
    counter: str
    counter_from: int
    counter_to: int
    from_time: Moment
    to_time: Moment
    evidence: Evidence
    fence: int | None = None

    def to_wire(self) -> dict[str, Any]:
        """See Payload; entries from before there were leases stay what they are."""
        wire = self.model_dump(mode="json")
        if self.fence is None:
            del wire["fence"]
        return wire


class ProductionDeclared(Payload):
    """Parts that a person declared by hand; negative takes back."""

    kind: ClassVar[str] = "production.declared"
    families: ClassVar[frozenset[Family]] = frozenset({Family.COUNTS, Family.ORDERS})
    ordered: ClassVar[bool] = False
    order: str
    quantity: Quantity
    comment: str


class ProductionScrapped(Payload):
    """Produced parts that are scrap, and why."""

    kind: ClassVar[str] = "production.scrapped"
    families: ClassVar[frozenset[Family]] = frozenset({Family.COUNTS, Family.ORDERS})
    ordered: ClassVar[bool] = False
    order: str
    quantity: Quantity
    unit: str
    reason: str


class EquipmentStateChanged(Payload):
    """The PackML state changed; `gap` when it changed while nobody listened."""

    kind: ClassVar[str] = "equipment.state_changed"
    families: ClassVar[frozenset[Family]] = frozenset({Family.EQUIPMENT})
    ordered: ClassVar[bool] = False
    state: StateNumber
    name: str
    previous: StateNumber | None
    fault: int | None
    evidence: Evidence


class StopOpened(Payload):
    """The equipment stopped producing, at the PLC's time."""

    kind: ClassVar[str] = "stop.opened"
    families: ClassVar[frozenset[Family]] = frozenset({Family.STOPS, Family.EQUIPMENT})
    equipment: str
    order: str | None
    state: StateNumber
    fault: int | None
    began_at: Moment
    evidence: Evidence


class StopFaultSeen(Payload):
    """The fault code of an open stop became known after it opened."""

    kind: ClassVar[str] = "stop.fault_seen"
    families: ClassVar[frozenset[Family]] = frozenset({Family.STOPS})
    fault: int


class StopClassified(Payload):
    """A person said why; a later one names the earlier in `corrects`."""

    kind: ClassVar[str] = "stop.classified"
    families: ClassVar[frozenset[Family]] = frozenset({Family.STOPS})
    reason: str
    comment: str | None = None


class StopClosed(Payload):
    """The equipment produces again, at the PLC's time."""

    kind: ClassVar[str] = "stop.closed"
    families: ClassVar[frozenset[Family]] = frozenset({Family.STOPS, Family.EQUIPMENT})
    ended_at: Moment
    duration_ms: int


class SampleRecorded(Payload):
    """A subgroup of measured values and how it was judged; `outside` holds positions from 1."""

    kind: ClassVar[str] = "quality.sample_recorded"
    families: ClassVar[frozenset[Family]] = frozenset({Family.QUALITY})
    ordered: ClassVar[bool] = False
    sample: str
    plan: str
    plan_version: int
    characteristic: str
    order: str
    values: tuple[Quantity, ...]
    unit: str
    mean: Quantity
    range: Quantity
    judgement: Literal["accepted", "rejected"]
    outside: tuple[int, ...]
    gauge: str | None


class NonconformanceOpened(Payload):
    """Something measured lies outside its limits and needs a disposition."""

    kind: ClassVar[str] = "quality.nonconformance_opened"
    families: ClassVar[frozenset[Family]] = frozenset({Family.QUALITY})
    sample: str
    order: str
    characteristic: str
    outside: tuple[Quantity, ...]
    lower: Quantity | None
    upper: Quantity | None
    unit: str


class RepairOpened(Payload):
    """A repair began, usually from a stop; `began_at` is when the machine went down."""

    kind: ClassVar[str] = "repair.opened"
    families: ClassVar[frozenset[Family]] = frozenset({Family.REPAIRS, Family.STOPS})
    asset: str
    stop: str | None
    fault: int | None
    began_at: Moment


class RepairStepConfirmed(Payload):
    """A lock-out step was confirmed; `step` counts from 1."""

    kind: ClassVar[str] = "repair.step_confirmed"
    families: ClassVar[frozenset[Family]] = frozenset({Family.REPAIRS})
    step: int
    text: str


class RepairFindingsRecorded(Payload):
    """What was found: failure mode, cause and remedy as ids of failure codes."""

    kind: ClassVar[str] = "repair.findings_recorded"
    families: ClassVar[frozenset[Family]] = frozenset({Family.REPAIRS})
    problem: str
    cause: str
    remedy: str


class RepairPartUsed(Payload):
    """A spare part was fitted; `scanned` is the label as it was read."""

    kind: ClassVar[str] = "repair.part_used"
    families: ClassVar[frozenset[Family]] = frozenset({Family.REPAIRS})
    material: str
    lot: str | None
    serial: str | None
    quantity: Quantity
    unit: str
    scanned: str


class RepairReturnedToService(Payload):
    """The machine was given back. Down time is from `began_at`, active repair time from `opened_at`."""

    kind: ClassVar[str] = "repair.returned_to_service"
    families: ClassVar[frozenset[Family]] = frozenset({Family.REPAIRS, Family.STOPS})
    asset: str
    began_at: Moment
    opened_at: Moment
    ended_at: Moment
    downtime_ms: int
    active_ms: int


class HelpCalled(Payload):
    """Somebody at the line asks for help."""

    kind: ClassVar[str] = "help.called"
    families: ClassVar[frozenset[Family]] = frozenset({Family.EQUIPMENT})
    ordered: ClassVar[bool] = False
    whom: Literal["team_lead", "maintenance", "quality", "logistics"]


class TerminalStarted(Payload):
    """The program started; `clean` tells whether it had ended by itself before."""

    kind: ClassVar[str] = "terminal.started"
    families: ClassVar[frozenset[Family]] = frozenset({Family.JOURNAL})
    ordered: ClassVar[bool] = False
    program: str
    clean: bool


class EpochOpened(Payload):
    """The journal goes on in a new epoch, because its last one cannot be built upon.

    `restored`: a copy was put back; `older`: the MES knows entries that this store does not have;
    `forked`: another store has written in the same places. `carried` entries had not been received and
    were appended again under their ids; `missing` are known to have been there and are not here.
    """

    kind: ClassVar[str] = "terminal.epoch_opened"
    families: ClassVar[frozenset[Family]] = frozenset({Family.JOURNAL, Family.RECEIPTS})
    ordered: ClassVar[bool] = False
    epoch: int
    cause: Literal["restored", "older", "forked"]
    carried: int
    missing: int


class EntryDecided(Payload):
    """A person decided what becomes of an entry that the MES refused."""

    kind: ClassVar[str] = "entry.decided"
    families: ClassVar[frozenset[Family]] = frozenset({Family.RECEIPTS})
    ordered: ClassVar[bool] = False
    entry: str
    decision: Literal["send_again", "set_aside"]
    comment: str | None = None


PAYLOADS: dict[str, type[Payload]] = {
    payload.kind: payload
    for payload in (
        JobOrderStarted,
        JobOrderPaused,
        JobOrderResumed,
        JobOrderCompleted,
        ProductionCounted,
        ProductionDeclared,
        ProductionScrapped,
        EquipmentStateChanged,
        StopOpened,
        StopFaultSeen,
        StopClassified,
        StopClosed,
        SampleRecorded,
        NonconformanceOpened,
        RepairOpened,
        RepairStepConfirmed,
        RepairFindingsRecorded,
        RepairPartUsed,
        RepairReturnedToService,
        PersonSignedIn,
        PersonSignedOut,
        PinChosen,
        PinLocked,
        BreakGlassUsed,
        RecordSigned,
        HelpCalled,
        TerminalStarted,
        EpochOpened,
        EntryDecided,
        *ALARM_PAYLOADS,
        *KEEPING_PAYLOADS,
        *MACHINE_PAYLOADS,
    )
}


def duration_ms(start: datetime, end: datetime) -> int:
    """Whole milliseconds from start to end; never negative, whatever two clocks say."""
    return max(0, round((end - start).total_seconds() * 1000))

"""What an entry says, in one line for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatchmethod
from types import MappingProxyType

from hmi.domain.alarm_payloads import AlarmPayload
from hmi.domain.entries import Entry
from hmi.domain.equipment import PackmlState
from hmi.domain.job_payloads import JobResponseTold
from hmi.domain.keeping_payloads import KeepingPayload, ProductionRebooked
from hmi.domain.machine_payloads import EquipmentWriteAsked, EquipmentWritten, TrustDecided
from hmi.domain.payloads import (
    BreakGlassUsed,
    EntryDecided,
    EpochOpened,
    EquipmentStateChanged,
    HelpCalled,
    JobOrderCompleted,
    JobOrderPaused,
    JobOrderResumed,
    JobOrderStarted,
    NonconformanceOpened,
    Payload,
    PersonSignedIn,
    PersonSignedOut,
    PinChosen,
    PinLocked,
    ProductionCounted,
    ProductionDeclared,
    ProductionScrapped,
    RecordSigned,
    RepairFindingsRecorded,
    RepairOpened,
    RepairPartUsed,
    RepairReturnedToService,
    RepairStepConfirmed,
    SampleRecorded,
    StopClassified,
    StopClosed,
    StopFaultSeen,
    StopOpened,
    TerminalStarted,
)
from hmi.domain.trust import grouped
from hmi.ports import Records
from hmi.terminal import Terminal
from screens.alarm_entry_words import alarm_entry_words
from screens.job_words import job_words
from screens.keeping_words import keeping_words
from screens.times import clock, spoken

_ORDER_WORDS: Mapping[type[Payload], str] = MappingProxyType(
    {
        JobOrderStarted: "entry.job_order.started",
        JobOrderPaused: "entry.job_order.paused",
        JobOrderResumed: "entry.job_order.resumed",
    }
)
_SIGNED_OUT: Mapping[str, str] = MappingProxyType(
    {"idle": "entry.person.signed_out_idle", "replaced": "entry.person.signed_out_replaced"}
)


def describe(terminal: Terminal, entry: Entry, records: Records) -> str:
    """What the entry says in one line, with the names that the plans have now; for one entry alone."""
    return EntryWords(terminal, records).describe(entry)


class EntryWords:
    """Says many entries within one reading of the records; what it looked up it looks up once.

    A plan that is gone is called by its id.
    """

    def __init__(self, terminal: Terminal, records: Records) -> None:
        """Nothing is looked up before it is needed."""
        self._terminal = terminal
        self._records = records
        self._reasons: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._units: dict[str, str] = {}
        self._stops: dict[str, str] = {}

    def describe(self, entry: Entry) -> str:
        """What the entry says in one line."""
        return self._say(entry.payload, entry)

    @singledispatchmethod
    def _say(self, payload: Payload, entry: Entry) -> str:
        words = _ORDER_WORDS.get(type(payload))
        return self._t(words, order=entry.subject.id) if words else entry.kind

    @_say.register
    def _(self, payload: JobOrderCompleted, entry: Entry) -> str:
        good, scrap = self._number(payload.good), self._number(payload.scrap)
        return self._t(
            "entry.job_order.completed", order=entry.subject.id, good=good, scrap=scrap, unit=payload.unit
        )

    @_say.register
    def _(self, payload: ProductionCounted, entry: Entry) -> str:
        if payload.evidence == "reset":
            before, after = self._number(payload.counter_from), self._number(payload.counter_to)
            return self._t("entry.production.counter_reset", before=before, after=after)
        key = "entry.production.counted_gap" if payload.evidence == "gap" else "entry.production.counted"
        quantity = self._number(payload.quantity)
        if payload.order is None:
            return self._t(f"{key}_no_order", quantity=quantity)
        return self._t(key, quantity=quantity, order=payload.order, unit=self._unit(payload.order))

    @_say.register
    def _(self, payload: ProductionDeclared, entry: Entry) -> str:
        return self._t(
            "entry.production.declared_why" if payload.comment else "entry.production.declared",
            quantity=self._number(payload.quantity),
            unit=self._unit(payload.order),
            order=payload.order,
            comment=payload.comment,
        )

    @_say.register
    def _(self, payload: ProductionScrapped, entry: Entry) -> str:
        return self._t(
            "entry.production.scrapped",
            quantity=self._number(payload.quantity),
            unit=payload.unit,
            reason=self._reason("scrap", payload.reason),
        )

    @_say.register
    def _(self, payload: ProductionRebooked, entry: Entry) -> str:
        orders = {"order": payload.order, "from_order": payload.from_order}
        quantity = self._number(payload.quantity)
        return self._t("entry.production.rebooked", quantity=quantity, unit=payload.unit, **orders)

    @_say.register
    def _(self, payload: EquipmentStateChanged, entry: Entry) -> str:
        state = self._t(f"machine.{PackmlState(payload.state).name.lower()}")
        if payload.fault:
            return self._t(
                "entry.equipment.state_changed_fault", state=state, fault=self._fault(payload.fault)
            )
        return self._t("entry.equipment.state_changed", state=state)

    @_say.register
    def _(self, payload: StopOpened, entry: Entry) -> str:
        time = clock(self._terminal, payload.began_at)
        if payload.fault:
            return self._t("entry.stop.opened_fault", time=time, fault=self._fault(payload.fault))
        return self._t("entry.stop.opened", time=time)

    @_say.register
    def _(self, payload: StopFaultSeen, entry: Entry) -> str:
        return self._t("entry.stop.fault_seen", time=self._stop(entry), fault=self._fault(payload.fault))

    @_say.register
    def _(self, payload: StopClassified, entry: Entry) -> str:
        return self._t(
            "entry.stop.classified_why" if payload.comment else "entry.stop.classified",
            time=self._stop(entry),
            reason=self._reason("stop", payload.reason),
            comment=payload.comment,
        )

    @_say.register
    def _(self, payload: StopClosed, entry: Entry) -> str:
        return self._t(
            "entry.stop.closed", time=self._stop(entry), duration=self._duration(payload.duration_ms)
        )

    @_say.register
    def _(self, payload: SampleRecorded, entry: Entry) -> str:
        plan = self._records.plans.inspection_plan(payload.plan)
        names = {found.id: found.name for found in plan.characteristics} if plan else {}
        return self._t(
            f"entry.quality.{payload.judgement}",
            characteristic=names.get(payload.characteristic, payload.characteristic),
            mean=self._number(payload.mean),
            unit=payload.unit,
            outside=len(payload.outside),
        )

    @_say.register
    def _(self, payload: NonconformanceOpened, entry: Entry) -> str:
        return self._t(
            "entry.quality.nonconformance",
            characteristic=self._characteristic(payload.order, payload.characteristic),
            values=", ".join(self._number(value) for value in payload.outside),
            unit=payload.unit,
        )

    @_say.register
    def _(self, payload: RepairOpened, entry: Entry) -> str:
        asset = self._asset(payload.asset)
        if payload.fault:
            return self._t("entry.repair.opened_fault", asset=asset, fault=self._fault(payload.fault))
        return self._t("entry.repair.opened", asset=asset)

    @_say.register
    def _(self, payload: RepairStepConfirmed, entry: Entry) -> str:
        return self._t("entry.repair.step", step=payload.step, text=payload.text)

    @_say.register
    def _(self, payload: RepairFindingsRecorded, entry: Entry) -> str:
        return self._t(
            "entry.repair.findings",
            problem=self._code("problem", payload.problem),
            cause=self._code("cause", payload.cause),
            remedy=self._code("remedy", payload.remedy),
        )

    @_say.register
    def _(self, payload: RepairPartUsed, entry: Entry) -> str:
        material = self._records.plans.material(payload.material)
        label = payload.lot or payload.serial
        return self._t(
            "entry.repair.part_label" if label else "entry.repair.part",
            quantity=self._number(payload.quantity),
            unit=payload.unit,
            material=material.name if material else payload.material,
            label=label,
        )

    @_say.register
    def _(self, payload: RepairReturnedToService, entry: Entry) -> str:
        duration = self._duration(payload.downtime_ms)
        return self._t("entry.repair.returned", asset=self._asset(payload.asset), duration=duration)

    @_say.register
    def _(self, payload: PersonSignedIn, entry: Entry) -> str:
        return self._t("entry.person.signed_in", name=self._person(entry))

    @_say.register
    def _(self, payload: PersonSignedOut, entry: Entry) -> str:
        key = _SIGNED_OUT.get(payload.cause, "entry.person.signed_out")
        return self._t(key, name=self._person(entry))

    @_say.register
    def _(self, payload: PinChosen, entry: Entry) -> str:
        return self._t("entry.person.pin_chosen", name=self._person(entry))

    @_say.register
    def _(self, payload: PinLocked, entry: Entry) -> str:
        return self._t("entry.person.pin_locked", name=self._person(entry), tries=payload.tries)

    @_say.register
    def _(self, payload: BreakGlassUsed, entry: Entry) -> str:
        return self._t("entry.person.break_glass", code=payload.code)

    @_say.register
    def _(self, payload: RecordSigned, entry: Entry) -> str:
        row = self._records.journal.entry(payload.record)
        what = self.describe(row.entry) if row is not None else payload.record
        key = f"entry.signed.{payload.meaning}"
        words = self._t(key, name=payload.name, time=clock(self._terminal, payload.signed_at), what=what)
        return words if payload.online else self._t("entry.signed.offline", words=words)

    @_say.register
    def _(self, payload: HelpCalled, entry: Entry) -> str:
        return self._t(f"entry.help.{payload.whom}")

    @_say.register
    def _(self, payload: KeepingPayload, entry: Entry) -> str:
        return keeping_words(self._terminal.texts, self._number, payload)

    @_say.register
    def _(self, payload: AlarmPayload, entry: Entry) -> str:
        return alarm_entry_words(self._terminal, self._records, payload, entry)

    @_say.register
    def _(self, payload: JobResponseTold, entry: Entry) -> str:
        return job_words(self._terminal, payload)

    @_say.register
    def _(self, payload: EquipmentWriteAsked, entry: Entry) -> str:
        value = f"{payload.value} {payload.unit}".strip()
        return self._t("entry.write.asked", label=payload.label, value=value, before=payload.before or "–")

    @_say.register
    def _(self, payload: EquipmentWritten, entry: Entry) -> str:
        value, read = f"{payload.value} {payload.unit}".strip(), f"{payload.read_back} {payload.unit}".strip()
        key = f"entry.write.{payload.verdict}"
        return self._t(key, label=payload.label, value=value, read=read, words=payload.words)

    @_say.register
    def _(self, payload: TrustDecided, entry: Entry) -> str:
        key, marks = f"entry.trust.{payload.decision}", grouped(payload.fingerprint[:16])
        return self._t(key, endpoint=payload.endpoint, certificate=payload.certificate, marks=marks)

    @_say.register
    def _(self, payload: TerminalStarted, entry: Entry) -> str:
        key = "entry.terminal.started" if payload.clean else "entry.terminal.started_unclean"
        return self._t(key, program=payload.program)

    @_say.register
    def _(self, payload: EpochOpened, entry: Entry) -> str:
        key = f"entry.terminal.epoch_{payload.cause}"
        return self._t(key, epoch=payload.epoch, carried=payload.carried, missing=payload.missing)

    @_say.register
    def _(self, payload: EntryDecided, entry: Entry) -> str:
        row = self._records.journal.entry(payload.entry)
        decided = row is not None and not isinstance(row.entry.payload, EntryDecided)
        what = self.describe(row.entry) if row is not None and decided else payload.entry
        return self._t(f"entry.decided.{payload.decision}", what=what)

    # ------------------------------------------------------------- names

    def _t(self, key: str, **values: object) -> str:
        return self._terminal.t(key, **values)

    def _number(self, value: Decimal | int) -> str:
        return self._terminal.texts.number(value)

    def _duration(self, milliseconds: int) -> str:
        return spoken(self._terminal, timedelta(milliseconds=milliseconds))

    def _person(self, entry: Entry) -> str:
        if entry.person is not None:
            return entry.person.name
        person = self._records.plans.person(entry.subject.id)
        return person.name if person else entry.subject.id

    def _unit(self, order: str) -> str:
        if order not in self._units:
            plan = self._records.plans.job_order(order)
            self._units[order] = plan.unit if plan else ""
        return self._units[order]

    def _reason(self, applies_to: str, reason: str) -> str:
        if reason not in self._reasons:
            self._reasons |= {found.id: found.name for found in self._records.plans.reasons(applies_to)}
        return self._reasons.setdefault(reason, self._t("entry.no_reason", id=reason))

    def _code(self, kind: str, code: str) -> str:
        if code not in self._codes:
            self._codes |= {found.id: found.name for found in self._records.plans.failure_codes(kind)}
        return self._codes.setdefault(code, code)

    def _fault(self, code: int) -> str:
        fault = self._records.plans.fault(code)
        if fault is None:
            return self._t("entry.fault_code", code=code)
        return self._t("entry.fault", code=code, text=fault.text)

    def _asset(self, asset: str) -> str:
        found = self._records.plans.asset(asset)
        return found.name if found else asset

    def _characteristic(self, order: str, characteristic: str) -> str:
        plan = self._records.plans.job_order(order)
        for number in plan.inspection_plans if plan else ():
            inspection = self._records.plans.inspection_plan(number)
            for found in inspection.characteristics if inspection else ():
                if found.id == characteristic:
                    return found.name
        return characteristic

    def _stop(self, entry: Entry) -> str:
        key = entry.subject.id
        if key not in self._stops:
            stop = self._records.equipment.stop(key)
            began: datetime = stop.began_at if stop else entry.source_time or entry.terminal_time
            self._stops[key] = clock(self._terminal, began)
        return self._stops[key]


def who(terminal: Terminal, entry: Entry) -> str:
    """Whose entry it is, for people."""
    return entry.person.name if entry.person else terminal.t("entry.machine")


def day_and_time(terminal: Terminal, moment: datetime, now: datetime, *, seconds: bool = False) -> str:
    """The time of day; with its date in front when that is not today's."""
    zone = terminal.config.terminal.zone
    time = clock(terminal, moment, seconds=seconds)
    local = moment.astimezone(zone)
    return time if local.date() == now.astimezone(zone).date() else f"{terminal.texts.date(local)} {time}"


def one_line(parts: Sequence[str]) -> str:
    """Parts of a line with the dot between them; empty ones are left out."""
    return " · ".join(part for part in parts if part)

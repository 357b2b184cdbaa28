"""How the data of a repair moved: from the PLC to this terminal, through people's hands, and to the MES."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from hmi.domain.entries import Entry, EntryRow, ReceiptState
from hmi.domain.payloads import (
    RepairFindingsRecorded,
    RepairOpened,
    RepairPartUsed,
    RepairReturnedToService,
    RepairStepConfirmed,
    StopClassified,
    StopClosed,
    StopFaultSeen,
    StopOpened,
)

_TO_THE_MES = {
    StopOpened.kind: "mes_stop",
    RepairOpened.kind: "mes_repair",
    RepairReturnedToService.kind: "mes_returned",
}
_NEEDS_DECISION = frozenset({ReceiptState.REFUSED, ReceiptState.PARKED})


class Way(StrEnum):
    """What a step of the way says of the MES."""

    DONE = "done"
    RECEIVED = "received"
    WAITING = "waiting"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Moved:
    """One step: the text key and its values, when by which clock, how long after the step before.

    `at` is None for what is under way to the MES; `exact` times are shown to the millisecond.
    """

    key: str
    at: datetime | None
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    since: timedelta | None = None
    exact: bool = False
    way: Way = Way.DONE


def how_it_moved(
    rows: Sequence[EntryRow], parts: Mapping[str, str], reasons: Mapping[str, str]
) -> list[Moved]:
    """The steps in the order of their times, and last where the way to the MES stands now.

    `parts` and `reasons` give names to ids.
    """
    ordered = sorted(rows, key=lambda row: (row.entry.epoch, row.entry.seq))
    steps: list[Moved] = []
    for row in ordered:
        steps += _steps_of(row.entry, parts, reasons)
        key, settled = _TO_THE_MES.get(row.entry.kind), row.receipt.settled_at
        if key is not None and row.receipt.state is ReceiptState.RECEIVED and settled is not None:
            steps.append(Moved(key, settled))
    steps = _last_step_alone(steps)
    timed = sorted(
        ((step.at, place, step) for place, step in enumerate(steps) if step.at), key=lambda s: s[:2]
    )
    told: list[Moved] = []
    before: datetime | None = None
    for at, _, step in timed:
        since = None if before is None else at - before
        told.append(Moved(step.key, at, step.values, since, step.exact))
        before = at
    return [*told, *_under_way(ordered)]


def _last_step_alone(steps: Sequence[Moved]) -> list[Moved]:
    """The page lists every lock-out step with its time; here the newest one stands for all."""
    last = max((place for place, step in enumerate(steps) if step.key == "step"), default=-1)
    return [step for place, step in enumerate(steps) if step.key != "step" or place == last]


def _steps_of(entry: Entry, parts: Mapping[str, str], reasons: Mapping[str, str]) -> list[Moved]:
    who: dict[str, object] = {"person": entry.person.name if entry.person else ""}
    at = entry.terminal_time
    match entry.payload:
        case StopOpened(began_at=began, fault=fault):
            key = "plc_fault" if fault else "plc_stop"
            return [
                Moved(key, began, {"fault": fault or ""}, exact=True),
                Moved("stored", at, exact=True),
            ]
        case StopFaultSeen(fault=fault):
            return [Moved("fault_seen", entry.source_time or at, {"fault": fault}, exact=True)]
        case StopClassified(reason=reason):
            return [Moved("classified", at, {**who, "reason": reasons.get(reason, reason)})]
        case StopClosed(ended_at=ended):
            return [Moved("plc_runs", ended, exact=True)]
        case RepairOpened():
            return [Moved("opened", at, who)]
        case RepairStepConfirmed(step=step):
            return [Moved("step", at, {**who, "step": step})]
        case RepairFindingsRecorded():
            return [Moved("found", at, who)]
        case RepairPartUsed(material=material):
            return [Moved("part", at, {"part": parts.get(material, material)})]
        case RepairReturnedToService():
            return [Moved("returned", at, who)]
        case _:
            return []


def _under_way(rows: Sequence[EntryRow]) -> list[Moved]:
    states = [row.receipt.state for row in rows]
    waiting = sum(state is ReceiptState.WAITING for state in states)
    refused = sum(state in _NEEDS_DECISION for state in states)
    found: list[Moved] = []
    if refused:
        found.append(Moved("refused", None, {"n": refused}, way=Way.REFUSED))
    if waiting:
        found.append(Moved("waiting", None, {"n": waiting}, way=Way.WAITING))
    settled = [row.receipt.settled_at for row in rows if row.receipt.settled_at is not None]
    if not found and settled:
        received = sum(state is ReceiptState.RECEIVED for state in states)
        found.append(Moved("received", max(settled), {"n": received}, way=Way.RECEIVED))
    return found

"""What the frame itself shows of the records: who, how many wait, what the machine does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hmi.domain.alarms import AlarmRecord
from hmi.domain.changes import Family
from hmi.domain.entries import EntryRow, QueueCounts
from hmi.domain.equipment import EquipmentState
from hmi.domain.personnel import Session
from hmi.operations.quality import checks_due
from hmi.ports import Records

FRAME_FAMILIES = frozenset(Family) - {Family.DRAFTS, Family.COUNTS}


@dataclass(frozen=True, slots=True)
class FrameView:
    """The frame's view; `counts` by screen id, `last` is the entry that was saved last by a person here."""

    session: Session | None
    queue: QueueCounts
    equipment: EquipmentState | None
    counts: dict[str, int]
    last: EntryRow | None
    calling: Sequence[AlarmRecord] = ()


def frame_loader(last_entry: str | None, now: datetime) -> Callable[[Records], FrameView]:
    """A loader for the frame that looks after the receipt of one entry."""

    def load(records: Records) -> FrameView:
        queue = records.journal.queue()
        calling = records.alarms.unacknowledged()
        return FrameView(
            session=records.journal.session(),
            queue=queue,
            equipment=records.equipment.state(),
            counts={
                "run": len(records.equipment.unclassified()),
                "inspection": sum(check.due for check in checks_due(records, now)),
                "repair": len(records.maintenance.open_repairs()),
                "alarms": len(calling),
                "waiting": queue.needs_decision,
            },
            last=records.journal.entry(last_entry) if last_entry else None,
            calling=calling,
        )

    return load

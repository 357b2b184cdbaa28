"""Random days at a machine: valid entries of every kind, in any order that may happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from hmi.domain import payloads as p
from hmi.domain.entries import NewEntry, PersonRef, Subject
from tests.fakes.clock import START

Move = tuple[int, int, Decimal, int]

MOVES: st.SearchStrategy[list[Move]] = st.lists(
    st.tuples(
        st.integers(0, 21),
        st.integers(0, 3),
        st.decimals(min_value=-500, max_value=5000, places=3),
        st.integers(-90_000, 7_200_000),
    ),
    min_size=30,
    max_size=120,
)


@dataclass
class Day:
    """Turns moves into entries that could follow each other; `at` is the time of the PLC."""

    at: datetime = START
    counter: int = 0
    stops: int = 0
    repairs: int = 0
    samples: int = 0
    seen: list[str] = field(default_factory=list[str])

    def entry(self, move: Move) -> NewEntry:
        """The next entry."""
        which, pick, amount, ms = move
        self.at += timedelta(milliseconds=ms)
        subject, payload = self._say(which, pick, amount)
        by_machine = payload.kind.startswith(
            ("equipment", "stop.opened", "stop.closed", "production.counted")
        )
        return NewEntry(
            subject,
            payload,
            by_machine=by_machine,
            person=None if by_machine else PersonRef(f"P{pick}", f"Name {pick}"),
            source_time=self.at if by_machine else None,
            corrects=self.seen[pick % len(self.seen)] if which == 12 and self.seen and pick == 3 else None,
        )

    def _say(self, which: int, pick: int, amount: Decimal) -> tuple[Subject, p.Payload]:
        order = Subject("job_order", f"WO-{pick % 3}")
        stop = Subject("stop", f"S{max(0, self.stops - pick)}")
        repair = Subject("repair", f"X{max(0, self.repairs - pick)}")
        match which:
            case 0:
                return order, p.JobOrderStarted(plan_version=pick)
            case 1:
                return order, p.JobOrderPaused()
            case 2:
                return order, p.JobOrderResumed()
            case 3:
                return order, self._completed(amount)
            case 4 | 5 | 6:
                return self._counted(order.id if pick else None, abs(amount))
            case 7:
                return order, p.ProductionDeclared(order=order.id, quantity=amount, comment="so")
            case 8:
                return order, p.ProductionScrapped(
                    order=order.id, quantity=abs(amount), unit="pcs", reason="S1"
                )
            case 9 | 10:
                return Subject("equipment", "PRESS-1"), p.EquipmentStateChanged(
                    state=(2, 6, 9, 11)[pick], name="x", previous=6, fault=pick or None, evidence="live"
                )
            case 11:
                self.stops += 1
                return Subject("stop", f"S{self.stops}"), p.StopOpened(
                    equipment="PRESS-1", order=None, state=9, fault=None, began_at=self.at, evidence="gap"
                )
            case 12:
                return self._sample(order.id, amount)
            case 13:
                return stop, p.StopFaultSeen(fault=pick)
            case 14:
                return stop, p.StopClassified(reason=f"R{pick}", comment=None if pick else "words")
            case 15:
                return stop, p.StopClosed(ended_at=self.at, duration_ms=1000)
            case 16:
                self.samples += 1
                return Subject("nonconformance", f"N{self.samples}"), p.NonconformanceOpened(
                    sample="s",
                    order=order.id,
                    characteristic="D",
                    outside=(amount,),
                    lower=None,
                    upper=None,
                    unit="mm",
                )
            case 17:
                self.repairs += 1
                return Subject("repair", f"X{self.repairs}"), p.RepairOpened(
                    asset="PRESS-1", stop=stop.id if pick else None, fault=pick or None, began_at=self.at
                )
            case 18:
                return repair, p.RepairStepConfirmed(step=pick + 1, text="Off")
            case 19:
                return repair, p.RepairFindingsRecorded(problem=f"F{pick}", cause="C", remedy="M")
            case 20:
                return repair, self._part_or_return(pick, amount)
            case _:
                person = Subject("person", f"P{pick}")
                if pick % 2:
                    return person, p.PersonSignedOut(cause="touch")
                return person, p.PersonSignedIn(cause="badge")

    def _completed(self, amount: Decimal) -> p.JobOrderCompleted:
        return p.JobOrderCompleted(
            produced=amount,
            good=amount,
            scrap=Decimal(0),
            unit="pcs",
            started_at=START,
            completed_at=self.at,
            plan_version=1,
        )

    def _counted(self, order: str | None, amount: Decimal) -> tuple[Subject, p.ProductionCounted]:
        before, self.counter = self.counter, self.counter + 1
        subject = Subject("equipment", "PRESS-1") if order is None else Subject("job_order", order)
        return subject, p.ProductionCounted(
            order=order,
            quantity=amount,
            counter="good",
            counter_from=before,
            counter_to=self.counter,
            from_time=self.at,
            to_time=self.at,
            evidence="live",
        )

    def _sample(self, order: str, amount: Decimal) -> tuple[Subject, p.SampleRecorded]:
        self.samples += 1
        return Subject("job_order", order), p.SampleRecorded(
            sample=f"Q{self.samples}",
            plan="IP-1",
            plan_version=1,
            characteristic="D",
            order=order,
            values=(amount, amount + 1),
            unit="mm",
            mean=amount,
            range=Decimal("1.000"),
            judgement="accepted" if self.samples % 2 else "rejected",
            outside=(1,),
            gauge=None,
        )

    def _part_or_return(self, pick: int, amount: Decimal) -> p.RepairPartUsed | p.RepairReturnedToService:
        if pick:
            return p.RepairPartUsed(
                material="M1", lot=None, serial=f"#{pick}", quantity=abs(amount), unit="pcs", scanned="]C1x"
            )
        return p.RepairReturnedToService(
            asset="PRESS-1", began_at=START, opened_at=START, ended_at=self.at, downtime_ms=5000, active_ms=1
        )

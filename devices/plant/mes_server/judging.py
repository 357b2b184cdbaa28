"""How the reference MES judges one entry: what it refuses, with words for a person and
the role that decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel, ValidationError

from devices.plant.mes_server import kinds
from devices.plant.mes_server.applied import Applied, order_named
from devices.plant.mes_server.envelope import Envelope
from devices.plant.mes_server.kinds import KINDS
from devices.plant.mes_server.plans import Known

_NEEDS_ORDER = frozenset(
    {
        "job_order.started",
        "job_order.paused",
        "job_order.resumed",
        "job_order.completed",
        "production.declared",
        "production.scrapped",
        "production.rebooked",
        "quality.sample_recorded",
        "quality.nonconformance_opened",
    }
)
_NEEDS_LIVE_ORDER = frozenset(
    {
        "job_order.started",
        "job_order.completed",
        "production.counted",
        "production.declared",
        "production.scrapped",
        "production.rebooked",
    }
)


@dataclass(frozen=True)
class Refusal:
    """Why an entry is refused: a code, words for a person, and the role that decides what becomes of it."""

    code: str
    words: str
    who_decides: str


def read_payload(entry: Envelope) -> BaseModel | Refusal | None:
    """The entry's payload by its kind; None for a kind or version that this MES does not know."""
    known = KINDS.get(entry.kind)
    if known is None or entry.version != 1:
        return None
    subjects, model = known
    if entry.subject.kind not in subjects:
        return _bad(f"{entry.kind} is about {' or '.join(sorted(subjects))}, not about {entry.subject.kind}")
    try:
        payload = model.model_validate(entry.payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return _bad(f"payload.{where}: {first['msg']}")
    order = entry.payload.get("order")
    if entry.subject.kind == "job_order" and order is not None and order != entry.subject.id:
        return _bad(f"payload.order is {order}, the subject is {entry.subject.id}")
    return payload


def judge(
    entry: Envelope, payload: BaseModel, applied: Applied, known: Mapping[tuple[str, str], Known]
) -> Refusal | None:
    """Whether this MES takes the entry, after all entries before it; None when it does."""
    return (
        _judge_order(entry, applied, known)
        or _judge_reason(payload, known)
        or _judge_inspection(payload, known)
        or _judge_totals(entry, payload, applied)
    )


def _judge_order(entry: Envelope, applied: Applied, known: Mapping[tuple[str, str], Known]) -> Refusal | None:
    order = order_named(entry)
    if order is None or entry.kind not in _NEEDS_ORDER | _NEEDS_LIVE_ORDER:
        return None
    plan = known.get(("job_order", order))
    if plan is None or plan.deleted:
        return Refusal("unknown_order", f"There is no job order {order} here.", "supervisor")
    if entry.kind not in _NEEDS_LIVE_ORDER:
        return None
    if plan.record["state"] == "cancelled":
        return Refusal("order_cancelled", f"Job order {order} was cancelled.", "supervisor")
    if plan.record["state"] == "closed":
        return Refusal("order_closed", f"Job order {order} {applied.closed_words(order)}.", "supervisor")
    return None


def _judge_reason(payload: BaseModel, known: Mapping[tuple[str, str], Known]) -> Refusal | None:
    if not isinstance(payload, (kinds.Scrapped, kinds.StopClassified)):
        return None
    use = "scrap" if isinstance(payload, kinds.Scrapped) else "stop"
    plan = known.get(("reason", payload.reason))
    if plan is None or plan.record["applies_to"] != use:
        return Refusal("unknown_reason", f"There is no {use} reason {payload.reason} here.", "supervisor")
    return None


def _judge_inspection(payload: BaseModel, known: Mapping[tuple[str, str], Known]) -> Refusal | None:
    if not isinstance(payload, kinds.SampleRecorded):
        return None
    plan = known.get(("inspection_plan", payload.plan))
    if plan is None:
        return Refusal("unknown_plan", f"There is no inspection plan {payload.plan} here.", "inspector")
    characteristics = plan.record["characteristics"]
    names = (
        [c.get("id") for c in characteristics if isinstance(c, dict)]
        if isinstance(characteristics, list)
        else []
    )
    if payload.characteristic not in names:
        words = f"Inspection plan {payload.plan} has no characteristic {payload.characteristic}."
        return Refusal("unknown_plan", words, "inspector")
    return None


def _judge_totals(entry: Envelope, payload: BaseModel, applied: Applied) -> Refusal | None:
    if not isinstance(payload, kinds.OrderCompleted):
        return None
    produced, scrap = applied.sums(entry.subject.id)
    told = {"produced": payload.produced, "scrap": payload.scrap, "good": payload.good}
    here = {"produced": produced, "scrap": scrap, "good": produced - scrap}
    wrong = [f"{name} {told[name]}, here {here[name]}" for name in told if Decimal(told[name]) != here[name]]
    if wrong:
        words = f"The confirmation of {entry.subject.id} does not agree: {'; '.join(wrong)}."
        return Refusal("totals_differ", words, "supervisor")
    return None


def _bad(words: str) -> Refusal:
    return Refusal("bad_payload", words, "engineer")

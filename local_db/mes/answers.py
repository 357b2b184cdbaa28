"""What an MES may answer, read strictly: anything else is nonsense, and nothing is settled by it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from hmi.domain.entries import PushResult, ResultKind
from hmi.domain.production import CounterLease
from hmi.domain.standing import DigestRange, Known, KnownEpoch
from hmi.errors import LinkError
from hmi.ports import PlanPage, PlanRecord, PushAnswer

M = TypeVar("M", bound=BaseModel)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Health(_Answer):
    server_time: AwareDatetime
    mes_epoch: str


class _Plan(_Answer):
    family: str
    id: str
    version: Annotated[int, Field(strict=True)]
    deleted: Annotated[bool, Field(strict=True)] = False
    record: dict[str, Any] | None = None


class _Plans(_Answer):
    mes_epoch: str
    server_time: AwareDatetime
    cursor: str
    snapshot: Annotated[bool, Field(strict=True)]
    records: tuple[_Plan, ...]


class _HighWater(_Answer):
    epoch: Annotated[int, Field(strict=True, ge=0)]
    seq: Annotated[int, Field(strict=True, ge=0)]


class _Result(_Answer):
    id: str
    result: ResultKind
    mes_id: str | None = None
    code: str | None = None
    words: str | None = None
    who_decides: str | None = None
    after_s: Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)] | None = None


class _Push(_Answer):
    mes_epoch: str
    server_time: AwareDatetime
    high_water: _HighWater
    results: tuple[_Result, ...]


class _Lease(_Answer):
    counter: str
    holder: str
    held: Annotated[bool, Field(strict=True)]
    fence: Annotated[int, Field(strict=True, ge=1)]
    counted_to: Annotated[int, Field(strict=True)] | None
    counted_at: AwareDatetime | None


class _KnownEpoch(_HighWater):
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    last: Annotated[int, Field(strict=True, ge=0)]


class _Known(_Answer):
    mes_epoch: str
    epochs: tuple[_KnownEpoch, ...]


class _Range(_Answer):
    first: Annotated[int, Field(strict=True, ge=1)]
    last: Annotated[int, Field(strict=True, ge=1)]
    count: Annotated[int, Field(strict=True, ge=0)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Digests(_Answer):
    ranges: tuple[_Range, ...]


_NEEDED = {
    ResultKind.RECEIVED: ("mes_id",),
    ResultKind.DUPLICATE: ("mes_id",),
    ResultKind.REFUSED: ("code", "words"),
    ResultKind.LATER: ("after_s",),
    ResultKind.MISMATCH: ("words",),
}


def nonsense(words: str) -> LinkError:
    """What to raise for an answer that is not what the contract says."""
    return LinkError(f"MES answers nonsense: {words}")


def _read(model: type[M], body: bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise nonsense(f"{key}: {first['msg']}" if key else first["msg"]) from error


def read_health(body: bytes) -> tuple[str, datetime]:
    """The epoch of the MES and its time."""
    said = _read(_Health, body)
    return said.mes_epoch, said.server_time


def read_plans(body: bytes, etag: str | None) -> PlanPage:
    """A page of plans; a tombstone has no record, everything else has one."""
    said = _read(_Plans, body)
    for plan in said.records:
        if plan.deleted is not (plan.record is None):
            raise nonsense(f"{plan.family} {plan.id!r} is neither a record nor a tombstone")
    return PlanPage(
        records=tuple(PlanRecord(plan.family, plan.id, plan.version, plan.record) for plan in said.records),
        cursor=said.cursor,
        snapshot=said.snapshot,
        etag=etag,
        mes_epoch=said.mes_epoch,
        server_time=said.server_time,
    )


def read_results(body: bytes, sent: Sequence[str]) -> PushAnswer:
    """The results of a batch; one for an entry that was not sent, or two for one entry, are nonsense."""
    said = _read(_Push, body)
    open_ids = set(sent)
    for result in said.results:
        if result.id not in open_ids:
            raise nonsense(f"a result for {result.id!r:.60}, which was not asked for or has one already")
        open_ids.remove(result.id)
        for name in _NEEDED[result.result]:
            if getattr(result, name) is None:
                raise nonsense(f"{result.result.value} without {name}")
    return PushAnswer(
        results=tuple(
            PushResult(r.id, r.result, r.mes_id, r.code, r.words, r.who_decides, r.after_s)
            for r in said.results
        ),
        mes_epoch=said.mes_epoch,
        server_time=said.server_time,
        high_water=(said.high_water.epoch, said.high_water.seq),
    )


def read_known(body: bytes) -> Known:
    """What the MES holds of each epoch; one that is named twice is nonsense."""
    said = _read(_Known, body)
    if len({one.epoch for one in said.epochs}) < len(said.epochs):
        raise nonsense("an epoch is named twice")
    epochs = tuple(KnownEpoch(one.epoch, one.seq, one.hash, max(one.seq, one.last)) for one in said.epochs)
    return Known(said.mes_epoch, epochs)


def read_lease(body: bytes, counter: str) -> CounterLease:
    """Who counts by the counter that was asked for."""
    said = _read(_Lease, body)
    if said.counter != counter:
        raise nonsense(f"a lease of {said.counter!r:.60}, which was not asked for")
    return CounterLease(counter, said.holder, said.held, said.fence, said.counted_to, said.counted_at)


def read_digests(body: bytes, first: int, last: int) -> tuple[DigestRange, ...]:
    """Digests that cover what was asked for without a gap, in order."""
    ranges = _read(_Digests, body).ranges
    at = first
    for one in ranges:
        if one.first != at or one.last < one.first or one.last > last:
            raise nonsense(f"a digest of {one.first} to {one.last}, where {at} comes next")
        at = one.last + 1
    if at != last + 1:
        raise nonsense(f"the digests end before {last}")
    return tuple(DigestRange(one.first, one.last, one.count, one.hash) for one in ranges)

"""Writes a value to a machine for a person: once, read back, never said to have failed when it may act."""

import asyncio
import math
from collections.abc import Mapping

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIdNames
from asyncua.ua.status_codes import StatusCodes

from devices.opcua import status_codes
from devices.opcua.services import OpcUaServices
from devices.opcua.settings import TagSettings
from devices.opcua.tag_values import scalar_of
from hmi.device_ports import Witness
from hmi.domain.machine import Verdict, WriteOutcome, WriteWish
from hmi.domain.signals import Scalar
from hmi.domain.tags import WriteClass
from hmi.errors import LinkError, OperatorError

_READ_BACK_S = 1.5
_READ_EVERY_S = 0.1
_LIMITS: Mapping[str, tuple[int, int]] = {
    "SByte": (-(2**7), 2**7 - 1),
    "Byte": (0, 2**8 - 1),
    "Int16": (-(2**15), 2**15 - 1),
    "UInt16": (0, 2**16 - 1),
    "Int32": (-(2**31), 2**31 - 1),
    "UInt32": (0, 2**32 - 1),
    "Int64": (-(2**63), 2**63 - 1),
    "UInt64": (0, 2**64 - 1),
}


class OpcUaWriter:
    """Writes tags; one write of a tag at a time, over all connections."""

    def __init__(self, tags: Mapping[str, TagSettings]) -> None:
        """`tags` say what may be written, how far, and what it takes."""
        self._tags = tags
        self._under_way: set[str] = set()

    async def write(
        self, wish: WriteWish, node: ua.NodeId, services: OpcUaServices, witness: Witness
    ) -> WriteOutcome:
        """Judge, keep the intent, write once, read back, tell. OperatorError: nothing was sent."""
        of = self._tags[wish.tag]
        judge_wish(of, wish)
        if wish.tag in self._under_way:
            raise OperatorError("write_under_way", label=of.label)
        self._under_way.add(wish.tag)
        try:
            (data,) = await services.read([node])
            before = _scalar(data)
            variant = variant_of(of, wish.value, await _kind(data, node, services))
            await witness.asked(wish, before)
            outcome = await _once(wish, of, before, variant, node, services)
            await witness.told(wish, outcome)
            return outcome
        finally:
            self._under_way.discard(wish.tag)


def judge_wish(of: TagSettings, wish: WriteWish) -> None:
    """Whether the tag map lets this be written; OperatorError says why not."""
    if of.write is None:
        raise OperatorError("write_never", label=of.label)
    if of.write is not WriteClass.FREE and not wish.confirmed:
        raise OperatorError("write_not_confirmed", label=of.label)
    if of.write is WriteClass.GUARDED and not wish.proven:
        raise OperatorError("write_not_proven", label=of.label)
    if isinstance(wish.value, float) and not math.isfinite(wish.value):
        raise OperatorError("write_no_number", label=of.label)
    if isinstance(wish.value, bool | str):
        return
    if of.write_low is not None and wish.value < of.write_low:
        raise OperatorError("write_too_low", label=of.label, limit=of.write_low, unit=of.unit)
    if of.write_high is not None and wish.value > of.write_high:
        raise OperatorError("write_too_high", label=of.label, limit=of.write_high, unit=of.unit)


def variant_of(of: TagSettings, value: Scalar, kind: str) -> ua.Variant:
    """The value in the type of the node; OperatorError where it does not fit without being changed."""
    fits: bool
    if kind == "Boolean":
        fits = isinstance(value, bool)
    elif kind in _LIMITS:
        low, high = _LIMITS[kind]
        whole = not isinstance(value, bool | str) and float(value).is_integer()
        fits = whole and not isinstance(value, str) and low <= value <= high
        value = int(value) if fits else value
    elif kind in ("Float", "Double"):
        fits = not isinstance(value, bool | str)
        value = float(value) if fits else value
    else:
        fits = kind == "String" and isinstance(value, str)
    if not fits:
        raise OperatorError("write_wrong_type", label=of.label, value=value, kind=kind or "?")
    return ua.Variant(value, ua.VariantType[kind])


async def _once(
    wish: WriteWish,
    of: TagSettings,
    before: Scalar | None,
    variant: ua.Variant,
    node: ua.NodeId,
    services: OpcUaServices,
) -> WriteOutcome:
    """The write itself and what is read afterwards; a lost link leaves it open what became of it."""

    def outcome(verdict: Verdict, read: Scalar | None, status: int, words: str) -> WriteOutcome:
        return WriteOutcome(wish.tag, wish.value, verdict, before, read, status, words)

    try:
        status = await services.write_value(node, variant)
    except LinkError as error:
        return outcome(Verdict.UNKNOWN, None, int(StatusCodes.BadCommunicationError), str(error))
    words = status_codes.words(status)
    good = ua.StatusCode(ua.UInt32(status)).is_good()
    if not good and not status_codes.leaves_open(status):
        return outcome(Verdict.REFUSED, None, status, words)
    try:
        read = await _read_back(wish, of, node, services)
    except LinkError as error:
        return outcome(Verdict.UNKNOWN, None, status, str(error))
    if read is not None and same(of, wish.value, read, variant.VariantType.name):
        return outcome(Verdict.DONE, read, status, words)
    verdict = Verdict.DIFFERENT if good and read is not None else Verdict.UNKNOWN
    return outcome(verdict, read, status, words)


async def _read_back(
    wish: WriteWish, of: TagSettings, node: ua.NodeId, services: OpcUaServices
) -> Scalar | None:
    """Read until it is what was written, or for as long as a PLC takes to pass it on; the last value."""
    deadline = asyncio.get_running_loop().time() + _READ_BACK_S
    while True:
        (data,) = await services.read([node])
        read = _scalar(data)
        kind = data.Value.VariantType.name if data.Value is not None else ""
        there = read is not None and same(of, wish.value, read, kind)
        if there or asyncio.get_running_loop().time() > deadline:
            return read
        await asyncio.sleep(_READ_EVERY_S)


def same(of: TagSettings, wanted: Scalar, read: Scalar, kind: str) -> bool:
    """Whether the value read back is the one written, within the tolerance and what a Float can hold."""
    if isinstance(wanted, bool | str) or isinstance(read, bool | str):
        return type(wanted) is type(read) and wanted == read
    rounding = abs(wanted) * 2**-23 if kind == "Float" else 0.0
    return abs(wanted - read) <= of.tolerance + rounding


async def _kind(data: ua.DataValue, node: ua.NodeId, services: OpcUaServices) -> str:
    """The type of the node: that of its value, or where it holds none yet, of its declaration."""
    if data.Value is not None and data.Value.Value is not None:
        return "" if data.Value.is_array else data.Value.VariantType.name
    (declared,) = await services.read([node], AttributeIds.DataType)
    of = declared.Value.Value if declared.Value is not None else None
    if isinstance(of, ua.NodeId) and of.NamespaceIndex == 0 and isinstance(of.Identifier, int):
        return ObjectIdNames.get(of.Identifier, "")
    return ""


def _scalar(data: ua.DataValue) -> Scalar | None:
    good = data.StatusCode is None or not data.StatusCode.is_bad()
    if not good or data.Value is None or data.Value.is_array:
        return None
    return scalar_of(data.Value.Value)

"""ISA-95 Job Control v2 (OPC 10031-4): sends a job order to a machine, starts it, and takes its job response.

The structures are written and read byte by byte, as far as a terminal needs them: the stack would register
them for the whole process, from each server's own description.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.ua_binary import Primitives, struct_from_binary, struct_to_binary
from asyncua.ua.uaerrors import UaError

from devices.opcua import methods
from devices.opcua.companions import JOB_CONTROL
from devices.opcua.node_lookup import path_from
from devices.opcua.services import OpcUaServices
from hmi.domain.machine import CallOutcome, Verdict
from hmi.errors import LinkError

_JOB_ORDER = 3008
_DESCRIPTION, _START, _PRIORITY = 1, 4, 16  # bits of the optional fields of a job order
_RESPONSE_DESCRIPTION, _RESPONSE_START, _RESPONSE_END = 1, 2, 4
_NO_ERROR = 1
_RETURN_WORDS = {  # OPC 10031-4, B.2: bits of the return status
    1: "no such job order",
    2: "not allowed in its state",
    3: "not possible in its state",
    4: "the machine cannot accept it",
    32: "the request is invalid",
}


@dataclass(frozen=True, slots=True)
class JobWish:
    """What a machine is told of a job order."""

    order: str
    description: str = ""
    start: datetime | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """What became of a wish; `return_status` is the machine's bit map, 1 for no error, 0 for none given."""

    verdict: Verdict
    return_status: int
    words: str


@dataclass(frozen=True, slots=True)
class JobResponse:
    """What a machine made of a job order, as far as a terminal shows it: state by name and number."""

    response: str
    order: str
    state: str
    state_number: int
    start: datetime | None
    end: datetime | None


class JobControl:
    """The job order receiver of one machine and, where it has one, its response provider."""

    def __init__(
        self,
        services: OpcUaServices,
        namespaces: Sequence[str],
        receiver: ua.NodeId,
        provider: ua.NodeId | None = None,
    ) -> None:
        """LinkError when the server does not know the companion model."""
        if JOB_CONTROL not in namespaces:
            raise LinkError(f"the server has no namespace {JOB_CONTROL}: it takes no job orders")
        self._services = services
        self._index = namespaces.index(JOB_CONTROL)
        self._receiver = receiver
        self._provider = provider

    async def send(self, wish: JobWish, *, start: bool) -> JobAnswer:
        """Send a job order, and start it if that is wished; called once.

        Where the answer leaves it open, the machine's list is read: the order is there, or it is not.
        """
        order = ua.ExtensionObject(TypeId=await self._encoding(), Body=ua.ByteString(job_order_bytes(wish)))
        answer = await self._call(
            "StoreAndStart" if start else "Store", ua.Variant(order, ua.VariantType.ExtensionObject)
        )
        if answer.verdict is not Verdict.UNKNOWN:
            return answer
        try:
            there = wish.order in await self.orders()
        except LinkError as error:
            return JobAnswer(Verdict.UNKNOWN, answer.return_status, str(error))
        if there:
            return JobAnswer(Verdict.DONE, answer.return_status, f"{answer.words}; the machine has the order")
        return answer

    async def act(self, action: str, order: str) -> JobAnswer:
        """Start, Stop, Pause, Resume, Abort, Cancel, Clear or RevokeStart an order that the machine has."""
        return await self._call(action, ua.Variant(order, ua.VariantType.String))

    async def orders(self) -> list[str]:
        """The ids of the orders that the machine has now."""
        (node,) = await self._services.targets([self._path(self._receiver, "JobOrderList")])
        if node is None:
            return []
        (data,) = await self._services.read([node])
        value = data.Value.Value if data.Value is not None else None
        items: list[object] = [*value] if isinstance(value, list) else []
        return [order for each in items if (order := _order_of(each))]

    async def response(self, order: str) -> JobResponse | None:
        """What the machine made of an order; None when it knows nothing of it."""
        if self._provider is None:
            return None
        method = await self._method(self._provider, "RequestJobResponseByJobOrderID")
        outcome = await methods.call(
            self._services, self._provider, method, [ua.Variant(order, ua.VariantType.String)]
        )
        if not outcome.outputs or _return_status(outcome.outputs) != _NO_ERROR:
            return None
        body = getattr(outcome.outputs[0], "Body", None)
        return read_response(body) if isinstance(body, bytes) else None

    async def _call(self, name: str, first: ua.Variant) -> JobAnswer:
        method = await self._method(self._receiver, name)
        comment = ua.Variant([], ua.VariantType.LocalizedText, is_array=True)
        return judged(await methods.call(self._services, self._receiver, method, [first, comment]))

    async def _method(self, of: ua.NodeId, name: str) -> ua.NodeId:
        (method,) = await self._services.targets([self._path(of, name)])
        if method is None:
            raise LinkError(f"the machine has no method {name}: it does not offer that")
        return method

    def _path(self, start: ua.NodeId, name: str) -> ua.BrowsePath:
        return path_from(start, [(self._index, name)])

    async def _encoding(self) -> ua.NodeId:
        """The node that names the binary form of a job order in this server."""
        of = ua.NodeId(ua.Int32(_JOB_ORDER), ua.Int16(self._index))
        (found,) = await self._services.browse([of], reference=ObjectIds.HasEncoding)
        for each in found:
            if each.BrowseName.Name == "Default Binary":
                return ua.NodeId(each.NodeId.Identifier, each.NodeId.NamespaceIndex, each.NodeId.NodeIdType)
        raise LinkError("the server does not say how a job order is encoded: it takes none")


def judged(outcome: CallOutcome) -> JobAnswer:
    """The verdict by the return status, which the machine gives with Good or with Uncertain."""
    status = _return_status(outcome.outputs)
    if status == _NO_ERROR:
        return JobAnswer(Verdict.DONE, status, outcome.words)
    if status == 0:
        verdict = Verdict.UNKNOWN if outcome.verdict is Verdict.DONE else outcome.verdict
        return JobAnswer(verdict, 0, outcome.words or "the machine did not say what became of it")
    told = [words for bit, words in _RETURN_WORDS.items() if status >> bit & 1]
    return JobAnswer(Verdict.REFUSED, status, ", ".join(told) or f"refused with {status:#x}")


def job_order_bytes(wish: JobWish) -> bytes:
    """An ISA95JobOrderDataType: the bits of what is there, the id, and then that (OPC UA part 6, 5.2.7)."""
    mask, more = 0, b""
    if wish.description:
        mask |= _DESCRIPTION
        more += Primitives.Int32.pack(1) + struct_to_binary(ua.LocalizedText(ua.String(wish.description)))
    if wish.start is not None:
        mask |= _START
        more += Primitives.DateTime.pack(wish.start)
    if wish.priority is not None:
        mask |= _PRIORITY
        more += Primitives.Int16.pack(wish.priority)
    return Primitives.UInt32.pack(mask) + Primitives.String.pack(wish.order) + more


def read_response(body: bytes) -> JobResponse | None:
    """The beginning of an ISA95JobResponseDataType; None when it cannot be read."""
    data = Buffer(body)
    try:
        mask = Primitives.UInt32.unpack(data)
        response = Primitives.String.unpack(data) or ""
        if mask & _RESPONSE_DESCRIPTION:
            struct_from_binary(ua.LocalizedText, data)
        order = Primitives.String.unpack(data) or ""
        start = Primitives.DateTime.unpack(data) if mask & _RESPONSE_START else None
        end = Primitives.DateTime.unpack(data) if mask & _RESPONSE_END else None
        state, number = "", 0
        for _ in range(max(Primitives.Int32.unpack(data), 0)):
            struct_from_binary(ua.RelativePath, data)
            text = struct_from_binary(ua.LocalizedText, data).Text or ""
            state, number = (f"{state}/{text}" if state else text), Primitives.UInt32.unpack(data)
    except (UaError, ValueError, LookupError, TypeError, struct.error):
        return None
    return JobResponse(response, order, state, number, start, end)


def _order_of(item: object) -> str:
    """The id at the beginning of an ISA95JobOrderAndStateDataType, decoded or not."""
    order = getattr(getattr(item, "JobOrder", None), "JobOrderID", None)
    if isinstance(order, str):
        return order
    body = getattr(item, "Body", None)
    if not isinstance(body, bytes):
        return ""
    try:
        data = Buffer(body)
        Primitives.UInt32.unpack(data)
        return Primitives.String.unpack(data) or ""
    except (UaError, ValueError, LookupError, struct.error):
        return ""


def _return_status(outputs: Sequence[object]) -> int:
    last = outputs[-1] if outputs else None
    return last if isinstance(last, int) and not isinstance(last, bool) else 0

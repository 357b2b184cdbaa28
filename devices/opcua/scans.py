"""Hears the readers of one server that speak AutoID (OPC 30010): each of their scans is a Scan."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from devices.opcua.companions import AUTO_ID
from devices.opcua.event_items import EventSession, subscribe_events
from devices.opcua.scan_results import RESULT_FIELD, SCAN_EVENT, ReadCode, codes_of
from devices.opcua.services import standard
from devices.opcua.wire import EventFields
from hmi.device_ports import Sink
from hmi.domain.signals import Carrier, Reading, Scan, TagsInField
from hmi.errors import LinkError
from hmi.times import Clock

_log = logging.getLogger(__name__)
_HANDLE = 0x7FFF0002
_EVERY_MS = 50  # a person waits for what was scanned
_QUEUE = 100
_REMEMBERED = 200  # newest events, over all connections
_UNREADABLE = "\ufffd"  # what no plan has, so that the person is told that a code was not understood


class TakenEvents:
    """Which events were taken already, over all connections: the id of an event names it for good."""

    def __init__(self) -> None:
        """None was."""
        self._ids: deque[bytes] = deque(maxlen=_REMEMBERED)

    def again(self, event: bytes) -> bool:
        """Whether an event was taken before; now it is. One without an id is always new."""
        if not event:
            return False
        if event in self._ids:
            return True
        self._ids.append(event)
        return False


class OpcUaScans:
    """A companion of the hearing; a new subscription tells nothing of what was scanned before it."""

    def __init__(
        self, link: str, session: EventSession, taken: TakenEvents, sink: Sink, clock: Clock
    ) -> None:
        """The session is open."""
        self._link = link
        self._session = session
        self._taken = taken
        self._sink = sink
        self._clock = clock
        self._namespace = 0

    async def begin(self, namespaces: Sequence[str]) -> None:
        """Subscribe to the scan events of all readers; the model is found by its namespace URI."""
        if AUTO_ID not in namespaces:
            raise LinkError(
                f"the server has no namespace {AUTO_ID}, so no readers of that kind: take scans = true out, "
                "or switch the readers on at the server"
            )
        self._namespace = namespaces.index(AUTO_ID)
        wanted = ua.EventFilter(
            SelectClauses=[
                _field(standard(ObjectIds.BaseEventType), 0, "EventId"),
                _field(standard(ObjectIds.BaseEventType), 0, "SourceName"),
                _field(
                    ua.NodeId(ua.Int32(SCAN_EVENT), ua.Int16(self._namespace)), self._namespace, RESULT_FIELD
                ),
            ]
        )
        await subscribe_events(
            self._session,
            _HANDLE,
            wanted,
            every_ms=_EVERY_MS,
            queue=_QUEUE,
            what="scans",
            option="scans",
        )

    def events(self, events: Sequence[EventFields]) -> None:
        """Tell what was scanned; an event of another kind has no scan result."""
        for event in events:
            if event.handle != _HANDLE or len(event.values) != 3 or event.values[2] is None:
                continue
            name, source, result = event.values
            if not self._taken.again(name if isinstance(name, bytes) else b""):
                self._tell(self._codes(result, source))

    def readings(self, batch: Sequence[Reading]) -> None:
        """Values are no scans."""

    async def run(self) -> None:
        """Nothing but listening."""
        await asyncio.Event().wait()

    def _codes(self, result: object, source: object) -> list[ReadCode]:
        try:
            return codes_of(result, self._namespace)
        except ValueError as error:
            _log.warning("%s: %s told %s", self._link, source, error)
            return [ReadCode(b"", f"{_UNREADABLE} not readable: {error}", "", radio=False)]

    def _tell(self, codes: Sequence[ReadCode]) -> None:
        """Labels one after the other; of several radio tags at once, a person says which one is meant."""
        now, heard_ms = self._clock.now(), self._clock.monotonic_ms()
        tags: dict[str, Scan] = {}
        for code in codes:
            carrier = Carrier.RADIO_TAG if code.radio else Carrier.LABEL
            scan = Scan(self._link, code.raw, code.text, None, now, heard_ms, carrier)
            if code.radio:
                tags.setdefault(code.text, scan)
            else:
                self._sink.scan(scan)
        if len(tags) == 1:
            self._sink.scan(next(iter(tags.values())))
        elif tags:
            self._sink.several(TagsInField(self._link, tuple(tags.values())))


def _field(kind: ua.NodeId, namespace: int, name: str) -> ua.SimpleAttributeOperand:
    return ua.SimpleAttributeOperand(
        TypeDefinitionId=kind,
        BrowsePath=[ua.QualifiedName(ua.String(name), ua.UInt16(namespace))],
        AttributeId=ua.IntegerId(AttributeIds.Value),
    )

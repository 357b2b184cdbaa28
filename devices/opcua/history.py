"""Reads what a lost link made us miss, where the server kept it, and marks it as filled in later."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from asyncua import ua

from devices.opcua import status_codes
from devices.opcua.node_address import Address
from devices.opcua.services import OpcUaServices
from devices.opcua.session import OpcUaSession
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_values import TagValue
from devices.opcua.wire import EventFields, change_of
from hmi.device_ports import Sink
from hmi.domain.signals import Quality, Reading

_log = logging.getLogger(__name__)
_MOST = 100_000  # values of one tag that are read after one gap


class LastHeard:
    """The newest time of the device for each tag, over all connections."""

    def __init__(self, settings: OpcUaSettings) -> None:
        """Only tags that want their gaps filled are kept."""
        self._wanted = {name for name, tag in settings.tags.items() if tag.fill_gaps}
        self._times: dict[str, datetime] = {}

    @property
    def wanted(self) -> set[str]:
        """The tags whose gaps are filled."""
        return self._wanted

    def note(self, reading: Reading) -> datetime | None:
        """Keep its time; when it is the first of a connection, the time before the gap, None at the start."""
        if reading.tag not in self._wanted or reading.source_time is None or reading.quality is Quality.BAD:
            return None
        before = self._times.get(reading.tag)
        if before is None or reading.source_time > before:
            self._times[reading.tag] = reading.source_time
        return before if reading.first else None


class OpcUaHistory:
    """A companion of the hearing: when the first value of a connection came, what lies before it is read."""

    def __init__(
        self,
        session: OpcUaSession,
        settings: OpcUaSettings,
        addresses: Mapping[str, Address],
        last: LastHeard,
        sink: Sink,
    ) -> None:
        """`last` is kept by the driver over all connections."""
        self._session = session
        self._settings = settings
        self._addresses = addresses
        self._last = last
        self._sink = sink
        self._nodes: dict[str, ua.NodeId] = {}
        self._gaps: asyncio.Queue[tuple[Reading, datetime]] = asyncio.Queue()

    async def begin(self, namespaces: Sequence[str]) -> None:
        """Find the nodes of the tags that want it."""
        wanted = {tag: self._addresses[tag] for tag in self._last.wanted}
        self._nodes, _ = await self._session.resolve(wanted, namespaces)

    def events(self, events: Sequence[EventFields]) -> None:
        """Events are not filled in."""

    def readings(self, batch: Sequence[Reading]) -> None:
        """Notice the end of a gap."""
        for reading in batch:
            since = self._last.note(reading)
            if since is not None and reading.source_time is not None and reading.source_time > since:
                self._gaps.put_nowait((reading, since))

    async def run(self) -> None:
        """Fill one gap after the other."""
        while True:
            first, since = await self._gaps.get()
            await self._fill(first, since, self._session.services)

    async def _fill(self, first: Reading, since: datetime, services: OpcUaServices) -> None:
        node, until = self._nodes.get(first.tag), first.source_time
        if node is None or until is None:
            return
        values, status = await services.history(node, since, until, _MOST)
        if status_codes.quality(status) is Quality.BAD:
            _log.info("no history of %s: %s", first.tag, status_codes.words(status))
        judge = TagValue(self._settings.tags[first.tag])
        made = [self._reading(data, first, judge) for data in values]
        filled = [each for each in made if each.source_time is not None and since < each.source_time < until]
        if filled:
            self._sink.filled(filled)

    def _reading(self, data: ua.DataValue, first: Reading, judge: TagValue) -> Reading:
        change = change_of(0, data)
        quality, words = status_codes.quality(change.status), status_codes.words(change.status)
        value, wrong = judge.judge(change.value, change.kind, change.is_array)
        if quality is not Quality.BAD and wrong:
            quality, words = Quality.BAD, wrong
        return replace(
            first,
            value=None if quality is Quality.BAD else value,
            quality=quality,
            source_time=change.source_time,
            server_time=change.server_time,
            status=change.status,
            status_words=words,
            overflow=status_codes.overflow(change.status),
            first=False,
            filled=True,
        )

"""What is heard during one connection with a PLC: readings in order, missing tags by name, and silence."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from asyncua import ua

from devices.opcua import status_codes
from devices.opcua.node_address import Address
from devices.opcua.session import Refusal
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_values import TagValue
from devices.opcua.wire import Change, Published
from hmi.device_ports import Sink
from hmi.domain.signals import Quality, Reading, Scalar
from hmi.errors import LinkError
from hmi.times import Clock

_PING_S = 1.0


class PlcSession(Protocol):
    """What is needed of a session; see OpcUaSession."""

    publish_silence_s: float
    renew_after_s: float

    async def namespaces(self) -> list[str]: ...
    async def subscribe(self) -> None: ...
    async def resolve(
        self, addresses: Mapping[str, Address], namespaces: Sequence[str]
    ) -> tuple[dict[str, ua.NodeId], dict[str, Refusal]]: ...
    async def monitor(self, handles: Mapping[int, ua.NodeId]) -> dict[int, Refusal]: ...
    def published(self) -> AsyncGenerator[Published]: ...
    async def renew(self) -> None: ...


class OpcUaHearing:
    """Turns the notifications of one session into readings, and notices when the PLC falls silent."""

    def __init__(
        self,
        link: str,
        settings: OpcUaSettings,
        clock: Clock,
        addresses: Mapping[str, Address],
        values: Mapping[str, TagValue],
        session: PlcSession,
        sink: Sink,
        *,
        look_again_s: float = 10.0,
    ) -> None:
        """`addresses` and `values` are the tags by name; the session is open and belongs to the caller.

        Tags that the PLC did not have are asked for again every `look_again_s`.
        """
        self._link = link
        self._settings = settings
        self._clock = clock
        self._addresses = addresses
        self._values = values
        self._session = session
        self._sink = sink
        self._look_again_s = look_again_s
        self._tags = list(addresses)
        self._first = set(self._tags)
        self._missing: dict[str, str] = {}
        self._namespaces: list[str] = []
        self._heard_ms = self._published_ms = clock.monotonic_ms()

    async def run(self) -> None:
        """Subscribe, say up, and emit until cancelled or LinkError."""
        self._namespaces = await self._session.namespaces()
        await self._session.subscribe()
        self._heard_ms = self._published_ms = self._clock.monotonic_ms()
        self._sink.up()
        await self._monitor(self._tags)
        await _until_one_ends(self._listen(), self._watch(), self._renew())

    async def _listen(self) -> None:
        async with aclosing(self._session.published()) as messages:
            async for message in messages:
                self._heard_ms = self._published_ms = self._clock.monotonic_ms()
                if message.changes:
                    self._sink.readings(self._readings(message.changes))
                else:
                    self._sink.heard()

    async def _watch(self) -> None:
        """Ask for a sign of life each second, notice silence, and look again for what was missing."""
        stale_s = self._settings.stale_after_s
        every_s = min(_PING_S, stale_s / 3)
        looked_ms = self._clock.monotonic_ms()
        while True:
            await asyncio.sleep(every_s)
            namespaces: list[str] | None = None
            try:
                async with asyncio.timeout(max(0.0, stale_s - self._silent_s(self._heard_ms))):
                    namespaces = await self._session.namespaces()
                self._heard_ms = self._clock.monotonic_ms()
                self._sink.heard()
            except TimeoutError:
                if self._silent_s(self._heard_ms) >= stale_s - 0.01:
                    raise LinkError(
                        f"nothing heard from {self._settings.endpoint} for {stale_s:g} s: "
                        "the PLC hangs or the way to it is cut"
                    ) from None
            if self._silent_s(self._published_ms) > self._session.publish_silence_s:
                raise LinkError(
                    f"{self._settings.endpoint} answers, but its subscription has been silent for "
                    f"{self._session.publish_silence_s:g} s: subscribing anew"
                )
            if namespaces is not None and namespaces != self._namespaces:
                raise LinkError("the PLC's namespaces changed, so its program did: reading every tag anew")
            if self._missing and self._silent_s(looked_ms) >= self._look_again_s:
                await self._monitor(list(self._missing))
                looked_ms = self._clock.monotonic_ms()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._session.renew_after_s)
            await self._session.renew()

    def _silent_s(self, since_ms: int) -> float:
        return (self._clock.monotonic_ms() - since_ms) / 1000

    async def _monitor(self, tags: Sequence[str]) -> None:
        """Ask for the tags; each one that cannot be heard is told once, as a BAD reading with its words."""
        nodes, refused = await self._session.resolve(
            {tag: self._addresses[tag] for tag in tags}, self._namespaces
        )
        places = {tag: place for place, tag in enumerate(self._tags)}
        by_place = await self._session.monitor({places[tag]: node for tag, node in nodes.items()})
        refused |= {self._tags[place]: refusal for place, refusal in by_place.items()}
        told: list[Reading] = []
        for tag in tags:
            refusal = refused.get(tag)
            if refusal is not None:
                if self._missing.get(tag) != refusal.words:
                    self._missing[tag] = refusal.words
                    told.append(self._refused(tag, refusal))
            elif self._missing.pop(tag, None) is not None:
                self._first.add(tag)
        if told:
            self._sink.readings(told)

    def _refused(self, tag: str, refusal: Refusal) -> Reading:
        return Reading(
            link=self._link,
            tag=tag,
            value=None,
            quality=Quality.BAD,
            source_time=None,
            server_time=None,
            terminal_time=self._clock.now(),
            heard_ms=self._heard_ms,
            status=refusal.status,
            status_words=f"tag {tag}, node {self._settings.tags[tag].node}: {refusal.words}; "
            "look at node = in the configuration and at the PLC's program",
            first=self._is_first(tag),
        )

    def _readings(self, changes: Sequence[Change]) -> list[Reading]:
        now, heard_ms = self._clock.now(), self._heard_ms
        made: list[Reading] = []
        for change in changes:
            if not 0 <= change.handle < len(self._tags):
                raise LinkError(f"the PLC sent a value for item {change.handle}, which nobody asked for")
            tag = self._tags[change.handle]
            quality, value, words = self._judge(tag, change)
            made.append(
                Reading(
                    self._link,
                    tag,
                    value,
                    quality,
                    change.source_time,
                    change.server_time,
                    now,
                    heard_ms,
                    change.status,
                    words,
                    status_codes.overflow(change.status),
                    self._is_first(tag),
                )
            )
        return made

    def _judge(self, tag: str, change: Change) -> tuple[Quality, Scalar | None, str]:
        """A bad value is never used: it is None, with words."""
        quality = status_codes.quality(change.status)
        if quality is Quality.BAD:
            return quality, None, status_codes.words(change.status)
        value, wrong = self._values[tag].judge(change.value, change.kind, change.is_array)
        if wrong:
            return Quality.BAD, None, f"tag {tag}, node {self._settings.tags[tag].node}: {wrong}"
        return quality, value, status_codes.words(change.status)

    def _is_first(self, tag: str) -> bool:
        if tag not in self._first:
            return False
        self._first.discard(tag)
        return True


async def _until_one_ends(*works: Coroutine[None, None, None]) -> None:
    """Run side by side until one raises; the others are cancelled and waited for."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""What is heard during one connection with a PLC: readings in order, missing tags by name, and silence."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from asyncua import ua

from devices.opcua.node_address import Address, parse
from devices.opcua.session import Item, Look, Refusal, Subscription
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_readings import TagReadings
from devices.opcua.tag_values import TagValue
from devices.opcua.wire import EventFields, Published
from hmi.device_ports import Sink
from hmi.domain.signals import Reading
from hmi.errors import LinkError
from hmi.times import Clock

_PING_S = 1.0


class PlcSession(Protocol):
    """What is needed of a session; see OpcUaSession."""

    renew_after_s: float

    async def look(self) -> Look: ...
    async def subscribe(self, every_ms: int) -> Subscription: ...
    async def resolve(
        self, addresses: Mapping[str, Address], namespaces: Sequence[str]
    ) -> tuple[dict[str, ua.NodeId], dict[str, Refusal]]: ...
    async def monitor(self, subscription: int, items: Sequence[Item]) -> dict[int, Refusal]: ...
    def published(self) -> AsyncGenerator[Published]: ...
    async def renew(self) -> None: ...


class NothingHeard(LinkError):
    """The server says nothing at all, so a farewell would only delay that this is told."""


class Companion(Protocol):
    """Who also wants something of the connection: alarms, or the past."""

    async def begin(self, namespaces: Sequence[str]) -> None:
        """The session stands; the link is said to be up when all have begun."""
        ...

    def events(self, events: Sequence[EventFields]) -> None:
        """Events came."""
        ...

    def readings(self, batch: Sequence[Reading]) -> None:
        """Readings were passed on."""
        ...

    async def run(self) -> None:
        """Go on until cancelled; a LinkError ends the connection."""
        ...


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
        companions: Sequence[Companion] = (),
        look_again_s: float = 10.0,
    ) -> None:
        """`addresses` and `values` are the tags by name; the session is open and belongs to the caller.

        Tags that the PLC did not have are asked for again every `look_again_s`.
        """
        self._settings = settings
        self._clock = clock
        self._addresses = addresses
        self._session = session
        self._sink = sink
        self._companions = companions
        self._look_again_s = look_again_s
        self._readings = TagReadings(link, settings, values)
        self._missing: dict[str, str] = {}
        self._monitored: set[tuple[str, int]] = set()  # tag, and level of a nested state
        self._namespaces: list[str] = []
        self._subscriptions: dict[int, Subscription] = {}
        self._published_ms: dict[int, int] = {}
        self._heard_ms = clock.monotonic_ms()

    async def run(self) -> None:
        """Subscribe, say up, and emit until cancelled or LinkError."""
        self._namespaces = (await self._look()).namespaces
        for every_ms in sorted({self._every_ms(tag) for tag in self._readings.tags} or {self._default_ms}):
            self._subscriptions[every_ms] = await self._session.subscribe(every_ms)
        self._heard_ms = self._clock.monotonic_ms()
        self._published_ms = {each.id: self._heard_ms for each in self._subscriptions.values()}
        for companion in self._companions:
            await companion.begin(self._namespaces)
        self._sink.up()
        await self._monitor(self._readings.tags)
        await _until_one_ends(
            self._listen(), self._watch(), self._renew(), *(each.run() for each in self._companions)
        )

    @property
    def _default_ms(self) -> int:
        return self._settings.publishing_interval_ms

    def _every_ms(self, tag: str) -> int:
        return self._settings.tags[tag].every_ms or self._default_ms

    async def _listen(self) -> None:
        async with aclosing(self._session.published()) as messages:
            async for message in messages:
                self._heard_ms = self._clock.monotonic_ms()
                self._published_ms[message.subscription] = self._heard_ms
                if message.changes:
                    readings = self._readings.taken(message.changes, self._clock.now(), self._heard_ms)
                    self._sink.readings(readings)
                    for companion in self._companions:
                        companion.readings(readings)
                else:
                    self._sink.heard()
                if message.events:
                    for companion in self._companions:
                        companion.events(message.events)

    async def _watch(self) -> None:
        """Ask for a sign of life each second, notice silence, and look again for what was missing."""
        stale_s = self._settings.stale_after_s
        every_s = min(_PING_S, stale_s / 3)
        looked_ms = self._clock.monotonic_ms()
        while True:
            await asyncio.sleep(every_s)
            look: Look | None = None
            try:
                async with asyncio.timeout(max(0.0, stale_s - self._silent_s(self._heard_ms))):
                    look = await self._look()
                self._heard_ms = self._clock.monotonic_ms()
                self._sink.heard()
            except TimeoutError:
                if self._silent_s(self._heard_ms) >= stale_s - 0.01:
                    raise NothingHeard(
                        f"nothing heard from {self._settings.endpoint} for {stale_s:g} s: "
                        "the PLC hangs or the way to it is cut"
                    ) from None
            self._notice_silence()
            if look is not None and look.namespaces != self._namespaces:
                raise LinkError("the PLC's namespaces changed, so its program did: reading every tag anew")
            if self._missing and self._silent_s(looked_ms) >= self._look_again_s:
                await self._monitor(list(self._missing))
                looked_ms = self._clock.monotonic_ms()

    def _notice_silence(self) -> None:
        for subscription in self._subscriptions.values():
            if self._silent_s(self._published_ms[subscription.id]) > subscription.silence_s:
                raise LinkError(
                    f"{self._settings.endpoint} answers, but its subscription has been silent for "
                    f"{subscription.silence_s:g} s: subscribing anew"
                )

    async def _look(self) -> Look:
        """Look at the server, and measure its clock by the way."""
        before = self._clock.now()
        look = await self._session.look()
        if look.now is not None and self._readings.measure(look.now, before, self._clock.now()):
            self._sink.clock_offset(self._readings.offset_ms or 0)
        return look

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._session.renew_after_s)
            await self._session.renew()

    def _silent_s(self, since_ms: int) -> float:
        return (self._clock.monotonic_ms() - since_ms) / 1000

    async def _monitor(self, tags: Sequence[str]) -> None:
        """Ask for what is not heard yet of the tags; one that cannot be is told once, as a BAD reading."""
        keys = [*((tag, 0) for tag in self._readings.tags), *self._readings.parts]
        wanted = [key for key in keys if key[0] in tags and key not in self._monitored]
        names = {f"{level}:{tag}": (tag, level) for tag, level in wanted}
        nodes, missing = await self._session.resolve(
            {name: self._address(*key) for name, key in names.items()}, self._namespaces
        )
        refused = {names[name]: refusal for name, refusal in missing.items()}
        places = {key: place for place, key in enumerate(keys)}
        for every_ms, subscription in self._subscriptions.items():
            items = [
                self._item(places[names[name]], names[name][0], node)
                for name, node in nodes.items()
                if self._every_ms(names[name][0]) == every_ms
            ]
            if items:
                by_place = await self._session.monitor(subscription.id, items)
                refused |= {keys[place]: refusal for place, refusal in by_place.items()}
        self._monitored.update(key for key in wanted if key not in refused)
        self._tell_missing(tags, refused)

    def _tell_missing(self, tags: Sequence[str], refused: Mapping[tuple[str, int], Refusal]) -> None:
        told: list[Reading] = []
        for tag in tags:
            key = min((key for key in refused if key[0] == tag), default=None)
            if key is None:
                self._missing.pop(tag, None)
                continue
            status, words, now = refused[key].status, refused[key].words, self._clock.now()
            reading = self._readings.refused(*key, status, words, now, self._heard_ms)
            if self._missing.get(tag) != reading.status_words:
                self._missing[tag] = reading.status_words
                told.append(reading)
        if told:
            self._sink.readings(told)

    def _address(self, tag: str, level: int) -> Address:
        return parse(self._settings.tags[tag].sub_states[level - 1]) if level else self._addresses[tag]

    def _item(self, handle: int, tag: str, node: ua.NodeId) -> Item:
        of = self._settings.tags[tag]
        sampling_ms = self._settings.sampling_interval_ms
        if of.every_ms is not None:
            sampling_ms = min(of.every_ms, max(sampling_ms, of.every_ms // 2))
        return Item(handle, node, sampling_ms, self._settings.queue_size, of.deadband)


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

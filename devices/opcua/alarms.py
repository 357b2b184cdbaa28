"""Hears the alarms and conditions of one connection, and answers them for a person."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from devices.opcua import status_codes
from devices.opcua.conditions import AlarmBook, ConditionEvent, event_filter, read_event, refresh_mark
from devices.opcua.event_items import EventSession, subscribe_events
from devices.opcua.node_lookup import path_from
from devices.opcua.services import standard
from devices.opcua.wire import EventFields
from hmi.device_ports import Sink
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict
from hmi.domain.signals import Alarm, Reading
from hmi.errors import LinkError
from hmi.times import Clock

_log = logging.getLogger(__name__)
_HANDLE = 0x7FFF0001
_EVERY_MS = 250
_QUEUE = 1000
_REFRESH_S = 5.0
_METHODS = {
    AlarmAnswer.ACKNOWLEDGE: ObjectIds.AcknowledgeableConditionType_Acknowledge,
    AlarmAnswer.CONFIRM: ObjectIds.AcknowledgeableConditionType_Confirm,
    AlarmAnswer.COMMENT: ObjectIds.ConditionType_AddComment,
    AlarmAnswer.SHELVE: ObjectIds.ShelvedStateMachineType_TimedShelve,
    AlarmAnswer.UNSHELVE: ObjectIds.ShelvedStateMachineType_Unshelve,
}
_SHELVING = {AlarmAnswer.SHELVE: "TimedShelve", AlarmAnswer.UNSHELVE: "Unshelve"}
_AS_WISHED: Mapping[AlarmAnswer, frozenset[int]] = {  # it stood so before
    AlarmAnswer.ACKNOWLEDGE: frozenset({StatusCodes.BadConditionBranchAlreadyAcked}),
    AlarmAnswer.CONFIRM: frozenset({StatusCodes.BadConditionBranchAlreadyConfirmed}),
    AlarmAnswer.COMMENT: frozenset(),
    AlarmAnswer.SHELVE: frozenset(),
    AlarmAnswer.UNSHELVE: frozenset(),
}
_EVENT = "EventId"
_STATES = ("ActiveState", "AckedState", "ConfirmedState", "EnabledState")


class OpcUaAlarms:
    """A companion of the hearing; the book is kept over all connections."""

    def __init__(self, link: str, session: EventSession, book: AlarmBook, sink: Sink, clock: Clock) -> None:
        """The session is open."""
        self._link = link
        self._session = session
        self._book = book
        self._sink = sink
        self._clock = clock
        self._refreshed = asyncio.Event()
        self._refreshing = False
        self._subscription = 0

    async def begin(self, namespaces: Sequence[str]) -> None:
        """Subscribe to the events of the whole server."""
        self._book.begin()
        self._subscription = await subscribe_events(
            self._session,
            _HANDLE,
            event_filter(),
            every_ms=_EVERY_MS,
            queue=_QUEUE,
            what="alarms",
            option="alarms",
        )

    def events(self, events: Sequence[EventFields]) -> None:
        """Keep and tell what events say of conditions."""
        now = self._clock.now()
        told: list[Alarm] = []
        for event in events:
            if event.handle != _HANDLE:
                continue
            mark = refresh_mark(event.values)
            if mark:
                self._refreshing = mark == "start"
                if mark == "end":
                    self._refreshed.set()
                continue
            read = read_event(self._link, event.values, now, first=not self._refreshed.is_set())
            if read is not None:
                self._book.take(read)
                told.append(read.alarm)
        if told:
            self._sink.alarms(told)

    def readings(self, batch: Sequence[Reading]) -> None:
        """Values are no alarms."""

    async def run(self) -> None:
        """Ask for what is so now, look after what was known before, and then only listen."""
        await self._refresh()
        try:
            async with asyncio.timeout(_REFRESH_S):
                await self._refreshed.wait()
        except TimeoutError:
            _log.info("%s did not say that its refresh of alarms ended", self._link)
            self._refreshed.set()
        await self._look_after_the_unseen()
        await asyncio.Event().wait()

    async def answer(self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float) -> CallOutcome:
        """Acknowledge, confirm, comment, shelve or unshelve; LinkError: nothing was sent.

        The server is told the newest event of the condition: an older one is unknown to it. Only when it
        refused for that is it told once more, the event that the condition names; else never repeated.
        """
        known = self._book.newest(alarm)
        event = known.alarm.event if known is not None else alarm.event
        outcome = await self._ask(alarm, answer, event, comment, minutes)
        if outcome.status != StatusCodes.BadEventIdUnknown:
            return outcome
        try:  # refused for certain; the condition itself knows which event is its newest by now
            _, newer = await self._states(ua.NodeId.from_string(alarm.condition))
        except LinkError:
            return outcome
        return (
            await self._ask(alarm, answer, newer, comment, minutes) if newer not in (b"", event) else outcome
        )

    async def _ask(
        self, alarm: Alarm, answer: AlarmAnswer, event: bytes, comment: str, minutes: float
    ) -> CallOutcome:
        node = ua.NodeId.from_string(alarm.condition)
        inputs = [
            ua.Variant(event, ua.VariantType.ByteString),
            ua.Variant(ua.LocalizedText(ua.String(comment)), ua.VariantType.LocalizedText),
        ]
        if answer in _SHELVING:
            inputs = [ua.Variant(minutes * 60_000, ua.VariantType.Double)]
            if answer is AlarmAnswer.UNSHELVE:
                inputs = []
            of, method = await self._shelving(node, answer)
        else:
            of, method = node, standard(_METHODS[answer])
        try:
            result = await self._session.services.call(of, method, inputs)
        except LinkError as error:
            return CallOutcome(Verdict.UNKNOWN, int(StatusCodes.BadCommunicationError), str(error), ())
        code = result.StatusCode.value
        verdict = Verdict.UNKNOWN if status_codes.leaves_open(code) else Verdict.REFUSED
        if result.StatusCode.is_good() or code in _AS_WISHED[answer]:
            verdict = Verdict.DONE
        return CallOutcome(verdict, code, status_codes.words(code), ())

    async def _shelving(self, node: ua.NodeId, answer: AlarmAnswer) -> tuple[ua.NodeId, ua.NodeId]:
        """The methods stand below the condition; where it is not shown, the type's are called on it."""
        of, method = await self._session.services.targets(
            [
                path_from(node, [(0, "ShelvingState")]),
                path_from(node, [(0, "ShelvingState"), (0, _SHELVING[answer])]),
            ]
        )
        return of or node, method or standard(_METHODS[answer])

    async def _refresh(self) -> None:
        result = await self._session.services.call(
            standard(ObjectIds.ConditionType),
            standard(ObjectIds.ConditionType_ConditionRefresh),
            [ua.Variant(self._subscription, ua.VariantType.UInt32)],
        )
        code = result.StatusCode.value
        if result.StatusCode.is_good() or code == StatusCodes.BadRefreshInProgress:
            return
        _log.warning(
            "%s gives no refresh of alarms (%s): which were active before the connection is unknown",
            self._link,
            status_codes.words(code),
        )
        self._sink.earlier_alarms_unknown()
        self._refreshed.set()

    async def _look_after_the_unseen(self) -> None:
        """Read the states of conditions that were open before and were not shown again."""
        told: list[Alarm] = []
        for event in self._book.unseen():
            now = self._clock.now()
            state, newest = await self._states(event.node)
            if self._book.was_seen(event):  # meanwhile it told of itself
                continue
            if state.get("ActiveState") is None:
                told.append(self._book.doubt(event, now))
                continue
            alarm = replace(
                event.alarm,
                active=bool(state["ActiveState"]),
                acked=state.get("AckedState") is not False,
                confirmed=state.get("ConfirmedState") is not False,
                enabled=state.get("EnabledState") is not False,
                event=newest or event.alarm.event,
                first=True,
                vouched=True,
                terminal_time=now,
            )
            self._book.take(ConditionEvent(event.node, alarm, event.retain))
            told.append(alarm)
        if told:
            self._sink.alarms(told)

    async def _states(self, node: ua.NodeId) -> tuple[dict[str, bool | None], bytes]:
        """What a condition's nodes say of its states, and its newest event; empty where they do not say."""
        paths = [path_from(node, [(0, state), (0, "Id")]) for state in _STATES]
        paths.append(path_from(node, [(0, _EVENT)]))
        targets = dict(zip((*_STATES, _EVENT), await self._session.services.targets(paths), strict=True))
        there = {name: target for name, target in targets.items() if target is not None}
        values = await self._session.services.read(list(there.values())) if there else []
        said = {name: _good(data) for name, data in zip(there, values, strict=True)}
        event = said.pop(_EVENT, None)
        states = {name: value if isinstance(value, bool) else None for name, value in said.items()}
        return states, event if isinstance(event, bytes) else b""


def _good(data: ua.DataValue) -> object:
    good = data.StatusCode is None or data.StatusCode.is_good()
    return data.Value.Value if good and data.Value is not None else None

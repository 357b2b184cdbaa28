"""Conditions of OPC UA part 9 as data: which fields are asked for, and what a list of them means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from devices.opcua import status_codes
from devices.opcua.services import standard
from hmi.domain.signals import Alarm, Quality

_BASE, _CONDITION = ObjectIds.BaseEventType, ObjectIds.ConditionType
_ACKNOWLEDGEABLE, _ALARM = ObjectIds.AcknowledgeableConditionType, ObjectIds.AlarmConditionType
_FIELDS: tuple[tuple[int, str], ...] = (
    (_BASE, "EventId"),
    (_BASE, "EventType"),
    (_BASE, "SourceName"),
    (_BASE, "Time"),
    (_BASE, "Message"),
    (_BASE, "Severity"),
    (_CONDITION, ""),  # the id of the condition itself
    (_CONDITION, "ConditionName"),
    (_CONDITION, "BranchId"),
    (_CONDITION, "Retain"),
    (_CONDITION, "EnabledState/Id"),
    (_CONDITION, "Quality"),
    (_CONDITION, "Comment"),
    (_ACKNOWLEDGEABLE, "AckedState/Id"),
    (_ACKNOWLEDGEABLE, "ConfirmedState/Id"),
    (_ALARM, "ActiveState/Id"),
    (_ALARM, "ActiveState/TransitionTime"),
    (_ALARM, "ShelvingState/CurrentState/Id"),
)
_REFRESH_START = standard(ObjectIds.RefreshStartEventType)
_REFRESH_END = standard(ObjectIds.RefreshEndEventType)
_UNSHELVED = standard(ObjectIds.ShelvedStateMachineType_Unshelved)


def event_filter() -> ua.EventFilter:
    """Select clauses and no where clause: what open62541 and node-opcua both take."""
    return ua.EventFilter(SelectClauses=[_operand(kind, path) for kind, path in _FIELDS])


def _operand(kind: int, path: str) -> ua.SimpleAttributeOperand:
    names = [ua.QualifiedName(ua.String(name), ua.UInt16(0)) for name in path.split("/") if name]
    attribute = AttributeIds.Value if path else AttributeIds.NodeId
    return ua.SimpleAttributeOperand(
        TypeDefinitionId=standard(kind), BrowsePath=names, AttributeId=ua.IntegerId(attribute)
    )


@dataclass(frozen=True, slots=True)
class ConditionEvent:
    """One event of a condition; `retain` is the server's wish that it be shown."""

    node: ua.NodeId
    alarm: Alarm
    retain: bool


def read_event(link: str, values: Sequence[object], now: datetime, *, first: bool) -> ConditionEvent | None:
    """What an event says of a condition; None when it is an event of another kind.

    Where a server has no acknowledgement, no confirmation or no active state, there is nothing to wait for:
    acknowledged, confirmed, and active as long as it wants to be shown.
    """
    if len(values) != len(_FIELDS):
        return None
    fields = dict(zip((path for _, path in _FIELDS), values, strict=True))
    node = fields[""]
    if not isinstance(node, ua.NodeId) or node.is_null() or not isinstance(fields["EventId"], bytes):
        return None
    retain = fields["Retain"] is True
    active = fields["ActiveState/Id"]
    shelving = fields["ShelvingState/CurrentState/Id"]
    branch = fields["BranchId"]
    code = fields["Quality"]
    alarm = Alarm(
        link=link,
        condition=node.to_string(),
        branch="" if not isinstance(branch, ua.NodeId) or branch.is_null() else branch.to_string(),
        source=_text(fields["SourceName"]),
        name=_text(fields["ConditionName"]),
        message=_text(fields["Message"]),
        severity=fields["Severity"] if isinstance(fields["Severity"], int) else 1,
        active=active if isinstance(active, bool) else retain,
        acked=fields["AckedState/Id"] is not False,
        confirmed=fields["ConfirmedState/Id"] is not False,
        shelved=isinstance(shelving, ua.NodeId) and not shelving.is_null() and shelving != _UNSHELVED,
        enabled=fields["EnabledState/Id"] is not False,
        comment=_text(fields["Comment"]),
        event=fields["EventId"],
        time=_time(fields["Time"]),
        active_since=_time(fields["ActiveState/TransitionTime"]),
        terminal_time=now,
        quality=status_codes.quality(code.value) if isinstance(code, ua.StatusCode) else Quality.GOOD,
        first=first,
    )
    return ConditionEvent(node, alarm, retain)


def refresh_mark(values: Sequence[object]) -> str:
    """`start` or `end` of a refresh, else empty."""
    if len(values) != len(_FIELDS):
        return ""
    return "start" if values[1] == _REFRESH_START else "end" if values[1] == _REFRESH_END else ""


class AlarmBook:
    """What is known of every condition of one server, over all connections.

    A server may stop showing an alarm that is still active (node-opcua clears Retain once it is acknowledged
    and confirmed). So what is known is given up only when the condition itself is seen to be over.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[tuple[str, str], ConditionEvent] = {}
        self._seen: set[tuple[str, str]] = set()

    def take(self, event: ConditionEvent) -> None:
        """Keep the newest state of a condition."""
        key = _key(event.alarm)
        self._seen.add(key)
        if event.alarm.open or event.alarm.shelved:
            self._known[key] = event
        else:
            self._known.pop(key, None)

    def begin(self) -> None:
        """A new connection: nothing of it was seen yet."""
        self._seen.clear()

    def unseen(self) -> list[ConditionEvent]:
        """What was known before and was not shown on this connection."""
        return [event for key, event in self._known.items() if key not in self._seen]

    def was_seen(self, event: ConditionEvent) -> bool:
        """Whether a condition has told of itself on this connection."""
        return _key(event.alarm) in self._seen

    def newest(self, alarm: Alarm) -> ConditionEvent | None:
        """What is known of a condition now; its event is the one that an answer has to name."""
        return self._known.get(_key(alarm))

    def doubt(self, event: ConditionEvent, now: datetime) -> Alarm:
        """Nothing shows whether it is still so: keep it, and say that."""
        alarm = replace(event.alarm, vouched=False, first=True, terminal_time=now)
        self._known[_key(alarm)] = replace(event, alarm=alarm)
        return alarm

    def open(self) -> list[Alarm]:
        """Everything that somebody still has to look at."""
        return [event.alarm for event in self._known.values()]


def _key(alarm: Alarm) -> tuple[str, str]:
    return alarm.condition, alarm.branch


def _text(value: object) -> str:
    if isinstance(value, ua.LocalizedText):
        return value.Text or ""
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value.year > 1601 else None

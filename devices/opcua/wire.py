"""One publish response as plain data: the one place that knows how notifications are decoded."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary

_NO_TIME = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """A new value of the monitored item `handle`; `kind` is the OPC UA name of its type, empty for none."""

    handle: int
    value: object
    kind: str
    is_array: bool
    status: int
    source_time: datetime | None
    server_time: datetime | None


@dataclass(frozen=True, slots=True)
class Published:
    """One publish response: no changes in a keep-alive; `ended` is why the subscription ended, if it did."""

    subscription: int
    sequence: int
    changes: list[Change]
    ended: int | None

    @property
    def keep_alive(self) -> bool:
        """Whether it says only that the server lives."""
        return not self.changes and self.ended is None


class Decoder(Protocol):
    """Turns the body of a publish response into plain data."""

    def __call__(self, body: Buffer) -> Published:
        """Decode one body, from its type id on; UaError or ValueError when it cannot be read."""
        ...


def change_of(handle: int, data: ua.DataValue) -> Change:
    """A data value of the stack as plain data."""
    variant = data.Value
    kind, value, is_array = "", None, False
    if variant is not None and variant.Value is not None:
        kind, value, is_array = variant.VariantType.name, variant.Value, bool(variant.is_array)
    return Change(
        handle=handle,
        value=value,
        kind=kind,
        is_array=is_array,
        status=data.StatusCode.value if data.StatusCode is not None else 0,
        source_time=_time(data.SourceTimestamp),
        server_time=_time(data.ServerTimestamp),
    )


def decode(body: Buffer) -> Published:
    """Decode with the stack's own decoder (16-20 microseconds a change)."""
    result = struct_from_binary(ua.PublishResponse, body).Parameters
    changes: list[Change] = []
    ended: int | None = None
    for notification in result.NotificationMessage.NotificationData:
        if isinstance(notification, ua.DataChangeNotification):
            changes += [change_of(item.ClientHandle, item.Value) for item in notification.MonitoredItems]
        elif isinstance(notification, ua.StatusChangeNotification):
            ended = notification.Status.value
    return Published(result.SubscriptionId, result.NotificationMessage.SequenceNumber, changes, ended)


def _time(moment: datetime | None) -> datetime | None:
    if moment is None or moment == _NO_TIME:
        return None
    return moment

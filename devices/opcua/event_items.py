"""Subscribing to the events of a whole server, with the fields that are asked for."""

from typing import Protocol

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from devices.opcua import status_codes
from devices.opcua.services import OpcUaServices, standard
from devices.opcua.session import Subscription
from hmi.errors import LinkError


class EventSession(Protocol):
    """What is needed of a session; see OpcUaSession."""

    services: OpcUaServices

    async def subscribe(self, every_ms: int) -> Subscription: ...
    async def create_items(
        self, subscription: int, requests: list[ua.MonitoredItemCreateRequest]
    ) -> list[ua.MonitoredItemCreateResult]: ...


async def subscribe_events(
    session: EventSession,
    handle: int,
    wanted: ua.EventFilter,
    *,
    every_ms: int,
    queue: int,
    what: str,
    option: str,
) -> int:
    """Subscribe to all events of the server; the id of the subscription.

    `what` (alarms, scans) and the `option` that asks for them are for the LinkError where it gives none.
    """
    subscription = await session.subscribe(every_ms)
    parameters = ua.MonitoringParameters(
        ClientHandle=ua.IntegerId(handle), SamplingInterval=ua.Duration(0.0), QueueSize=ua.Counter(queue)
    )
    parameters.Filter = wanted
    request = ua.MonitoredItemCreateRequest(
        ItemToMonitor=ua.ReadValueId(
            NodeId=standard(ObjectIds.Server), AttributeId=ua.IntegerId(AttributeIds.EventNotifier)
        ),
        MonitoringMode=ua.MonitoringMode.Reporting,
        RequestedParameters=parameters,
    )
    (made,) = await session.create_items(subscription.id, [request])
    if not made.StatusCode.is_good():
        raise LinkError(
            f"the server gives no {what} ({status_codes.words(made.StatusCode.value)}): "
            f"take {option} = true out, or switch them on at the server"
        )
    return subscription.id

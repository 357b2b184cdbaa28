"""One session with one OPC UA server, from its socket to its end; made anew for every attempt.

Only the stack's transport and services are used. Its supervisor, watchdog and publish loop are not started:
they hide a lost subscription, run handlers out of order, and outlive a disconnect.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.utils import Buffer
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaStatusCodeError

from devices.opcua import fast_wire, status_codes
from devices.opcua.connection import connect, leave
from devices.opcua.explained import explained
from devices.opcua.node_address import Address, NodeAddress
from devices.opcua.node_lookup import browse_path, node_id
from devices.opcua.services import OpcUaServices
from devices.opcua.settings import OpcUaSettings
from devices.opcua.wire import Decoder, Published
from hmi.errors import LinkError
from hmi.times import Clock

_ITEMS_PER_CALL = 500
_AGAIN_S = 0.25
_NOTIFICATIONS_PER_PUBLISH = 10_000
_NO_DEADBAND = frozenset(
    {
        StatusCodes.BadFilterNotAllowed,
        StatusCodes.BadMonitoredItemFilterUnsupported,
        StatusCodes.BadMonitoredItemFilterInvalid,
        StatusCodes.BadDeadbandFilterInvalid,
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A node that cannot be heard: status code (BadNodeIdUnknown when nobody was asked), and words."""

    status: int
    words: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a server says of itself; `now` by its own clock, None where it does not say."""

    namespaces: list[str]
    now: datetime | None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; after `silence_s` without a word of it, it is dead."""

    id: int
    silence_s: float


@dataclass(frozen=True, slots=True)
class Item:
    """A node whose changes are asked for under `handle`; smaller changes than `deadband` are not sent."""

    handle: int
    node: ua.NodeId
    sampling_ms: int
    queue_size: int
    deadband: float = 0.0


class OpcUaSession:
    """A connected and activated session; every method raises LinkError when the link does not hold."""

    def __init__(self, client: Client, protocol: UASocketProtocol, settings: OpcUaSettings) -> None:
        """Made by `open_session`."""
        self._client = client
        self._protocol = protocol
        self._settings = settings
        self._publish_ahead = 1
        self.services = OpcUaServices(client, settings.endpoint)
        self.renew_after_s = client.secure_channel_timeout * 0.75 / 1000

    async def look(self) -> Look:
        """The server's namespace table, state and clock; also a sign of life."""
        wanted = [
            ObjectIds.Server_NamespaceArray,
            ObjectIds.Server_ServerStatus_State,
            ObjectIds.Server_ServerStatus_CurrentTime,
        ]
        with explained(self._settings.endpoint):
            table, _, now = await self._client.uaclient.session.read_attributes(
                [ua.NodeId(ua.Int32(number), ua.Int16(0)) for number in wanted], AttributeIds.Value
            )
        found = table.Value.Value if table.Value is not None else None
        if not isinstance(found, list):
            raise LinkError(f"{self._settings.endpoint} tells no namespaces: is it an OPC UA server?")
        moment = now.Value.Value if now.Value is not None else None
        return Look([str(uri) for uri in found], moment if isinstance(moment, datetime) else None)

    async def resolve(
        self, addresses: Mapping[str, Address], namespaces: Sequence[str]
    ) -> tuple[dict[str, ua.NodeId], dict[str, Refusal]]:
        """Node ids of tags by name, and why the others have none."""
        found: dict[str, ua.NodeId] = {}
        refused: dict[str, Refusal] = {}
        paths: dict[str, ua.BrowsePath] = {}
        for tag, address in addresses.items():
            try:
                if isinstance(address, NodeAddress):
                    found[tag] = node_id(address, namespaces)
                else:
                    paths[tag] = browse_path(address, namespaces)
            except ValueError as error:
                refused[tag] = Refusal(int(StatusCodes.BadNodeIdUnknown), str(error))
        if paths:
            with explained(self._settings.endpoint):
                results = await self._client.uaclient.session.translate_browsepaths_to_nodeids(
                    list(paths.values())
                )
            for tag, result in zip(paths, results, strict=True):
                if result.StatusCode.is_good() and result.Targets:
                    found[tag] = result.Targets[0].TargetId
                else:
                    code = result.StatusCode.value
                    refused[tag] = Refusal(code, f"no node on this path ({status_codes.words(code)})")
        return found, refused

    async def subscribe(self, every_ms: int) -> Subscription:
        """Make a subscription that sends changes `every_ms`; two keep-alives fit into the stale time."""
        keep_alive_s = max(every_ms / 1000, self._settings.stale_after_s / 2)
        keep_alive = max(1, math.floor(keep_alive_s * 1000 / every_ms))
        lifetime = max(3 * keep_alive, round(self._settings.session_timeout_s * 1000 / every_ms))
        request = ua.CreateSubscriptionRequest()
        request.Parameters = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=ua.Duration(float(every_ms)),
            RequestedLifetimeCount=ua.Counter(lifetime),
            RequestedMaxKeepAliveCount=ua.Counter(keep_alive),
            MaxNotificationsPerPublish=ua.Counter(_NOTIFICATIONS_PER_PUBLISH),
            Priority=ua.Byte(0),
        )
        with explained(self._settings.endpoint):
            body = await self._protocol.send_request(request)
            response = struct_from_binary(ua.CreateSubscriptionResponse, body)
            response.ResponseHeader.ServiceResult.check()
        made = response.Parameters
        interval_s = made.RevisedPublishingInterval / 1000
        silence_s = (2 * made.RevisedMaxKeepAliveCount + 1) * interval_s
        self._publish_ahead += 1
        return Subscription(made.SubscriptionId, max(self._settings.stale_after_s, silence_s))

    async def monitor(self, subscription: int, items: Sequence[Item]) -> dict[int, Refusal]:
        """Ask for every change of these nodes; the handles that the server refused, and why.

        A server that knows no deadbands is asked without.
        """
        refused = await self._create(subscription, items)
        plain = [
            replace(item, deadband=0.0)
            for item in items
            if item.deadband and item.handle in refused and refused[item.handle].status in _NO_DEADBAND
        ]
        if plain:
            for item in plain:
                del refused[item.handle]
            refused |= await self._create(subscription, plain)
        return refused

    async def _create(self, subscription: int, items: Sequence[Item]) -> dict[int, Refusal]:
        refused: dict[int, Refusal] = {}
        for start in range(0, len(items), _ITEMS_PER_CALL):
            part = items[start : start + _ITEMS_PER_CALL]
            results = await self.create_items(subscription, [_request(item) for item in part])
            for item, result in zip(part, results, strict=True):
                if not result.StatusCode.is_good():
                    code = result.StatusCode.value
                    words = f"{item.node.to_string()}: {status_codes.words(code)}"
                    refused[item.handle] = Refusal(code, words)
        return refused

    async def create_items(
        self, subscription: int, requests: list[ua.MonitoredItemCreateRequest]
    ) -> list[ua.MonitoredItemCreateResult]:
        """One CreateMonitoredItems call."""
        params = ua.CreateMonitoredItemsParameters(
            SubscriptionId=ua.IntegerId(subscription),
            TimestampsToReturn=ua.TimestampsToReturn.Both,
            ItemsToCreate=requests,
        )
        with explained(self._settings.endpoint):
            return await self._client.uaclient.create_monitored_items(params)

    async def published(self, decoder: Decoder = fast_wire.decode) -> AsyncGenerator[Published]:
        """Every publish response in order, keep-alives too, with one request more than subscriptions waiting.

        A skipped sequence number, an ended subscription and an unreadable body are LinkErrors: the next
        attempt reads every tag anew.
        """
        waiting: list[asyncio.Task[Buffer]] = []
        acknowledge: list[ua.SubscriptionAcknowledgement] = []
        last: dict[int, int] = {}
        try:
            while True:
                while len(waiting) < self._publish_ahead:
                    waiting.append(asyncio.create_task(self._publish(acknowledge)))
                    acknowledge = []
                with explained(self._settings.endpoint):
                    try:
                        body = await waiting.pop(0)
                    except UaStatusCodeError as error:
                        if error.code in (StatusCodes.BadTimeout, StatusCodes.BadTooManyPublishRequests):
                            await asyncio.sleep(_AGAIN_S)
                            continue
                        raise
                    message = decoder(body)
                if message.ended is not None:
                    raise LinkError(f"the PLC ended the subscription: {status_codes.words(message.ended)}")
                if not message.keep_alive:
                    before = last.get(message.subscription)
                    if before is not None and message.sequence != before % 0xFFFFFFFF + 1:
                        raise LinkError(
                            f"notification {before + 1} of the PLC never came: reading every tag anew"
                        )
                    last[message.subscription] = message.sequence
                    acknowledge.append(
                        ua.SubscriptionAcknowledgement(
                            SubscriptionId=ua.IntegerId(message.subscription),
                            SequenceNumber=ua.Counter(message.sequence),
                        )
                    )
                yield message
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _publish(self, acknowledge: list[ua.SubscriptionAcknowledgement]) -> Buffer:
        request = ua.PublishRequest()
        request.Parameters.SubscriptionAcknowledgements = acknowledge
        return await self._protocol.send_request(request, timeout=0)

    async def renew(self) -> None:
        """Renew the secure channel before its lifetime ends."""
        with explained(self._settings.endpoint):
            await self._client.open_secure_channel(renew=True)
            self._client.uaclient.revolve_security_token()

    async def close(self, *, farewell: bool = True) -> None:
        """Take leave as far as the server still listens, then drop the socket; never raises."""
        await leave(self._client, self._protocol, farewell=farewell)


async def open_session(settings: OpcUaSettings, clock: Clock) -> OpcUaSession:
    """A session that is connected and activated; LinkError or NotAdmitted with words and remedy."""
    client, protocol = await connect(settings, clock)
    return OpcUaSession(client, protocol, settings)


def _request(item: Item) -> ua.MonitoredItemCreateRequest:
    parameters = ua.MonitoringParameters(
        ClientHandle=ua.IntegerId(item.handle),
        SamplingInterval=ua.Duration(float(item.sampling_ms)),
        QueueSize=ua.Counter(item.queue_size),
    )
    if item.deadband:
        parameters.Filter = ua.DataChangeFilter(
            Trigger=ua.DataChangeTrigger.StatusValue,
            DeadbandType=ua.UInt32(ua.DeadbandType.Absolute),
            DeadbandValue=ua.Double(item.deadband),
        )
    return ua.MonitoredItemCreateRequest(
        ItemToMonitor=ua.ReadValueId(NodeId=item.node, AttributeId=ua.IntegerId(AttributeIds.Value)),
        MonitoringMode=ua.MonitoringMode.Reporting,
        RequestedParameters=parameters,
    )

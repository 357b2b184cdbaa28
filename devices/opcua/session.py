"""One session with one OPC UA server, from its socket to its end; made anew for every attempt.

Only the stack's transport and services are used. Its supervisor, watchdog and publish loop are not started:
they hide a lost subscription, run handlers out of order, and outlive a disconnect.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UASocketProtocol
from asyncua.common.utils import Buffer
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary
from asyncua.ua.uaerrors import UaStatusCodeError

from devices.opcua import status_codes
from devices.opcua.connection import connect, leave
from devices.opcua.explained import explained
from devices.opcua.node_address import Address, NodeAddress
from devices.opcua.node_lookup import browse_path, node_id
from devices.opcua.settings import OpcUaSettings
from devices.opcua.wire import Decoder, Published, decode
from hmi.errors import LinkError
from hmi.times import Clock

_ITEMS_PER_CALL = 500
_PUBLISH_AHEAD = 2
_KEEP_ALIVE_S = 1.0
_NOTIFICATIONS_PER_PUBLISH = 10_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A node that cannot be heard: status code (BadNodeIdUnknown when nobody was asked), and words."""

    status: int
    words: str


class OpcUaSession:
    """A connected and activated session; every method raises LinkError when the link does not hold."""

    def __init__(self, client: Client, protocol: UASocketProtocol, settings: OpcUaSettings) -> None:
        """Made by `open_session`."""
        self._client = client
        self._protocol = protocol
        self._settings = settings
        self._subscription = 0
        self.publish_silence_s = settings.stale_after_s
        self.renew_after_s = client.secure_channel_timeout * 0.75 / 1000

    async def namespaces(self) -> list[str]:
        """The server's namespace table; also a sign of life, since the server state is read with it."""
        wanted = [ObjectIds.Server_NamespaceArray, ObjectIds.Server_ServerStatus_State]
        with explained(self._settings.endpoint):
            table, _ = await self._client.uaclient.session.read_attributes(
                [ua.NodeId(ua.Int32(number), ua.Int16(0)) for number in wanted], AttributeIds.Value
            )
        found = table.Value.Value if table.Value is not None else None
        if not isinstance(found, list):
            raise LinkError(f"{self._settings.endpoint} tells no namespaces: is it an OPC UA server?")
        return [str(uri) for uri in found]

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

    async def subscribe(self) -> None:
        """Make the subscription; keep-alives come about once a second."""
        interval = float(self._settings.publishing_interval_ms)
        keep_alive = max(1, round(_KEEP_ALIVE_S * 1000 / interval))
        lifetime = max(3 * keep_alive, round(self._settings.session_timeout_s * 1000 / interval))
        request = ua.CreateSubscriptionRequest()
        request.Parameters = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=ua.Duration(interval),
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
        self._subscription = made.SubscriptionId
        told_every_s = made.RevisedPublishingInterval * made.RevisedMaxKeepAliveCount / 1000
        self.publish_silence_s = max(self._settings.stale_after_s, 2.5 * told_every_s)

    async def monitor(self, handles: Mapping[int, ua.NodeId]) -> dict[int, Refusal]:
        """Ask for every change of these nodes; the handles that the server refused, and why."""
        refused: dict[int, Refusal] = {}
        items = list(handles.items())
        for start in range(0, len(items), _ITEMS_PER_CALL):
            part = items[start : start + _ITEMS_PER_CALL]
            params = ua.CreateMonitoredItemsParameters(
                SubscriptionId=ua.IntegerId(self._subscription),
                TimestampsToReturn=ua.TimestampsToReturn.Both,
                ItemsToCreate=[self._item(handle, node) for handle, node in part],
            )
            with explained(self._settings.endpoint):
                results = await self._client.uaclient.create_monitored_items(params)
            for (handle, node), result in zip(part, results, strict=True):
                if not result.StatusCode.is_good():
                    code = result.StatusCode.value
                    refused[handle] = Refusal(code, f"{node.to_string()}: {status_codes.words(code)}")
        return refused

    def _item(self, handle: int, node: ua.NodeId) -> ua.MonitoredItemCreateRequest:
        return ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value)),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=ua.MonitoringParameters(
                ClientHandle=ua.IntegerId(handle),
                SamplingInterval=ua.Duration(float(self._settings.sampling_interval_ms)),
                QueueSize=ua.Counter(self._settings.queue_size),
            ),
        )

    async def published(self, decoder: Decoder = decode) -> AsyncGenerator[Published]:
        """Every publish response in order, keep-alives too, with two requests always at the server.

        A skipped sequence number, an ended subscription and an unreadable body are LinkErrors: the next
        attempt reads every tag anew.
        """
        waiting: list[asyncio.Task[Buffer]] = []
        acknowledge: list[ua.SubscriptionAcknowledgement] = []
        last: int | None = None
        try:
            while True:
                while len(waiting) < _PUBLISH_AHEAD:
                    waiting.append(asyncio.create_task(self._publish(acknowledge)))
                    acknowledge = []
                with explained(self._settings.endpoint):
                    try:
                        body = await waiting.pop(0)
                    except UaStatusCodeError as error:
                        if error.code in (StatusCodes.BadTimeout, StatusCodes.BadTooManyPublishRequests):
                            await asyncio.sleep(_KEEP_ALIVE_S / 4)
                            continue
                        raise
                    message = decoder(body)
                if message.ended is not None:
                    raise LinkError(f"the PLC ended the subscription: {status_codes.words(message.ended)}")
                if not message.keep_alive:
                    if last is not None and message.sequence != last % 0xFFFFFFFF + 1:
                        raise LinkError(
                            f"notification {last + 1} of the PLC never came: reading every tag anew"
                        )
                    last = message.sequence
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

    async def read(self, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue]:
        """Read values once, with both times."""
        params = ua.ReadParameters(
            TimestampsToReturn=ua.TimestampsToReturn.Both,
            NodesToRead=[
                ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value)) for node in nodes
            ],
        )
        with explained(self._settings.endpoint):
            return await self._client.uaclient.read(params)

    async def renew(self) -> None:
        """Renew the secure channel before its lifetime ends."""
        with explained(self._settings.endpoint):
            await self._client.open_secure_channel(renew=True)
            self._client.uaclient.revolve_security_token()

    async def close(self) -> None:
        """Take leave as far as the server still listens, then drop the socket; never raises."""
        await leave(self._client, self._protocol)


async def open_session(settings: OpcUaSettings, clock: Clock) -> OpcUaSession:
    """A session that is connected and activated; LinkError or NotAdmitted with words and remedy."""
    client, protocol = await connect(settings, clock)
    return OpcUaSession(client, protocol, settings)

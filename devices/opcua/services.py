"""The services of one session that are asked once in a while: read, write, call, browse, history."""

from collections.abc import Sequence
from datetime import datetime

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from devices.opcua.explained import explained

_PAGE = 1000
_NODES_PER_CALL = 200
_FORWARD = ua.BrowseDirection.Forward


def standard(number: int) -> ua.NodeId:
    """A node of the standard's own namespace."""
    return ua.NodeId(ua.Int32(number), ua.Int16(0))


class OpcUaServices:
    """Asks a server; every method raises LinkError when the link does not hold, none repeats anything."""

    def __init__(self, client: Client, endpoint: str) -> None:
        """The client is connected and its session activated."""
        self._session = client.uaclient.session
        self._endpoint = endpoint

    async def read(
        self, nodes: Sequence[ua.NodeId], attribute: AttributeIds = AttributeIds.Value
    ) -> list[ua.DataValue]:
        """Read one attribute of each node, with both times."""
        found: list[ua.DataValue] = []
        for start in range(0, len(nodes), _NODES_PER_CALL):
            params = ua.ReadParameters(
                TimestampsToReturn=ua.TimestampsToReturn.Both,
                NodesToRead=[
                    ua.ReadValueId(NodeId=node, AttributeId=ua.IntegerId(attribute))
                    for node in nodes[start : start + _NODES_PER_CALL]
                ],
            )
            with explained(self._endpoint):
                found += await self._session.read(params)
        return found

    async def write_value(self, node: ua.NodeId, value: ua.Variant) -> int:
        """Write the value alone, without status and times, which some servers refuse; the status code."""
        data = ua.DataValue(value, StatusCode=None)
        params = ua.WriteParameters(
            NodesToWrite=[
                ua.WriteValue(NodeId=node, AttributeId=ua.IntegerId(AttributeIds.Value), Value=data)
            ]
        )
        with explained(self._endpoint):
            (status,) = await self._session.write(params)
        return status.value

    async def call(
        self, of: ua.NodeId, method: ua.NodeId, inputs: Sequence[ua.Variant]
    ) -> ua.CallMethodResult:
        """Call a method through the Call service: status and outputs whatever the status is."""
        request = ua.CallMethodRequest(ObjectId=of, MethodId=method, InputArguments=list(inputs))
        with explained(self._endpoint):
            (result,) = await self._session.call([request])
        return result

    async def targets(self, paths: Sequence[ua.BrowsePath]) -> list[ua.NodeId | None]:
        """The node at the end of each path, None where there is none."""
        if not paths:
            return []
        with explained(self._endpoint):
            results = await self._session.translate_browsepaths_to_nodeids(list(paths))
        return [
            each.Targets[0].TargetId if each.StatusCode.is_good() and each.Targets else None
            for each in results
        ]

    async def browse(
        self,
        nodes: Sequence[ua.NodeId],
        *,
        reference: int = ObjectIds.HierarchicalReferences,
        direction: ua.BrowseDirection = _FORWARD,
    ) -> list[list[ua.ReferenceDescription]]:
        """The references of each node, all pages of them."""
        found: list[list[ua.ReferenceDescription]] = []
        for start in range(0, len(nodes), _NODES_PER_CALL):
            part = nodes[start : start + _NODES_PER_CALL]
            params = ua.BrowseParameters(
                RequestedMaxReferencesPerNode=ua.Counter(_PAGE),
                NodesToBrowse=[
                    ua.BrowseDescription(
                        NodeId=node,
                        BrowseDirection=direction,
                        ReferenceTypeId=standard(reference),
                        IncludeSubtypes=True,
                        NodeClassMask=ua.UInt32(0),
                        ResultMask=ua.UInt32(ua.BrowseResultMask.All),
                    )
                    for node in part
                ],
            )
            with explained(self._endpoint):
                results = await self._session.browse(params)
                for result in results:
                    found.append(list(result.References or []))
                    point = result.ContinuationPoint
                    while point:
                        more = ua.BrowseNextParameters(
                            ReleaseContinuationPoints=False, ContinuationPoints=[point]
                        )
                        (page,) = await self._session.browse_next(more)
                        found[-1] += page.References or []
                        point = page.ContinuationPoint
        return found

    async def history(
        self, node: ua.NodeId, after: datetime, before: datetime, most: int
    ) -> tuple[list[ua.DataValue], int]:
        """Raw values between two times of the server, oldest first, `most` at most; and the status code."""
        details = ua.ReadRawModifiedDetails(
            IsReadModified=False,
            StartTime=_date_time(after),
            EndTime=_date_time(before),
            NumValuesPerNode=ua.Counter(min(most, _PAGE)),
            ReturnBounds=False,
        )
        found: list[ua.DataValue] = []
        point: ua.ByteString | None = None
        while True:
            params = ua.HistoryReadParameters(
                HistoryReadDetails=details,
                TimestampsToReturn=ua.TimestampsToReturn.Both,
                ReleaseContinuationPoints=len(found) >= most,
                NodesToRead=[ua.HistoryReadValueId(NodeId=node, ContinuationPoint=point)],
            )
            with explained(self._endpoint):
                (result,) = await self._session.history_read(params)
            if params.ReleaseContinuationPoints or not result.StatusCode.is_good():
                return found[:most], result.StatusCode.value
            if isinstance(result.HistoryData, ua.HistoryData):
                found += result.HistoryData.DataValues or []
            point = result.ContinuationPoint or None
            if point is None:
                return found[:most], result.StatusCode.value


def _date_time(moment: datetime) -> ua.DateTime:
    return ua.DateTime.fromisoformat(moment.isoformat())

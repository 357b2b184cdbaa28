"""Walks through a server's objects and notes what a line engineer has to know of each node."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIdNames, ObjectIds

from devices.opcua.node_address import OPC_UA, text_of_path
from devices.opcua.node_lookup import text_of_node
from devices.opcua.services import OpcUaServices, standard
from devices.opcua.tag_values import scalar_of
from hmi.domain.signals import Scalar

Step = tuple[str, str]
_LEFT_OUT = frozenset({ObjectIds.Server, ObjectIds.TypesFolder, ObjectIds.Locations, ObjectIds.Aliases})
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class BrowsedNode:
    """A node of a server: the way to it from the root, what it is, and for a variable its value now.

    `type` is the type definition as (namespace URI, identifier); `companions` are all types above it too.
    `kind` is the OPC UA name of the data type, empty where it is none of the standard's.
    """

    path: tuple[Step, ...]
    node: ua.NodeId
    address: str
    is_variable: bool
    is_method: bool
    type: tuple[str, object]
    companions: tuple[tuple[str, object], ...] = ()
    kind: str = ""
    is_array: bool = False
    value: Scalar | None = None
    writable: bool = False
    unit: str = ""
    low: float | None = None
    high: float | None = None
    children: list["BrowsedNode"] = field(default_factory=list["BrowsedNode"])

    @property
    def name(self) -> str:
        """Its browse name without the namespace."""
        return self.path[-1][1]

    @property
    def path_address(self) -> str:
        """Its address by browse path, which survives a new program that numbers its nodes anew."""
        return text_of_path(self.path)


async def walk(
    services: OpcUaServices, namespaces: Sequence[str], most: int = 20_000
) -> tuple[list[BrowsedNode], bool]:
    """Everything below Objects except the server itself, and whether that was all of it.

    Breadth first, many nodes in one question; a node that is reached on several ways is noted once.
    """
    top: list[BrowsedNode] = []
    seen: set[ua.NodeId] = {standard(ObjectIds.ObjectsFolder)}
    level: list[tuple[tuple[Step, ...], ua.NodeId, list[BrowsedNode]]] = [
        (((OPC_UA, "Objects"),), standard(ObjectIds.ObjectsFolder), top)
    ]
    whole = True
    for _ in range(_DEEPEST):
        if not level:
            break
        found = await services.browse([node for _, node, _ in level])
        below: list[tuple[tuple[Step, ...], ua.NodeId, list[BrowsedNode]]] = []
        for (path, _, siblings), references in zip(level, found, strict=True):
            for reference in references:
                node = _noted(reference, path, namespaces)
                if node is None or node.node in seen or _left_out(node.node):
                    continue
                if len(seen) > most:
                    whole = False
                    continue
                seen.add(node.node)
                siblings.append(node)
                below.append((node.path, node.node, node.children))
        level = below
    return await _described(services, namespaces, top), whole and not level


def flat(nodes: Sequence[BrowsedNode]) -> list[BrowsedNode]:
    """The nodes and all below them, each before its children."""
    return [each for node in nodes for each in (node, *flat(node.children))]


def _noted(
    reference: ua.ReferenceDescription, path: tuple[Step, ...], namespaces: Sequence[str]
) -> BrowsedNode | None:
    node = reference.NodeId
    name = reference.BrowseName
    elsewhere = getattr(node, "ServerIndex", 0)  # a node of another server
    if elsewhere or name.NamespaceIndex >= len(namespaces) or node.NamespaceIndex >= len(namespaces):
        return None
    plain = ua.NodeId(node.Identifier, node.NamespaceIndex, node.NodeIdType)
    of = reference.TypeDefinition
    uri = _uri(namespaces, of.NamespaceIndex)
    return BrowsedNode(
        path=(*path, (_uri(namespaces, name.NamespaceIndex), name.Name or "")),
        node=plain,
        address=text_of_node(plain, namespaces),
        is_variable=reference.NodeClass is ua.NodeClass.Variable,
        is_method=reference.NodeClass is ua.NodeClass.Method,
        type=(uri, of.Identifier),
    )


def _uri(namespaces: Sequence[str], index: int) -> str:
    return namespaces[index] if 0 <= index < len(namespaces) else ""


def _left_out(node: ua.NodeId) -> bool:
    return node.NamespaceIndex == 0 and node.Identifier in _LEFT_OUT


async def _described(
    services: OpcUaServices, namespaces: Sequence[str], nodes: list[BrowsedNode]
) -> list[BrowsedNode]:
    """The same tree with values, types, units and ranges, and the types above each object's own."""
    every = flat(nodes)
    variables = [each.node for each in every if each.is_variable]
    values = dict(zip(variables, await services.read(variables), strict=True))
    kinds = dict(zip(variables, await services.read(variables, AttributeIds.DataType), strict=True))
    access = dict(zip(variables, await services.read(variables, AttributeIds.UserAccessLevel), strict=True))
    above = await _types_above(services, namespaces, {each.type for each in every if not each.is_variable})

    def describe(node: BrowsedNode) -> BrowsedNode:
        children = [describe(child) for child in node.children]
        if not node.is_variable:
            companions = above.get(node.type, ())
            return replace(node, children=children, companions=companions)
        data, level = values[node.node].Value, access[node.node].Value
        unit, low, high = _measure(node, values)
        bits = level.Value if level is not None and isinstance(level.Value, int) else 0
        return replace(
            node,
            children=children,
            kind=_kind(kinds[node.node]),
            is_array=data is not None and bool(data.is_array),
            value=scalar_of(data.Value) if data is not None and not data.is_array else None,
            writable=bool(bits & 2),
            unit=unit,
            low=low,
            high=high,
        )

    return [describe(node) for node in nodes]


def _measure(
    node: BrowsedNode, values: dict[ua.NodeId, ua.DataValue]
) -> tuple[str, float | None, float | None]:
    """Unit and range, which stand in properties of the variable."""
    unit, low, high = "", None, None
    for child in node.children:
        data = values[child.node].Value if child.is_variable else None
        if data is None:
            continue
        if child.name == "EngineeringUnits" and isinstance(data.Value, ua.EUInformation):
            unit = data.Value.DisplayName.Text or ""
        if child.name == "EURange" and isinstance(data.Value, ua.Range):
            low, high = data.Value.Low, data.Value.High
    return unit, low, high


def _kind(data: ua.DataValue) -> str:
    of = data.Value.Value if data.Value is not None else None
    if isinstance(of, ua.NodeId) and of.NamespaceIndex == 0 and isinstance(of.Identifier, int):
        return ObjectIdNames.get(of.Identifier, "")
    return ""


async def _types_above(
    services: OpcUaServices, namespaces: Sequence[str], types: set[tuple[str, object]]
) -> dict[tuple[str, object], tuple[tuple[str, object], ...]]:
    """Each type with all types above it, asked for upwards in steps that all types share."""
    parent: dict[tuple[str, object], tuple[str, object]] = {}
    asked = {each for each in types if each[0] in namespaces and isinstance(each[1], int)}
    level = set(asked)
    while level:
        wanted = list(level)
        nodes = [
            ua.NodeId(ua.Int32(int(str(number))), ua.Int16(namespaces.index(uri))) for uri, number in wanted
        ]
        found = await services.browse(
            nodes, reference=ObjectIds.HasSubtype, direction=ua.BrowseDirection.Inverse
        )
        level = set()
        for each, references in zip(wanted, found, strict=True):
            for reference in references[:1]:
                index = reference.NodeId.NamespaceIndex
                above = (_uri(namespaces, index), reference.NodeId.Identifier)
                parent[each] = above
                if above not in asked and above[0] and isinstance(above[1], int):
                    asked.add(above)
                    level.add(above)
    chains: dict[tuple[str, object], tuple[tuple[str, object], ...]] = {}
    for each in types:
        chain = [each]
        while chain[-1] in parent and len(chain) < _DEEPEST:
            chain.append(parent[chain[-1]])
        chains[each] = tuple(chain)
    return chains

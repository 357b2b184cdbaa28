"""From an address to what a server with a certain namespace table is asked for."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from devices.opcua.node_address import OPC_UA, BrowseAddress, NodeAddress, written

_ROOT = ua.NodeId(ua.Int32(ObjectIds.RootFolder), ua.Int16(0))


def node_id(address: NodeAddress, namespaces: Sequence[str]) -> ua.NodeId:
    """The node id in a server with this namespace table; ValueError when it lacks the namespace."""
    index = ua.Int16(_namespace_index(address.uri, namespaces))
    if isinstance(address.identifier, int):
        return ua.NodeId(ua.Int32(address.identifier), index, ua.NodeIdType.Numeric)
    if isinstance(address.identifier, UUID):
        return ua.NodeId(ua.Guid(int=address.identifier.int), index, ua.NodeIdType.Guid)
    if isinstance(address.identifier, bytes):
        return ua.NodeId(ua.ByteString(address.identifier), index, ua.NodeIdType.ByteString)
    return ua.NodeId(ua.String(address.identifier), index, ua.NodeIdType.String)


def browse_path(address: BrowseAddress, namespaces: Sequence[str]) -> ua.BrowsePath:
    """The path for a server with this namespace table; ValueError when it lacks a namespace."""
    return path_from(_ROOT, [(_namespace_index(uri, namespaces), name) for uri, name in address.steps])


def path_from(start: ua.NodeId, steps: Sequence[tuple[int, str]]) -> ua.BrowsePath:
    """The way from a node down over browse names, each with its namespace index."""
    elements = [
        replace(
            ua.RelativePathElement(),
            ReferenceTypeId=ua.NodeId(ua.Int32(ObjectIds.HierarchicalReferences), ua.Int16(0)),
            IsInverse=False,
            TargetName=ua.QualifiedName(ua.String(name), ua.UInt16(index)),
        )
        for index, name in steps
    ]
    return ua.BrowsePath(StartingNode=start, RelativePath=ua.RelativePath(Elements=elements))


def _namespace_index(uri: str, namespaces: Sequence[str]) -> int:
    try:
        return namespaces.index(uri)
    except ValueError:
        raise ValueError(f"the server has no namespace {uri}") from None


def text_of_node(node: ua.NodeId, namespaces: Sequence[str]) -> str:
    """The address of a node as `parse` reads it; ValueError when the server's table lacks its namespace."""
    if not 0 <= node.NamespaceIndex < len(namespaces):
        raise ValueError(f"{node.to_string()}: the server has no namespace {node.NamespaceIndex}")
    uri = namespaces[node.NamespaceIndex]
    place = "" if uri == OPC_UA else f"nsu={written(uri)};"
    identifier = node.Identifier
    if isinstance(identifier, bytes):
        return f"{place}b={base64.b64encode(identifier).decode()}"
    if isinstance(identifier, UUID):
        return f"{place}g={identifier}"
    return f"{place}{'i' if isinstance(identifier, int) else 's'}={identifier}"

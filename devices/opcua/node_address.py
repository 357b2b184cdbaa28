"""Addresses of OPC UA nodes that survive a changed namespace table: by namespace URI, or by browse path."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote
from uuid import UUID

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

OPC_UA = "http://opcfoundation.org/UA/"
_ROOT = ua.NodeId(ua.Int32(ObjectIds.RootFolder), ua.Int16(0))
_NODE = re.compile(r"(?:nsu=(?P<uri>[^;]+);)?(?P<kind>[isgb])=(?P<id>.+)", re.DOTALL)
_STEP = re.compile(r"/(?:nsu=(?P<uri>[^;]+);)?(?P<name>(?:[^/&]|&.)+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """A node named by `uri` and its identifier of `kind` i, s, g or b (OPC UA part 6, 5.3.1.10)."""

    uri: str
    kind: str
    identifier: int | str | UUID | bytes

    @property
    def uris(self) -> tuple[str, ...]:
        """The namespaces that the server must know."""
        return (self.uri,)

    def node_id(self, namespaces: Sequence[str]) -> ua.NodeId:
        """The node id in a server with this namespace table; ValueError when it lacks the namespace."""
        index = ua.Int16(namespace_index(self.uri, namespaces))
        if isinstance(self.identifier, int):
            return ua.NodeId(ua.Int32(self.identifier), index, ua.NodeIdType.Numeric)
        if isinstance(self.identifier, UUID):
            return ua.NodeId(ua.Guid(int=self.identifier.int), index, ua.NodeIdType.Guid)
        if isinstance(self.identifier, bytes):
            return ua.NodeId(ua.ByteString(self.identifier), index, ua.NodeIdType.ByteString)
        return ua.NodeId(ua.String(self.identifier), index, ua.NodeIdType.String)


@dataclass(frozen=True, slots=True)
class BrowseAddress:
    """A node named by the way to it from the root: `(namespace URI, browse name)` for each step."""

    steps: tuple[tuple[str, str], ...]

    @property
    def uris(self) -> tuple[str, ...]:
        """The namespaces that the server must know."""
        return tuple(dict.fromkeys(uri for uri, _ in self.steps))

    def browse_path(self, namespaces: Sequence[str]) -> ua.BrowsePath:
        """The path for a server with this namespace table; ValueError when it lacks a namespace."""
        elements = [
            replace(
                ua.RelativePathElement(),
                ReferenceTypeId=ua.NodeId(ua.Int32(ObjectIds.HierarchicalReferences), ua.Int16(0)),
                IsInverse=False,
                TargetName=ua.QualifiedName(ua.String(name), ua.UInt16(namespace_index(uri, namespaces))),
            )
            for uri, name in self.steps
        ]
        return ua.BrowsePath(StartingNode=_ROOT, RelativePath=ua.RelativePath(Elements=elements))


Address = NodeAddress | BrowseAddress


def namespace_index(uri: str, namespaces: Sequence[str]) -> int:
    """Where the server keeps a namespace; ValueError when it does not."""
    try:
        return namespaces.index(uri)
    except ValueError:
        raise ValueError(f"the server has no namespace {uri}") from None


def parse(text: str) -> Address:
    """Read `nsu=URI;s=Name` (or i=, g=, b=) or `/Objects/nsu=URI;Name/Name`; ValueError says what is wrong.

    In a path, a name without `nsu=` belongs to the namespace of the name before it; `&` takes the next sign
    as it stands. In a URI, `;` is written `%3B` and `%` is written `%25`.
    """
    if text.startswith("/"):
        return _parse_path(text)
    if re.match(r"ns=\d+;", text):
        raise ValueError(
            f"{text}: a namespace number changes with the PLC's program; write nsu=NAMESPACE-URI;... instead"
        )
    found = _NODE.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text}: not a node address; write nsu=URI;s=NAME, nsu=URI;i=NUMBER or /Objects/..."
        )
    uri = unquote(found["uri"]) if found["uri"] else OPC_UA
    return NodeAddress(uri, found["kind"], _identifier(found["kind"], found["id"]))


def _identifier(kind: str, text: str) -> int | str | UUID | bytes:
    if kind == "s":
        return text
    try:
        if kind == "g":
            return UUID(text)
        if kind == "b":
            return base64.b64decode(text, validate=True)
        number = int(text)
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"{kind}={text}: {error}") from None
    if not 0 <= number < 1 << 32:
        raise ValueError(f"i={text}: a numeric identifier is from 0 to 4294967295")
    return number


def _parse_path(text: str) -> BrowseAddress:
    steps: list[tuple[str, str]] = []
    uri, position = OPC_UA, 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            raise ValueError(f"{text}: not a browse path; write /Objects/nsu=URI;Name/Name")
        uri = unquote(found["uri"]) if found["uri"] else uri
        steps.append((uri, re.sub(r"&(.)", r"\1", found["name"], flags=re.DOTALL)))
        position = found.end()
    return BrowseAddress(tuple(steps))

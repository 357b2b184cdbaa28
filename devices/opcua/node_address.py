"""Addresses of OPC UA nodes that survive a changed namespace table: by namespace URI, or by browse path."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

OPC_UA = "http://opcfoundation.org/UA/"
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


@dataclass(frozen=True, slots=True)
class BrowseAddress:
    """A node named by the way to it from the root: `(namespace URI, browse name)` for each step."""

    steps: tuple[tuple[str, str], ...]

    @property
    def uris(self) -> tuple[str, ...]:
        """The namespaces that the server must know."""
        return tuple(dict.fromkeys(uri for uri, _ in self.steps))


Address = NodeAddress | BrowseAddress


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


def text_of_path(steps: Sequence[tuple[str, str]]) -> str:
    """A browse path as `parse` reads it."""
    text, before = "", OPC_UA
    for uri, name in steps:
        plain = re.sub(r"([/&])", r"&\1", name)
        text += f"/nsu={written(uri)};{plain}" if uri != before else f"/{plain}"
        before = uri
    return text


def written(uri: str) -> str:
    """A URI as it is written after `nsu=`."""
    return uri.replace("%", "%25").replace(";", "%3B")

"""Addresses that name the namespace, never its number."""

from uuid import UUID

import pytest

from devices.opcua.node_address import OPC_UA, BrowseAddress, NodeAddress, parse
from devices.opcua.node_lookup import browse_path, node_id

TABLE = [OPC_UA, "urn:other", "urn:lineside:plc"]
SHIFTED = [OPC_UA, "urn:lineside:plc", "urn:other"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nsu=urn:lineside:plc;s=Press12.Speed", NodeAddress("urn:lineside:plc", "s", "Press12.Speed")),
        ("nsu=urn:x;s=a;b=c", NodeAddress("urn:x", "s", "a;b=c")),
        ("nsu=urn:x;i=42", NodeAddress("urn:x", "i", 42)),
        ("i=2258", NodeAddress(OPC_UA, "i", 2258)),
        ("nsu=http://a/b%3Bc;i=1", NodeAddress("http://a/b;c", "i", 1)),
        (
            "nsu=urn:x;g=09087e75-8e5e-499b-954f-f2a9603db28a",
            NodeAddress("urn:x", "g", UUID("09087e75-8e5e-499b-954f-f2a9603db28a")),
        ),
        (
            "nsu=urn:x;b=M/RbKBsRVkePCePcx24oRA==",
            NodeAddress("urn:x", "b", bytes.fromhex("33f45b281b1156478f09e3dcc76e2844")),
        ),
        (
            "/Objects/nsu=http://plc/a;Press12/Status/nsu=urn:y;Speed",
            BrowseAddress(
                (
                    (OPC_UA, "Objects"),
                    ("http://plc/a", "Press12"),
                    ("http://plc/a", "Status"),
                    ("urn:y", "Speed"),
                )
            ),
        ),
        ("/Objects/a&/b&&c", BrowseAddress(((OPC_UA, "Objects"), (OPC_UA, "a/b&c")))),
    ],
)
def test_addresses_are_read(text: str, expected: NodeAddress | BrowseAddress) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "Speed", "ns=2;s=Speed", "nsu=urn:x", "nsu=;s=a", "nsu=urn:x;i=-1", "nsu=urn:x;i=4294967296",
     "nsu=urn:x;g=no", "nsu=urn:x;b=*", "/", "/Objects/", "//a"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse(text)


def test_a_namespace_number_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="nsu="):
        parse("ns=2;s=Speed")


def test_the_index_comes_from_the_server() -> None:
    address = parse("nsu=urn:lineside:plc;s=Speed")
    assert isinstance(address, NodeAddress)
    assert node_id(address, TABLE).to_string() == "ns=2;s=Speed"
    assert node_id(address, SHIFTED).to_string() == "ns=1;s=Speed"
    with pytest.raises(ValueError, match="urn:lineside:plc"):
        node_id(address, [OPC_UA])


def test_every_kind_becomes_a_node_id() -> None:
    texts = ["i=7", "s=7", "g=09087e75-8e5e-499b-954f-f2a9603db28a", "b=Nw=="]
    ids = [parse(f"nsu=urn:other;{text}") for text in texts]
    kinds = [node_id(each, TABLE).NodeIdType.name for each in ids if isinstance(each, NodeAddress)]
    assert kinds == ["Numeric", "String", "Guid", "ByteString"]


def test_a_path_goes_down_from_the_root() -> None:
    address = parse("/Objects/nsu=urn:lineside:plc;Press12")
    assert isinstance(address, BrowseAddress)
    assert address.uris == (OPC_UA, "urn:lineside:plc")
    steps = browse_path(address, TABLE).RelativePath.Elements
    assert [(step.TargetName.NamespaceIndex, step.TargetName.Name) for step in steps] == [
        (0, "Objects"),
        (2, "Press12"),
    ]
    assert not any(step.IsInverse for step in steps)

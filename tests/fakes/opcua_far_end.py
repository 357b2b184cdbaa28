"""A small PLC for tests: an OPC UA server in a process of its own, commanded by JSON lines.

Nodes are `nsu=urn:lineside:test:plc;s=Count` (Int32), `Speed` (Double), `Name` (String) in the object `Cell`.
"""

import argparse
import asyncio
import json
import logging
import sys
from datetime import UTC, datetime
from typing import TypedDict

from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server

NAMESPACE = "urn:lineside:test:plc"


class Command(TypedDict, total=False):
    """One line of standard input: what to do, to which node, and with which value."""

    do: str
    node: str
    value: int | float | str | bool | list[int] | None
    kind: str
    status: int
    source_time: str
    uri: str
    count: int


class Plc:
    """The address space and what can be done to it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._nodes: dict[str, Node] = {}
        self._index = 0
        self._cell: Node | None = None

    async def build(self, namespaces_before: int, without: set[str]) -> None:
        """Make the nodes; namespaces registered before shift the index of ours."""
        for number in range(namespaces_before):
            await self._server.register_namespace(f"urn:lineside:test:other:{number}")
        self._index = await self._server.register_namespace(NAMESPACE)
        self._cell = await self._server.nodes.objects.add_object(
            ua.NodeId("Cell", self._index), ua.QualifiedName("Cell", self._index)
        )
        for name, value, kind in (("Count", 1, "Int32"), ("Speed", 1.5, "Double"), ("Name", "A", "String")):
            if name not in without:
                await self.add(name, value, kind)

    async def add(self, name: str, value: object, kind: str) -> None:
        """Make a node with a first value."""
        assert self._cell is not None
        self._nodes[name] = await self._cell.add_variable(
            ua.NodeId(name, self._index),
            ua.QualifiedName(name, self._index),
            ua.Variant(value, ua.VariantType[kind]),
        )

    async def obey(self, command: Command) -> None:
        """Do what one line says."""
        match command["do"]:
            case "write":
                await self._write(command)
            case "burst":
                for value in range(command["count"]):
                    await self._write({**command, "value": value})
            case "add":
                await self.add(command["node"], command.get("value"), command["kind"])
            case "namespace":
                await self._server.register_namespace(command["uri"])
            case other:
                raise ValueError(other)

    async def _write(self, command: Command) -> None:
        told = command.get("source_time")
        await self._nodes[command["node"]].write_attribute(
            ua.AttributeIds.Value,
            ua.DataValue(
                ua.Variant(command.get("value"), ua.VariantType[command["kind"]]),
                ua.StatusCode(ua.UInt32(command.get("status", 0))),
                SourceTimestamp=datetime.fromisoformat(told) if told else datetime.now(UTC),
                ServerTimestamp=datetime.now(UTC),
            ),
        )


async def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--namespaces-before", type=int, default=0)
    parser.add_argument("--without", action="append", default=[])
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{options.port}/test")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    plc = Plc(server)
    await plc.build(options.namespaces_before, set(options.without))
    async with server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while line := await asyncio.to_thread(sys.stdin.readline):
            await plc.obey(json.loads(line))
            sys.stdout.write("done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())

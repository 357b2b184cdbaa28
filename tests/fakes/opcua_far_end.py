"""A small PLC for tests: an OPC UA server in a process of its own, commanded by JSON lines.

Nodes are `nsu=urn:lineside:test:plc;s=Count` (Int32), `Speed` (Double), `Name` (String) in the object `Cell`.
"""

import argparse
import asyncio
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from asyncua import ua
from asyncua.common.node import Node
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager
from asyncua.ua.attribute_ids import AttributeIds
from pydantic import BaseModel

NAMESPACE = "urn:lineside:test:plc"
USER = "terminal"


class Command(BaseModel):
    """One line of standard input: what to do, to which node, and with which value."""

    do: Literal["write", "burst", "add", "namespace"]
    node: str = ""
    value: int | float | str | bool | list[int] | None = None
    kind: str = "Int32"
    status: int = 0
    source_time: datetime | None = None
    uri: str = ""
    count: int = 0


class OneUser(UserManager):
    """Admits nobody but the user with the password."""

    def __init__(self, password: str) -> None:
        self._password = password

    def get_user(
        self,
        iserver: InternalServer,
        username: str | None = None,
        password: str | None = None,
        certificate: object = None,
    ) -> User | None:
        """Ask of the stack's server, at each activation of a session."""
        admitted = username == USER and password == self._password
        return User(role=UserRole.User, name=USER) if admitted else None


class Plc:
    """The address space and what can be done to it."""

    def __init__(self, server: Server, index: int, cell: Node) -> None:
        self._server = server
        self._index = index
        self._cell = cell
        self._nodes: dict[str, Node] = {}

    async def add(self, name: str, value: object, kind: str) -> None:
        """Make a node with a first value."""
        self._nodes[name] = await self._cell.add_variable(
            _node_id(name, self._index),
            ua.QualifiedName(name, self._index),
            ua.Variant(value, ua.VariantType[kind]),
        )

    async def obey(self, command: Command) -> None:
        """Do what one line says."""
        match command.do:
            case "write":
                await self._write(command, command.value)
            case "burst":
                for value in range(command.count):
                    await self._write(command, value)
            case "add":
                await self.add(command.node, command.value, command.kind)
            case "namespace":
                await self._server.register_namespace(command.uri)

    async def _write(self, command: Command, value: object) -> None:
        data = replace(
            ua.DataValue(ua.Variant(value, ua.VariantType[command.kind])),
            StatusCode=ua.StatusCode(ua.UInt32(command.status)),
            SourceTimestamp=command.source_time or datetime.now(UTC),
            ServerTimestamp=datetime.now(UTC),
        )
        await self._nodes[command.node].write_attribute(AttributeIds.Value, data)


def _node_id(name: str, index: int) -> ua.NodeId:
    return ua.NodeId(ua.String(name), ua.Int16(index))


async def serve(
    port: int, namespaces_before: int, without: set[str], password: str | None, certificate: str, key: str
) -> None:
    """Serve until standard input ends; namespaces registered before ours shift its index.

    With a certificate and key (DER files) it also offers protection, and takes every client's certificate.
    """
    server = Server(user_manager=OneUser(password)) if password else Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/test")
    policies = [ua.SecurityPolicyType.NoSecurity]
    if certificate:
        policies.append(ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt)
        await server.set_application_uri(NAMESPACE)
        await server.load_certificate(certificate)
        await server.load_private_key(key)
    server.set_security_policy(policies)
    if password:
        server.set_identity_tokens([ua.UserNameIdentityToken])
    for number in range(namespaces_before):
        await server.register_namespace(f"urn:lineside:test:other:{number}")
    index = await server.register_namespace(NAMESPACE)
    cell = await server.nodes.objects.add_object(_node_id("Cell", index), ua.QualifiedName("Cell", index))
    plc = Plc(server, index, cell)
    for name, value, kind in (("Count", 1, "Int32"), ("Speed", 1.5, "Double"), ("Name", "A", "String")):
        if name not in without:
            await plc.add(name, value, kind)
    async with server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while line := await asyncio.to_thread(sys.stdin.readline):
            await plc.obey(Command.model_validate_json(line))
            sys.stdout.write("done\n")
            sys.stdout.flush()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--namespaces-before", type=int, default=0)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--password")
    parser.add_argument("--certificate", default="")
    parser.add_argument("--key", default="")
    told = parser.parse_args()
    logging.disable(logging.CRITICAL)
    without = set(told.without)
    asyncio.run(serve(told.port, told.namespaces_before, without, told.password, told.certificate, told.key))


if __name__ == "__main__":
    main()

"""The PLC of the press: its OPC UA face and its retentive memory, in a process of its own so that
it can be killed.

Node ids are `ns=<index of urn:lineside:demo-plant:press>;s=Press12.<tag>`. A count or state is written to
the memory file before it is published: a killed PLC loses nothing and repeats nothing, and goes on in the
state it had. Commands come as JSON lines on standard input, each with a `no`; the answer on standard output
carries the same `no`.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server
from asyncua.ua.status_codes import StatusCodes

from devices.plant.lifeline import die_with_parent, follow_stdin
from devices.plant.memory import read_memory, write_memory
from devices.plant.packml import Command, Mode, NotAllowedError, State, title
from devices.plant.press import FAULTS, Change, Press, PressSettings

NAMESPACE = "urn:lineside:demo-plant:press"
UNIT = "Press12"
SAMPLE_S = 0.5

_I32, _F64 = ua.VariantType.Int32, ua.VariantType.Double


@dataclass(frozen=True)
class Analogue:
    """What an analogue tag carries beside its value: UNECE code, its sign, a name and
    the range (low, high).
    """

    code: str
    sign: str
    name: str
    low: float
    high: float


TAGS: Mapping[str, ua.VariantType] = {
    "Status.StateCurrent": _I32,
    "Status.UnitModeCurrent": _I32,
    "Status.CurMachSpeed": _F64,
    "Admin.ProdProcessedCount.AccCount": _I32,
    "Admin.ProdDefectiveCount.AccCount": _I32,
    "Admin.StopReason.Value": _I32,
    "Press.RamForce": _F64,
    "Press.CycleTime": _F64,
    "Press.DieTemperature": _F64,
    "Press.HydraulicPressure": _F64,
    "Press.CoilRemaining": _F64,
    "Heartbeat": ua.VariantType.UInt32,
}
"""Every tag of the press with its OPC UA type."""

ANALOGUES: Mapping[str, Analogue] = {
    "Status.CurMachSpeed": Analogue("C94", "1/min", "reciprocal minute", 0.0, 60.0),
    "Press.RamForce": Analogue("B47", "kN", "kilonewton", 0.0, 630.0),
    "Press.CycleTime": Analogue("SEC", "s", "second", 0.0, 10.0),
    "Press.DieTemperature": Analogue("CEL", "°C", "degree Celsius", 0.0, 120.0),
    "Press.HydraulicPressure": Analogue("BAR", "bar", "bar", 0.0, 250.0),
    "Press.CoilRemaining": Analogue("MTR", "m", "metre", 0.0, 420.0),
}

_RETENTIVE = frozenset(
    {
        "Status.StateCurrent",
        "Status.UnitModeCurrent",
        "Admin.ProdProcessedCount.AccCount",
        "Admin.ProdDefectiveCount.AccCount",
        "Admin.StopReason.Value",
    }
)
_INT32 = 2**31


class Face:
    """The OPC UA address space of the press: one node for each tag."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._nodes: dict[str, Node] = {}
        self._types = dict(TAGS)

    async def build(self) -> None:
        """Make the folders and nodes: `Press12.Status.StateCurrent` and so on."""
        index = await self._server.register_namespace(NAMESPACE)
        folders = {
            "": await self._server.nodes.objects.add_object(self._id(index, UNIT), self._name(index, UNIT))
        }
        for tag, kind in TAGS.items():
            *parents, last = tag.split(".")
            path = ""
            for parent in parents:
                above, path = folders[path], f"{path}.{parent}" if path else parent
                if path not in folders:
                    made = await above.add_object(
                        self._id(index, f"{UNIT}.{path}"), self._name(index, parent)
                    )
                    folders[path] = made
            zero = ua.Variant(0.0 if kind is _F64 else 0, kind)
            node = await folders[path].add_variable(
                self._id(index, f"{UNIT}.{tag}"), self._name(index, last), zero, kind
            )
            if (analogue := ANALOGUES.get(tag)) is not None:
                await self._describe(node, analogue)
            self._nodes[tag] = node

    async def show(self, change: Change) -> None:
        """Publish one value with the moment at which it became true as its source time."""
        kind = self._types[change.tag]
        value = change.value if kind is _F64 else (int(change.value) + _INT32) % (2 * _INT32) - _INT32
        if kind is ua.VariantType.UInt32:
            value = int(change.value) % (2 * _INT32)
        await self._nodes[change.tag].write_value(
            ua.DataValue(
                Value=ua.Variant(value, kind),
                StatusCode=ua.StatusCode(ua.UInt32(StatusCodes.Good)),
                SourceTimestamp=ua.DateTime.fromtimestamp(change.at, UTC),
                ServerTimestamp=ua.DateTime.now(UTC),
            )
        )

    @staticmethod
    def _id(index: int, text: str) -> ua.NodeId:
        return ua.NodeId(ua.String(text), ua.Int16(index))

    @staticmethod
    def _name(index: int, text: str) -> ua.QualifiedName:
        return ua.QualifiedName(text, ua.UInt16(index))

    @staticmethod
    async def _describe(node: Node, analogue: Analogue) -> None:
        code = sum(ord(sign) << 8 * place for place, sign in enumerate(reversed(analogue.code)))
        units = ua.EUInformation(
            NamespaceUri="http://www.opcfoundation.org/UA/units/un/cefact",
            UnitId=ua.Int32(code),
            DisplayName=ua.LocalizedText(analogue.sign, "en"),
            Description=ua.LocalizedText(analogue.name, "en"),
        )
        await node.add_property(0, "EURange", ua.Range(Low=analogue.low, High=analogue.high))
        await node.add_property(0, "EngineeringUnits", units)


class Plc:
    """The PLC's program: lets the press live in real time, remembers, publishes and obeys commands."""

    def __init__(self, settings: PressSettings, memory_file: Path, endpoint: str) -> None:
        self._file = memory_file
        self._press = Press(settings, read_memory(memory_file), time.time())
        self._endpoint = endpoint
        self._wake = asyncio.Event()
        self._waiting: list[dict[str, object]] = []
        self._thawed = threading.Event()
        self._thawed.set()
        self._ended = False
        self._beats = 0

    async def run(self) -> None:
        """Serve until standard input closes or a `quit` comes; says `{"ready": true}`
        on standard output first.
        """
        loop = asyncio.get_running_loop()
        server = Server()
        await server.init()
        server.set_endpoint(self._endpoint)
        server.set_server_name("Lineside demo plant, Press 12")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        server.set_identity_tokens([ua.AnonymousIdentityToken])
        face = Face(server)
        await face.build()
        for change in self._press.snapshot(time.time()):
            await face.show(change)
        async with server:
            follow_stdin(lambda line: self._hear(loop, line), lambda: self._end(loop))
            self._say({"ready": True, "endpoint": self._endpoint, "pid": os.getpid()})
            await self._live(face)

    async def _live(self, face: Face) -> None:
        next_sample = time.time()
        while not self._ended:
            self._wake.clear()
            now = time.time()
            answers = [self._obey(self._waiting.pop(0), now) for _ in self._waiting[:]]
            changes = self._press.advance(now)
            if any(change.tag in _RETENTIVE for change in changes):
                write_memory(self._file, self._press.memory())
            for change in changes:
                await face.show(change)
            for answer in answers:
                self._say(answer)
            if now >= next_sample:
                self._beats += 1
                for change in [*self._press.sample(now), Change(now, "Heartbeat", self._beats)]:
                    await face.show(change)
                next_sample = max(next_sample + SAMPLE_S, now)
            event = self._press.next_event_at()
            until = next_sample if event is None else min(next_sample, event)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.001, until - time.time()))
            self._thawed.wait()
        write_memory(self._file, self._press.memory())

    def _hear(self, loop: asyncio.AbstractEventLoop, line: str) -> None:
        """In the thread of standard input: freeze and thaw are obeyed here, because a
        frozen loop hears nothing.
        """
        order: dict[str, object] = json.loads(line)
        if order["do"] not in ("freeze", "thaw"):
            loop.call_soon_threadsafe(self._put, order)
            return
        if order["do"] == "freeze":
            self._thawed.clear()
            loop.call_soon_threadsafe(self._wake.set)
        else:
            self._thawed.set()
        self._say({"no": order["no"], "ok": True})

    def _put(self, order: dict[str, object]) -> None:
        self._waiting.append(order)
        self._wake.set()

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ended = True
        self._thawed.set()
        loop.call_soon_threadsafe(self._wake.set)

    def _obey(self, order: Mapping[str, object], now: float) -> dict[str, object]:
        answer: dict[str, object] = {"no": order["no"]}
        try:
            self._do(order, now)
        except NotAllowedError as error:
            return answer | {"ok": False, "words": str(error)}
        return answer | {"ok": True, "press": self._state()}

    def _do(self, order: Mapping[str, object], now: float) -> None:
        press = self._press
        match order["do"]:
            case "state":
                pass
            case "run":
                press.run(now)
            case "stop":
                press.stop(now)
            case "clear":
                press.clear(now)
            case "hold":
                press.command(Command.HOLD, now)
            case "end_coil":
                press.end_coil(now)
            case "fault":
                press.fault(self._number(order, "code", FAULTS), now)
            case "mode":
                modes = {int(mode): mode.name for mode in Mode}
                press.change_mode(Mode(self._number(order, "mode", modes)), now)
            case "quit":
                self._ended = True
            case unknown:
                raise NotAllowedError(f"The PLC does not know the command {unknown!r}.")

    @staticmethod
    def _number(order: Mapping[str, object], key: str, known: Mapping[int, str]) -> int:
        value = order.get(key)
        if isinstance(value, int) and value in known:
            return value
        raise NotAllowedError(
            f"{key} is one of " + ", ".join(f"{k} ({v.lower()})" for k, v in known.items()) + "."
        )

    def _state(self) -> dict[str, object]:
        memory = self._press.memory()
        return {
            "state": int(memory.state),
            "name": title(State(memory.state)),
            "mode": int(memory.mode),
            "fault": memory.fault,
            "processed": memory.processed,
            "defective": memory.defective,
            "coil_m": round(memory.coil_m, 2),
        }

    @staticmethod
    def _say(answer: Mapping[str, object]) -> None:
        print(json.dumps(answer), flush=True)


def main(words: list[str]) -> None:
    """Run the PLC on a loopback port until its standard input closes."""
    parser = argparse.ArgumentParser(
        description="The PLC of the demo press; JSON lines on standard input command it."
    )
    parser.add_argument("--port", type=int, required=True, help="loopback port of the OPC UA server")
    parser.add_argument("--memory", type=Path, required=True, help="file of the retentive memory")
    parser.add_argument("--cycle-s", type=float, default=2.4, help="ideal cycle in seconds (2.4)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the press's noise (1)")
    parser.add_argument("--parent", type=int, help="die when this process dies")
    told = parser.parse_args(words)
    if told.parent is not None:
        die_with_parent(told.parent)
    logging.basicConfig(level=logging.WARNING)
    settings = PressSettings(seed=told.seed, cycle_s=told.cycle_s)
    asyncio.run(Plc(settings, told.memory, f"opc.tcp://127.0.0.1:{told.port}/press12").run())


if __name__ == "__main__":
    main(sys.argv[1:])

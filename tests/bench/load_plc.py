"""The load's PLC: an OPC UA server in a process of its own, with N Float tags that change every 100 ms.

Within each 100 ms (`--every-ms`) every tag changes once, at a moment that differs from turn to turn, so that
changes wait for their publish as long as anywhere between nothing and the whole interval. The server is the
stack's own; only the notifications are written in one go, so that the PLC takes little of the machine that
is measured. A line on standard input asks for the waits since the last line.
"""

import argparse
import asyncio
import logging
import os
import sys
import threading
import time

import numpy as np
from asyncua import ua
from asyncua.server import subscription_service
from asyncua.server.address_space import AddressSpace
from asyncua.server.internal_subscription import InternalSubscription
from asyncua.server.monitored_item_service import MonitoredItemService
from asyncua.server.server import Server
from asyncua.ua.object_ids import ObjectIds
from numpy.typing import NDArray

from tests.bench.wire import NAMESPACE, PlcStats

EVERY_S = 0.1
_FILETIME_1970 = 116_444_736_000_000_000
_KEPT_WAITS = 20_000
_ITEM = np.dtype(
    [
        ("handle", "<u4"),
        ("mask", "u1"),
        ("kind", "u1"),
        ("value", "<f4"),
        ("source", "<i8"),
        ("server", "<i8"),
    ]
)


class Load:
    """When which tag changed to what: the same for every subscription; times of the wall clock in s."""

    def __init__(self, tags: int, every_s: float = EVERY_S) -> None:
        self.tags = tags
        self._every_s = every_s
        self._random = np.random.default_rng(1)
        self._turns: dict[int, NDArray[np.float64]] = {}
        self._waits: list[NDArray[np.float64]] = []
        self._changes = 0
        self._since = time.time()

    def changes(self, after: float, until: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Number of the tag and time of each change in a span, oldest turn first."""
        numbers: list[NDArray[np.int64]] = []
        times: list[NDArray[np.float64]] = []
        for turn in range(int(after / self._every_s), int(until / self._every_s) + 1):
            at = (turn + self._moments(turn)) * self._every_s
            hit = np.flatnonzero((at > after) & (at <= until))
            numbers.append(hit)
            times.append(at[hit])
        return np.concatenate(numbers), np.concatenate(times)

    def sent(self, numbers: NDArray[np.int64], times: NDArray[np.float64], now: float) -> None:
        """Note how long the newest change of each tag had waited."""
        newest = np.zeros(self.tags)
        newest[numbers] = times
        self._waits.append((now - newest[newest > 0]) * 1000)
        self._changes += len(numbers)

    def stats(self) -> PlcStats:
        """The waits (a sample of them) and the changes since the last time."""
        waits = np.concatenate([*self._waits, np.zeros(0)])
        if len(waits) > _KEPT_WAITS:
            waits = self._random.choice(waits, _KEPT_WAITS)
        now = time.time()
        told = PlcStats(
            waits_ms=np.round(waits, 2).tolist(), changes=self._changes, seconds=now - self._since
        )
        self._waits, self._changes, self._since = [], 0, now
        return told

    def _moments(self, turn: int) -> NDArray[np.float64]:
        if turn not in self._turns:
            self._turns = {known: at for known, at in self._turns.items() if known > turn - 50}
            self._turns[turn] = self._random.random(self.tags)
        return self._turns[turn]


class LoadItems(MonitoredItemService):
    """Remembers under which handle the client wants which tag."""

    def __init__(self, isub: InternalSubscription, aspace: AddressSpace) -> None:
        super().__init__(isub, aspace)
        self.handles: dict[int, int] = {}

    async def create_monitored_items(
        self, params: ua.CreateMonitoredItemsParameters
    ) -> list[ua.MonitoredItemCreateResult]:
        """As the stack does."""
        results = await super().create_monitored_items(params)
        for item in params.ItemsToCreate:
            name = str(item.ItemToMonitor.NodeId.Identifier)
            if name.startswith("T") and name[1:].isdigit():
                self.handles[int(name[1:])] = int(item.RequestedParameters.ClientHandle)
        return results


class LoadSubscription(InternalSubscription):
    """The stack's subscription, with the load's changes in each publish."""

    load = Load(0)

    async def start(self) -> None:
        """As the stack does, with a list of items that knows the load's tags."""
        self._items = LoadItems(self, self.monitored_item_srv.aspace)
        self.monitored_item_srv = self._items
        self._published = time.time()
        await super().start()

    def has_published_results(self) -> bool:
        """Always, once the load's tags are monitored."""
        return bool(self._items.handles) or super().has_published_results()

    def _pop_triggered_datachanges(self, result: ua.PublishResult) -> None:
        super()._pop_triggered_datachanges(result)
        handles = self._items.handles
        now = time.time()
        # one notification of a keep-alive's length must not repeat minutes of changes
        after, self._published = max(self._published, now - 2.0), now
        if not handles:
            return
        numbers, times = self.load.changes(after, now)
        monitored = np.full(self.load.tags, -1, dtype=np.int64)
        monitored[list(handles)] = list(handles.values())
        known = monitored[numbers] >= 0
        numbers, times = numbers[known], times[known]
        if len(numbers):
            self.load.sent(numbers, times, now)
            result.NotificationMessage.NotificationData.append(_encoded(monitored[numbers], times, now))


def _encoded(handles: NDArray[np.int64], times: NDArray[np.float64], now: float) -> ua.ExtensionObject:
    """A DataChangeNotification (OPC UA part 4, 7.25.2; part 6, 5.2) of Float values with both times."""
    items = np.zeros(len(handles), dtype=_ITEM)
    items["handle"] = handles
    items["mask"] = 0x0D
    items["kind"] = 10
    items["value"] = 400 + 30 * np.sin(times + handles)
    items["source"] = (times * 1e7).astype(np.int64) + _FILETIME_1970
    items["server"] = int(now * 1e7) + _FILETIME_1970
    body = np.int32(len(items)).tobytes() + items.tobytes() + np.int32(-1).tobytes()
    kind = ua.NodeId(ua.Int32(ObjectIds.DataChangeNotification_Encoding_DefaultBinary), ua.Int16(0))
    return ua.ExtensionObject(TypeId=kind, Body=ua.ByteString(body))


def _answer_asks(load: Load) -> None:
    while os.read(0, 4096):
        print(load.stats().model_dump_json(), flush=True)
    os._exit(0)


async def _serve(port: int, load: Load) -> None:
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/bench")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace(NAMESPACE)
    folder = await server.nodes.objects.add_folder(index, "Load")
    for number in range(load.tags):
        node = ua.NodeId(ua.String(f"T{number}"), ua.Int16(index))
        name = ua.QualifiedName(f"T{number}", index)
        await folder.add_variable(node, name, ua.Variant(400.0, ua.VariantType.Float))
    async with server:
        print("ready", flush=True)
        threading.Thread(target=_answer_asks, args=(load,), daemon=True).start()
        await asyncio.Event().wait()


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description="The load's PLC.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tags", type=int, required=True)
    parser.add_argument("--every-ms", type=int, default=round(EVERY_S * 1000))
    told = parser.parse_args()
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    load = Load(told.tags, told.every_ms / 1000)
    LoadSubscription.load = load
    setattr(subscription_service, "InternalSubscription", LoadSubscription)  # noqa: B010
    asyncio.run(_serve(told.port, load))


if __name__ == "__main__":
    main()

"""What decoding a notification costs: the stack's own decoder beside ours, on the same bytes.

`python -m tests.bench.decoding` prints microseconds for each change: median and spread.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from asyncua import ua
from asyncua.common.utils import Buffer

from devices.opcua import fast_wire, wire
from devices.opcua.wire import Published
from tests.unit.devices.opcua.test_fast_wire import response

RUNS = 9


def notification(count: int, kinds: tuple[str, ...]) -> bytes:
    """Changes with status and both times, as a server sends them."""
    moment = datetime(2026, 11, 21, 8, tzinfo=UTC)
    values = [
        replace(
            ua.DataValue(ua.Variant(number % 100, ua.VariantType[kinds[number % len(kinds)]])),
            SourceTimestamp=moment,
            ServerTimestamp=moment,
        )
        for number in range(count)
    ]
    return response(values)


def cost_us(decode: Callable[[Buffer], Published], body: bytes, count: int) -> list[float]:
    """Microseconds for each change, of each run, sorted."""
    decode(Buffer(body))
    repeat = max(1, 20_000 // count)
    runs: list[float] = []
    for _ in range(RUNS):
        start = time.perf_counter()
        for _ in range(repeat):
            decode(Buffer(body))
        runs.append((time.perf_counter() - start) / repeat / count * 1e6)
    return sorted(runs)


def main() -> None:
    """Print the table."""
    print(f"{'notification':<34}{'asyncua':>22}{'ours':>22}{'times':>8}   µs a change, median (min-max)")
    for count, kinds, words in (
        (1, ("Float",), "1 Float"),
        (100, ("Float",), "100 Float"),
        (1000, ("Float",), "1,000 Float"),
        (1000, ("Float", "Float", "Float", "Int32"), "1,000 mixed, runs of 3"),
    ):
        body = notification(count, kinds)
        slow, fast = cost_us(wire.decode, body, count), cost_us(fast_wire.decode, body, count)
        told = [f"{statistics.median(each):.2f} ({each[0]:.2f}-{each[-1]:.2f})" for each in (slow, fast)]
        ratio = statistics.median(slow) / statistics.median(fast)
        print(f"{words:<34}{told[0]:>22}{told[1]:>22}{ratio:>8.1f}")


if __name__ == "__main__":
    main()

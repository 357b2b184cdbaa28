"""Many writes to a machine that hangs and dies after the intent: none twice, none without its entries.

`LINESIDE_WRITES=1000` lets it write so often; each run prints what became of them.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from hmi.device_ports import Machines, Witness
from hmi.domain.entries import Entry
from hmi.domain.machine import AlarmAnswer, CallOutcome, Verdict, WriteOutcome, WriteWish
from hmi.domain.machine_payloads import EquipmentWriteAsked, EquipmentWritten
from hmi.domain.signals import Alarm, LinkState, Scalar
from hmi.terminal import Refusal
from tests.foreign.node_server import NodeServer
from tests.foreign.terminal_line import TerminalLine, terminal_line
from tests.foreign.test_terminal import settings_of

pytestmark = [
    pytest.mark.wire,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP"),
]
WRITES = int(os.environ.get("LINESIDE_WRITES", "40"))


class Disturbed:
    """The road to the machines, on which something happens just after the intent was kept."""

    def __init__(self, road: Machines) -> None:
        self._road = road
        self.then: Callable[[], None] | None = None

    def answer_alarm(
        self, alarm: Alarm, answer: AlarmAnswer, comment: str, minutes: float
    ) -> Future[CallOutcome]:
        return self._road.answer_alarm(alarm, answer, comment, minutes)

    def write(self, link: str, wish: WriteWish, witness: Witness) -> Future[WriteOutcome]:
        return self._road.write(link, wish, _Disturbing(witness, self.then))


class _Disturbing:
    def __init__(self, witness: Witness, then: Callable[[], None] | None) -> None:
        self._witness = witness
        self._then = then

    async def asked(self, wish: WriteWish, before: Scalar | None) -> None:
        await self._witness.asked(wish, before)
        if self._then is not None:
            self._then()

    async def told(self, wish: WriteWish, outcome: WriteOutcome) -> None:
        await self._witness.told(wish, outcome)


def ready(it: TerminalLine) -> None:
    """Wait until writes reach the machine again."""
    it.stands(LinkState.UP)
    it.until(lambda: (shown := it.terminal.shown("speed")) is not None and not shown.stale)


def test_no_write_acts_twice_and_each_has_its_entries(
    foreign: NodeServer, tmp_path: Path, tell_figures: Callable[[str], None]
) -> None:
    foreign.start()
    became: Counter[str] = Counter()
    executed: Counter[float] = Counter()
    told: dict[float, Verdict] = {}
    lost_with_the_machine: set[float] = set()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        assert it.terminal.requests.machines is not None
        road = it.terminal.requests.machines = Disturbed(it.terminal.requests.machines)
        it.sign_in("TE")
        ready(it)
        for number in range(WRITES):
            value = number * 90 / WRITES + 0.001
            killed, frozen = number % 20 == 12, number % 10 == 5
            if killed:
                executed.update(foreign.tell({"do": "told"})["writes"])
                lost_with_the_machine.add(value)
            road.then = foreign.vanish if killed else foreign.freeze if frozen else None
            outcome = it.write(WriteWish("setpoint", value, confirmed=True))
            if frozen:
                foreign.thaw()
            if killed:
                foreign.start()
            became[outcome.verdict if isinstance(outcome, WriteOutcome) else "not sent"] += 1
            if isinstance(outcome, WriteOutcome):
                told[value] = outcome.verdict
            else:
                assert isinstance(outcome, Refusal), outcome
                assert outcome.key == "machine_not_reached"
            if killed or frozen:
                ready(it)
        executed.update(foreign.tell({"do": "told"})["writes"])
        asked = [entry.payload for entry in every(it, "equipment.write_asked")]
        ends = [entry.payload for entry in every(it, "equipment.written")]
    assert not [value for value, times in executed.items() if times > 1], "a write acted twice"
    for value, verdict in told.items():
        if verdict is Verdict.DONE:
            assert executed[value] == 1
        elif verdict is Verdict.REFUSED:
            assert executed[value] == 0
        else:
            assert verdict is Verdict.UNKNOWN
    assert set(executed) <= set(told), "what was told as not sent has acted"
    assert [float(each.value) for each in asked if isinstance(each, EquipmentWriteAsked)] == list(told)
    assert [(float(each.value), each.verdict) for each in ends if isinstance(each, EquipmentWritten)] == [
        (value, str(verdict)) for value, verdict in told.items()
    ]
    late = sum(1 for value, verdict in told.items() if verdict is Verdict.UNKNOWN and executed[value])
    tell_figures(
        f"{WRITES} writes: {dict(became)}; 0 twice, 0 told as not sent or refused that acted, all in the "
        f"journal; {late} told as unknown acted, {len(lost_with_the_machine)} machines died meanwhile"
    )


def every(it: TerminalLine, kind: str) -> list[Entry]:
    """Entries of a kind, oldest first."""
    rows = it.ledger.read(lambda records: records.journal.newest(10 * WRITES + 1000)).result(60)
    return [row.entry for row in reversed(rows) if row.entry.kind == kind]

"""People start, pause and end orders, and a machine that takes job orders itself is told, and answers."""

import sys
from pathlib import Path

import pytest

from devices.opcua.settings import OpcUaSettings
from hmi.domain.job_payloads import JobResponseTold
from hmi.domain.signals import LinkState
from hmi.operations.production import OrderWish, complete_order, pause_order, start_order
from hmi.ports import Operation, PlanPage, PlanRecord, Saved
from hmi.terminal import Outcome
from hmi.times import SystemClock
from local_db.verify import verify
from tests.foreign.node_server import URI, NodeServer
from tests.foreign.terminal_line import PATIENCE_S, PEOPLE, TerminalLine, terminal_line

pytestmark = pytest.mark.wire
PLAN = {
    "operation": "press",
    "material": "R-40",
    "material_name": "Ring 40",
    "quantity": "100",
    "unit": "pcs",
    "equipment": "PRESS",
    "state": "released",
    "priority": 3,
}


def settings_of(server: NodeServer, **more: object) -> OpcUaSettings:
    jobs = {"receiver": f"nsu={URI};s=Orders", "provider": f"nsu={URI};s=Responses", **more}
    return OpcUaSettings.model_validate({**server.settings(), "jobs": jobs})


def planned(it: TerminalLine) -> None:
    """Orders are planned, and an operator is there."""
    orders = tuple(PlanRecord("job_order", name, 1, PLAN) for name in ("WO-1", "WO-2"))
    page = PlanPage((*PEOPLE, *orders), "2", True, None, "mes-1", SystemClock().now())
    it.ledger.apply_plans(page).result(PATIENCE_S)
    it.stands(LinkState.UP)
    it.sign_in("OP")


def do(it: TerminalLine, operation: Operation[OrderWish], order: str = "WO-1") -> None:
    """As a screen does."""
    told: list[Outcome] = []
    it.terminal.do(operation, OrderWish(order), told.append)
    it.until(lambda: bool(told))
    assert isinstance(told[0], Saved), told


def said(it: TerminalLine, count: int) -> list[tuple[str, str]]:
    """What the machine said so far, once it said so much: act and verdict."""
    entries = it.wait_for("job_response.told", count)
    return [
        (each.payload.act, each.payload.verdict)
        for each in entries
        if isinstance(each.payload, JobResponseTold)
    ]


def test_the_machine_has_the_order_from_start_to_end_and_gives_its_response(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        planned(it)
        do(it, start_order)
        assert said(it, 1) == [("start", "done")]
        assert foreign.tell({"do": "told"})["orders"] == ["WO-1"]
        do(it, pause_order)
        do(it, start_order)
        do(it, complete_order)
        acts = [("start", "done"), ("pause", "done"), ("resume", "done"), ("end", "done")]
        assert said(it, 4) == acts
        entry = it.entries("job_response.told")[-1]
        assert isinstance(entry.payload, JobResponseTold)
        (end,) = it.entries("job_order.completed")
        assert (entry.payload.asked, entry.payload.order, entry.person) == (end.id, "WO-1", None)
        assert (entry.payload.response, entry.payload.state) == ("R-WO-1", "Ended")
        assert entry.payload.began_at is not None
        assert (entry.payload.began_at.year, entry.payload.link) == (2026, "plc")
    assert verify(tmp_path / "journal.db").ok


def test_with_store_the_machine_has_the_order_and_is_started_by_hand(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign, on_start="store")) as it:
        planned(it)
        do(it, start_order)
        assert said(it, 1) == [("start", "done")]
        do(it, pause_order)  # nobody has started it at the machine yet, so there is nothing to pause
        assert said(it, 2)[-1] == ("pause", "refused")
        refused = it.entries("job_response.told")[-1].payload
        assert isinstance(refused, JobResponseTold)
        assert refused.words == "not possible in its state"


def test_an_order_that_began_while_the_machine_was_away_goes_to_it_when_it_goes_on(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        planned(it)
        foreign.vanish()
        it.stands(LinkState.LOST)
        do(it, start_order)
        assert said(it, 1) == [("start", "not_sent")]
        foreign.start()
        it.stands(LinkState.UP)
        assert foreign.tell({"do": "told"})["orders"] == [], "nothing is repeated by itself"
        do(it, pause_order)
        assert said(it, 2)[-1] == ("pause", "refused")
        do(it, start_order)
        assert said(it, 3)[-1] == ("resume", "done")
        assert foreign.tell({"do": "told"})["orders"] == ["WO-1"]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP")
def test_a_machine_that_hangs_leaves_it_open_and_the_order_runs_here(
    foreign: NodeServer, tmp_path: Path
) -> None:
    foreign.start()
    with terminal_line(tmp_path, settings_of(foreign)) as it:
        planned(it)
        do(it, start_order)
        assert said(it, 1) == [("start", "done")]
        foreign.freeze()
        do(it, pause_order)
        assert said(it, 2)[-1][1] in ("unknown", "not_sent")
        foreign.thaw()
        progress = it.ledger.read(lambda records: records.production.progress("WO-1")).result(PATIENCE_S)
        assert progress is not None
        assert progress.state.value == "interrupted"


def test_where_no_machine_takes_orders_none_is_asked(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    with terminal_line(tmp_path, OpcUaSettings.model_validate(foreign.settings())) as it:
        planned(it)
        do(it, start_order)
        do(it, complete_order)
        assert it.entries("job_response.told") == []
        assert foreign.tell({"do": "told"})["orders"] == []

"""What is found on a server that is not ours: companion models by their namespaces, and tags that work."""

import asyncio
import re
import tomllib
from pathlib import Path

import pytest

from devices.opcua.browsing import BrowsedNode, flat, walk
from devices.opcua.companions import Proposal, companion_of, propose
from devices.opcua.driver import OpcUaDriver
from devices.opcua.mapping import OpcUaMapper
from devices.opcua.session import open_session
from devices.opcua.settings import OpcUaSettings
from devices.opcua.tag_map import tag_map
from hmi.domain.equipment import PackmlState
from hmi.domain.signals import Quality
from hmi.domain.tags import TagRole
from hmi.errors import LinkError
from hmi.times import SystemClock
from screens.app import main
from tests.fakes.devices import RecordingSink, Running, until
from tests.foreign.node_server import NodeServer

pytestmark = pytest.mark.wire


async def looked_at(server: NodeServer) -> list[BrowsedNode]:
    """The server's tree."""
    session = await open_session(OpcUaSettings(endpoint=server.endpoint), SystemClock())
    try:
        nodes, whole = await walk(session.services, (await session.look()).namespaces)
    finally:
        await session.close()
    assert whole
    return nodes


def test_the_tree_tells_units_ranges_and_companion_models(foreign: NodeServer) -> None:
    foreign.start()
    every = {each.name: each for each in flat(asyncio.run(looked_at(foreign)))}
    speed = every["Speed"]
    assert (speed.kind, speed.value, speed.low, speed.high) == ("Double", 1.5, 0.0, 60.0)
    assert speed.unit
    assert speed.path_address == "/Objects/nsu=urn:lineside:foreign:machine;Machine/Speed"
    assert every["Add"].is_method
    assert every["Setpoint"].writable
    assert not every["Fixed"].writable
    found = {name: companion_of(node) for name, node in every.items() if companion_of(node)}
    assert found["Press"] == "PackML"
    assert found["Orders"] == "Job orders"
    assert found["Responses"] == "Job responses"
    assert found["Reader"] == "AutoID reader"
    assert found["Identification"] == "Machinery identification"
    assert "Server" not in every


def test_the_proposed_tags_are_a_configuration_that_is_heard(foreign: NodeServer) -> None:
    async def story() -> None:
        proposed = propose(await looked_at(foreign))
        picked = [each for each in proposed if each.picked]
        roles = {each.name: each.role for each in picked}
        assert roles["press_state"] is TagRole.STATE
        assert roles["press_curmachspeed"] is TagRole.SPEED
        assert roles["press_prodprocessedcount"] is TagRole.PRODUCED_COUNT
        assert any(each.why == "Machinery identification" for each in picked)
        text = tag_map("press", foreign.endpoint, picked)
        table = tomllib.loads(text)["links"]["press"]
        assert table.pop("driver") == "opcua"
        settings = OpcUaSettings.model_validate(table)
        sink = RecordingSink()
        running = Running(OpcUaDriver("press", settings, SystemClock()), sink)
        foreign.tell({"do": "state", "base": "Cleared", "machine": "Running", "execute": "Execute"})
        foreign.tell({"do": "counts", "count": 7, "total": 1207})
        newest = lambda tag: sink.of(tag)[-1] if sink.of(tag) else None  # noqa: E731
        await until(lambda: (r := newest("press_state")) is not None and r.value == PackmlState.EXECUTE, 5)
        await until(lambda: (r := newest("press_prodprocessedcount")) is not None and r.value == 1207, 5)
        foreign.tell({"do": "state", "base": "Cleared", "machine": "Stopped", "execute": None})
        await until(lambda: (r := newest("press_state")) is not None and r.value == PackmlState.STOPPED, 5)
        foreign.tell({"do": "state", "base": "Aborted", "machine": None, "execute": None})
        await until(lambda: (r := newest("press_state")) is not None and r.value == PackmlState.ABORTED, 5)
        assert not [each for each in sink.of("press_state") if each.quality is Quality.BAD]
        assert not [each for each in sink.all_readings if "no node" in each.status_words]
        await running.stop()

    foreign.start()
    asyncio.run(story())


def test_the_command_shows_the_tree_and_writes_the_proposal(
    foreign: NodeServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign.start()
    out = tmp_path / "tags.toml"
    assert main(["browse", foreign.endpoint, "--out", str(out), "--everything"]) == 0
    told = capsys.readouterr().out
    assert "Press  <PackML>" in told
    assert "Speed  Double = 1.5" in told
    text = out.read_text(encoding="utf-8")
    tags = tomllib.loads(text)["links"]
    (link,) = tags.values()
    assert link["endpoint"] == foreign.endpoint
    assert {"machine_setpoint", "machine_name", "press_state"} <= link["tags"].keys()
    assert not any("jobs" in link for link in tags.values()), "nobody is told to start by itself"
    with_jobs = re.sub(r"^# (\[links\..*\.jobs\]|receiver|provider|on_start)", r"\1", text, flags=re.M)
    (link,) = tomllib.loads(with_jobs)["links"].values()
    del link["driver"]
    jobs = OpcUaSettings.model_validate(link).jobs
    assert jobs is not None
    assert (jobs.receiver.endswith("Orders"), str(jobs.provider).endswith("Responses")) == (True, True)
    foreign.vanish()
    assert main(["browse", foreign.endpoint]) == 1
    assert "nobody listens" in capsys.readouterr().err


def test_names_of_tags_are_unique_and_texts_cannot_break_out(tmp_path: Path) -> None:
    wild = Proposal(
        "a", '/Objects/nsu=urn:x;"quoted"\n[mes]', "la\nbel", TagRole.VALUE, "String", "", None, None,
        "x\n[links.evil]", "", True,
    )  # fmt: skip
    table = tomllib.loads(tag_map("plc", "opc.tcp://x", [wild]))
    assert list(table) == ["links"]
    assert list(table["links"]) == ["plc"]


def test_the_mapper_proposes_reads_and_writes_a_tag_map(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    settings = OpcUaSettings.model_validate(foreign.settings())
    mapper = OpcUaMapper({"plc": settings}, tmp_path, SystemClock())
    try:
        proposed = {each.name: each for each in mapper.propose("plc").result(20)}
        assert proposed["press_state"].picked
        assert not proposed["machine_name"].picked
        foreign.write("Name", "B", "String")
        assert mapper.values("plc", ["machine_name"]).result(10) == {"machine_name": "B"}
        file = Path(mapper.save("plc", ["machine_name", "press_state"]).result(10))
        assert set(tomllib.loads(file.read_text(encoding="utf-8"))["links"]["plc"]["tags"]) == {
            "machine_name",
            "press_state",
        }
        foreign.vanish()
        with pytest.raises(LinkError):
            mapper.values("plc", ["machine_name"]).result(10)
    finally:
        mapper.close()

"""Servers whose certificates an authority of the plant issued, over real sockets, on two stacks."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.opcua.authorities import Authorities
from devices.opcua.certificates import fingerprint
from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings
from devices.supervisor import Supervisor
from hmi.domain.keeping_payloads import CommandUsed
from hmi.domain.signals import LinkState
from hmi.domain.trust import TrustState
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger
from local_db.read_only import records_of
from screens.app import main
from tests.fakes import opcua_far_end
from tests.fakes.authority import Authority, Issued
from tests.fakes.devices import OpcUaFarEnd, RecordingListener, until
from tests.foreign import open62541_server
from tests.foreign.commanded import NotToBeHad
from tests.foreign.open62541_server import Open62541Server

pytestmark = pytest.mark.wire
CLOCK = SystemClock()
Server = OpcUaFarEnd | Open62541Server
SERVERS: dict[str, tuple[str, Callable[[], Server]]] = {
    "the own stack": (opcua_far_end.NAMESPACE, OpcUaFarEnd),
    "open62541": (open62541_server.URI, Open62541Server),
}
CONFIG = """
[terminal]
id = "T1"
station = "a/b/c/d"
equipment = "P1"
data_dir = "data"
[links.plc]
driver = "opcua"
endpoint = "opc.tcp://127.0.0.1:4840"
[mes]
connector = "rest"
"""


@pytest.fixture(params=list(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Server]]:
    """The application URI of a server, and the server, which does not run yet."""
    uri, make = SERVERS[request.param]
    if make is Open62541Server:
        try:
            open62541_server.installed()
        except NotToBeHad as reason:
            pytest.skip(str(reason))
    made = make()
    yield uri, made
    made.close()


def give(server: Server, issued: Issued, folder: Path) -> None:
    """Put a certificate into the machine, for its next start."""
    certificate, key = issued.files(folder, "server")
    server.options = [f"--certificate={certificate}", f"--key={key}"]


def test_its_authority_is_trusted_once_and_what_it_takes_back_is_refused_in_words(
    server: tuple[str, Server], tmp_path: Path
) -> None:
    uri, machine = server
    plant, pki = Authority("Plant"), tmp_path / "terminal"
    listed, authority = tmp_path / "plant.crl", tmp_path / "plant.pem"
    authority.write_bytes(plant.pem)
    first, second = plant.issue(uri), plant.issue(uri)
    settings = OpcUaSettings.model_validate(
        {**machine.settings(), "security": "Basic256Sha256", "pki": pki, "stale_after_s": 2}
    )

    async def story() -> None:
        listener = RecordingListener()
        supervisor = Supervisor([OpcUaDriver("plc", settings, CLOCK)], listener, CLOCK)
        running = asyncio.create_task(supervisor.run())

        async def stands(state: LinkState) -> None:
            await until(lambda: supervisor.statuses()[0].state is state, 20)

        await stands(LinkState.NOT_ADMITTED)
        assert "nobody accepted yet" in supervisor.statuses()[0].last_error
        Authorities(pki, CLOCK).trust(authority)
        await stands(LinkState.UP)
        await until(lambda: len(listener.readings) >= 3, 5)
        # another machine in its place needs nobody, if the same authority issued it
        machine.vanish()
        give(machine, second, tmp_path)
        await asyncio.to_thread(machine.start)
        await until(lambda: listener.states("plc").count("up") == 2, 20)
        plant.revoke(second)
        listed.write_bytes(plant.revocations())
        Authorities(pki, CLOCK).revoke(listed)
        machine.vanish()
        await asyncio.to_thread(machine.start)
        await stands(LinkState.NOT_ADMITTED)
        status = supervisor.statuses()[0]
        assert "shows a certificate that Plant took back on" in status.last_error
        assert status.certificate is not None
        assert status.certificate.state is TrustState.REFUSED
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    give(machine, first, tmp_path)
    machine.start()
    asyncio.run(story())


def test_the_command_line_trusts_an_authority_and_forgets_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, authority, listed = tmp_path / "terminal.toml", tmp_path / "plant.pem", tmp_path / "plant.crl"
    config.write_text(CONFIG, encoding="utf-8")
    plant = Authority("Plant")
    authority.write_bytes(plant.pem)
    listed.write_bytes(plant.revocations())
    where = ["--config", str(config)]
    assert main(["trust", "revoked", str(listed), *where]) == 1
    assert "trust its authority first" in capsys.readouterr().out
    assert main(["trust", "authority", str(authority), *where]) == 0
    assert "no list of revoked certificates" in capsys.readouterr().out
    terminal = SqliteLedger(
        tmp_path / "data" / "journal.db", terminal="T1", equipment="P1", clock=CLOCK,
        on_changes=lambda changes: None,
    )  # fmt: skip
    terminal.start()
    try:
        assert main(["trust", "revoked", str(listed), *where]) == 0
        assert main(["trust", "forget", fingerprint(plant.certificate), *where]) == 2
        assert "stop it first" in capsys.readouterr().err
    finally:
        terminal.stop()
    assert main(["trust", "list", *where]) == 0
    told = capsys.readouterr().out
    assert "0 certificates revoked, list until" in told
    print_ = next(line for line in told.splitlines() if line.startswith("authority"))[10:].replace(" ", "")
    assert main(["trust", "forget", "12345678", *where]) == 2
    assert main(["trust", "forget", print_[:16], *where]) == 0
    capsys.readouterr()
    assert main(["trust", "list", *where]) == 0
    assert "authority" not in capsys.readouterr().out
    with records_of(tmp_path / "data" / "journal.db", CLOCK) as records:
        said = [row.entry for row in reversed(records.journal.newest(10))]
    used = [one.payload for one in said if isinstance(one.payload, CommandUsed)]
    assert [one.command for one in used] == ["trust authority", "trust forget"]
    assert {one.about.replace(" ", "")[-64:] for one in used} == {print_}
    assert {one.person.how for one in said if one.person is not None} == {"account"}

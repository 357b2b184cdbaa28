"""Protected connections with a server that is not ours: who is let in, who is trusted, and what is said."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.opcua.certificates import make_identity
from devices.opcua.connection import connect, leave
from devices.opcua.driver import OpcUaDriver
from devices.opcua.settings import OpcUaSettings
from devices.opcua.trust_list import TrustList
from devices.supervisor import Supervisor
from hmi.domain.signals import LinkState
from hmi.domain.trust import TrustState, UntrustedServer
from hmi.errors import LinkError, NotAdmitted
from hmi.times import SystemClock
from tests.fakes.clock import SteppedClock
from tests.fakes.devices import RecordingListener, RecordingSink, Running, until
from tests.foreign.node_server import NodeServer

pytestmark = pytest.mark.wire
POLICIES = ["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"]
CLOCK = SystemClock()


def settings(server: NodeServer, folder: Path, **more: object) -> OpcUaSettings:
    """The server's tags, protected, with the terminal's certificates in a folder of its own."""
    wanted = {"security": "Basic256Sha256", "pki": folder / "terminal", **more}
    return OpcUaSettings.model_validate({**server.settings(), **wanted})


async def try_once(of: OpcUaSettings, clock: SystemClock | SteppedClock = CLOCK) -> None:
    """Come to an open session and leave again."""
    client, protocol = await connect(of, clock)
    await leave(client, protocol)


def refused(of: OpcUaSettings, clock: SystemClock | SteppedClock = CLOCK) -> UntrustedServer:
    """What is said when the server is not trusted."""
    with pytest.raises(UntrustedServer) as told:
        asyncio.run(try_once(of, clock))
    return told.value


def accept_what_is_shown(of: OpcUaSettings) -> None:
    """As a person does after having looked at the fingerprint."""
    TrustList(of.pki, CLOCK).accept(refused(of).certificate, "A. Nowak")


def test_every_policy_delivers_once_the_server_is_accepted(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    unknown = refused(settings(foreign, tmp_path))
    assert unknown.certificate.state is TrustState.UNKNOWN
    assert unknown.certificate.application_uri == "urn:lineside:foreign:server"
    assert unknown.certificate.grouped in str(unknown)
    TrustList(tmp_path / "terminal", CLOCK).accept(unknown.certificate, "A. Nowak")

    async def story(of: OpcUaSettings, value: int) -> None:
        sink = RecordingSink()
        running = Running(OpcUaDriver("plc", of, CLOCK), sink)
        await until(lambda: sink.ups == 1 or not running.going_on, 5)
        foreign.write("Count", value, "Int32")
        await until(lambda: any(each.value == value for each in sink.of("count")), 5)
        await running.stop()

    ways = [(policy, mode) for policy in POLICIES for mode in ("Sign", "SignAndEncrypt")]
    for value, (policy, mode) in enumerate(ways, 100):
        asyncio.run(story(settings(foreign, tmp_path, security=policy, security_mode=mode), value))


def test_a_changed_certificate_is_refused_with_old_and_new(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    of = settings(foreign, tmp_path)
    accept_what_is_shown(of)
    asyncio.run(try_once(of))
    (before,) = TrustList(of.pki, CLOCK).servers()
    foreign.vanish()
    foreign.pki = "another"
    foreign.start()
    changed = refused(of).certificate
    assert changed.state is TrustState.CHANGED
    assert changed.before == before.fingerprint
    assert "another certificate" in str(refused(of))
    TrustList(of.pki, CLOCK).accept(changed, "A. Nowak")
    asyncio.run(try_once(of))
    states = {each.fingerprint: each.state for each in TrustList(of.pki, CLOCK).servers()}
    assert states == {changed.fingerprint: TrustState.TRUSTED, before.fingerprint: TrustState.REFUSED}


def test_a_refused_certificate_stays_refused(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    of = settings(foreign, tmp_path)
    TrustList(of.pki, CLOCK).refuse(refused(of).certificate, "A. Nowak")
    assert "was refused here (A. Nowak)" in str(refused(of))


def test_an_accepted_certificate_that_ended_is_refused(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    of = settings(foreign, tmp_path)
    accept_what_is_shown(of)
    later = SteppedClock(datetime.now(UTC) + timedelta(days=365 * 100))
    assert "ended on" in str(refused(of, later))
    earlier = SteppedClock(datetime.now(UTC) - timedelta(days=365 * 20))
    assert "begins only on" in str(refused(of, earlier))


def test_user_and_password(foreign: NodeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign.options = ["--password=press-12"]
    foreign.start()
    of = settings(foreign, tmp_path, user="terminal", password_env="PRESS_PASSWORD")
    with pytest.raises(NotAdmitted, match="PRESS_PASSWORD"):
        asyncio.run(try_once(of))
    monkeypatch.setenv("PRESS_PASSWORD", "press-12")
    accept_what_is_shown(of)
    asyncio.run(try_once(of))
    monkeypatch.setenv("PRESS_PASSWORD", "wrong")
    with pytest.raises(NotAdmitted, match="does not admit the user terminal"):
        asyncio.run(try_once(of))
    with pytest.raises(LinkError):
        asyncio.run(try_once(settings(foreign, tmp_path)))


def test_a_user_by_certificate(foreign: NodeServer, tmp_path: Path) -> None:
    foreign.start()
    make_identity(tmp_path / "user", CLOCK.now())
    of = settings(
        foreign,
        tmp_path,
        user_certificate=tmp_path / "user" / "own.der",
        user_key=tmp_path / "user" / "own-key.pem",
    )
    accept_what_is_shown(of)
    asyncio.run(try_once(of))


def test_the_supervisor_keeps_what_the_server_showed(foreign: NodeServer, tmp_path: Path) -> None:

    async def story() -> None:
        listener = RecordingListener()
        supervisor = Supervisor([OpcUaDriver("plc", settings(foreign, tmp_path), CLOCK)], listener, CLOCK)
        running = asyncio.create_task(supervisor.run())
        await until(lambda: listener.states("plc")[-1:] == [LinkState.NOT_ADMITTED], 5)
        shown = supervisor.statuses()[0].certificate
        assert shown is not None
        assert shown.endpoint == foreign.endpoint
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    foreign.start()
    asyncio.run(story())

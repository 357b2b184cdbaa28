"""The reference MES as a program: it keeps what it settled over restarts, on every kind of database."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from devices.plant.mes_server.__main__ import listen
from tests.fakes.plain_entries import PlainChain, batch
from tests.fakes.running_mes import RunningMes

pytestmark = pytest.mark.wire


def test_what_is_settled_outlives_the_program(tmp_path: Path, database_url: str) -> None:
    chain = PlainChain()
    entry = chain.start()
    with RunningMes(tmp_path, database_url) as mes:
        first = mes.push(batch(entry)).json()
        assert [result["result"] for result in first["results"]] == ["received"]
        token = mes.token
        mes.stop()
        mes.start()
        assert mes.token == token
        second = mes.push(batch(entry, chain.count("3"))).json()
    assert [result["result"] for result in second["results"]] == ["duplicate", "received"]
    assert second["mes_epoch"] == first["mes_epoch"]
    assert second["high_water"] == {"epoch": 1, "seq": 2}


def test_a_database_put_back_has_a_new_epoch(tmp_path: Path) -> None:
    """Terminals see it, ask for all plans, and no old ETag or cursor holds."""
    with RunningMes(tmp_path) as mes:
        before = mes.get("/terminals/T-PRESS12/plans")
    with RunningMes(tmp_path, None, "--new-epoch") as mes:
        path = f"/terminals/T-PRESS12/plans?cursor={before.json()['cursor']}"
        after = mes.get(path, mes.token | {"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["mes_epoch"] != before.json()["mes_epoch"]
    assert after.json()["snapshot"] is True


def test_only_known_hosts_are_answered(tmp_path: Path) -> None:
    """A page of the web that points its name at this machine gets nothing."""
    with RunningMes(tmp_path) as mes:
        assert mes.get("/health", {"Host": "evil.example"}).status_code == 400
        assert mes.get("/health", {"Host": "localhost"}).status_code == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a file's readers elsewhere")
def test_the_token_is_kept_from_others(tmp_path: Path) -> None:
    with RunningMes(tmp_path):
        assert (tmp_path / "token").stat().st_mode & 0o077 == 0
        token = (tmp_path / "token").read_text("utf-8").strip()
    for file in tmp_path.glob("mes.sqlite*"):
        assert token.encode() not in file.read_bytes()


def test_connections_send_at_once() -> None:
    """No answer waits for the acknowledgement of its own headers."""
    with listen(0) as listener, socket.create_connection(listener.getsockname()) as asked:
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
            assert asked.getpeername()[0] == "127.0.0.1"

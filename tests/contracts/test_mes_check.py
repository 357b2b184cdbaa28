"""`lineside mes-check`: the reference MES holds every rule, and each broken MES is caught at its rule."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from hmi.ports import Finding
from hmi.times import SystemClock
from local_db.mes.conformance import Conformance
from screens.commands.mes_check import run_mes_check
from tests.fakes.mes import FakeMes
from tests.faults.suite_mes import reference_mes

pytestmark = pytest.mark.wire


def findings(url: str, terminal: str, token: str) -> list[Finding]:
    async def ask() -> list[Finding]:
        conformance = Conformance(url, terminal, token, SystemClock())
        return [finding async for finding in conformance.findings()]

    return asyncio.run(ask())


def test_the_reference_mes_holds_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with reference_mes(tmp_path) as (url, _, token):
        assert run_mes_check(url, "T-PRESS12", token) == 0, capsys.readouterr().out
        assert run_mes_check(url, "T-PRESS12", token) == 0, "the second time it is asked"
    said = capsys.readouterr().out
    assert said.count("ok  ") == 2 * 20
    assert "FAIL" not in said


def test_nobody_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "token").write_text("t")
    assert run_mes_check("http://127.0.0.1:9", "T1", tmp_path / "token") == 1
    assert capsys.readouterr().out.count("FAIL") == 1


def no_dedup(mes: FakeMes) -> None:
    mes.faults.no_dedup = True


def silent(mes: FakeMes) -> None:
    mes.faults.silent = True


def anybody(mes: FakeMes) -> None:
    mes.admits_anybody = True


def forgets_what_it_holds(mes: FakeMes) -> None:
    mes.old = True


BROKEN: list[tuple[Callable[[FakeMes], None], str]] = [
    (no_dedup, "the same entries again"),
    (silent, "entries are received"),
    (anybody, "tokens"),
    (forgets_what_it_holds, "what the MES holds"),
]


@pytest.mark.parametrize(("break_it", "rule"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_broken_mes_is_caught_at_its_rule(break_it: Callable[[FakeMes], None], rule: str) -> None:
    with FakeMes() as mes:
        break_it(mes)
        told = {finding.what: finding.ok for finding in findings(mes.url, "T1", mes.token)}
    assert told[rule] is False
    assert told["health"] is True

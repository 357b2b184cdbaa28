"""PINs and one-time codes: kept peppered, tried with waits, and damaged files set aside."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from hmi.domain.pins import weakness
from hmi.errors import OperatorError, StoreError
from local_db.credentials import PEPPER_VARIABLE, CredentialFile, pepper_of, usual_hasher
from tests.fakes.people import PEPPER, QUICK, RebootingClock


@contextmanager
def opened(folder: Path, clock: RebootingClock, pepper: bytes = PEPPER) -> Generator[CredentialFile]:
    """The credentials of a folder, on their thread."""
    made = CredentialFile(folder / "credentials.json", pepper, clock, QUICK)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def refused(asked: Callable[[], Future[None]]) -> tuple[str, object]:
    """The key of the refusal and its number."""
    with pytest.raises(OperatorError) as caught:
        asked().result(10)
    return caught.value.key, caught.value.values.get("n")


def test_a_pin_is_proven_here_and_after_a_restart(tmp_path: Path) -> None:
    clock = RebootingClock()
    with opened(tmp_path, clock) as kept:
        assert refused(lambda: kept.prove("P1", "481516")) == ("pin_none", None)
        kept.choose("P1", "481516").result(10)
        kept.prove("P1", "481516").result(10)
        assert kept.has_pin("P1").result(10)
    with opened(tmp_path, clock) as kept:
        kept.prove("P1", "481516").result(10)
        assert refused(lambda: kept.prove("P1", "000481516")) == ("pin_wrong", 4)
        assert kept.with_pin().result(10) == {"P1"}


def test_the_same_pin_of_another_person_proves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, RebootingClock()) as kept:
        kept.choose("P1", "481516").result(10)
    file = tmp_path / "credentials.json"
    content = json.loads(file.read_text())
    content["pins"]["P2"] = content["pins"]["P1"]
    file.write_text(json.dumps(content))
    with opened(tmp_path, RebootingClock()) as kept:
        assert refused(lambda: kept.prove("P2", "481516"))[0] == "pin_wrong"


def test_without_the_pepper_the_file_proves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, RebootingClock()) as kept:
        kept.choose("P1", "481516").result(10)
    with opened(tmp_path, RebootingClock(), b"x" * 32) as kept:
        assert refused(lambda: kept.prove("P1", "481516"))[0] == "pin_wrong"


def test_neither_pin_nor_pepper_stands_in_the_file_or_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), opened(tmp_path, RebootingClock()) as kept:
        kept.choose("P1", "481516").result(10)
        refused(lambda: kept.prove("P1", "481517"))
    everything = (tmp_path / "credentials.json").read_text() + caplog.text
    for secret in ("481516", "481517", PEPPER.decode()):
        assert secret not in everything
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode) == 0o600


def test_the_hash_is_as_strong_as_promised() -> None:
    hasher = usual_hasher()
    assert hasher.type.name == "ID"
    assert hasher.memory_cost >= 19 << 10
    assert hasher.time_cost >= 2


def test_five_tries_then_waits_that_double_to_a_quarter_of_an_hour(tmp_path: Path) -> None:
    clock = RebootingClock()
    with opened(tmp_path, clock) as kept:
        kept.choose("P1", "481516").result(10)
        told = [refused(lambda: kept.prove("P1", "111111")) for _ in range(5)]
        assert told == [*(("pin_wrong", left) for left in (4, 3, 2, 1)), ("pin_now_wait", 30)]
        waits = list[object]()
        for _ in range(7):
            key, seconds = refused(lambda: kept.prove("P1", "481516"))
            assert key == "pin_wait"
            assert isinstance(seconds, int)
            clock.go(seconds)
            waits.append(refused(lambda: kept.prove("P1", "111111"))[1])
        assert waits == [60, 120, 240, 480, 900, 900, 900]
        clock.go(900)
        kept.prove("P1", "481516").result(10)
        assert refused(lambda: kept.prove("P1", "111111")) == ("pin_wrong", 4)


def test_others_may_still_sign_in_while_one_waits(tmp_path: Path) -> None:
    with opened(tmp_path, RebootingClock()) as kept:
        kept.choose("P1", "481516").result(10)
        kept.choose("P2", "162342").result(10)
        for _ in range(5):
            refused(lambda: kept.prove("P1", "111111"))
        assert refused(lambda: kept.prove("P1", "481516"))[0] == "pin_wait"
        kept.prove("P2", "162342").result(10)


def test_trying_one_pin_on_everybody_makes_the_terminal_wait(tmp_path: Path) -> None:
    clock = RebootingClock()
    with opened(tmp_path, clock) as kept:
        for number in range(30):
            kept.choose(f"P{number}", "481516").result(10)
        keys = [refused(lambda n=number: kept.prove(f"P{n}", "111111"))[0] for number in range(30)]
        assert keys == ["pin_wrong"] * 20 + ["pin_wait"] * 10
        clock.go(30)
        kept.prove("P29", "481516").result(10)


class TestCodes:
    def test_a_code_opens_once_however_it_is_written(self, tmp_path: Path) -> None:
        known = QUICK.hash("4829137731")
        with opened(tmp_path, RebootingClock()) as kept:
            assert refused(lambda: kept.open_code("P1", "4829-137-730", known)) == ("code_wrong", 4)
            kept.open_code("P1", " 4829-137 731", known).result(10)
        with opened(tmp_path, RebootingClock()) as kept:
            assert refused(lambda: kept.open_code("P1", "4829137731", known)) == ("code_used", None)

    def test_guessing_codes_costs_the_same_waits(self, tmp_path: Path) -> None:
        known = QUICK.hash("4829137731")
        with opened(tmp_path, RebootingClock()) as kept:
            keys = [refused(lambda: kept.open_code("sealed:07", "1", known))[0] for _ in range(6)]
        assert keys == ["code_wrong"] * 4 + ["pin_now_wait", "pin_wait"]

    def test_a_hash_that_is_none_opens_nothing(self, tmp_path: Path) -> None:
        with opened(tmp_path, RebootingClock()) as kept:
            assert refused(lambda: kept.open_code("P1", "", ""))[0] == "code_wrong"


@pytest.mark.parametrize("content", [b"", b"{}", b'{"pins": [], "locks": {}, "used": []}', b"\xff", b"[1]"])
def test_a_damaged_file_is_set_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "credentials.json").write_bytes(content)
    with opened(tmp_path, RebootingClock()) as kept:
        assert not kept.has_pin("P1").result(10)
    assert (tmp_path / "credentials.json.damaged").read_bytes() == content
    assert "set aside" in caplog.text


class TestPepper:
    def test_it_is_made_once_and_for_its_owner_alone(self, tmp_path: Path) -> None:
        made = pepper_of(tmp_path, None, {})
        assert len(made) >= 32
        assert pepper_of(tmp_path, None, {}) == made
        if os.name == "posix":
            assert stat.S_IMODE((tmp_path / "pepper").stat().st_mode) == 0o600

    def test_the_environment_goes_before_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "given"
        file.write_text("f" * 40 + "\n")
        assert pepper_of(tmp_path, file, {}) == b"f" * 40
        assert pepper_of(tmp_path, file, {PEPPER_VARIABLE: "e" * 40}) == b"e" * 40
        assert not (tmp_path / "pepper").exists()

    def test_one_that_is_missing_or_short_is_refused_without_saying_it(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="cannot be read"):
            pepper_of(tmp_path, tmp_path / "none", {})
        with pytest.raises(StoreError) as caught:
            pepper_of(tmp_path, None, {PEPPER_VARIABLE: "hush-hush"})
        assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("pin", "key"),
    [
        ("48151", "pin_short"),
        ("", "pin_short"),
        ("48l516", "pin_short"),
        ("\u0664\u0668\u0661\u0665\u0661\u0666", "pin_short"),
        ("111111", "pin_easy"),
        ("123456", "pin_easy"),
        ("890123", "pin_easy"),
        ("987654", "pin_easy"),
        ("121212", "pin_easy"),
        ("483483", "pin_easy"),
        ("734199", "pin_easy"),
        ("481516", None),
    ],
)
def test_easy_pins_are_refused(pin: str, key: str | None) -> None:
    assert weakness(pin, 6, "B-7341", "P1") == key

"""`lineside learn`: the profile that is proposed reads the labels it was made of."""

import sys
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serial.tools import list_ports

from devices.barcode_reader import BarcodeSettings
from devices.learning import propose
from devices.registry import DRIVERS
from screens.commands.learn import run_learn, table_of
from tests.fakes.devices import PtyReader

LABELS = ("WO-1001", "4711-A", "PRESS12")


def framed(before: str, after: str, *labels: str) -> list[bytes]:
    return [f"{before}{label}{after}".encode() for label in labels or LABELS]


@pytest.mark.parametrize(
    ("before", "after", "settings"),
    [
        ("", "\r", {"aim": False}),
        ("", "\r\n", {"terminator": "\\r\\n", "aim": False}),
        ("", "\n", {"terminator": "\\n", "aim": False}),
        ("", "\t", {"terminator": "\\t", "aim": False}),
        ("]C0", "\r", {}),
        ("\x02", "\x03", {"framing": "stx_etx", "aim": False}),
        ("\x02", "\x03\r\n", {"framing": "stx_etx", "aim": False}),
        ("", "", {"framing": "gap", "aim": False}),
        ("\x1c]Q1", "\x1e\r", {"prefix": "\\x1c", "suffix": "\\x1e"}),
    ],
)
def test_framings_are_found(before: str, after: str, settings: dict[str, object]) -> None:
    found = propose(framed(before, after))
    assert (found.driver, found.settings, found.codes) == ("barcode_reader", settings, LABELS)


def test_what_labels_have_in_common_is_no_prefix() -> None:
    found = propose(framed("", "\r", "WO-1001", "WO-1002", "WO-1003"))
    assert "prefix" not in found.settings
    assert found.codes == ("WO-1001", "WO-1002", "WO-1003")


def test_other_protocols_are_known_by_their_sums() -> None:
    packet = bytes.fromhex("11f300000b34303036333831333333393331fc55")
    packet = packet[:17] + (-sum(packet[:17]) & 0xFFFF).to_bytes(2, "big")
    assert propose([packet * 3]).driver == "zebra_ssi"
    assert propose([b"\x0262E3086CED08\x03" * 5]).driver == "rdm6300"


@pytest.mark.parametrize("label", [b"\x80\xf8\x86\xfe\x1e", b"\xc3\x28\xa0\xa1\xfe\xff"])
def test_another_speed_is_told(label: bytes) -> None:
    found = propose([label])
    assert (found.driver, "speed" in found.why) == ("", True)


def test_labels_of_latin_1() -> None:
    found = propose(["Prüfung\r".encode("latin-1"), b"A\r"])
    assert (found.settings["encoding"], found.codes) == ("latin-1", ("Prüfung", "A"))


@given(st.lists(st.binary(max_size=30), max_size=4))
def test_no_bytes_crash_it_and_what_is_proposed_can_be_loaded(labels: list[bytes]) -> None:
    found = propose(labels)
    if found.driver:
        table = tomllib.loads(table_of("Scanner", "COM3", 9600, found))["links"]["Scanner"]
        assert table.pop("driver") == found.driver
        DRIVERS[found.driver].settings.model_validate(table)


@pytest.mark.wire
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_three_labels_at_a_port(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_ports, "comports", list[object])
    reader = PtyReader(tmp_path)
    reader.start()
    done = threading.Event()

    def scan() -> None:
        for label in ("WO-1", "WO-1", "WO-2", "WO-3"):
            if done.wait(0.7):
                return
            reader.write(f"]C1{label}\r\n".encode())

    person = threading.Thread(target=scan)
    person.start()
    try:
        assert run_learn(str(reader.port), "Scanner", 3, patience_s=5) == 0
    finally:
        done.set()
        person.join()
        reader.close()
    said = capsys.readouterr()
    table = tomllib.loads(said.out)["links"]["Scanner"]
    assert table == {"driver": "barcode_reader", "port": str(reader.port), "terminator": "\\r\\n"}
    assert "WO-1, WO-2, WO-3" in said.err
    assert "Scan another one" in said.err
    BarcodeSettings.model_validate({key: value for key, value in table.items() if key != "driver"})


def test_a_port_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_learn(str(tmp_path / "none"), "Scanner", 3) == 1
    assert "there is no port" in capsys.readouterr().err

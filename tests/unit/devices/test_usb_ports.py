"""Ports found by what is plugged in, at whatever name it has today."""

from dataclasses import dataclass

import pytest
from serial.tools import list_ports

from devices.usb_ports import plugged_in, resolve
from hmi.errors import LinkError


@dataclass
class Port:
    """A port as pyserial lists it."""

    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    description: str = ""


class Machine:
    """What is plugged in now."""

    def __init__(self) -> None:
        self.ports: list[Port] = []

    def comports(self) -> list[Port]:
        return self.ports


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(list_ports, "comports", machine.comports)
    return machine


def test_a_device_is_found_again_at_another_port(machine: Machine) -> None:
    machine.ports = [Port("/dev/ttyS0"), Port("/dev/ttyACM0", 0x0C2E, 0x0B61, "A1")]
    assert resolve("usb:0c2e:0b61") == "/dev/ttyACM0"
    machine.ports = [Port("/dev/ttyACM1", 0x0C2E, 0x0B61, "A1")]
    assert resolve("usb:0C2E:0B61") == "/dev/ttyACM1"


def test_equal_devices_are_told_apart_by_their_serial_number(machine: Machine) -> None:
    machine.ports = [Port("COM3", 0x0403, 0x6001, "FT1"), Port("COM4", 0x0403, 0x6001, "FT2")]
    assert resolve("usb:0403:6001:FT2") == "COM4"
    with pytest.raises(LinkError, match="add its serial number"):
        resolve("usb:0403:6001")


def test_a_device_that_is_not_there_says_what_is(machine: Machine) -> None:
    machine.ports = [Port("COM3", 0x0403, 0x6001, "FT1")]
    with pytest.raises(LinkError, match=r"not plugged in \(there is usb:0403:6001:FT1\): plug"):
        resolve("usb:0c2e:0b61")
    machine.ports = []
    with pytest.raises(LinkError, match="no USB serial device"):
        resolve("usb:0c2e:0b61")


@pytest.mark.parametrize("wrong", ["usb:", "usb:0c2e", "usb:xyzw:0b61"])
def test_what_is_no_address(wrong: str) -> None:
    with pytest.raises(LinkError, match="write usb:VID:PID"):
        resolve(wrong)


def test_other_ports_stay_as_they_are() -> None:
    assert resolve("/dev/ttyACM0") == "/dev/ttyACM0"
    assert resolve("COM3") == "COM3"


def test_what_is_plugged_in_is_listed_with_its_address(machine: Machine) -> None:
    machine.ports = [Port("COM9", 1, 2, "has blank"), Port("COM1", None, None, None, "built in")]
    assert [(each.port, each.usb) for each in plugged_in()] == [("COM1", ""), ("COM9", "usb:0001:0002")]

"""A small machine on the open62541 stack, in a process of its own, commanded by JSON lines."""

import argparse
import json
import sys
from collections.abc import Callable
from importlib import import_module

o6 = import_module("o6")  # in a folder of its own, which the tests fill
ns0 = import_module("o6.ns.ns0")
URI = "urn:lineside:foreign:open62541"
KINDS = {"Int32": o6.Int32, "Double": o6.Double, "String": str}


class Machine:
    """Values to hear and to write, and events; ids are strings in the namespace of the application."""

    def __init__(self, port: int, certificate: str, key: str) -> None:
        protected = {"certificate": certificate, "privateKey": key, "acceptAllCertificates": True}
        self._server = o6.Server(port=port, applicationUri=URI, **(protected if certificate else {}))
        self._folder = self._server.addObject("Machine", self._server.objectsNode, nodeId="ns=1;s=Machine")
        self._add("Count", o6.Int32(1))
        self._add("Speed", o6.Double(30.0))
        self._add("Name", "press")
        self._add("Setpoint", o6.Double(10.0))
        self._add("Fixed", o6.Double(1.0), writable=False)
        self._server.start()

    def write(self, node: str, value: float | str, kind: str) -> None:
        """A new value of a node."""
        self._server.write(f"ns=1;s={node}", KINDS[kind](value))

    def many(self, count: int) -> None:
        """So many more values."""
        for number in range(count):
            self._add(f"Many.{number}", o6.Double(0.0))

    def event(self, words: str) -> None:
        """Something happened that is no alarm."""
        self._server.createEvent(ns0.objtypes.SystemEventType, message=words, severity=500)

    def _add(self, name: str, value: object, *, writable: bool = True) -> None:
        self._server.addVariable(name, self._folder, value, nodeId=f"ns=1;s={name}", writable=writable)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", default="")
    parser.add_argument("--key", default="")
    told = parser.parse_args()
    machine = Machine(told.port, told.certificate, told.key)
    acts: dict[str, Callable[..., None]] = {
        "write": machine.write,
        "many": machine.many,
        "event": machine.event,
    }
    answer("ready")
    for line in sys.stdin:
        command = json.loads(line)
        try:
            acts[command.pop("do")](**command)
            answer("{}")
        except Exception as error:  # noqa: BLE001 - told to the test
            answer(json.dumps({"error": repr(error)}))


def answer(line: str) -> None:
    """One line to the test."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

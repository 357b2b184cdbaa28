"""Plays the people and the wires of a plant from a command line: without a window, or as a script."""

import argparse
import importlib
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from devices.plant.client import Label, PlantClient, PlantError, PlantProcess, PressState, ReaderName
from devices.plant.packml import Mode, State
from devices.plant.press import FAULTS

FOLDER = Path("out") / "plant"
"""Where the plant is looked for, and started when none runs there, unless `--dir` says otherwise."""

_READERS: Mapping[str, ReaderName] = {
    "badge": "badge_reader",
    "badge_reader": "badge_reader",
    "scanner": "scanner",
    "label": "scanner",
}
_MODES = {mode.name.lower(): int(mode) for mode in Mode}
W = TypeVar("W", bound=str)


class LineError(Exception):
    """The line is no command; the text says what would be one."""


@dataclass(frozen=True)
class Command:
    """A command: how it is written, what it does, and the function that does it with its words."""

    usage: str
    what: str
    do: Callable[[list[str]], str]


class Console:
    """Does what a line says at one plant, and says what came of it."""

    def __init__(self, plant: PlantClient) -> None:
        self._plant = plant
        self.commands: Mapping[str, Command] = {
            "help": Command("help", "this list", self._help),
            "state": Command("state", "what runs, how the press stands, what is plugged in", self._state),
            "labels": Command("labels", "all badges and labels that can be scanned", self._labels),
            "scan": Command(
                "scan NAME", "scan a badge or label: scan J.Haddad, scan WO-104233, scan seal", self._scan
            ),
            "read": Command("read badge|scanner TEXT", "scan any text, also one without a label", self._read),
            "press": Command(
                "press WHAT",
                "start, stop, clear, hold, coil (it runs out), fault CODE, or mode NAME",
                self._press,
            ),
            "fault": Command("fault CODE", _faults(), self._fault),
            "measure": Command(
                "measure [PARTS [OUTSIDE]]",
                "gauge the last parts (5), some of them out of limits",
                self._measure,
            ),
            "plc": Command(
                "plc off|on|restart|freeze|thaw",
                "off is a power cut, freeze lets it answer nobody",
                self._plc,
            ),
            "mes": Command(
                "mes off|on|restart|kill|busy SECONDS", "switch the MES; busy answers 503", self._mes
            ),
            "order": Command("order cancel|release ORDER", "what a planner does to a job order", self._order),
            "plug": Command("plug badge|scanner", "put a reader's cable in", self._plug),
            "unplug": Command("unplug badge|scanner", "pull a reader's cable", self._unplug),
            "wait": Command(
                "wait SECONDS|STATE|parts NUMBER",
                "for scripts: wait execute, wait aborted, wait parts 1520",
                self._wait,
            ),
            "end": Command("end", "end the plant and leave", self._end),
            "quit": Command("quit", "leave", self._quit),
        }

    def do(self, line: str) -> str:
        """Do one line and return what came of it.

        Raises LineError when it is no command, PlantError when the plant did not do it, EOFError when it says
        that the console is over.
        """
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise LineError(f"The line cannot be read: {error}.") from None
        if not words:
            return ""
        name = words[0].lower()
        if name not in self.commands:
            raise LineError(f"There is no command {words[0]!r}. Type help for the list.")
        return self.commands[name].do(words[1:])

    def _help(self, _words: list[str]) -> str:
        return "\n".join(f"  {one.usage:<34} {one.what}" for one in self.commands.values())

    def _state(self, _words: list[str]) -> str:
        now = self._plant.state()
        plc = "frozen" if now.plc_frozen else _on(now.plc_on)
        lines = [
            f"  press         {'not heard' if now.press is None else _told(now.press)}",
            f"  PLC           {plc}",
            f"  MES           {_on(now.mes_on)}, page {self._plant.card.mes_url}/",
        ]
        for name, reader in now.readers.items():
            held = {True: "opened by a terminal", False: "opened by nobody", None: ""}[reader.held]
            plugged = ", ".join(filter(None, ["plugged in", held])) if reader.plugged else "unplugged"
            lines.append(f"  {name:<13} {plugged} ({reader.port})")
        return "\n".join(lines)

    def _labels(self, _words: list[str]) -> str:
        return "\n".join(f"  {label.id:<18} {label.name}" for label in self._plant.labels())

    def _scan(self, words: list[str]) -> str:
        label = _found(" ".join(words), self._plant.labels())
        return self._scanned(label.reader, label.text, label.name)

    def _read(self, words: list[str]) -> str:
        reader = _READERS[_one_of(words[:1], _READERS, "reader")]
        text = " ".join(words[1:])
        if not text:
            raise LineError("What does the label hold? For example: read scanner ]C0WO-104233")
        return self._scanned(reader, text, repr(text))

    def _scanned(self, reader: ReaderName, text: str, name: str) -> str:
        result = self._plant.scan(reader, text)
        if result.held is False:
            return f"{name} was read, but no program has the port of the {reader} open: nobody heard it."
        return f"{name}: {result.written} bytes at the {reader}."

    def _press(self, words: list[str]) -> str:
        do = _one_of(
            words[:1], ("start", "stop", "clear", "hold", "coil", "fault", "mode"), "command of the press"
        )
        match do:
            case "fault":
                return self._fault(words[1:])
            case "mode":
                return _told(self._plant.mode(_MODES[_one_of(words[1:2], _MODES, "mode")]))
            case "coil":
                return _told(self._plant.press("end_coil"))
            case "start" | "stop" | "clear" | "hold":
                return _told(self._plant.press(do))

    def _fault(self, words: list[str]) -> str:
        text = "".join(words).upper().removeprefix("E").removeprefix("F")
        if not text.isdecimal() or int(text) not in FAULTS:
            raise LineError(
                f"This press has no fault {' '.join(words) or 'without a code'}; it knows {_faults()}."
            )
        return _told(self._plant.fault(int(text)))

    def _measure(self, words: list[str]) -> str:
        count = _number(words[0], "number of parts") if words else 5
        outside = _number(words[1], "number of parts") if len(words) > 1 else 0
        return "  ".join(self._plant.measure(count, outside)) + "  mm"

    def _plc(self, words: list[str]) -> str:
        self._plant.plc(_one_of(words, ("off", "on", "restart", "freeze", "thaw"), "command of the PLC"))
        return self._state([])

    def _mes(self, words: list[str]) -> str:
        do = _one_of(words[:1], ("off", "on", "restart", "kill", "busy"), "command of the MES")
        if do == "busy":
            seconds = _number("".join(words[1:2]), "seconds")
            self._plant.mes_busy(seconds)
            return f"The MES answers 503 for {seconds} s."
        self._plant.mes(do)
        return f"The MES is {_on(self._plant.state().mes_on)}."

    def _order(self, words: list[str]) -> str:
        do = _one_of(words[:1], ("cancel", "release"), "thing to do to an order")
        if len(words) != 2:
            raise LineError(f"Which order? For example: order {do} WO-104240")
        self._plant.mes_order(do, words[1])
        return f"{words[1]} is {'cancelled' if do == 'cancel' else 'released'} at the MES."

    def _plug(self, words: list[str]) -> str:
        self._plant.reader(_READERS[_one_of(words, _READERS, "reader")], "plug")
        return "The cable is in."

    def _unplug(self, words: list[str]) -> str:
        self._plant.reader(_READERS[_one_of(words, _READERS, "reader")], "unplug")
        return "The cable is out."

    def _wait(self, words: list[str]) -> str:
        what = "".join(words[:1]).lower()
        states = {state.name.lower(): int(state) for state in State}
        if what in states:
            return _told(self._plant.wait_for_press(states[what]))
        if what == "parts":
            return _told(self._plant.wait_for_parts(_number("".join(words[1:2]), "number of parts")))
        time.sleep(min(3600, _number(what, "number of seconds, a state of the press, or parts NUMBER")))
        return ""

    def _end(self, _words: list[str]) -> str:
        self._plant.quit()
        raise EOFError

    def _quit(self, _words: list[str]) -> str:
        raise EOFError


def _on(on: bool) -> str:
    return "on" if on else "off"


def _faults() -> str:
    return ", ".join(f"{code} {what}" for code, what in FAULTS.items())


def _told(press: PressState) -> str:
    fault = f", fault {press.fault} {FAULTS.get(press.fault, '')}".rstrip() if press.fault else ""
    mode = "" if press.mode == Mode.PRODUCTION else f" in mode {Mode(press.mode).name.lower()}"
    made = f"{press.processed} parts made, {press.defective} of them bad"
    return f"{press.name}{mode}{fault}; {made}; {press.coil_m:.1f} m of coil left"


def _one_of(words: list[str], known: Iterable[W], what: str) -> W:
    told = " ".join(words).lower()
    for one in known:
        if one == told:
            return one
    raise LineError(f"{told!r} is no {what}: {', '.join(known)}.")


def _number(word: str, what: str) -> int:
    if not (word.isascii() and word.isdecimal()) or len(word) > 9:
        raise LineError(f"{word!r} is no {what}.")
    return int(word)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _found(wanted: str, labels: list[Label]) -> Label:
    """The label with this id, or the only one whose name holds these words (spaces and dots aside)."""
    plain = _plain(wanted)
    if not plain:
        raise LineError("Scan what? Type labels for the list.")
    for label in labels:
        if plain == _plain(label.id):
            return label
    found = [label for label in labels if plain in _plain(label.name) or wanted == label.text]
    if len(found) == 1:
        return found[0]
    if not found:
        raise LineError(f"There is no badge or label {wanted!r}. Type labels for the list.")
    raise LineError(
        f"{wanted!r} may be " + ", or ".join(f"{one.name} (scan {one.id})" for one in found) + "."
    )


def play(console: Console, lines: Iterable[str], asks: bool) -> int:
    """Do the lines one after the other; where nobody is asked, the first that fails ends it with 1."""
    for line in lines:
        try:
            told = console.do(line)
        except EOFError:
            break
        except (LineError, PlantError) as error:
            print(error, file=sys.stdout if asks else sys.stderr)
            if not asks:
                return 1
        else:
            if told:
                print(told, flush=True)
    return 0


def _asked() -> Iterable[str]:
    """Lines that a person types, until there are no more."""
    with suppress(ImportError):
        importlib.import_module("readline")
    while True:
        try:
            yield input("plant> ")
        except (EOFError, KeyboardInterrupt):
            print()
            return


def main(words: list[str]) -> int:
    """Ask for commands, or do those of the command line or of standard input; 1 when one failed."""
    parser = argparse.ArgumentParser(
        description="Play with a demo plant. Without COMMAND it asks; lines may also come by standard input."
    )
    parser.add_argument("--dir", type=Path, default=FOLDER, help=f"the plant's folder ({FOLDER.as_posix()})")
    parser.add_argument(
        "command", nargs="*", metavar="COMMAND", help="one command, for example: scan J.Haddad"
    )
    told = parser.parse_args(words)
    folder: Path = told.dir.resolve()
    with ExitStack() as stack:
        try:
            plant = _plant(folder, stack, may_start=not told.command)
        except PlantError as error:
            print(error, file=sys.stderr)
            return 1
        console = Console(plant)
        if told.command:
            return play(console, [shlex.join(told.command)], asks=False)
        asks = sys.stdin.isatty()
        if asks:
            print(console.do("state") + "\nType help for what you can do.")
        return play(console, _asked() if asks else sys.stdin, asks)


def _plant(folder: Path, stack: ExitStack, may_start: bool) -> PlantClient:
    """The plant that runs in the folder, or a new one that ends with this console."""
    if (folder / "plant.json").exists():
        with suppress(PlantError):
            return stack.enter_context(PlantClient(folder))
    if not may_start:
        start = f"python -m devices.plant run --dir {folder}"
        raise PlantError(f"No plant runs in {folder}; start one with: {start}")
    print(f"No plant runs in {folder}: starting one, which ends with this console.", flush=True)
    return stack.enter_context(stack.enter_context(PlantProcess(folder)).wait_until_up())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

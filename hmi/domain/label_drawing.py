"""What stands where on a label, for a preview: the part of ZPL that labels of this program use."""

import re
from dataclasses import dataclass
from typing import Literal

_COMMAND = re.compile(r"\^([A-Z][A-Z0-9@])([^\^~]*)")
_HEXADECIMAL = re.compile(r"((?:_[0-9A-Fa-f]{2})+)")
_BARCODES: dict[str, Literal["code128", "datamatrix", "qr"]] = {
    "BC": "code128",
    "BX": "datamatrix",
    "BQ": "qr",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on a label, in dots from the upper left corner; `height` of a text is that of its signs."""

    kind: Literal["text", "code128", "datamatrix", "qr", "box"]
    x: int
    y: int
    width: int
    height: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A label as it would be printed: size and parts; `unknown` are commands that the preview leaves out."""

    width: int
    height: int
    parts: tuple[Part, ...]
    unknown: tuple[str, ...]


class _Reading:
    def __init__(self) -> None:
        self.size = [812, 406]
        self.at = (0, 0)
        self.home = (0, 0)
        self.font = 30
        self.module, self.bar_height = 2, 60
        self.code: Literal["code128", "datamatrix", "qr"] | None = None
        self.code_height = 0
        self.escaped = False
        self.parts: list[Part] = []
        self.unknown: list[str] = []

    def take(self, command: str, words: str) -> None:
        numbers = [int(word) if word.lstrip("-").isdecimal() else 0 for word in words.split(",")]
        first, second = numbers[0], (numbers[1] if len(numbers) > 1 else 0)
        match command:
            case "PW":
                self.size[0] = first
            case "LL":
                self.size[1] = first
            case "LH":
                self.home = (first, second)
            case "FO" | "FT":
                self.at = (self.home[0] + first, self.home[1] + second)
            case "BY":
                self.module, self.bar_height = first or 2, (numbers[2] if len(numbers) > 2 else 60)
            case "CF":
                self.font = second or self.font
            case "FH":
                self.escaped = True
            case "FD":
                self._field(words)
            case "GB":
                self.parts.append(Part("box", *self.at, first, max(second, 1)))
            case "FS":
                self.code, self.escaped = None, False
            case _:
                self._other(command, numbers)

    def _other(self, command: str, numbers: list[int]) -> None:
        if command in _BARCODES:
            self.code = _BARCODES[command]
            self.code_height = numbers[1] if len(numbers) > 1 else 0
        elif command[0] == "A":
            self.font = numbers[1] if len(numbers) > 1 and numbers[1] else self.font
        elif command not in {"XA", "XZ", "CI", "PQ", "MM", "MN", "PR", "MD"}:
            self.unknown.append(f"^{command}")

    def _field(self, words: str) -> None:
        text = _HEXADECIMAL.sub(_unescaped, words) if self.escaped else words
        if self.code is None:
            self.parts.append(Part("text", *self.at, len(text) * self.font // 2, self.font, text))
        elif self.code == "code128":
            # start, one module group of 11 for each sign, check, stop
            width = (len(text) + 3) * 11 * self.module
            self.parts.append(Part(self.code, *self.at, width, self.code_height or self.bar_height, text))
        else:
            side = 24 * (self.code_height or self.module * 2)
            self.parts.append(Part(self.code, *self.at, side, side, text))


def _unescaped(found: re.Match[str]) -> str:
    return bytes.fromhex(found[1].replace("_", "")).decode("utf-8", "replace")


def drawing(zpl: bytes) -> Drawing:
    """Read a label for its preview."""
    reading = _Reading()
    for found in _COMMAND.finditer(zpl.decode("utf-8", "replace")):
        reading.take(found[1], found[2])
    return Drawing(
        reading.size[0], reading.size[1], tuple(reading.parts), tuple(dict.fromkeys(reading.unknown))
    )

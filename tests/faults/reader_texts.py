"""What a reader may be made to say: codes that try to be keys, markup, commands, or too much."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence

from devices.barcode_reader import BarcodeSettings, CodeReader
from hmi.domain.codes import Meaning, UnknownCode
from hmi.domain.signals import Scan
from hmi.ports import PlanRecords
from hmi.scans import interpret
from tests.fakes.clock import START

KNOWN = ("B-7341", "WO-104233", "PRESS12", "SEAL")
_MARKUP = (
    '<a href="file:///etc/passwd">tap</a>',
    "<img src=http://127.0.0.1:9/x>",
    "<script>alert(1)</script>",
    "<b>WO-104233</b>",
    "&lt;b&gt;",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<svg/onload=x>",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://127.0.0.1:9/",
    "\\\\server\\share",
    "[link](file:///etc/passwd)",
    "data:text/html,x",
)
_COMMANDS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "=HYPERLINK('x')",
    "; rm -rf ~",
    "$(id)",
    "`id`",
    "| nc 127.0.0.1 9",
    "' OR '1'='1",
    "'; DROP TABLE journal; --",
    'x" OR 1=1 --',
    "{name}",
    "{0.__class__}",
    "{text!r:>999999999}",
    "%s%s%n",
    "%(x)s",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "{{7*7}}",
    "__import__('os')",
    '{"kind": "x"}',
    "[terminal]\nid = 1",
    "null",
    "NaN",
    "1e999999",
    "-0",
)
_TRICKS = (
    "\u202eWO-104233",
    "B-7341\u200b",
    "\u2028x",
    "\ufeffB-7341",
    "\x7f",
    "\x85x",
    "\x9b31mred",
    "\x1b[2J",
    "\x1b]0;x\x07",
    "a\r\n2026 ERROR forged",
    "\U0001f600" * 30,
    "é" * 500,
    "\u0301" * 200,
    "]C1",
    "]d2\x1d\x1d\x1d",
    "]Q3(01)04012345123456",
    "0104012345123457",
    "\x1d01" * 50,
    "[)>\x1e06\x1d1PX\x1e\x04",
    "https://id.gs1.org/01/04012345123457",
    "A" * 65_536,
)


def payloads() -> list[str]:
    """At least 200 texts: each on its own, and control characters around a label that is known."""
    texts = [*_MARKUP, *_COMMANDS, *_TRICKS]
    for number in (*range(0x20), 0x7F):
        sign = chr(number)
        texts += [f"{sign}WO-104233", f"WO-104233{sign}x", f"B-73{sign}41", sign * 3]
    texts += [f"\x0f{mark}" for mark in _MARKUP] + [f"{mark}\x1b" for mark in _COMMANDS]
    return texts


def noise(rng: random.Random) -> bytes:
    """A piece of a stream as broken lines, glued labels and cut ones make it."""
    kind = rng.randrange(6)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 40)) + b"\r"
    if kind == 1:
        return "".join(rng.choice(KNOWN) for _ in range(rng.randrange(2, 5))).encode() + b"\r"
    if kind == 2:
        known = rng.choice(KNOWN).encode()
        return known[: rng.randrange(1, len(known))]
    if kind == 3:
        return rng.choice(payloads()).encode("utf-8", "surrogatepass")[:5000] + b"\r"
    if kind == 4:
        return b"\x00" * rng.randrange(1, 9) + rng.choice(KNOWN).encode() + b"\r\n"
    return rng.choice(KNOWN).encode() + b"\r"


def scans_of(rng: random.Random, frames: int) -> Iterator[Scan]:
    """So many pieces through the reader's own decoder, in whatever pieces they come."""
    settings = BarcodeSettings(port="none", repeat_ms=0)
    decoder, reader = settings.decoder(), CodeReader(settings)
    for number in range(frames):
        data = noise(rng)
        cut = rng.randrange(len(data) + 1)
        for part in (data[:cut], data[cut:]):
            for frame in decoder.feed(part):
                for text, aim in reader.codes(frame, number):
                    yield Scan("scanner", frame.raw, text, aim, START, number)


def shown(meaning: Meaning) -> str:
    """What a person would be shown of a code that means nothing."""
    if not isinstance(meaning, UnknownCode):
        return ""
    return meaning.visible + "".join(f"{name}{value}" for name, value in meaning.parts)


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def hidden_signs(text: str) -> list[str]:
    """Signs that a person cannot see, or that change how others are seen."""
    return [f"U+{ord(sign):04X}" for sign in text if unicodedata.category(sign) in _HIDDEN]


def faults(scan: Scan, plans: PlanRecords) -> Sequence[str]:
    """What is wrong with how a scan is understood."""
    meaning = interpret(scan, plans)
    wrong = [f"shows {sign}" for sign in hidden_signs(shown(meaning))]
    if isinstance(meaning, UnknownCode) == (scan.text in KNOWN):
        wrong.append(f"{scan.text!r:.60} is taken for {type(meaning).__name__}")
    return wrong

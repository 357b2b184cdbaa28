"""The fault suites. A new one is a function in a module of its own, and a line here."""

from __future__ import annotations

from tests.faults import (
    suite_clock,
    suite_counters,
    suite_counting,
    suite_disk,
    suite_edits,
    suite_injection,
    suite_kills,
    suite_kiosk,
    suite_mes,
    suite_nemesis,
    suite_people,
    suite_power,
    suite_retire,
    suite_writes,
)
from tests.faults.figure import Run, Suite


def _line(name: str, title: str, goal: str, run: Run, *threats: str, in_memory: bool = False) -> Suite:
    return Suite(name, title, goal, run, threats, in_memory)


SUITES: tuple[Suite, ...] = (
    _line("F1", "kill -9 at random", "0 lost, 0 twice, 0 ghosts", suite_kills.kills, "P1", "M2"),
    _line(
        "F2", "every write point", "0 lost, 0 damaged", suite_writes.every_write, "P2", "D2", in_memory=True
    ),
    _line("F3", "power cut", "0 of the states lose anything", suite_power.power_cuts, "P3", in_memory=True),
    _line(
        "F4", "half-filled forms", "at most 1 field lost, 0 doubles", suite_kills.forms, "P5", in_memory=True
    ),
    _line("F5", "MES away for 72 h", "0 lost, >= 500 entries/s", suite_mes.backlog, "M1"),
    _line("F6", "hang and heal", "queue empty <= 60 s after the heal", suite_mes.heals, "M5"),
    _line("F7", "MES put back from a backup", "0 lost, 0 twice", suite_mes.restores, "M6"),
    _line("F8", "refused and poison", "0 wrong, 0 dropped, others <= 5 s", suite_mes.refusals, "M3", "M4"),
    _line("F9", "nemesis", "0 lost, 0 twice, all ends by itself", suite_nemesis.nemesis, "P1", "M6", "D5"),
    _line("F10", "full disk", "0 lost, refused in words, goes on", suite_disk.full_disk, "D1"),
    _line("F11", "clock jumps", "order, ids and chain unchanged", suite_clock.jumps, "C1"),
    _line(
        "F12",
        "the trail is edited",
        "100 % named at the right entry",
        suite_edits.edits,
        "A4",
        in_memory=True,
    ),
    _line(
        "F16",
        "what readers may say",
        "0 misread, 0 crashes",
        suite_people.reader_texts,
        "S2",
        "S3",
        in_memory=True,
    ),
    _line("F17", "the way out", "0 of >= 60 on each page", suite_kiosk.attempts, "K1", "K2", in_memory=True),
    _line("F18", "guessing", "<= 5 tries + 1 a wait", suite_people.guesses, "A1", in_memory=True),
    _line(
        "F20",
        "upgrade with unsent entries",
        "0 lost, same count waiting",
        suite_writes.upgrade,
        "M9",
        in_memory=True,
    ),
    _line("F22", "two terminals, one counter", "sum = counter", suite_counting.lives, "M8", in_memory=True),
    _line("F22 M", "the rules of its lease", "sum = counter", suite_counters.shared, "M8", in_memory=True),
    _line(
        "F21",
        "old entries retire",
        "0 lost, 0 twice, both parts proven",
        suite_retire.retention,
        "P2",
        "D2",
        in_memory=True,
    ),
    _line(
        "F20 I1",
        "payloads through every door",
        "0 interpreted, 0 opened, 0 connections",
        suite_injection.payloads,
        "I1",
        in_memory=True,
    ),
)

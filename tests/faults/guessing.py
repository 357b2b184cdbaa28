"""Somebody who guesses a PIN, and may wait, end the program, restart the machine and set its clock."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from argon2 import PasswordHasher

from hmi.domain.lockout import FIRST_WAIT_MS, FREE_TRIES, LONGEST_WAIT_MS, Lock
from hmi.errors import OperatorError
from local_db.credentials import CredentialFile
from tests.fakes.people import PEPPER, RebootingClock

PIN = "481516"


class CountingHasher(PasswordHasher):
    """Counts how often a guess was really looked at."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.looked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  the parent's word
        self.looked += 1
        return super().verify(hash, password)


def allowed(true_s: float) -> int:
    """How many guesses may be looked at in so many seconds that really went by: 5, and one a wait."""
    count, wait, left = FREE_TRIES, FIRST_WAIT_MS / 1000, true_s
    while left >= wait:
        left -= wait
        count += 1
        wait = min(wait * 2, LONGEST_WAIT_MS / 1000)
    return count


@dataclass
class Guessing:
    """What became of many guesses."""

    looked: int
    allowed: int
    found: int


def guess(folder: Path, seed: int, guesses: int) -> Guessing:
    """Guess as somebody who may wait, end the program, restart the machine and set its clock."""
    rng, clock, hasher = random.Random(seed), RebootingClock(), CountingHasher()

    def opened() -> CredentialFile:
        made = CredentialFile(folder / "credentials.json", PEPPER, clock, hasher)
        made.start()
        return made

    kept, found = opened(), 0
    kept.choose("P1", PIN).result(10)
    for _ in range(guesses):
        try:
            kept.prove("P1", f"{rng.randrange(10**6):06}").result(10)
            found += 1
        except OperatorError:
            pass
        move = rng.random()
        if move < 0.2:
            clock.go(rng.choice((0.5, 10, 31, 400, 901)))
        elif move < 0.24:
            clock.wall = clock.wall.replace(year=rng.choice((1970, 2025, 2031)))
        elif move < 0.30:
            kept.stop()
            if move < 0.27:
                clock.reboot()
            kept = opened()
    kept.stop()
    return Guessing(hasher.looked, allowed(clock.true_s), found)


def forgets_with_the_boot(lock: Lock, boot: str, _now_ms: int) -> Lock:
    """What a broken build does to a wait when the machine restarts."""
    return lock if boot == lock.boot else Lock()

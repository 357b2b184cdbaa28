"""PINs and one-time codes of this terminal: argon2id over a peppered HMAC, and waits that survive all.

They are kept beside the journal and not in it: a secret can be taken back, an entry cannot.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hmi.domain.lockout import FREE_TRIES, FREE_TRIES_HERE, Lock
from hmi.errors import OperatorError, StoreError
from hmi.times import Clock
from local_db.jobs import JobThread

_log = logging.getLogger(__name__)
PEPPER_VARIABLE = "LINESIDE_PEPPER"
_HERE = "*"  # the lock of the whole terminal
_PEPPER_BYTES = 32
_LARGEST = 4 << 20  # bytes of a file that can be ours


def usual_hasher() -> PasswordHasher:
    """argon2id with 64 MiB and 3 passes: about 50 ms, above the least that OWASP asks for (19 MiB, 2)."""
    return PasswordHasher(time_cost=3, memory_cost=64 << 10, parallelism=1)


def pepper_of(folder: Path, configured: Path | None, environment: Mapping[str, str]) -> bytes:
    """The secret without which the stored hashes are useless: environment, configured file, or made here.

    StoreError when a configured one cannot be read or is too short; it is never logged.
    """
    if given := environment.get(PEPPER_VARIABLE, "").strip():
        return _long_enough(given.encode("utf-8"), f"the environment variable {PEPPER_VARIABLE}")
    file = configured or folder / "pepper"
    if configured is None and not file.exists():
        _write(file, secrets.token_hex(_PEPPER_BYTES).encode("ascii"))
    try:
        return _long_enough(file.read_bytes().strip(), str(file))
    except OSError as error:
        raise StoreError(
            f"the pepper {file} cannot be read: {error.strerror}. PINs cannot be checked"
        ) from None


def _long_enough(pepper: bytes, where: str) -> bytes:
    if len(pepper) < _PEPPER_BYTES:
        raise StoreError(f"the pepper in {where} is shorter than {_PEPPER_BYTES} bytes. Make a random one")
    return pepper


class CredentialFile:
    """Implements hmi.people.Credentials on a thread of its own, so that neither eye nor ledger waits.

    Each try is written down before its answer is known: ending the program in between wins nothing.
    """

    def __init__(self, file: Path, pepper: bytes, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        """Read the file; one that cannot be read is set aside, and everybody chooses a PIN anew."""
        self._file = file
        self._pepper = pepper
        self._clock = clock
        self._hasher = hasher or usual_hasher()
        self._jobs = JobThread("credentials", lambda: None)
        self._pins: dict[str, str] = {}
        self._locks: dict[str, Lock] = {}
        self._used: list[str] = []
        self._read()

    def start(self) -> None:
        """Begin to answer."""
        self._jobs.start()

    def stop(self) -> None:
        """Answer what was asked, and end."""
        self._jobs.stop(lambda: None)

    def has_pin(self, person: str) -> Future[bool]:
        """See hmi.people.Credentials."""
        return self._jobs.submit(lambda: person in self._pins)

    def with_pin(self) -> Future[frozenset[str]]:
        """See hmi.people.Credentials."""
        return self._jobs.submit(lambda: frozenset(self._pins))

    def prove(self, person: str, pin: str) -> Future[None]:
        """See hmi.people.Credentials."""
        return self._jobs.submit(lambda: self._prove(person, pin))

    def open_code(self, holder: str, code: str, code_hash: str) -> Future[None]:
        """See hmi.people.Credentials."""
        return self._jobs.submit(lambda: self._open_code(holder, code, code_hash))

    def choose(self, person: str, pin: str) -> Future[None]:
        """See hmi.people.Credentials."""
        return self._jobs.submit(lambda: self._choose(person, pin))

    # ------------------------------------------------------------ on the thread

    def _prove(self, person: str, pin: str) -> None:
        known = self._pins.get(person)
        if known is None:
            raise OperatorError("pin_none")
        self._begin_try(person)
        if not self._holds(known, self._peppered(person, pin)):
            self._refuse("pin_wrong", person)
        if self._hasher.check_needs_rehash(known):
            self._pins[person] = self._hasher.hash(self._peppered(person, pin))
        self._forgive(person)

    def _open_code(self, holder: str, code: str, code_hash: str) -> None:
        mark = hashlib.sha256(code_hash.encode("utf-8")).hexdigest()
        if mark in self._used:
            raise OperatorError("code_used")
        self._begin_try(holder)
        plain = "".join(sign for sign in code if sign.isalnum()).upper()
        if not self._holds(code_hash, plain):
            self._refuse("code_wrong", holder)
        self._used.append(mark)
        self._forgive(holder)

    def _choose(self, person: str, pin: str) -> None:
        self._pins[person] = self._hasher.hash(self._peppered(person, pin))
        self._forgive(person)

    def _begin_try(self, person: str) -> None:
        boot, now_ms = self._clock.boot, self._clock.monotonic_ms()
        name = _lock_name(person)
        before = dict(self._locks)
        mine = self._locks.get(name, Lock()).carried(boot, now_ms)
        here = self._locks.get(_HERE, Lock()).carried(boot, now_ms).cooled(boot, now_ms)
        self._locks |= {name: mine, _HERE: here}
        if left := max(mine.remaining_ms(boot, now_ms), here.remaining_ms(boot, now_ms)):
            if self._locks != before:
                self._write()
            raise OperatorError("pin_wait", n=-(-left // 1000))
        self._locks[name] = self._locks[name].after_try(boot, now_ms, FREE_TRIES)
        self._locks[_HERE] = self._locks[_HERE].after_try(boot, now_ms, FREE_TRIES_HERE)
        self._write()

    def _refuse(self, key: str, person: str) -> None:
        lock = self._locks[_lock_name(person)]
        if lock.wait_ms:
            raise OperatorError("pin_now_wait", n=lock.wait_ms // 1000, tries=lock.tries)
        raise OperatorError(key, n=FREE_TRIES - lock.tries)

    def _forgive(self, person: str) -> None:
        tries = self._locks.pop(_lock_name(person), Lock()).tries
        self._locks[_HERE] = self._locks.get(_HERE, Lock()).without(tries)
        self._write()

    def _peppered(self, person: str, pin: str) -> str:
        told = f"{len(person)}:{person}:{pin}".encode()
        return hmac.new(self._pepper, told, hashlib.sha256).hexdigest()

    def _holds(self, known: str, secret: str) -> bool:
        try:
            return self._hasher.verify(known, secret)
        except (VerificationError, InvalidHashError):
            return False

    # ------------------------------------------------------------ the file

    def _read(self) -> None:
        if not self._file.exists():
            return
        try:
            if self._file.stat().st_size > _LARGEST:
                raise ValueError("too large")
            told: Any = json.loads(self._file.read_text("utf-8"))
            self._pins = {str(name): str(known) for name, known in told["pins"].items()}
            self._locks = {str(name): Lock(**lock) for name, lock in told["locks"].items()}
            self._used = [str(mark) for mark in told["used"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            aside = self._file.with_name(f"{self._file.name}.damaged")
            self._file.replace(aside)
            self._pins, self._locks, self._used = {}, {}, []
            _log.warning("the credentials could not be read (%s) and were set aside as %s", error, aside)

    def _write(self) -> None:
        content = {
            "pins": self._pins,
            "locks": {name: asdict(lock) for name, lock in self._locks.items() if lock.tries},
            "used": self._used,
        }
        try:
            _write(self._file, json.dumps(content, indent=1).encode("utf-8"))
        except OSError as error:
            _log.warning("the credentials cannot be kept: %s", error)
            raise OperatorError("store_cannot_save") from error


def _lock_name(person: str) -> str:
    return f"person {person}"


def _write(file: Path, content: bytes) -> None:
    """Replace a file as a whole, readable for its owner alone, on the disk before this returns."""
    fresh = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

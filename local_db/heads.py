"""Signed heads: where the chain had got to, and when, proven by the terminal's own key (Ed25519).

A chain alone proves that nothing before its end was changed; only a head that is kept elsewhere proves that
its end was not cut off.
"""

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hmi.errors import StoreError

_log = logging.getLogger(__name__)
HEADS_SUFFIX = ".heads"  # in place of the journal's own suffix
_DOMAIN = b"lineside-head-1\n"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The newest entry of a terminal's journal at a time; `key` is the public key (hex) that signed it."""

    terminal: str
    epoch: int
    seq: int
    hash: str
    signed_at: str
    key: str
    signature: str = ""

    def message(self) -> bytes:
        """The bytes that are signed: a domain tag, and RFC 8785 of everything but the signature."""
        told = asdict(self)
        del told["signature"]
        return _DOMAIN + rfc8785.dumps(told)

    def holds(self) -> bool:
        """Whether the signature is that of the key which it names."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), self.message())
        except (ValueError, InvalidSignature):
            return False
        return True


class TerminalKey:
    """The key that belongs to this terminal; it never leaves its file."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Sign with a private key."""
        self._private = private
        self.public = private.public_key().public_bytes_raw().hex()

    @classmethod
    def of(cls, file: Path) -> "TerminalKey":
        """Read the key of a file; at the first start it is made, readable for its owner alone."""
        try:
            if not file.exists():
                _write_new(file)
            private = load_pem_private_key(file.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise StoreError(
                f"the terminal's key {file} cannot be used: {error}. Put the file back from a copy; "
                "or move it away, and a new key is made: older heads are then proven by the old one"
            ) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise StoreError(f"{file} holds another kind of key than Ed25519")
        return cls(private)

    def seal(self, message: bytes) -> str:
        """The signature of a message, in lower-case hex."""
        return self._private.sign(message).hex()

    def sign(self, terminal: str, epoch: int, seq: int, link: str, signed_at: str) -> SignedHead:
        """A head with its signature."""
        head = SignedHead(terminal, epoch, seq, link, signed_at, self.public)
        signature = self.seal(head.message())
        return SignedHead(terminal, epoch, seq, link, signed_at, self.public, signature)


def _write_new(file: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = file.with_name(file.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)


class HeadFile:
    """Heads as lines of JSON in a file of their own, best on another disk than the journal."""

    def __init__(self, file: Path) -> None:
        """`file` is made with the first head."""
        self._file = file
        self._said = False

    def add(self, heads: Sequence[SignedHead]) -> None:
        """Write heads down; a place that takes none is said once in the log, the journal goes on."""
        lines = "".join(json.dumps(asdict(head)) + "\n" for head in heads)
        try:
            with self._file.open("a+b") as out:
                if out.tell() > 0:
                    out.seek(-1, os.SEEK_END)
                    if out.read(1) != b"\n":  # a power cut left this line short
                        out.write(b"\n")
                out.write(lines.encode("ascii"))
        except OSError as error:
            if not self._said:
                _log.warning("signed heads cannot be kept in %s: %s", self._file, error)
            self._said = True
        else:
            self._said = False


def read_heads(file: Path) -> list[SignedHead]:
    """The heads of a file, oldest first; a line that was cut off by a power cut is passed over."""
    heads: list[SignedHead] = []
    if not file.is_file():
        return heads
    for line in file.read_text("ascii", "replace").splitlines():
        try:
            heads.append(SignedHead(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return heads

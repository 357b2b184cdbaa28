"""Which authorities are trusted to issue certificates of machines, and which of these they took back."""

import ipaddress
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from devices.opcua.certificates import fingerprint, subject
from hmi.errors import NotAdmitted
from hmi.times import Clock

_log = logging.getLogger(__name__)
_FOLDER = "authorities"
_LONGEST = 4  # authorities between a machine and one that is trusted
_STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNDERSTOOD = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage, x509.SubjectAlternativeName)


@dataclass(frozen=True, slots=True)
class Authority:
    """A trusted authority; `listed_until` is when its list of revoked certificates wants a newer one."""

    name: str
    fingerprint: str
    not_after: datetime
    listed_until: datetime | None
    revoked: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """Which trusted authority stands for a certificate, and when it was taken back, None when it was not."""

    authority: str
    revoked_by: str = ""
    revoked_at: datetime | None = None


class Authorities:
    """Certificates and lists in a folder; read anew each time, since the command line writes there too."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """`folder` is that of the terminal's certificates; nothing need be in it."""
        self._folder = folder / _FOLDER
        self._clock = clock

    def known(self) -> list[Authority]:
        """All that are trusted, by name."""
        lists = self._lists()
        found: list[Authority] = []
        for each in self._certificates():
            newest = _newest(lists, each)
            until = newest.next_update_utc if newest is not None else None
            count = len(list(newest)) if newest is not None else 0
            found.append(Authority(subject(each), fingerprint(each), each.not_valid_after_utc, until, count))
        return sorted(found, key=lambda authority: (authority.name, authority.fingerprint))

    def trust(self, file: Path) -> Authority:
        """Trust the authority whose certificate is in a file; NotAdmitted when it is none, or has ended."""
        certificate = _certificate(file)
        if not _may_issue(certificate):
            raise NotAdmitted(
                f"{file} is no certificate of an authority, but that of one machine or program: "
                "take the authority's own, or accept the machine by its fingerprint"
            )
        if not _holds(certificate, self._clock.now()):
            raise NotAdmitted(
                f"the certificate in {file} has ended or has not begun: ask for the present one"
            )
        print_ = fingerprint(certificate)
        self._write(f"{print_[:32]}.der", certificate.public_bytes(Encoding.DER))
        return next(each for each in self.known() if each.fingerprint == print_)

    def revoke(self, file: Path) -> Authority:
        """Take in a list of revoked certificates; NotAdmitted when no trusted one signed it, or it is old."""
        made = _list(file)
        for each in self._certificates():
            if not _is_of(made, each):
                continue
            newest = _newest(self._lists(), each)
            if newest is not None and made.last_update_utc < newest.last_update_utc:
                raise NotAdmitted(
                    f"the list in {file} is of {made.last_update_utc:%Y-%m-%d}, and a newer one is here: "
                    "ask for the present one"
                )
            self._write(f"{fingerprint(each)[:32]}.crl", made.public_bytes(Encoding.DER))
            return next(known for known in self.known() if known.fingerprint == fingerprint(each))
        raise NotAdmitted(f"no trusted authority signed the list in {file}: trust its authority first")

    def forget(self, print_: str) -> None:
        """Trust an authority no more, from the next connection on; NotAdmitted when it is not known."""
        file = self._folder / f"{print_[:32]}.der"
        if not file.exists():
            raise NotAdmitted(
                f"no authority {print_} is trusted here: `lineside trust list` shows those that are"
            )
        file.unlink()
        file.with_suffix(".crl").unlink(missing_ok=True)

    def voucher(
        self, certificate: x509.Certificate, chain: Sequence[x509.Certificate] = ()
    ) -> Voucher | None:
        """Who stands for a server's certificate; None when no trusted authority does.

        `chain` is what the server shows beside it: authorities that stand between. Each step of the way is
        checked for its signature, its time and its right to issue (RFC 5280, 6.1, as far as plants use it).
        """
        trusted, lists = self._certificates(), self._lists()
        if not trusted or not _is_for_a_server(certificate):
            return None
        seen = [certificate]
        for _ in range(_LONGEST):
            at = seen[-1]
            issuer = next(
                (each for each in (*trusted, *chain) if self._issued(at, each, len(seen) - 1)), None
            )
            if issuer is None or issuer in seen:
                return None
            seen.append(issuer)
            if issuer in trusted:
                return self._judged(seen, lists)
        return None

    def _judged(
        self, way: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList]
    ) -> Voucher:
        """A certificate that was taken back anywhere on the way ends it; a list that is old still counts."""
        name = subject(way[-1])
        for each, issuer in pairwise(way):
            newest = _newest(lists, issuer)
            if newest is None:
                continue
            if newest.next_update_utc is not None and newest.next_update_utc < self._clock.now():
                _log.info("the list of revoked certificates of %s wants a newer one", subject(issuer))
            taken_back = newest.get_revoked_certificate_by_serial_number(each.serial_number)
            if taken_back is not None:
                return Voucher(name, subject(issuer), taken_back.revocation_date_utc)
        return Voucher(name)

    def _issued(self, certificate: x509.Certificate, issuer: x509.Certificate, below: int) -> bool:
        """Whether one issued the other; `below` is how many authorities stand between it and the machine."""
        if not isinstance(certificate.signature_hash_algorithm, _STRONG):
            return False
        if not _may_issue(issuer, below) or not _holds(issuer, self._clock.now()):
            return False
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def _certificates(self) -> list[x509.Certificate]:
        return [_certificate(file) for file in sorted(self._folder.glob("*.der"))]

    def _lists(self) -> list[x509.CertificateRevocationList]:
        return [_list(file) for file in sorted(self._folder.glob("*.crl"))]

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self._folder / f"{name}.new"
        with beside.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self._folder / name)


def made_for(certificate: x509.Certificate, endpoint: str) -> bool:
    """Whether a certificate names the host of an endpoint, by name or address."""
    host = (urlsplit(endpoint).hostname or "").lower()
    names = _names(certificate)
    if names is None:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return host in {name.lower() for name in names.get_values_for_type(x509.DNSName)}


def hosts(certificate: x509.Certificate) -> str:
    """The hosts that a certificate was made for, as words."""
    names = _names(certificate)
    if names is None:
        return "no host"
    told = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return ", ".join(told) or "no host"


def _names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _holds(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _may_issue(certificate: x509.Certificate, below: int = 0) -> bool:
    """An authority (RFC 5280, 4.2.1.9 and 4.2.1.3), with nothing critical in it that is not understood."""
    try:
        extensions = certificate.extensions
    except ValueError:
        return False
    if any(each.critical and not isinstance(each.value, _UNDERSTOOD) for each in extensions):
        return False
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        signs = extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        signs = True
    length = constraints.path_length
    return constraints.ca and signs and (length is None or below <= length)


def _is_for_a_server(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return ExtendedKeyUsageOID.SERVER_AUTH in usage or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usage


def _is_of(made: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    key = authority.public_key()
    if made.issuer != authority.subject or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return False
    return made.is_signature_valid(key)


def _newest(
    lists: Sequence[x509.CertificateRevocationList], authority: x509.Certificate
) -> x509.CertificateRevocationList | None:
    own = [each for each in lists if _is_of(each, authority)]
    return max(own, key=lambda each: each.last_update_utc, default=None)


def _certificate(file: Path) -> x509.Certificate:
    try:
        raw = file.read_bytes()
        pem = raw.lstrip().startswith(b"-----")
        return x509.load_pem_x509_certificate(raw) if pem else x509.load_der_x509_certificate(raw)
    except (OSError, ValueError) as error:
        raise NotAdmitted(
            f"{file} cannot be read as a certificate ({error}): take a DER or PEM file"
        ) from error


def _list(file: Path) -> x509.CertificateRevocationList:
    try:
        raw = file.read_bytes()
        return (
            x509.load_pem_x509_crl(raw) if raw.lstrip().startswith(b"-----") else x509.load_der_x509_crl(raw)
        )
    except (OSError, ValueError) as error:
        raise NotAdmitted(
            f"{file} cannot be read as a list of revoked certificates ({error}): take a DER or PEM file"
        ) from error

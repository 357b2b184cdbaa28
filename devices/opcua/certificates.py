"""The terminal's own certificate: made at the first start, known to servers by its print."""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hmi.domain.trust import OwnCertificate
from hmi.errors import NotAdmitted

WARN_DAYS = 60
_KEY_BITS = 2048
_YEARS = 5
_CERTIFICATE, _KEY = "own.der", "own-key.pem"


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def application_uri(self) -> str:
        """The URI in the certificate, which a client has to name as its own."""
        return application_uri(self.certificate)


def own_identity(folder: Path, now: datetime) -> Identity:
    """The identity of this terminal; made where the folder has none. NotAdmitted says what is broken."""
    try:
        if not (folder / _CERTIFICATE).exists():
            make_identity(folder, now)
        return read_identity(folder / _CERTIFICATE, folder / _KEY)
    except OSError as error:
        raise NotAdmitted(
            f"the terminal's own certificate cannot be kept in {folder} ({error}): "
            "let this program write there, or name another folder as pki"
        ) from error


def read_identity(certificate_file: Path, key_file: Path) -> Identity:
    """Read a certificate (DER or PEM) and its RSA key (PEM or DER); NotAdmitted when they do not fit."""
    try:
        raw, raw_key = certificate_file.read_bytes(), key_file.read_bytes()
        pem = raw.lstrip().startswith(b"-----")
        certificate = x509.load_pem_x509_certificate(raw) if pem else x509.load_der_x509_certificate(raw)
        pem_key = raw_key.lstrip().startswith(b"-----")
        key = (
            serialization.load_pem_private_key(raw_key, None)
            if pem_key
            else serialization.load_der_private_key(raw_key, None)
        )
    except (OSError, ValueError, TypeError) as error:
        raise NotAdmitted(
            f"the certificate {certificate_file} with its key {key_file} cannot be read ({error}): "
            "put a certificate and an RSA key without a password there"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey) or certificate.public_key() != key.public_key():
        raise NotAdmitted(
            f"the key {key_file} does not belong to the certificate {certificate_file}: "
            "put the two that were made together there, or take both away to have new ones made"
        )
    return Identity(certificate, key)


def make_identity(folder: Path, now: datetime) -> Identity:
    """Make a new key and certificate, valid for five years; what was there before is overwritten.

    Form after OPC UA part 6, 6.2.2: the application URI and the host name as alternative names, all four key
    usages, and the certificate signs itself.
    """
    host = socket.gethostname()
    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"Lineside {host}"[:64]),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lineside"),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(f"urn:{host}:lineside"), x509.DNSName(host)]
            ),
            critical=False,
        )
        .add_extension(_usage(), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]),
            critical=False,
        )
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / _KEY, secret, 0o600)
    _write(folder / _CERTIFICATE, certificate.public_bytes(serialization.Encoding.DER), 0o644)
    return Identity(certificate, key)


def described(certificate: x509.Certificate) -> OwnCertificate:
    """What a person has to know of the terminal's own certificate."""
    return OwnCertificate(
        fingerprint=fingerprint(certificate),
        subject=subject(certificate),
        application_uri=application_uri(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def known_own(folder: Path) -> OwnCertificate | None:
    """The terminal's own certificate as it is kept, None while there is none."""
    if not (folder / _CERTIFICATE).exists():
        return None
    return described(read_identity(folder / _CERTIFICATE, folder / _KEY).certificate)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate, 64 hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def subject(certificate: x509.Certificate) -> str:
    """The common name, or the whole subject where there is none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def application_uri(certificate: x509.Certificate) -> str:
    """The first URI among the alternative names, empty where there is none."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    return next(iter(names.get_values_for_type(x509.UniformResourceIdentifier)), "")


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write beside and put in place, so that a half-written key is never read."""
    beside = file.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)

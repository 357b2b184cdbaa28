"""A plant's certificate authority for tests: it issues certificates of servers and takes them back."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)
_USAGE = {
    "content_commitment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "encipher_only": False,
    "decipher_only": False,
}


@dataclass
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as servers show it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def files(self, folder: Path, name: str) -> tuple[Path, Path]:
        """The certificate and its key as DER files."""
        certificate, key = folder / f"{name}.der", folder / f"{name}-key.der"
        certificate.write_bytes(self.der)
        key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        return certificate, key


class Authority:
    """Signs itself, or is signed by another one."""

    def __init__(
        self,
        name: str,
        by: Authority | None = None,
        *,
        is_authority: bool = True,
        begins: datetime | None = None,
    ) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = new_key()
        self._revoked: list[x509.Certificate] = []
        begins = begins or datetime.now(UTC) - DAY
        self.certificate = (
            self._builder(
                self.name, by.name if by is not None else self.name, self.key, begins, begins + 3650 * DAY
            )
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=False,
                    key_encipherment=False,
                    key_cert_sign=is_authority,
                    crl_sign=is_authority,
                    **_USAGE,
                ),
                critical=True,
            )
            .sign((by or self).key, hashes.SHA256())
        )

    def issue(
        self,
        uri: str,
        *,
        host: str = "127.0.0.1",
        begins: datetime | None = None,
        days: int = 365,
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
        key: rsa.RSAPrivateKey | None = None,
        name: x509.Name | None = None,
    ) -> Issued:
        """A server's certificate for an application URI at a host."""
        key = key or new_key()
        begins = begins or datetime.now(UTC) - DAY
        subject = name or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PLC of a press")])
        try:
            place: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            place = x509.DNSName(host)
        certificate = (
            self._builder(subject, self.name, key, begins, begins + days * DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri), place]), critical=False
            )
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_encipherment=True,
                    key_cert_sign=False,
                    crl_sign=False,
                    **(_USAGE | {"data_encipherment": True, "content_commitment": True}),
                ),
                critical=True,
            )
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return Issued(certificate, key)

    def revoke(self, issued: Issued | Authority) -> None:
        """Take a certificate back; the next list names it."""
        self._revoked.append(issued.certificate)

    def revocations(self, *, days: int = 30, at: datetime | None = None) -> bytes:
        """The list of what was taken back, as DER."""
        now = at or datetime.now(UTC)
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(now - timedelta(hours=1))
            .next_update(now + days * DAY)
        )
        for certificate in self._revoked:
            made = made.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(now - timedelta(hours=1))
                .build()
            )
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    @property
    def der(self) -> bytes:
        """Its own certificate."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """Its own certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @staticmethod
    def _builder(
        subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, begins: datetime, ends: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )


def new_key() -> rsa.RSAPrivateKey:
    """A key as servers have."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)

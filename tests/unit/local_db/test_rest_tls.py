"""The road to the MES under TLS: the plant's CA, a certificate of the terminal, and no secret in any word."""

from __future__ import annotations

import asyncio
import http.server
import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from hmi.errors import LinkError, NotAdmitted
from local_db.mes.rest import RestConnector
from local_db.mes.rest_settings import RestSettings

pytestmark = pytest.mark.wire
HEALTH = b'{"server_time": "2026-11-21T10:00:00.000Z", "mes_epoch": "1"}'


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """The CA of a plant: makes certificates into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(name, self.key, ca=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def issue(self, name: str, lock: KeySerializationEncryption | None = None) -> tuple[Path, Path]:
        """Certificate and key of somebody at 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, file = self._sign(name, key, ca=False), self.folder / f"{self.name}-{name}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_file = file.with_suffix(".key")
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption()))
        return file, key_file

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(self.name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=ca,
                    crl_sign=ca,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )
        if not ca:
            there = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
            made = made.add_extension(there, critical=False)
        return made.sign(self.key, hashes.SHA256())


class _Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(HEALTH)))
        self.end_headers()
        self.wfile.write(HEALTH)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the server's word
        """Say nothing."""


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A refused handshake is what is tried here."""


@dataclass
class Plant:
    """An MES behind TLS, and who signs for whom."""

    ca: Authority
    stranger: Authority
    url: str

    def settings(self, **other: object) -> RestSettings:
        """Settings of a terminal with the right CA and its certificate."""
        cert, key = self.ca.issue("terminal")
        given: dict[str, object] = {
            "url": self.url,
            "ca_file": self.ca.file,
            "client_cert_file": cert,
            "client_key_file": key,
        }
        return RestSettings.model_validate(given | other)


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    ca, stranger = Authority(tmp_path, "plant-ca"), Authority(tmp_path, "other-ca")
    cert, key = ca.issue("mes")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(ca.file)
    context.verify_mode = ssl.CERT_REQUIRED
    server = _Server(("127.0.0.1", 0), _Health)
    server.daemon_threads = False
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield Plant(ca, stranger, f"https://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def health(settings: RestSettings) -> datetime:
    """Ask once."""

    async def ask() -> datetime:
        connector = RestConnector(settings, "T-1")
        try:
            return await connector.health()
        finally:
            await connector.close()

    return asyncio.run(asyncio.wait_for(ask(), 20))


def test_both_sides_know_each_other_by_the_plant_s_ca(plant: Plant) -> None:
    assert health(plant.settings()) == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_a_server_of_another_ca_is_not_spoken_to(plant: Plant) -> None:
    with pytest.raises(LinkError, match=r"(?i)certificate"):
        health(plant.settings(ca_file=plant.stranger.file))


def test_without_the_plant_s_ca_its_server_is_a_stranger(plant: Plant) -> None:
    with pytest.raises(LinkError, match=r"(?i)certificate"):
        health(plant.settings(ca_file=None))


def test_a_terminal_without_or_with_a_strange_certificate_is_not_let_in(plant: Plant) -> None:
    cert, key = plant.stranger.issue("terminal")
    # the refusal comes as an alert or as a broken connection, whichever is read first
    with pytest.raises(LinkError):
        health(plant.settings(client_cert_file=cert, client_key_file=key))
    with pytest.raises(LinkError):
        health(plant.settings(client_cert_file=None, client_key_file=None, token_env="X"))


def test_a_certificate_that_cannot_be_used_is_named_and_its_key_is_not_asked_for(
    plant: Plant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, other_key = plant.ca.issue("other")
    locked, locked_key = plant.ca.issue("locked", BestAvailableEncryption(b"s3cret-word"))
    for wrong in (
        {"client_cert_file": tmp_path / "none.pem"},
        {"client_key_file": other_key},
        {"client_cert_file": locked, "client_key_file": locked_key},
    ):
        with caplog.at_level(logging.DEBUG), pytest.raises(NotAdmitted, match="certificate") as caught:
            health(plant.settings(**wrong))
        assert "PRIVATE KEY" not in str(caught.value) + caplog.text


class TestToken:
    def test_it_may_come_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = RestSettings(url="http://127.0.0.1:9", token_env="LINESIDE_TEST_TOKEN")
        connector = RestConnector(settings, "T-1")
        with pytest.raises(NotAdmitted, match="LINESIDE_TEST_TOKEN holds no token"):
            asyncio.run(connector.pull(None, None))
        monkeypatch.setenv("LINESIDE_TEST_TOKEN", "t0p-s3cret")
        with pytest.raises(LinkError, match="not reached") as caught:
            asyncio.run(connector.pull(None, None))
        assert "t0p-s3cret" not in str(caught.value) + repr(connector) + repr(settings)

    def test_it_is_never_logged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("LINESIDE_TEST_TOKEN", "t0p-s3cret")
        settings = RestSettings(url="http://127.0.0.1:9", token_env="LINESIDE_TEST_TOKEN")
        with caplog.at_level(logging.DEBUG), pytest.raises(LinkError):
            asyncio.run(RestConnector(settings, "T-1").pull(None, None))
        assert "t0p-s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "https://mes"}, "has to know us"),
        ({"url": "http://mes", "client_cert_file": "t.pem"}, "needs an https"),
        ({"url": "https://mes", "token_file": "t", "client_key_file": "k"}, "without client_cert_file"),
        ({"url": "https://mes", "token_env": "A B"}, "pattern"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        RestSettings.model_validate(given)

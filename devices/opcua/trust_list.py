"""Which servers' certificates people accepted or refused: one file for each that was ever shown."""

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from devices.opcua import certificates
from devices.opcua.authorities import Authorities, Voucher, hosts, made_for
from hmi.domain.trust import OwnCertificate, ServerCertificate, TrustState, UntrustedServer, grouped
from hmi.errors import NotAdmitted
from hmi.times import Clock, from_text, to_text

_SHOWN = "servers"


@dataclass(frozen=True, slots=True)
class _Record:
    """What one file says: the certificate itself, and what was decided."""

    shown: ServerCertificate
    der: bytes
    chain: tuple[bytes, ...] = ()


class TrustList:
    """See ServerTrust; reads its folder anew each time, since the command line writes there too."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """`folder` also holds the terminal's own certificate; it need not exist yet."""
        self._folder = folder
        self._clock = clock
        self._authorities = Authorities(folder, clock)

    def servers(self) -> Sequence[ServerCertificate]:
        """See ServerTrust."""
        records = sorted(self._records(), key=lambda each: each.shown.seen_at, reverse=True)
        return [self._with_voucher(each) for each in records]

    def accept(self, certificate: ServerCertificate, by: str) -> None:
        """See ServerTrust."""
        self._decide(self._record(certificate), TrustState.TRUSTED, by)
        for record in self._records():
            here = record.shown.endpoint == certificate.endpoint
            if here and record.shown.state is TrustState.TRUSTED and not _same(record.shown, certificate):
                self._decide(record, TrustState.REFUSED, by)

    def refuse(self, certificate: ServerCertificate, by: str) -> None:
        """See ServerTrust."""
        self._decide(self._record(certificate), TrustState.REFUSED, by)

    def own(self) -> OwnCertificate | None:
        """See ServerTrust."""
        return certificates.known_own(self._folder)

    def judge(
        self,
        endpoint: str,
        certificate: x509.Certificate,
        application_uri: str,
        chain: Sequence[x509.Certificate] = (),
    ) -> None:
        """Note what a server shows; UntrustedServer unless somebody accepted just this or a trusted authority
        issued it for this host, nobody took it back, and it is valid.

        `application_uri` is what the server calls itself: it has to stand in its certificate. `chain` are the
        authorities that it shows beside its own certificate.
        """
        shown = self._note(endpoint, certificate, chain)
        voucher = self._authorities.voucher(certificate, chain)
        if voucher is not None and voucher.revoked_at is not None:
            raise UntrustedServer(
                f"{endpoint} shows a certificate that {voucher.revoked_by} took back on "
                f"{voucher.revoked_at:%Y-%m-%d}; nothing was sent to it: "
                "ask who runs the authority, and have a new one made for the machine",
                replace(shown, state=TrustState.REFUSED, decided_by=voucher.revoked_by),
            )
        if voucher is None or shown.state in (TrustState.TRUSTED, TrustState.REFUSED):
            self._by_people(endpoint, shown)
        elif not made_for(certificate, endpoint):
            raise UntrustedServer(
                f"{endpoint} shows a certificate that {voucher.authority} made for {hosts(certificate)}, "
                "not for this address; nothing was sent to it: have the right one put into the machine, "
                "or accept it on the Devices screen",
                shown,
            )
        self._check(shown, certificate, application_uri)

    def _by_people(self, endpoint: str, shown: ServerCertificate) -> None:
        """UntrustedServer unless somebody accepted it."""
        print_ = grouped(shown.fingerprint)
        if shown.state is TrustState.REFUSED:
            raise UntrustedServer(
                f"{endpoint} shows the certificate {print_}, which was refused here "
                f"({shown.decided_by}): if that is no longer right, accept it on the Devices screen",
                shown,
            )
        if shown.state is TrustState.CHANGED:
            raise UntrustedServer(
                f"{endpoint} shows another certificate than the one that was accepted; "
                f"new: {print_}; before: {grouped(shown.before)}; nothing was sent to it: "
                "ask who changed it, compare it with the one at the machine, accept it on the Devices screen",
                shown,
            )
        if shown.state is TrustState.UNKNOWN:
            raise UntrustedServer(
                f"{endpoint} shows a certificate that nobody accepted yet: {print_}; nothing was sent to it: "
                "compare it with the one at the machine, and accept it on the Devices screen",
                shown,
            )

    def _check(self, shown: ServerCertificate, certificate: x509.Certificate, application_uri: str) -> None:
        now = self._clock.now()
        if now > shown.not_after:
            raise UntrustedServer(
                f"the certificate of {shown.endpoint} ended on {shown.not_after:%Y-%m-%d}: "
                "have a new one made at the machine, and look whether this terminal's clock is right",
                shown,
            )
        if now < shown.not_before:
            raise UntrustedServer(
                f"the certificate of {shown.endpoint} begins only on {shown.not_before:%Y-%m-%d}: "
                "look whether the clocks of the machine and of this terminal are right",
                shown,
            )
        if application_uri and shown.application_uri != application_uri:
            raise UntrustedServer(
                f"{shown.endpoint} calls itself {application_uri}, but its certificate was made for "
                f"{shown.application_uri or 'nobody'}: have the right one put into the machine",
                shown,
            )

    def _with_voucher(self, record: _Record) -> ServerCertificate:
        """As people see it: what nobody decided, a trusted authority may stand for. That is never kept."""
        shown = record.shown
        certificate = x509.load_der_x509_certificate(record.der)
        chain = [x509.load_der_x509_certificate(der) for der in record.chain]
        voucher: Voucher | None = self._authorities.voucher(certificate, chain)
        if voucher is None or shown.state is TrustState.REFUSED:
            return shown
        if voucher.revoked_at is not None:
            return replace(
                shown,
                state=TrustState.REFUSED,
                decided_by=voucher.revoked_by,
                decided_at=voucher.revoked_at,
            )
        if shown.state is TrustState.TRUSTED or not made_for(certificate, shown.endpoint):
            return shown
        return replace(shown, state=TrustState.TRUSTED, decided_by=voucher.authority)

    def _note(
        self, endpoint: str, certificate: x509.Certificate, chain: Sequence[x509.Certificate]
    ) -> ServerCertificate:
        """Keep a certificate that is shown for the first time; the state is what is decided about it."""
        print_ = certificates.fingerprint(certificate)
        records = [each for each in self._records() if each.shown.endpoint == endpoint]
        trusted = next((each for each in records if each.shown.state is TrustState.TRUSTED), None)
        before = trusted.shown.fingerprint if trusted is not None else ""
        known = next((each for each in records if each.shown.fingerprint == print_), None)
        if known is not None and known.shown.state in (TrustState.TRUSTED, TrustState.REFUSED):
            return known.shown
        shown = ServerCertificate(
            endpoint=endpoint,
            fingerprint=print_,
            subject=certificates.subject(certificate),
            application_uri=certificates.application_uri(certificate),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            state=TrustState.CHANGED if before else TrustState.UNKNOWN,
            seen_at=known.shown.seen_at if known is not None else self._clock.now(),
            before=before,
        )
        if known is None or known.shown != shown:
            between = tuple(each.public_bytes(Encoding.DER) for each in chain)
            self._write(_Record(shown, certificate.public_bytes(Encoding.DER), between))
        return shown

    def _record(self, shown: ServerCertificate) -> _Record:
        for record in self._records():
            if _same(record.shown, shown):
                return record
        raise NotAdmitted(
            f"the certificate {shown.grouped} of {shown.endpoint} is not noted here: "
            "let the terminal try the server again"
        )

    def _decide(self, record: _Record, state: TrustState, by: str) -> None:
        shown = replace(record.shown, state=state, decided_by=by, decided_at=self._clock.now())
        self._write(_Record(shown, record.der, record.chain))

    def _records(self) -> list[_Record]:
        folder = self._folder / _SHOWN
        return [_read(file) for file in sorted(folder.glob("*.json"))] if folder.is_dir() else []

    def _write(self, record: _Record) -> None:
        shown = record.shown
        folder = self._folder / _SHOWN
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = hashlib.sha256(shown.endpoint.encode()).hexdigest()[:12]
        file = folder / f"{shown.fingerprint[:32]}-{where}.json"
        beside = file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as out:
            json.dump(_wire(record), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)


def _same(one: ServerCertificate, other: ServerCertificate) -> bool:
    return (one.endpoint, one.fingerprint) == (other.endpoint, other.fingerprint)


def _wire(record: _Record) -> dict[str, str]:
    shown = record.shown
    return {
        "endpoint": shown.endpoint,
        "state": shown.state.value,
        "seen_at": to_text(shown.seen_at),
        "decided_by": shown.decided_by,
        "decided_at": to_text(shown.decided_at) if shown.decided_at is not None else "",
        "before": shown.before,
        "certificate": base64.b64encode(record.der).decode(),
        "chain": " ".join(base64.b64encode(der).decode() for der in record.chain),
    }


def _read(file: Path) -> _Record:
    """Only the decision is read from the file; what the certificate says is read from itself."""
    try:
        wire: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        der = base64.b64decode(wire["certificate"], validate=True)
        certificate = x509.load_der_x509_certificate(der)
        chain = tuple(base64.b64decode(each, validate=True) for each in wire.get("chain", "").split())
        for each in chain:
            x509.load_der_x509_certificate(each)
        decided_at = wire["decided_at"]
        shown = ServerCertificate(
            endpoint=wire["endpoint"],
            fingerprint=certificates.fingerprint(certificate),
            subject=certificates.subject(certificate),
            application_uri=certificates.application_uri(certificate),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            state=TrustState(wire["state"]),
            seen_at=from_text(wire["seen_at"]).astimezone(UTC),
            decided_by=wire["decided_by"],
            decided_at=from_text(decided_at).astimezone(UTC) if decided_at else None,
            before=wire["before"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotAdmitted(
            f"{file} is no certificate that was noted here ({error}): take this file away"
        ) from error
    return _Record(shown, der, chain)


def own_warning(own: OwnCertificate | None, now: datetime) -> str:
    """Words when the terminal's own certificate has ended or ends within 60 days; else empty."""
    if own is None or (left := own.days_left(now)) > certificates.WARN_DAYS:
        return ""
    if left < 0:
        return f"the terminal's own certificate ended on {own.not_after:%Y-%m-%d}"
    return f"the terminal's own certificate ends in {left} days, on {own.not_after:%Y-%m-%d}"

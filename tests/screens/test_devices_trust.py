"""The certificate of a machine on the Devices screen: seen by all, decided by who looks after machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from hmi.domain.machine_payloads import TrustDecided
from hmi.domain.signals import LinkState, LinkStatus
from hmi.domain.trust import OwnCertificate, ServerCertificate, TrustState
from hmi.errors import NotAdmitted
from hmi.operations.personnel import SignOut, sign_out
from screens.devices import DevicesScreen
from screens.shell.registry_types import ScreenSpec
from tests.screens.stand import Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
SCREENS = [ScreenSpec("devices", "link", DevicesScreen)]


class Kept:
    """A trust list that keeps what was decided."""

    def __init__(self) -> None:
        self.decided: list[tuple[str, str, str]] = []
        self.mine: OwnCertificate | None = None

        self.trouble: Exception | None = None

    def servers(self) -> Sequence[ServerCertificate]:
        return []

    def accept(self, certificate: ServerCertificate, by: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.decided.append(("accept", certificate.fingerprint, by))

    def refuse(self, certificate: ServerCertificate, by: str) -> None:
        self.decided.append(("refuse", certificate.fingerprint, by))

    def own(self) -> OwnCertificate | None:
        return self.mine


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS, (1280, 1600))
    yield made
    made.close()


def show(stand: Stand, state: TrustState, fingerprint: str = "ab12" * 16, before: str = "") -> Kept:
    """The PLC shows a certificate."""
    kept, now = Kept(), stand.clock.now()
    stand.terminal.trust = kept
    shown = ServerCertificate(
        endpoint="opc.tcp://192.168.10.12:4840",
        fingerprint=fingerprint,
        subject="Press 12",
        application_uri="urn:press:12",
        not_before=now,
        not_after=now + timedelta(days=365),
        state=state,
        seen_at=now,
        before=before,
    )
    stand.hub.post(
        LinkStatus(
            "plc", "opcua", shown.endpoint, LinkState.NOT_ADMITTED, now, None, "not accepted", now,
            certificate=shown,
        )
    )  # fmt: skip
    stand.settle()
    return kept


def test_everybody_sees_the_fingerprint_and_who_may_decide(stand: Stand) -> None:
    show(stand, TrustState.UNKNOWN)
    assert stand.text("devices.trust.plc.print").startswith("AB12 AB12")
    assert "urn:press:12" in stand.text("devices.trust.plc.about")
    assert "technician or engineer" in stand.text("devices.trust.plc.who")
    assert not stand.sees("devices.trust.plc.accept")
    assert "before a person has accepted" in stand.text("devices.link.plc.advice")


def test_a_technician_accepts_with_two_touches(stand: Stand) -> None:
    kept = show(stand, TrustState.CHANGED, before="cd34" * 16)
    stand.sign_in("B-7300")
    stand.go(1)
    assert "CD34 CD34" in stand.text("devices.trust.plc.before")
    stand.touch("devices.trust.plc.accept")
    assert kept.decided == []
    stand.touch("devices.trust.plc.back")
    stand.touch("devices.trust.plc.accept")
    stand.touch("devices.trust.plc.sure")
    assert [(what, print_) for what, print_, _ in kept.decided] == [("accept", "ab12" * 16)]
    assert kept.decided[0][2] == "A. Novak"
    (entry,) = stand.journal("terminal.trust_decided")
    assert entry.person is not None
    assert entry.person.name == "A. Novak"
    assert entry.payload == TrustDecided(
        endpoint="opc.tcp://192.168.10.12:4840",
        fingerprint="ab12" * 16,
        certificate="Press 12",
        decision="accepted",
        before="cd34" * 16,
    )
    assert stand.text("devices.trust.plc.title").startswith("Decided.")


def test_a_refused_certificate_can_only_be_accepted(stand: Stand) -> None:
    show(stand, TrustState.REFUSED)
    stand.sign_in("B-7300")
    stand.go(1)
    assert stand.sees("devices.trust.plc.accept")
    assert not stand.sees("devices.trust.plc.refuse")


def test_refusing_takes_one_touch(stand: Stand) -> None:
    kept = show(stand, TrustState.UNKNOWN)
    stand.sign_in("B-7300")
    stand.go(1)
    stand.touch("devices.trust.plc.refuse")
    assert [what for what, _, _ in kept.decided] == ["refuse"]
    assert [entry.payload.to_wire()["decision"] for entry in stand.journal("terminal.trust_decided")] == [
        "refused"
    ]


@pytest.mark.parametrize(
    "trouble", [OSError(30, "Read-only file system"), NotAdmitted("the certificate is not noted here")]
)
def test_a_decision_that_the_trust_list_cannot_keep_is_said_and_can_be_taken_again(
    stand: Stand, trouble: Exception
) -> None:
    kept = show(stand, TrustState.UNKNOWN)
    kept.trouble = trouble
    stand.sign_in("B-7300")
    stand.go(1)
    stand.touch("devices.trust.plc.accept")
    stand.touch("devices.trust.plc.sure")
    stand.go(5)
    assert stand.text("devices.trust.plc.title").startswith("Not in force: ")
    assert str(trouble) in stand.text("devices.trust.plc.title")
    kept.trouble = None
    stand.touch("devices.trust.plc.accept")
    stand.touch("devices.trust.plc.sure")
    assert [what for what, _, _ in kept.decided] == ["accept"]
    assert stand.text("devices.trust.plc.title").startswith("Decided.")


def test_a_decision_that_cannot_be_kept_does_not_hold(stand: Stand) -> None:
    kept = show(stand, TrustState.UNKNOWN)
    stand.sign_in("B-7300")
    stand.go(1)
    stand.ledger.do(sign_out, SignOut("touch")).result(10)  # the page has not heard of it yet
    stand.touch("devices.trust.plc.refuse")
    assert kept.decided == []
    assert stand.text("devices.trust.plc.title").startswith("Nobody is signed in")
    stand.sign_in("B-7300")
    stand.go(1)
    stand.touch("devices.trust.plc.refuse")
    assert [what for what, _, _ in kept.decided] == ["refuse"]
    assert len(stand.journal("terminal.trust_decided")) == 1


def test_a_clock_that_is_off_is_shown(stand: Stand) -> None:
    now = stand.clock.now()
    for offset_ms, words in ((7_200_000, "2 h"), (-90_000, "behind")):
        stand.hub.post(
            LinkStatus("plc", "opcua", "opc.tcp://x", LinkState.UP, now, 0, clock_offset_ms=offset_ms)
        )
        stand.settle()
        assert words in stand.text("devices.link.plc.clock")
    stand.hub.post(LinkStatus("plc", "opcua", "opc.tcp://x", LinkState.UP, now, 0, clock_offset_ms=300))
    stand.settle()
    assert not stand.sees("devices.link.plc.clock")


def test_the_end_of_the_own_certificate_is_shown_ahead(stand: Stand) -> None:
    kept, now = Kept(), stand.clock.now()
    stand.terminal.trust = kept
    for days, words in ((61, ""), (59, "ends on"), (-1, "ended on")):
        kept.mine = OwnCertificate("ab", "Lineside", "urn:x", now, now + timedelta(days=days))
        stand.window.screens["devices"].refresh()
        stand.settle()
        assert stand.sees("devices.terminal.certificate") is bool(words)
        assert words in (stand.text("devices.terminal.certificate") if words else "")

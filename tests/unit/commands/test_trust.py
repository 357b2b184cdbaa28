"""The command line of the trust list."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from devices.opcua.certificates import make_identity, own_identity, read_identity
from devices.opcua.trust_list import TrustList, own_warning
from hmi.domain.entries import Entry
from hmi.domain.machine_payloads import TrustDecided
from hmi.domain.trust import TrustState, UntrustedServer
from hmi.errors import NotAdmitted
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger
from local_db.read_only import records_of
from screens.app import main
from tests.fakes.clock import SteppedClock

ENDPOINT = "opc.tcp://press:4840"
CONFIG = """
[terminal]
id = "T1"
station = "a/b/c/d"
equipment = "P1"
data_dir = "data"
[links.plc]
driver = "opcua"
endpoint = "opc.tcp://press:4840"
[mes]
connector = "rest"
"""


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def certificate(folder: Path, clock: SteppedClock) -> x509.Certificate:
    """What a server might show."""
    return make_identity(folder, clock.now()).certificate


def show(trust: TrustList, shown: x509.Certificate, endpoint: str = ENDPOINT) -> UntrustedServer:
    """Let a server show its certificate while nobody has accepted it."""
    with pytest.raises(UntrustedServer) as told:
        trust.judge(endpoint, shown, "")
    return told.value


def test_list_accept_refuse(tmp_path: Path, clock: SteppedClock, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(CONFIG, encoding="utf-8")
    trust = TrustList(tmp_path / "data" / "opcua", clock)
    shown = certificate(tmp_path / "plc", clock)
    told = show(trust, shown).certificate
    assert main(["trust", "list", "--config", str(file)]) == 0
    assert f"unknown   {told.grouped}" in capsys.readouterr().out
    assert main(["trust", "accept", told.fingerprint[:12], "--config", str(file)]) == 0
    trust.judge(ENDPOINT, shown, "")
    assert main(["trust", "refuse", told.grouped, "--config", str(file)]) == 0
    assert "refused: " in capsys.readouterr().out
    assert show(trust, shown).certificate.state is TrustState.REFUSED


@pytest.mark.parametrize("what", ["1234", "ffffffffff"])
def test_what_names_no_certificate_is_told(tmp_path: Path, clock: SteppedClock, what: str) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(CONFIG, encoding="utf-8")
    show(TrustList(tmp_path / "data" / "opcua", clock), certificate(tmp_path / "plc", clock))
    assert main(["trust", "accept", what, "--config", str(file)]) == 2
    assert not [one for one in _decided(tmp_path) if isinstance(one.payload, TrustDecided)]


def _decided(folder: Path) -> list[Entry]:
    with records_of(folder / "data" / "journal.db", SystemClock()) as records:
        return [row.entry for row in records.journal.newest(10)]


def test_the_journal_keeps_which_account_decided_and_a_running_terminal_is_told_of(
    tmp_path: Path, clock: SteppedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "terminal.toml"
    file.write_text(CONFIG, encoding="utf-8")
    trust = TrustList(tmp_path / "data" / "opcua", clock)
    told = show(trust, certificate(tmp_path / "plc", clock)).certificate
    words = ["trust", "accept", told.fingerprint, "--config", str(file)]
    ledger = SqliteLedger(
        tmp_path / "data" / "journal.db", terminal="T1", equipment="P1", clock=SystemClock(),
        on_changes=lambda changes: None,
    )  # fmt: skip
    ledger.start()
    assert main(words) == 2
    assert "under Devices there" in capsys.readouterr().err
    assert trust.servers()[0].state is TrustState.UNKNOWN
    ledger.stop()
    assert main(words) == 0
    (entry,) = _decided(tmp_path)
    assert isinstance(entry.payload, TrustDecided)
    assert (entry.payload.decision, entry.payload.fingerprint) == ("accepted", told.fingerprint)
    assert entry.person is not None
    assert entry.person.how == "account"
    assert entry.person.name.endswith("at the command line")


def test_accepting_at_one_endpoint_says_nothing_of_another(tmp_path: Path, clock: SteppedClock) -> None:
    trust = TrustList(tmp_path, clock)
    shown = certificate(tmp_path / "plc", clock)
    trust.accept(show(trust, shown).certificate, "A. Nowak")
    assert show(trust, shown, "opc.tcp://other:4840").certificate.state is TrustState.UNKNOWN


def test_a_certificate_of_somebody_else_is_refused(tmp_path: Path, clock: SteppedClock) -> None:
    trust = TrustList(tmp_path, clock)
    shown = certificate(tmp_path / "plc", clock)
    trust.accept(show(trust, shown).certificate, "A. Nowak")
    with pytest.raises(UntrustedServer, match="calls itself urn:thief"):
        trust.judge(ENDPOINT, shown, "urn:thief")


def test_the_decision_counts_not_what_the_file_says_of_the_certificate(
    tmp_path: Path, clock: SteppedClock
) -> None:
    """Another certificate put into the file of an accepted one is not accepted."""
    trust = TrustList(tmp_path, clock)
    shown = certificate(tmp_path / "plc", clock)
    trust.accept(show(trust, shown).certificate, "A. Nowak")
    (file,) = (tmp_path / "servers").glob("*.json")
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(NotAdmitted, match="take this file away"):
        trust.judge(ENDPOINT, shown, "")


def test_the_own_certificate_is_made_once_and_warned_of(tmp_path: Path, clock: SteppedClock) -> None:
    own = own_identity(tmp_path, clock.now())
    assert own_identity(tmp_path, clock.now()).certificate == own.certificate
    assert (tmp_path / "own-key.pem").stat().st_mode & 0o077 == 0
    trust = TrustList(tmp_path, clock)
    assert own_warning(trust.own(), clock.now()) == ""
    clock.step(timedelta(days=365 * 5 - 30).total_seconds())
    assert "ends in 30 days" in own_warning(trust.own(), clock.now())
    clock.step(timedelta(days=31).total_seconds())
    assert "ended on" in own_warning(trust.own(), clock.now())


def test_a_key_that_does_not_fit_is_told(tmp_path: Path, clock: SteppedClock) -> None:
    make_identity(tmp_path / "one", clock.now())
    make_identity(tmp_path / "other", clock.now())
    with pytest.raises(NotAdmitted, match="does not belong"):
        read_identity(tmp_path / "one" / "own.der", tmp_path / "other" / "own-key.pem")

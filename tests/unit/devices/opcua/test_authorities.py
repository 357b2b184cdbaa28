"""An authority of the plant is trusted once, and its servers are accepted; what it took back is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from devices.opcua.authorities import Authorities
from devices.opcua.certificates import fingerprint
from devices.opcua.trust_list import TrustList
from hmi.domain.trust import TrustState, UntrustedServer
from hmi.errors import NotAdmitted
from tests.fakes.authority import DAY, Authority, Issued
from tests.fakes.clock import SteppedClock

URI = "urn:plant:press"
AT = "opc.tcp://127.0.0.1:4840"


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def plant() -> Authority:
    return Authority("Plant")


def file(folder: Path, content: bytes, name: str = "given") -> Path:
    made = folder / name
    made.write_bytes(content)
    return made


def trusting(folder: Path, clock: SteppedClock, *authorities: Authority) -> TrustList:
    """A trust list that trusts these."""
    for each in authorities:
        Authorities(folder / "pki", clock).trust(file(folder, each.pem))
    return TrustList(folder / "pki", clock)


def refusal(trust: TrustList, shown: Issued, at: str = AT, chain: tuple[x509.Certificate, ...] = ()) -> str:
    with pytest.raises(UntrustedServer) as told:
        trust.judge(at, shown.certificate, URI, chain)
    return str(told.value)


def test_trusted_once_each_of_its_servers_is_accepted(
    tmp_path: Path, clock: SteppedClock, plant: Authority
) -> None:
    trust = TrustList(tmp_path / "pki", clock)
    press, oven = plant.issue(URI), plant.issue(URI, host="oven.plant")
    assert "nobody accepted yet" in refusal(trust, press)
    trusting(tmp_path, clock, plant)
    trust.judge(AT, press.certificate, URI)
    trust.judge("opc.tcp://OVEN.plant:4840", oven.certificate, URI)
    assert {(each.state, each.decided_by) for each in trust.servers()} == {(TrustState.TRUSTED, "Plant")}
    # nothing of it is kept: without the authority they are as unknown as before
    Authorities(tmp_path / "pki", clock).forget(fingerprint(plant.certificate))
    assert {each.state for each in trust.servers()} == {TrustState.UNKNOWN}
    assert "nobody accepted yet" in refusal(trust, press)


def test_it_stands_only_for_the_host_and_the_name_that_it_wrote(
    tmp_path: Path, clock: SteppedClock, plant: Authority
) -> None:
    trust = trusting(tmp_path, clock, plant)
    press = plant.issue(URI, host="press.plant")
    words = refusal(trust, press)
    assert "Plant made for press.plant, not for this address" in words
    with pytest.raises(UntrustedServer, match="made for urn:plant:press"):
        trust.judge("opc.tcp://press.plant:1", press.certificate, "urn:other")
    (shown,) = [each for each in trust.servers() if each.endpoint == AT]
    assert shown.state is TrustState.UNKNOWN
    trust.accept(shown, "A. Nowak")  # a person may know better
    trust.judge(AT, press.certificate, URI)


def test_a_new_certificate_of_the_same_authority_needs_nobody(
    tmp_path: Path, clock: SteppedClock, plant: Authority
) -> None:
    trust = TrustList(tmp_path / "pki", clock)
    first = plant.issue(URI)
    refusal(trust, first)
    trust.accept(trust.servers()[0], "A. Nowak")
    trust.judge(AT, first.certificate, URI)
    second = plant.issue(URI)
    assert "another certificate" in refusal(trust, second)
    trusting(tmp_path, clock, plant)
    trust.judge(AT, second.certificate, URI)


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        ("another authority of that name", "nobody accepted yet"),
        ("a machine that issues", "nobody accepted yet"),
        ("for a client", "nobody accepted yet"),
        ("ended", "ended on"),
        ("not begun", "begins only on"),
    ],
)
def test_what_it_did_not_issue_for_a_server_now_is_refused(
    tmp_path: Path, clock: SteppedClock, plant: Authority, forged: str, words: str
) -> None:
    trust = trusting(tmp_path, clock, plant)
    now = clock.now()
    chain: tuple[x509.Certificate, ...] = ()
    match forged:
        case "another authority of that name":
            made = Authority("Plant").issue(URI)
        case "a machine that issues":
            machine = Authority("Machine", plant, is_authority=False)
            made, chain = machine.issue(URI), (machine.certificate,)
        case "ended":
            made = plant.issue(URI, begins=now - 10 * DAY, days=5)
        case "not begun":
            made = plant.issue(URI, begins=now + DAY)
        case _:
            made = plant.issue(URI, usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    assert words in refusal(trust, made, chain=chain)


def test_authorities_between_are_shown_by_the_server(tmp_path: Path, clock: SteppedClock) -> None:
    root = Authority("Root")
    line = Authority("Line 4", root)
    press = line.issue(URI)
    trust = trusting(tmp_path, clock, root)
    assert "nobody accepted yet" in refusal(trust, press)
    trust.judge(AT, press.certificate, URI, (line.certificate,))
    root.revoke(line)
    Authorities(tmp_path / "pki", clock).revoke(file(tmp_path, root.revocations()))
    assert "that Root took back" in refusal(trust, press, chain=(line.certificate,))


def test_what_was_taken_back_is_refused_whoever_accepted_it(tmp_path: Path, clock: SteppedClock) -> None:
    plant = Authority("Plant")
    press, oven = plant.issue(URI), plant.issue(URI)
    trust = trusting(tmp_path, clock, plant)
    trust.judge(AT, press.certificate, URI)
    trust.accept(trust.servers()[0], "A. Nowak")
    plant.revoke(press)
    authorities = Authorities(tmp_path / "pki", clock)
    told = authorities.revoke(file(tmp_path, plant.revocations()))
    assert told.revoked == 1
    words = refusal(trust, press)
    assert "that Plant took back on" in words
    assert "have a new one made for the machine" in words
    (shown,) = trust.servers()
    assert (shown.state, shown.decided_by) == (TrustState.REFUSED, "Plant")
    trust.judge(AT, oven.certificate, URI)
    # a list that is out of date is in force until a newer one comes
    clock.step(60 * DAY.total_seconds())
    assert "took back" in refusal(trust, press)
    trust.judge(AT, oven.certificate, URI)


def test_a_person_refuses_what_an_authority_issued(
    tmp_path: Path, clock: SteppedClock, plant: Authority
) -> None:
    trust = trusting(tmp_path, clock, plant)
    press = plant.issue(URI)
    trust.judge(AT, press.certificate, URI)
    trust.refuse(trust.servers()[0], "A. Nowak")
    assert "was refused here (A. Nowak)" in refusal(trust, press)


def test_an_authority_that_ended_stands_for_nothing(tmp_path: Path, clock: SteppedClock) -> None:
    old = Authority("Old")
    trust = trusting(tmp_path, clock, old)
    clock.step(3700 * DAY.total_seconds())
    assert "nobody accepted yet" in refusal(trust, old.issue(URI, days=5000))


def test_what_is_handed_in_is_looked_at_first(tmp_path: Path, clock: SteppedClock, plant: Authority) -> None:
    authorities = Authorities(tmp_path / "pki", clock)
    press = plant.issue(URI)
    for content, words in (
        (press.der, "no certificate of an authority"),
        (b"nonsense", "cannot be read as a certificate"),
        (Authority("Old", begins=clock.now() - 4000 * DAY).der, "has ended"),
    ):
        with pytest.raises(NotAdmitted, match=words):
            authorities.trust(file(tmp_path, content))
    newer = plant.revocations(at=clock.now())
    with pytest.raises(NotAdmitted, match="no trusted authority signed"):
        authorities.revoke(file(tmp_path, newer))
    authorities.trust(file(tmp_path, plant.der))
    pem = x509.load_der_x509_crl(newer).public_bytes(Encoding.PEM)
    assert authorities.revoke(file(tmp_path, pem)).revoked == 0
    with pytest.raises(NotAdmitted, match="a newer one is here"):
        authorities.revoke(file(tmp_path, plant.revocations(at=clock.now() - DAY)))
    with pytest.raises(NotAdmitted, match="no trusted authority signed"):
        authorities.revoke(file(tmp_path, Authority("Plant").revocations()))
    with pytest.raises(NotAdmitted, match="cannot be read as a list"):
        authorities.revoke(file(tmp_path, b"nonsense"))
    with pytest.raises(NotAdmitted, match="no authority"):
        authorities.forget("00" * 32)
    assert [each.name for each in authorities.known()] == ["Plant"]

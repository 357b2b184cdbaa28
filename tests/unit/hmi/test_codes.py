"""Codes of every kind: what they say, what does not hold, and what they mean against the plans."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmi.config import CodeSettings
from hmi.domain.codes import AssetCode, BadgeCode, MaterialCode, OrderCode, UnknownCode, code_pattern, visible
from hmi.domain.envelopes import parse_envelope
from hmi.domain.epc import decode_epc
from hmi.domain.gs1 import GS, check_digit, checked, parse_digital_link, parse_gs1
from hmi.domain.plans import (
    Asset,
    FailureCode,
    Fault,
    InspectionPlan,
    JobOrder,
    Material,
    Person,
    Reason,
    RoleTable,
    SignedPeople,
)
from hmi.domain.signals import Carrier, Scan
from hmi.ports import PlansState
from hmi.scans import interpret

GTIN = "09506000134352"
TAG_GTIN = "80614141123458"


class Plans:
    """A few plans; each is found by its id, badge or GTIN alone."""

    def __init__(self) -> None:
        self.known_material = Material.model_construct(id="4711-A", name="Bracket", gtin=GTIN)
        self.tagged = Material.model_construct(id="TAG-1", name="Crate", gtin=TAG_GTIN)

    def state(self) -> PlansState:
        return PlansState(None, None, None, None)

    def job_order(self, order: str) -> JobOrder | None:
        return JobOrder.model_construct(id="WO-1") if order == "WO-1" else None

    def job_orders(self) -> Sequence[JobOrder]:
        return ()

    def inspection_plan(self, plan: str) -> InspectionPlan | None:
        return None

    def reasons(self, applies_to: str) -> Sequence[Reason]:
        return ()

    def person(self, person: str) -> Person | None:
        return None

    def person_by_badge(self, badge: str) -> Person | None:
        return Person.model_construct(id="P-1", badge=badge) if badge in {"B-1", "62E3086CED"} else None

    def asset(self, asset: str) -> Asset | None:
        return Asset.model_construct(id=asset) if asset in {"PRESS12", "00614141123452"} else None

    def failure_codes(self, kind: str) -> Sequence[FailureCode]:
        return ()

    def material(self, material: str) -> Material | None:
        return self.known_material if material == "4711-A" else None

    def material_by_gtin(self, gtin: str) -> Material | None:
        return {GTIN: self.known_material, TAG_GTIN: self.tagged}.get(gtin)

    def fault(self, code: int) -> Fault | None:
        return None

    def people(self) -> Sequence[Person]:
        return ()

    def role_table(self) -> RoleTable | None:
        return None

    def signed_people(self) -> SignedPeople | None:
        return None


PLANS = Plans()
PATTERNS = CodeSettings(
    patterns=(
        r"JOB/(?P<order>[^/]+)/\d+",
        r"M(?P<material>[^|]+)\|(?P<lot>[^|]*)\|(?P<serial>.*)",
        r"(?P<gtin>\d{13})",
    )
).compiled


def scan(text: str, aim: str | None = None, carrier: Carrier = Carrier.LABEL) -> Scan:
    return Scan("reader", text.encode(), text, aim, datetime(2026, 11, 21, tzinfo=UTC), 0, carrier)


def meaning(text: str, aim: str | None = None, carrier: Carrier = Carrier.LABEL) -> object:
    return interpret(scan(text, aim, carrier), PLANS, PATTERNS)


# ------------------------------------------------------------- GS1


def test_predefined_lengths_need_no_separator_and_others_do() -> None:
    found = parse_gs1(f"01{GTIN}1727013110LOT7{GS}21007{GS}3103001250375")
    assert (found.gtin, found.lot, found.serial) == (GTIN, "LOT7", "007")
    assert found.expires == date(2027, 1, 31)
    assert dict(found.measures)["3103"] == Decimal("1.250")


def test_a_trailing_separator_is_no_field() -> None:
    assert parse_gs1(f"01{GTIN}10A{GS}").elements == (("01", GTIN), ("10", "A"))


def test_day_00_is_the_last_day_of_its_month() -> None:
    assert parse_gs1(f"01{GTIN}17280200").expires == date(2028, 2, 29)
    assert parse_gs1(f"01{GTIN}17270400").expires == date(2027, 4, 30)


@pytest.mark.parametrize("offset", [-49, -1, 0, 1, 49])
def test_the_century_is_the_one_within_fifty_years(offset: int) -> None:
    """GS1 general specifications 7.12: 51 or more ahead is the last century, 50 or more behind the next."""
    year = time.gmtime().tm_year + offset
    found = parse_gs1(f"01{GTIN}17{year % 100:02d}0115")
    assert found.expires == date(year, 1, 15)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0109506000134353", "GTIN"),
        ("00006141410001234561", "SSCC"),
        ("4100614141000011", "GLN"),
        (f"01{GTIN}17271301", ".+"),
        (f"01{GTIN}17270231", ".+"),
        ("01095060001343", ".+"),
        ("WO-1", "not GS1"),
        ("", ".+"),
    ],
)
def test_what_does_not_hold_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_gs1(text)


@pytest.mark.parametrize("text", ["]", "]" + GS, "]X", GS])
def test_a_cut_off_identifier_is_no_code_and_no_fault(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_gs1(text)
    with pytest.raises(ValueError, match=r"."):
        parse_digital_link(text)


def test_check_digits() -> None:
    assert [check_digit(GTIN[:-1]), check_digit("400638133393"), check_digit("00614141000123456")] == [
        2,
        1,
        0,
    ]
    assert checked(GTIN)
    assert not checked("12a")


def test_a_digital_link_says_the_same_as_the_element_strings() -> None:
    link = parse_digital_link(f"https://id.gs1.org/01/{GTIN}/10/ABC%2F1/21/XYZ?17=270131")
    assert (link.gtin, link.lot, link.serial, link.expires) == (GTIN, "ABC/1", "XYZ", date(2027, 1, 31))
    own = parse_digital_link(f"http://plant.example/shop/01/{GTIN}?17=270131&utm=x")
    assert own.gtin == GTIN


@pytest.mark.parametrize(
    "text", ["https://example.com/", "https://id.gs1.org/01/09506000134353", "https://x/01/1"]
)
def test_an_address_that_is_no_digital_link(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_digital_link(text)


# ------------------------------------------------------------- ISO 15434


def test_an_envelope_with_data_identifiers() -> None:
    text = "[)>\x1e06\x1dP4711-A\x1dQ25\x1d1TL7\x1dS0815\x1dVSUP-1\x1e\x04"
    found = parse_envelope(text)
    assert found.fields == (("P", "4711-A"), ("Q", "25"), ("1T", "L7"), ("S", "0815"), ("V", "SUP-1"))
    assert (found.first("1T", "T"), found.first("Z")) == ("L7", None)
    assert meaning(text) == MaterialCode(PLANS.known_material, "L7", "0815", visible(text))
    assert parse_envelope(text.rstrip("\x04").rstrip("\x1e")) == found


def test_an_envelope_with_element_strings() -> None:
    found = meaning(f"[)>\x1e05\x1d01{GTIN}10L9\x1e\x04")
    assert isinstance(found, MaterialCode)
    assert (found.material, found.lot) == (PLANS.known_material, "L9")


@pytest.mark.parametrize(
    "text", ["[)>", "[)>06\x1dP1", "[)>\x1e07\x1dX\x1e\x04", "[)>\x1e06\x1d12\x1e\x04", "[)>\x1e06\x1d"]
)
def test_envelopes_that_do_not_hold(text: str) -> None:
    found = meaning(text)
    assert isinstance(found, UnknownCode)
    assert found.why == "code_not_readable"


def test_an_unknown_part_is_shown_with_its_fields() -> None:
    found = meaning("[)>\x1e06\x1dPNONE\x1dQ1\x1e\x04")
    assert isinstance(found, UnknownCode)
    assert found.parts == (("P", "NONE"), ("Q", "1"))


# ------------------------------------------------------------- EPC


@pytest.mark.parametrize(
    ("code", "scheme", "key", "serial", "uri"),
    [
        ("3074257BF7194E4000001A85", "SGTIN-96", TAG_GTIN, "6789", "urn:epc:id:sgtin:0614141.812345.6789"),
        (
            "3174257BF4499602D2000000",
            "SSCC-96",
            "106141412345678908",
            "",
            "urn:epc:id:sscc:0614141.1234567890",
        ),
        (
            "3374257BF40C0E4000001A85",
            "GRAI-96",
            "00614141123452",
            "6789",
            "urn:epc:id:grai:0614141.12345.6789",
        ),
        (
            "3674257BF6B7A659B2C2BF100000000000000000000000000000",
            "SGTIN-198",
            "70614141123451",
            "32a/b",
            "urn:epc:id:sgtin:0614141.712345.32a%2Fb",
        ),
    ],
    ids=["SGTIN-96", "SSCC-96", "GRAI-96", "SGTIN-198"],
)
def test_tags(code: str, scheme: str, key: str, serial: str, uri: str) -> None:
    found = decode_epc(code)
    assert (found.scheme, found.key, found.serial, found.uri) == (scheme, key, serial, uri)
    assert checked(found.key)


@pytest.mark.parametrize("partition", range(7))
def test_each_partition_gives_its_digits(partition: int) -> None:
    """Header 0x30, filter 1, this partition, company 1, item 1, serial 5; the item has the indicator."""
    company_bits = (40, 37, 34, 30, 27, 24, 20)[partition]
    number = (0x30 << 3 | 1) << 3 | partition
    number = ((number << company_bits | 1) << 44 - company_bits | 1) << 38 | 5
    found = decode_epc(f"{number:024X}")
    company, item, serial = found.uri.rpartition(":")[2].split(".")
    assert serial == "5"
    assert (len(company), len(item)) == (12 - partition, 1 + partition)
    assert checked(found.key)
    assert len(found.key) == 14


def test_partition_7_and_too_large_numbers_are_no_epc() -> None:
    with pytest.raises(ValueError, match="partition 7"):
        decode_epc("307C257BF7194E4000001A85")
    number = ((0x30 << 3 | 1) << 3 | 5) << 24 | 10_000_000
    with pytest.raises(ValueError, match="more than 7 digits"):
        decode_epc(f"{number << 58:024X}")


@given(st.binary(max_size=30))
def test_no_tag_crashes_it(data: bytes) -> None:
    for code in (data, b"\x30" + data, b"\x31" + data, b"\x33" + data, b"\x36" + data):
        try:
            found = decode_epc(code.hex())
        except ValueError:
            continue
        assert checked(found.key)


def test_a_tag_is_a_material_an_asset_or_a_badge() -> None:
    tag = Carrier.RADIO_TAG
    assert meaning("3074257BF7194E4000001A85", None, tag) == MaterialCode(
        PLANS.tagged, None, "6789", "urn:epc:id:sgtin:0614141.812345.6789"
    )
    assert isinstance(meaning("3374257BF40C0E4000001A85", None, tag), AssetCode)
    assert isinstance(meaning("62E3086CED", None, tag), BadgeCode)
    unknown = meaning("3174257BF4499602D2000000", None, tag)
    assert isinstance(unknown, UnknownCode)
    assert unknown.parts == (("SSCC", "106141412345678908"),)
    assert meaning("E28068940000500A9D2298C6", None, tag) == UnknownCode(
        "E28068940000500A9D2298C6", (), "code_unknown"
    )


# ------------------------------------------------------------- meanings


def test_plain_codes_are_looked_up_as_they_stand() -> None:
    assert isinstance(meaning("B-1"), BadgeCode)
    assert isinstance(meaning("WO-1", "]C0"), OrderCode)
    assert isinstance(meaning("PRESS12"), AssetCode)
    assert meaning("4711-A") == MaterialCode(PLANS.known_material, None, None, "4711-A")


def test_the_plants_own_patterns() -> None:
    assert isinstance(meaning("JOB/WO-1/10"), OrderCode)
    assert meaning("M4711-A|L1|007") == MaterialCode(PLANS.known_material, "L1", "007", "M4711-A|L1|007")
    assert isinstance(meaning("9506000134352"), MaterialCode)
    unknown = meaning("JOB/WO-9/10")
    assert isinstance(unknown, UnknownCode)
    assert unknown.parts == (("order", "WO-9"),)


def test_an_ean_is_a_gtin_only_when_its_identifier_says_so() -> None:
    code = "9506000134352"
    assert isinstance(interpret(scan(code, "]E0"), PLANS), MaterialCode)
    assert interpret(scan(code), PLANS) == UnknownCode(code, (), "code_unknown")
    wrong = interpret(scan("9506000134353", "]E0"), PLANS)
    assert isinstance(wrong, UnknownCode)


def test_a_gs1_symbol_is_never_a_plain_code() -> None:
    found = meaning("WO-1", "]C1")
    assert isinstance(found, UnknownCode)
    assert found.why == "code_not_readable"


def test_a_web_address_is_only_a_code() -> None:
    assert meaning("https://evil.example/?q=1") == UnknownCode(
        "https://evil.example/?q=1", (), "code_unknown"
    )
    assert isinstance(meaning(f"https://id.gs1.org/01/{GTIN}", "]Q1"), MaterialCode)
    wrong = meaning("https://id.gs1.org/01/09506000134353")
    assert isinstance(wrong, UnknownCode)
    assert wrong.why == "code_not_readable"


@given(
    st.text(max_size=60), st.sampled_from([None, "]C1", "]Q1", "]d2", "]E0"]), st.sampled_from(list(Carrier))
)
def test_no_code_crashes_it_and_what_is_shown_is_harmless(
    text: str, aim: str | None, carrier: Carrier
) -> None:
    found = meaning(text, aim, carrier)
    if isinstance(found, UnknownCode):
        assert found.visible.isprintable()
        assert all(name.isprintable() and value.isprintable() for name, value in found.parts)


def test_what_cannot_be_printed_is_shown_as_a_picture_of_itself() -> None:
    assert visible("A\x1dB\x7f\u202eC\x9b") == "A\u241dB\u2421<202E>C<009B>"


@pytest.mark.parametrize("wrong", ["(", "(?P<colour>x)", "WO-.*", "(?P<lot>.*)"])
def test_wrong_patterns_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        code_pattern(wrong)
    assert code_pattern(r"(?P<order>.*)").flags & re.UNICODE

"""Who is admitted with what is remembered: the signed file, rights from the MES, proofs, signing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hmi.domain import payloads as p
from hmi.domain.entries import Entry, NewEntry, PersonRef, Subject
from hmi.domain.people_file import PeopleBook, PeopleFileError
from hmi.domain.personnel import Permission, RoleNames
from hmi.domain.production import CounterLease
from hmi.domain.standing import DigestRange, Known
from hmi.operations.personnel import (
    NotePin,
    SignIn,
    SignInProven,
    TerminalStart,
    note_pin,
    sign_in,
    sign_in_proven,
    start_terminal,
)
from hmi.operations.production import OrderWish, complete_order, start_order
from hmi.operations.signing import Meaning, SignRecord, sign_record, signatures_of
from hmi.people import Admission
from hmi.ports import Finding, PlanPage, PlanRecord, PushAnswer
from local_db.mes.signed_people import SignedPeopleConnector
from tests.fakes.clock import START
from tests.fakes.people import PeopleOffice, person
from tests.unit.hmi.conftest import INSPECTOR, OPERATOR, Floor, record


class PlansOnly:
    """A connector that hands out pages and does nothing else."""

    def __init__(self) -> None:
        self.page: PlanPage | None = None

    async def health(self) -> datetime:
        return START

    async def pull(self, cursor: str | None, etag: str | None) -> PlanPage | None:
        return self.page

    async def push(self, epoch: int, entries: Sequence[Entry]) -> PushAnswer:
        raise NotImplementedError

    async def known(self) -> Known | None:
        return None

    async def digest(self, epoch: int, first: int, last: int) -> Sequence[DigestRange]:
        return ()

    async def lease(self, counter: str) -> CounterLease | None:
        return None

    async def probe(self) -> AsyncIterator[Finding]:
        yield Finding(True, "mes", "answers")

    async def close(self) -> None:
        return None


class Plant:
    """An MES with a people office, a gate before the terminal, and the floor behind it."""

    def __init__(self, floor: Floor, folder: Path) -> None:
        self.floor, self.folder = floor, folder
        self.office = PeopleOffice()
        self.inner = PlansOnly()
        self.book = PeopleBook(self.office.key, "T-1")
        self.admission = Admission(timedelta(hours=72), self.book)
        self.gate = self.new_gate()

    def new_gate(self) -> SignedPeopleConnector:
        return SignedPeopleConnector(self.inner, self.book, self.folder / "people.signed")

    def send(self, *records: PlanRecord, snapshot: bool = False) -> None:
        """Let the MES answer this to a pull, and apply what the gate lets through."""
        self.inner.page = PlanPage(records, "2", snapshot, None, "1", self.floor.clock.now())
        page = asyncio.run(self.gate.pull(None, None))
        self.floor.ledger.apply_plans(page).result(10)

    def names(self) -> list[str]:
        return [one.id for one in self.floor.read(lambda records: records.plans.people())]

    def enter(self, badge: str) -> list[p.Payload]:
        return self.floor.do(sign_in, SignIn(badge, self.admission))

    def refused(self, badge: str) -> str:
        return self.floor.refused(sign_in, SignIn(badge, self.admission))[0]


@pytest.fixture
def plant(floor: Floor, tmp_path: Path) -> Plant:
    made = Plant(floor, tmp_path)
    made.send(made.office.record(made.office.file(1, person("P-1", "B-1", "operator"))), snapshot=True)
    return made


class TestSignedFile:
    def test_people_come_from_the_file_alone(self, plant: Plant) -> None:
        assert plant.names() == ["P-1"]
        plant.send(record("person", "P-EVIL", name="Evil", badge="B-EVIL", roles=["supervisor"]))
        plant.send(record("roles", "roles", roles={"operator": ["repair"]}))
        assert plant.names() == ["P-1"]
        assert plant.refused("B-EVIL") == "badge_unknown"
        assert len(plant.enter("B-1")) == 1
        session = plant.floor.read(lambda records: records.journal.session())
        assert session is not None
        assert not session.may(Permission.REPAIR)

    @pytest.mark.parametrize("what", ["another key", "changed", "older", "other terminal", "no file"])
    def test_a_file_that_must_not_be_used_changes_nothing(
        self, plant: Plant, what: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        office = plant.office
        content = office.file(2, person("P-2", "B-2", "supervisor"))
        good = office.record(content)
        longer = office.record(content + b" ")
        assert good.record is not None
        assert longer.record is not None
        bad = {
            "another key": office.record(content, by=Ed25519PrivateKey.generate()),
            "changed": replace(good, record={**good.record, "file": longer.record["file"]}),
            "older": office.record(office.file(0, person("P-2", "B-2"))),
            "other terminal": office.record(office.file(2, person("P-2", "B-2"), terminal="T-9")),
            "no file": replace(good, record={"file": 7}),
        }[what]
        for snapshot in (False, True):
            plant.send(bad, snapshot=snapshot)
            assert plant.names() == ["P-1"]
        assert len(plant.enter("B-1")) == 1
        assert "not used" in caplog.text

    def test_the_next_file_takes_away_and_adds(self, plant: Plant) -> None:
        plant.send(plant.office.record(plant.office.file(2, person("P-2", "B-2", "operator"))))
        assert plant.names() == ["P-2"]
        assert plant.refused("B-1") == "badge_unknown"

    def test_after_a_restart_the_last_file_is_still_known(self, plant: Plant) -> None:
        plant.send(plant.office.record(plant.office.file(5, person("P-5", "B-5", "operator"))))
        plant.gate = plant.new_gate()
        plant.send(plant.office.record(plant.office.file(4, person("P-4", "B-4", "operator"))), snapshot=True)
        assert plant.names() == ["P-5"]

    def test_a_row_that_was_changed_on_the_disk_admits_nobody(self, plant: Plant) -> None:
        plant.floor.plan(record("person", "P-1", name="Name of P-1", badge="B-1", roles=["supervisor"]))
        assert plant.refused("B-1") == "people_not_signed"
        plant.floor.plan(PlanRecord("people", "people", 1, None))
        assert plant.refused("B-1") == "people_not_signed"

    def test_a_file_that_has_run_out_admits_nobody(self, plant: Plant) -> None:
        plant.floor.later(days=30, seconds=1)
        plant.send()
        assert plant.refused("B-1") == "people_file_over"

    def test_rights_come_with_the_file_and_are_named_in_refusals(self, plant: Plant) -> None:
        office = plant.office
        table = {"operator": ["repair", "fly"], "boss": ["run_orders"]}
        content = office.file(2, person("P-1", "B-1", "operator"), roles=table)
        plant.send(office.record(content))
        plant.enter("B-1")
        key, values = plant.floor.refused(start_order, OrderWish("WO-1"))
        assert (key, values["roles"]) == ("not_permitted", RoleNames(("boss",)))

    def test_the_probe_says_what_came(self, plant: Plant) -> None:
        async def told() -> list[str]:
            return [finding.words async for finding in plant.gate.probe()]

        assert asyncio.run(told()) == ["answers", "number 1, 1 people"]


def test_a_book_reads_only_what_fits(tmp_path: Path) -> None:
    office = PeopleOffice()
    book = PeopleBook(office.key, "T-1")
    for content in (b"{}", b"not json", office.file(1, format="lineside-people-9")):
        told = office.record(content).record
        assert told is not None
        with pytest.raises(PeopleFileError, match="not readable"):
            book.read(told["file"], told["signature"])
    with pytest.raises(PeopleFileError, match="not signed"):
        book.read("%%%", "%%%")


class TestTooLongWithoutTheMes:
    def test_after_72_hours_nobody_is_admitted_until_it_is_back(self, floor: Floor) -> None:
        floor.later(hours=72)
        floor.sign_in(OPERATOR)
        floor.later(seconds=1)
        assert floor.refused(sign_in, SignIn(INSPECTOR)) == ("people_too_old", {"n": 72})
        floor.ledger.apply_plans(None).result(10)
        floor.sign_in(INSPECTOR)

    def test_setting_the_clock_back_makes_nothing_young(self, floor: Floor) -> None:
        floor.later(hours=73)
        floor.counter(5)
        floor.clock.wall -= timedelta(hours=73)
        assert floor.refused(sign_in, SignIn(OPERATOR))[0] == "people_too_old"
        floor.saved(start_terminal, TerminalStart("1", clean=True, keep_session=timedelta(hours=1)))
        assert floor.refused(sign_in, SignIn(OPERATOR))[0] == "people_too_old"

    def test_a_clock_that_was_ahead_is_put_right_by_the_mes(self, floor: Floor) -> None:
        """Restarts do not help, an answer of the MES does; one that is known no more does not."""
        floor.clock.wall += timedelta(days=365)
        floor.counter(5)
        floor.clock.wall -= timedelta(days=365)
        assert floor.refused(sign_in, SignIn(OPERATOR))[0] == "people_too_old"
        floor.ledger.note_clock_offset(0)
        floor.sign_in(OPERATOR)
        floor.later(hours=60)
        floor.counter(6)
        floor.clock.wall -= timedelta(hours=60)
        told = floor.read(lambda records: records.journal.latest_time())
        assert told == START + timedelta(hours=60)

    def test_a_site_may_say_otherwise(self, floor: Floor) -> None:
        floor.later(hours=9)
        key, values = floor.refused(sign_in, SignIn(OPERATOR, Admission(timedelta(hours=8))))
        assert (key, values) == ("people_too_old", {"n": 8})


class TestProofs:
    def test_how_it_was_proven_stands_on_everything_that_follows(self, floor: Floor) -> None:
        floor.saved(sign_in_proven, SignInProven("P-OP", "badge_pin"))
        floor.counter(0)
        (entry,) = floor.saved(start_order, OrderWish("WO-1")).entries
        assert entry.person == PersonRef("P-OP", "Olu Ade", "badge_pin")

    def test_a_sealed_code_opens_when_nothing_else_does_and_is_loud(self, floor: Floor) -> None:
        floor.plan(record("person", "sealed:07", name="Sealed code 07", badge="", roles=["supervisor"]))
        floor.later(days=20)
        said, used = floor.do(sign_in_proven, SignInProven("sealed:07", "sealed"))
        assert isinstance(said, p.PersonSignedIn)
        assert said.cause == "sealed"
        assert used == p.BreakGlassUsed(code="07")
        floor.counter(0)
        floor.saved(start_order, OrderWish("WO-1"))

    def test_an_empty_badge_is_nobodys(self, floor: Floor) -> None:
        floor.plan(record("person", "sealed:07", name="Sealed code 07", badge="", roles=["supervisor"]))
        assert floor.refused(sign_in, SignIn(""))[0] == "badge_unknown"

    def test_what_happened_to_a_pin_is_told_but_not_the_pin(self, floor: Floor) -> None:
        (chosen,) = floor.saved(note_pin, NotePin("P-OP", "chosen")).entries
        assert (chosen.payload, chosen.subject) == (p.PinChosen(), Subject("credential", "P-OP"))
        assert floor.do(note_pin, NotePin("P-OP", "locked", 5)) == [p.PinLocked(tries=5)]
        assert floor.refused(note_pin, NotePin("P-NONE", "chosen"))[0] == "person_unknown"


class Seal:
    """A key that signs with a word."""

    public = "00"

    def seal(self, message: bytes) -> str:
        return "11"


class TestSigning:
    def wish(self, entry: Entry, who: str, meaning: Meaning, *, online: bool = True) -> SignRecord:
        return SignRecord(
            record=entry.id,
            shown_hash=entry.hash,
            meaning=meaning,
            person=who,
            how="pin",
            online=online,
            offline_allowed=False,
            clock_offset_ms=None,
            signer=Seal(),
        )

    def confirmed(self, floor: Floor) -> Entry:
        floor.run()
        return floor.saved(complete_order, OrderWish("WO-1")).entries[0]

    def test_who_did_it_signs_as_such_and_another_reviews(self, floor: Floor) -> None:
        entry = self.confirmed(floor)
        floor.saved(sign_record, self.wish(entry, "P-OP", "performed"))
        floor.saved(sign_record, self.wish(entry, "P-SU", "approved"))
        found = floor.read(lambda records: signatures_of(records, entry))
        assert [one.person.id for one in found if one.person] == ["P-OP", "P-SU"]

    @pytest.mark.parametrize(
        ("who", "meaning", "key"),
        [
            ("P-SU", "performed", "sign_not_author"),
            ("P-OP", "approved", "not_permitted"),
            ("P-TE", "reviewed", "not_permitted"),
            ("P-NO", "performed", "not_permitted"),
            ("P-NONE", "approved", "person_unknown"),
            ("P-OLD", "approved", "badge_expired"),
        ],
    )
    def test_what_is_refused(self, floor: Floor, who: str, meaning: Meaning, key: str) -> None:
        entry = self.confirmed(floor)
        assert floor.refused(sign_record, self.wish(entry, who, meaning))[0] == key

    def test_nobody_approves_what_he_made(self, floor: Floor) -> None:
        floor.plan(record("person", "P-OP", name="Olu Ade", badge=OPERATOR, roles=["supervisor"]))
        entry = self.confirmed(floor)
        assert floor.refused(sign_record, self.wish(entry, "P-OP", "approved"))[0] == "sign_four_eyes"

    def test_once_is_enough(self, floor: Floor) -> None:
        entry = self.confirmed(floor)
        floor.saved(sign_record, self.wish(entry, "P-SU", "approved"))
        assert floor.refused(sign_record, self.wish(entry, "P-SU", "approved"))[0] == "sign_twice"
        floor.saved(sign_record, self.wish(entry, "P-SU", "reviewed"))
        more = NewEntry(entry.subject, p.HelpCalled(whom="quality"))
        floor.saved(lambda records, wish, context: [more] * 60, None)
        assert floor.refused(sign_record, self.wish(entry, "P-SU", "approved"))[0] == "sign_twice"

    def test_without_the_mes_only_where_the_site_says_so(self, floor: Floor) -> None:
        entry = self.confirmed(floor)
        offline = self.wish(entry, "P-SU", "approved", online=False)
        assert floor.refused(sign_record, offline)[0] == "sign_needs_mes"
        said = floor.one(p.RecordSigned, sign_record, replace(offline, offline_allowed=True))
        assert not said.online

    def test_only_facts_that_somebody_answers_for(self, floor: Floor) -> None:
        floor.run()
        started = floor.read(lambda records: records.journal.newest(10))
        other = next(row.entry for row in started if row.entry.kind == "job_order.started")
        assert floor.refused(sign_record, self.wish(other, "P-OP", "performed"))[0] == "record_not_signable"

"""Every kind of entry has its words, and the plans' names stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from hmi.domain import alarm_payloads as a
from hmi.domain import payloads as p
from hmi.domain.entries import NewEntry, PersonRef, Subject
from hmi.domain.job_payloads import JobResponseTold
from hmi.domain.keeping_payloads import (
    CommandUsed,
    CounterTaken,
    CountWithdrawn,
    EntriesRetired,
    ProductionRebooked,
)
from hmi.domain.machine_payloads import EquipmentWriteAsked, EquipmentWritten, TrustDecided
from screens.entry_words import describe
from screens.shell.registry_types import ScreenSpec
from screens.waiting import WaitingScreen
from tests.screens.stand import ORDER, START, Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)
ORDER_SUBJECT = Subject("job_order", ORDER)
MACHINE = Subject("equipment", "PRESS12")
STOP = Subject("stop", "S1")
ALARM = Subject("alarm", "PLC/die/hi")
REPAIR = Subject("repair", "R1")
LATER = START + timedelta(minutes=6, seconds=12)
COUNTED = p.ProductionCounted(
    order=ORDER,
    quantity=Decimal(12),
    counter="count",
    counter_from=100,
    counter_to=112,
    from_time=START,
    to_time=LATER,
    evidence="live",
)

SIGNED = p.RecordSigned(
    record="gone",
    record_hash="0" * 64,
    meaning="approved",
    name="M. Okafor",
    how="pin",
    signed_at=START,
    clock_offset_ms=None,
    online=True,
    key="00",
    signature="00",
)

JOB = Subject("job_response", "WO-1")
BEGAN = datetime(2026, 11, 21, 8, tzinfo=UTC)
WRITTEN = EquipmentWritten(
    asked="gone",
    link="plc",
    tag="speed",
    label="Speed",
    value="42",
    read_back="40",
    unit="1/min",
    verdict="different",
    words="GoodClamped",
)

# in the order in which they may happen; each with the words that people read
TOLD: list[tuple[Subject, p.Payload, str]] = [
    (Subject("terminal", "T-PRESS12"), p.TerminalStarted(program="lineside 0.1", clean=True),
     "Terminal started · lineside 0.1"),
    (Subject("terminal", "T-PRESS12"), p.TerminalStarted(program="lineside 0.1", clean=False),
     "Terminal started after it was cut off · lineside 0.1"),
    (Subject("terminal", "T-PRESS12"), p.EpochOpened(epoch=2, cause="older", carried=3, missing=5),
     "This store was older than the MES knows: epoch 2 · 3 carried over, 5 missing"),
    (Subject("terminal", "T-PRESS12"),
     EntriesRetired(epoch=1, seq=1200, entries=1200, hash="0" * 64, base="0" * 64, archive="a.db",
                    archive_hash="0" * 64),
     "1200 old entries up to 1200 left the journal for a.db"),
    (ORDER_SUBJECT,
     ProductionRebooked(order=ORDER, from_order="WO-9", booked="production.declared", quantity=Decimal(12),
                        unit="pcs"),
     f"Rebooked: 12 pcs from WO-9 to {ORDER}"),
    (Subject("terminal", "T-PRESS12"), CommandUsed(command="rescue", about="T7, 3 entries"),
     "Command rescue · T7, 3 entries"),
    (ORDER_SUBJECT, CountWithdrawn(order=ORDER, quantity=Decimal(4), counter="good", at=START),
     f"4 parts taken out of {ORDER}: another terminal counted them"),
    (MACHINE, CountWithdrawn(order=None, quantity=Decimal(4), counter="good", at=START),
     "4 parts taken out: another terminal counted them"),
    (MACHINE, CounterTaken(counter="good", holder="T7", fence=3, reason="it does not start"),
     "This terminal counts good from now on, in place of T7 · it does not start"),
    (Subject("terminal", "T-PRESS12"),
     TrustDecided(endpoint="opc.tcp://plc", fingerprint="ab12" * 16, certificate="CN=Press",
                  decision="refused"),
     "Certificate refused: CN=Press · opc.tcp://plc · AB12 AB12 AB12 AB12"),
    (MACHINE,
     EquipmentWriteAsked(link="plc", tag="speed", label="Speed", value="42", before="40", unit="1/min"),
     "Speed: 42 1/min is to be written, before 40"),
    (MACHINE, WRITTEN, "Speed: 42 1/min written, the machine holds 40 1/min · GoodClamped"),
    (MACHINE, WRITTEN.model_copy(update={"verdict": "unknown", "words": "BadTimeout"}),
     "Speed: not known whether the machine took 42 1/min · BadTimeout"),
    (JOB, JobResponseTold(order="WO-1", asked="gone", act="start", link="p", verdict="refused", words="full"),
     "The machine does not take the order: full"),
    (JOB, JobResponseTold(order="WO-1", asked="gone", act="end", link="plc", verdict="done", words="",
                          response="R-1", state="Ended", began_at=BEGAN),
     "The machine has ended the order · job response R-1: Ended, 08:00 to –"),
    (Subject("person", "P1"), p.PersonSignedIn(cause="badge"), "M. Okafor signed in"),
    (Subject("credential", "P1"), p.PinChosen(), "M. Okafor chose a PIN"),
    (Subject("credential", "P1"), p.PinLocked(tries=5), "5 wrong secrets for M. Okafor"),
    (Subject("terminal", "T-PRESS12"), p.BreakGlassUsed(code="07"), "Sealed code 07 was used"),
    (ORDER_SUBJECT, SIGNED, "M. Okafor signed at 10:30 as approved: gone"),
    (ORDER_SUBJECT, SIGNED.model_copy(update={"online": False, "meaning": "reviewed"}),
     "M. Okafor signed at 10:30 as reviewed: gone · verified offline"),
    (ORDER_SUBJECT, p.JobOrderStarted(plan_version=1), "Order WO-104233 started"),
    (ORDER_SUBJECT, p.JobOrderPaused(), "Order WO-104233 paused"),
    (ORDER_SUBJECT, p.JobOrderResumed(), "Order WO-104233 goes on"),
    (ORDER_SUBJECT, COUNTED, "12 pcs counted for WO-104233"),
    (ORDER_SUBJECT, COUNTED.model_copy(update={"evidence": "gap"}),
     "12 pcs counted for WO-104233 while the PLC was not heard"),
    (MACHINE, COUNTED.model_copy(update={"order": None}), "12 parts counted while no order ran"),
    (MACHINE, COUNTED.model_copy(update={"evidence": "reset", "quantity": Decimal(0)}),
     "Counter of the PLC leapt from 100 to 112 · nothing counted"),
    (ORDER_SUBJECT, p.ProductionDeclared(order=ORDER, quantity=Decimal(3), comment="box found"),
     "3 pcs declared by hand for WO-104233 · box found"),
    (ORDER_SUBJECT, p.ProductionDeclared(order=ORDER, quantity=Decimal(-3), comment=""),
     "−3 pcs declared by hand for WO-104233"),
    (ORDER_SUBJECT, p.ProductionScrapped(order=ORDER, quantity=Decimal(2), unit="pcs", reason="BURR"),
     "Scrap 2 pcs · Burr"),
    (ORDER_SUBJECT, p.ProductionScrapped(order=ORDER, quantity=Decimal(1), unit="pcs", reason="GONE"),
     "Scrap 1 pcs · reason GONE"),
    (MACHINE, p.EquipmentStateChanged(state=9, name="Aborted", previous=6, fault=312, evidence="live"),
     "Machine ABORTED · fault 312 hydraulic pressure low"),
    (MACHINE, p.EquipmentStateChanged(state=6, name="Execute", previous=9, fault=None, evidence="live"),
     "Machine EXECUTE"),
    (STOP, p.StopOpened(equipment="PRESS12", order=None, state=9, fault=None, began_at=START, evidence="gap"),
     "Stop 10:30 began"),
    (STOP, p.StopFaultSeen(fault=99), "Stop 10:30 · fault 99"),
    (STOP, p.StopClassified(reason="HYD"), "Stop 10:30 classified: Hydraulics"),
    (STOP, p.StopClassified(reason="HYD", comment="hose"), "Stop 10:30 classified: Hydraulics · hose"),
    (STOP, p.StopClosed(ended_at=LATER, duration_ms=372_000), "Stop 10:30 ended after 6 min 12 s"),
    (ORDER_SUBJECT,
     p.SampleRecorded(sample="M1", plan="IP-117", plan_version=1, characteristic="HOLE-D", order=ORDER,
                      values=(Decimal("12.04"), Decimal("12.13")), unit="mm", mean=Decimal("12.085"),
                      range=Decimal("0.09"), judgement="rejected", outside=(2,), gauge=None),
     "Sample Hole diameter · mean 12.085 mm, 1 out of limits"),
    (Subject("nonconformance", "N1"),
     p.NonconformanceOpened(sample="M1", order=ORDER, characteristic="HOLE-D", outside=(Decimal("12.13"),),
                            lower=Decimal("11.90"), upper=Decimal("12.10"), unit="mm"),
     "Nonconformance Hole diameter · 12.13 mm"),
    (REPAIR, p.RepairOpened(asset="PRESS12", stop="S1", fault=312, began_at=START),
     "Repair of Press 12 opened · fault 312 hydraulic pressure low"),
    (REPAIR, p.RepairStepConfirmed(step=1, text="Main isolator Q1 locked"),
     "Lock-out step 1 confirmed · Main isolator Q1 locked"),
    (REPAIR, p.RepairFindingsRecorded(problem="PR1", cause="CA1", remedy="RE9"),
     "Findings: Low output pressure · Seal worn · RE9"),
    (REPAIR, p.RepairPartUsed(material="SEAL", lot="L-5521", serial=None, quantity=Decimal(1), unit="pcs",
                              scanned="x"),
     "Part fitted: 1 pcs Rod seal 80x95 · L-5521"),
    (REPAIR, p.RepairReturnedToService(asset="PRESS12", began_at=START, opened_at=START, ended_at=LATER,
                                       downtime_ms=372_000, active_ms=360_000),
     "Press 12 back in service after 6 min 12 s"),
    (MACHINE, p.HelpCalled(whom="maintenance"), "Maintenance called"),
    (ORDER_SUBJECT,
     p.JobOrderCompleted(produced=Decimal(1242), good=Decimal(1230), scrap=Decimal(12), unit="pcs",
                         started_at=START, completed_at=LATER, plan_version=1),
     "Order WO-104233 confirmed · 1\u202f230 pcs good, 12 scrap"),
    (ALARM, a.AlarmRaised(name="Die temperature", priority="high", condition="hi", link="PLC", tag="die",
                          value=Decimal("79.2"), limit=Decimal(78), unit="°C", evidence="live"),
     "Alarm: Die temperature · 79.2 °C"),
    (ALARM, a.AlarmRaised(name="oil low", priority="high", condition="fault", link="PLC", fault=312,
                          evidence="live"), "Alarm: F-312 oil low"),
    (ALARM, a.AlarmReturned(lasted_ms=1, evidence="live"), "Alarm back to normal: oil low"),
    (ALARM, a.AlarmAcknowledged(), "Alarm acknowledged: oil low"),
    (ALARM, a.AlarmAcknowledged(by_device=True), "Alarm acknowledged at the machine: oil low"),
    (ALARM, a.AlarmShelved(until=LATER, reason="sensor"),
     "Alarm shelved until 10:36: oil low · Sensor is faulty"),
    (ALARM, a.AlarmUnshelved(cause="time"), "Alarm back from the shelf, its time is over: oil low"),
    (ALARM, a.AlarmUnshelved(cause="touch"), "Alarm taken back from the shelf: oil low"),
    (ALARM, a.AlarmTakenOutOfService(reason="maintenance"), "Alarm out of service: oil low · Maintenance"),
    (ALARM, a.AlarmPutInService(), "Alarm back in service: oil low"),
    (ALARM, a.AlarmConfirmed(), "Alarm confirmed: oil low"),
    (ALARM, a.AlarmCommented(comment="Filter is old"), "Comment to oil low: Filter is old"),
    (ALARM, a.AlarmDeviceAnswered(asked="gone", answer="acknowledge", verdict="not_sent", words="no link"),
     "Acknowledgement · the machine was not told: oil low · no link"),
    (Subject("person", "P1"), p.PersonSignedOut(cause="idle"),
     "M. Okafor signed out after a while without a touch"),
    (Subject("person", "P9"), p.PersonSignedOut(cause="touch"), "P9 signed out"),
]  # fmt: skip


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, [ScreenSpec("waiting", "outbox", WaitingScreen)])
    yield made
    made.close()


def said(stand: Stand, entry: str) -> str:
    """The words of an entry that stands in the journal."""
    row = stand.read(lambda records: records.journal.entry(entry))
    assert row is not None
    return stand.read(lambda records: describe(stand.terminal, row.entry, records))


def test_each_entry_is_said_in_one_line_with_the_names_of_the_plans(stand: Stand) -> None:
    told: list[tuple[str, str]] = []
    for subject, payload, words in TOLD:
        entry = stand.note(NewEntry(subject, payload, by_machine=True))[0]
        told.append((said(stand, entry), words))
    assert [got for got, _ in told] == [wanted for _, wanted in told]


def test_a_decision_names_what_was_decided(stand: Stand) -> None:
    person = PersonRef("P1", "M. Okafor")
    first = stand.note(NewEntry(MACHINE, p.HelpCalled(whom="quality"), person=person))[0]
    decided = p.EntryDecided(entry=first, decision="set_aside")
    second = stand.note(NewEntry(Subject("terminal", "T-PRESS12"), decided))[0]
    assert said(stand, second) == "Set aside: Quality called"


def test_no_kind_is_left_without_words() -> None:
    assert {payload.kind for _, payload, _ in TOLD} | {"entry.decided"} == set(p.PAYLOADS)

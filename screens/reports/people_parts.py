"""The parts of a report about repairs, about who was there, and about what was signed."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hmi.domain.entries import Entry, EntryRow
from hmi.domain.maintenance import Repair
from hmi.domain.payloads import (
    EntryDecided,
    JobOrderCompleted,
    NonconformanceOpened,
    Payload,
    RecordSigned,
    RepairReturnedToService,
    SampleRecorded,
)
from hmi.domain.signatures import flaw
from screens.reports.gathered import Gathered
from screens.reports.names import Names
from screens.reports.sheet import Block, Column, Facts, Section, Table, Words
from screens.reports.voice import NONE, Voice

_RECORDS: dict[type[Payload], str] = {
    JobOrderCompleted: "record_completed",
    SampleRecorded: "record_sample",
    NonconformanceOpened: "record_nonconformance",
    RepairReturnedToService: "record_returned",
    EntryDecided: "record_decided",
}
Find = Callable[[str], EntryRow | None]


def repairs_section(repairs: Sequence[Repair], now: datetime, names: Names, voice: Voice) -> Section:
    """Each repair with its down time, what was found and what was fitted."""
    t = voice.t
    if not repairs:
        return Section(t("repairs"), (Words(t("no_repairs")),))
    blocks: list[Block] = []
    for repair in repairs:
        blocks += _repair(repair, now, names, voice)
    return Section(t("repairs"), tuple(blocks))


def _repair(repair: Repair, now: datetime, names: Names, voice: Voice) -> list[Block]:
    t = voice.t
    ended = repair.returned_at or max(now, repair.began_at)
    findings = (
        names.code("problem", repair.problem),
        names.code("cause", repair.cause),
        names.code("remedy", repair.remedy),
    )
    pairs = (
        (t("down_since"), voice.clock(repair.began_at)),
        (t("back_at"), voice.clock(repair.returned_at) if repair.returned_at else t("lasts")),
        (t("down_time"), voice.duration(ended - repair.began_at)),
        (t("active_time"), voice.duration(ended - repair.opened_at)),
        (t("fault"), names.fault(repair.fault) or NONE),
        (t("problem"), findings[0]),
        (t("cause"), findings[1]),
        (t("remedy"), findings[2]),
        (t("opened_by"), repair.opened_by or t("machine")),
        (t("lock_out"), voice.number(len(repair.steps))),
    )
    blocks: list[Block] = [Words(names.asset(repair.asset), strong=True), Facts(pairs)]
    if repair.parts:
        columns = (
            Column(t("time"), 2.0),
            Column(t("part"), 5.0),
            Column(t("lot_serial"), 3.0),
            Column(t("quantity"), 1.8, figures=True),
        )
        rows = [
            (
                voice.clock(part.at),
                names.material(part.material),
                " / ".join(one for one in (part.lot, part.serial) if one) or NONE,
                voice.amount(part.quantity, part.unit),
            )
            for part in repair.parts
        ]
        blocks.append(Table(columns, tuple(rows), ""))
    return blocks


def people_section(gathered: Gathered, voice: Voice) -> Section:
    """Whose names are on the entries, and how it was proven who they are."""
    t = voice.t
    known = voice.texts.keys()
    columns = (
        Column(t("name"), 3.6),
        Column(t("person_id"), 2.2),
        Column(t("proven_by"), 3.0),
        Column(t("first_entry"), 2.4),
        Column(t("last_entry"), 2.4),
        Column(t("entries"), 1.4, figures=True),
    )
    rows = [
        (
            met.name,
            person,
            ", ".join(t(f"how_{how}") if f"report.how_{how}" in known else how for how in sorted(met.how)),
            voice.clock(met.first),
            voice.clock(met.last),
            voice.number(met.entries),
        )
        for person, met in sorted(gathered.people.items(), key=lambda one: (one[1].first, one[0]))
    ]
    return Section(t("people"), (Table(columns, tuple(rows), t("no_people")),))


def signatures_section(gathered: Gathered, find: Find, voice: Voice) -> Section:
    """What was signed, by whom, in which meaning, and whether the signature holds."""
    t = voice.t
    columns = (
        Column(t("time"), 2.3),
        Column(t("name"), 2.8),
        Column(t("meaning"), 2.2),
        Column(t("record"), 4.4),
        Column(t("signature"), 3.4),
    )
    rows = [
        (
            voice.clock(said.signed_at),
            said.name,
            t(f"meaning_{said.meaning}"),
            _record(find(said.record), said, voice),
            _standing(entry, said, find(said.record), voice),
        )
        for entry, said in gathered.signatures
    ]
    return Section(t("signatures"), (Table(columns, tuple(rows), t("no_signatures")),))


def _record(row: EntryRow | None, said: RecordSigned, voice: Voice) -> str:
    if row is None:
        return said.record
    key = _RECORDS.get(type(row.entry.payload))
    what = voice.t(key) if key else row.entry.kind
    return voice.t("record_place", what=what, seq=row.entry.seq, epoch=row.entry.epoch)


def _standing(entry: Entry, said: RecordSigned, row: EntryRow | None, voice: Voice) -> str:
    found = flaw(entry, None if row is None else row.entry)
    words = voice.t("signature_holds" if found is None else f"flaw_{found}")
    return words if said.online else f"{words} · {voice.t('verified_offline')}"

"""The shift report: what happened at this terminal in one shift, or in any stretch of time."""

from collections.abc import Sequence

from hmi.domain.maintenance import Repair
from hmi.errors import OperatorError
from hmi.ports import MaintenanceRecords, Records
from screens.reports.asked import Asked, ReportSpec, Span
from screens.reports.gathered import entries_about, entries_between, gather, overlaps
from screens.reports.journal_parts import (
    Title,
    bound,
    completeness_section,
    head_section,
    receipts_section,
)
from screens.reports.made_parts import made_section, scrap_section, stops_section
from screens.reports.names import Names
from screens.reports.people_parts import people_section, repairs_section, signatures_section
from screens.reports.quality_parts import nonconformances_section, samples_section
from screens.reports.sheet import Sheet
from screens.reports.voice import Voice


def write_shift(records: Records, asked: Asked, voice: Voice) -> Sheet:
    """The shift report; what was entered later about its stops and repairs is in it."""
    span, now = asked.span, asked.until
    if span is None:
        raise ValueError("a shift report is asked about a span")
    voice = voice.on(span.start.astimezone(voice.zone).date())
    if now < span.start:
        raise OperatorError("report_not_yet", begin=voice.edge(span.start), until=voice.full(now))
    stops = [
        stop
        for stop in records.equipment.stops(span.start)
        if overlaps(stop.began_at, stop.ended_at, span.start, span.end)
    ]
    rows = entries_between(records.journal, span.start, span.end)
    touched = {row.entry.subject.id for row in rows if row.entry.subject.kind == "repair"}
    repairs = _repairs(records.maintenance, touched, span)
    rows += entries_about(records.journal, "stop", [stop.id for stop in stops])
    rows += entries_about(records.journal, "repair", [repair.id for repair in repairs])
    gathered, names = gather(rows), Names(records.plans, voice)
    sections = (
        made_section(gathered, names, voice),
        scrap_section(gathered, names, voice, of_one_order=False),
        stops_section(stops, span, now, names, voice),
        samples_section(gathered, names, voice, of_one_order=False),
        nonconformances_section(gathered, names, voice),
        repairs_section(repairs, now, names, voice),
        people_section(gathered, voice),
        signatures_section(gathered, records.journal.entry, voice),
        receipts_section(gathered, voice),
        completeness_section(gathered, asked.proof, voice),
        head_section(records.journal, voice),
    )
    return bound(_title(asked, span, voice), gathered, asked, voice, sections)


def _repairs(records: MaintenanceRecords, touched: set[str], span: Span) -> Sequence[Repair]:
    """The repairs that have a part in the span: those that something was entered for, and those that last."""
    found = {repair.id: repair for repair in records.open_repairs()}
    for key in touched - set(found):
        repair = records.repair(key)
        if repair is not None:
            found[key] = repair
    within = (one for one in found.values() if overlaps(one.began_at, one.returned_at, span.start, span.end))
    return sorted(within, key=lambda repair: (repair.began_at, repair.id))


def _title(asked: Asked, span: Span, voice: Voice) -> Title:
    t, station = voice.t, asked.station
    first, last = voice.edge(span.start), voice.edge(span.end)
    words = (
        t("of_shift", name=span.name, begin=first, end=last)
        if span.name
        else t("of_span", begin=first, end=last)
    )
    facts = (
        (t("station"), station.station),
        (t("equipment"), station.equipment),
        (t("terminal"), station.id),
        (t("zone"), voice.zone_words(span.start, span.end)),
        (t("begin"), first),
        (t("end"), last),
        (t("length"), voice.duration(span.end - span.start)),
        (t("data_until"), voice.full(asked.until)),
    )
    return Title(t("title_shift"), t("not_over", words=words) if asked.until < span.end else words, facts)


SHIFT = ReportSpec("shift", "span", write_shift)

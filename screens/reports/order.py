"""The record of one order: everything that was made, measured, stopped and signed for it at this terminal."""

from datetime import date, timedelta

from hmi.domain.equipment import Stop
from hmi.domain.production import OrderProgress
from hmi.errors import OperatorError
from hmi.ports import Records
from screens.reports.asked import Asked, ReportSpec, Span
from screens.reports.gathered import entries_about, gather
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
from screens.reports.voice import NONE, Voice

_NEXT = timedelta(milliseconds=1)  # times are whole milliseconds, and a span ends before its end


def write_order(records: Records, asked: Asked, voice: Voice) -> Sheet:
    """The record of an order that was started here; OperatorError for one that was not."""
    order, now = asked.order, asked.until
    progress = records.production.progress(order)
    if progress is None:
        known = records.plans.job_order(order) is not None
        raise OperatorError("report_not_started" if known else "order_unknown", order=order)
    span = Span(progress.started_at, (progress.completed_at or max(now, progress.started_at)) + _NEXT)
    voice = voice.on(_one_day(span, voice))
    stops = [stop for stop in records.equipment.stops(span.start) if stop.order == order]
    repairs = [
        repair for key in _repair_ids(stops) if (repair := records.maintenance.repair(key)) is not None
    ]
    nonconformances = [one.id for one in records.quality.open_nonconformances() if one.order == order]
    rows = entries_about(records.journal, "job_order", [order])
    rows += entries_about(records.journal, "stop", [stop.id for stop in stops])
    rows += entries_about(records.journal, "repair", [repair.id for repair in repairs])
    rows += entries_about(records.journal, "nonconformance", nonconformances)
    gathered, names = gather(rows), Names(records.plans, voice)
    sections = (
        made_section(gathered, names, voice),
        scrap_section(gathered, names, voice, of_one_order=True),
        stops_section(stops, span, now, names, voice, of_order=True),
        samples_section(gathered, names, voice, of_one_order=True),
        nonconformances_section(gathered, names, voice),
        repairs_section(repairs, now, names, voice),
        people_section(gathered, voice),
        signatures_section(gathered, records.journal.entry, voice),
        receipts_section(gathered, voice),
        completeness_section(gathered, asked.proof, voice),
        head_section(records.journal, voice),
    )
    return bound(_title(progress, asked, names, voice), gathered, asked, voice, sections)


def _one_day(span: Span, voice: Voice) -> date | None:
    first, last = (moment.astimezone(voice.zone).date() for moment in (span.start, span.end))
    return first if first == last else None


def _repair_ids(stops: list[Stop]) -> list[str]:
    return list(dict.fromkeys(stop.repair for stop in stops if stop.repair))


def _title(progress: OrderProgress, asked: Asked, names: Names, voice: Voice) -> Title:
    t, station, plan = voice.t, asked.station, names.order(progress.order)
    ended = voice.full(progress.completed_at) if progress.completed_at else t("lasts")
    facts = (
        (t("material"), f"{plan.material_name} ({plan.material})" if plan else NONE),
        (t("operation"), plan.operation if plan else NONE),
        (t("planned"), voice.amount(plan.quantity, plan.unit) if plan else NONE),
        (t("good"), voice.amount(progress.good, names.unit(progress.order))),
        (t("started"), voice.full(progress.started_at)),
        (t("ended"), ended),
        (t("order_state"), voice.texts.t(f"orders.{progress.state.value}")),
        (t("data_until"), voice.full(asked.until)),
        (t("station"), station.station),
        (t("equipment"), station.equipment),
        (t("terminal"), station.id),
        (t("zone"), voice.zone_words(progress.started_at, progress.completed_at or asked.until)),
    )
    subtitle = plan.material_name if plan else t("no_plan")
    return Title(t("title_order", order=progress.order), subtitle, facts)


ORDER = ReportSpec("order", "order", write_order)

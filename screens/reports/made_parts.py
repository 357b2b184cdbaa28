"""The parts of a report about what was made, what became scrap, and when the machine stood."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from hmi.domain.equipment import PackmlState, Stop
from screens.reports.asked import Span
from screens.reports.gathered import Gathered, Made
from screens.reports.names import Names
from screens.reports.sheet import Block, Column, Facts, Section, Table, Words
from screens.reports.voice import NONE, Voice


def made_section(gathered: Gathered, names: Names, voice: Voice) -> Section:
    """What was made, order by order, by how it is known."""
    t, say = voice.t, voice.number
    columns = (
        Column(t("order"), 2.6),
        Column(t("material"), 3.4),
        Column(t("counted_live"), 1.7, figures=True),
        Column(t("counted_gap"), 1.9, figures=True),
        Column(t("leaps"), 1.5, figures=True),
        Column(t("declared"), 1.6, figures=True),
        Column(t("scrap"), 1.4, figures=True),
        Column(t("good"), 1.9, figures=True),
    )
    rows = [
        (*_order(order, names, voice), *_figures(made, voice), voice.amount(made.good, names.unit(order)))
        for order, made in sorted(gathered.made.items(), key=lambda one: (one[0] is None, one[0] or ""))
    ]
    blocks: list[Block] = [Table(columns, tuple(rows), t("nothing_made"), _total(gathered, names, voice))]
    if gathered.declared:
        blocks.append(_declared(gathered, names, voice))
    leaps = sum(made.leaps for made in gathered.made.values())
    if leaps:
        blocks.append(Words(t("leaps_mean", count=say(leaps))))
    return Section(t("made"), tuple(blocks))


def _declared(gathered: Gathered, names: Names, voice: Voice) -> Table:
    t = voice.t
    columns = (
        Column(t("time"), 2.0),
        Column(t("order"), 2.2),
        Column(t("declared_why"), 4.6),
        Column(t("who"), 2.6),
        Column(t("quantity"), 1.8, figures=True),
    )
    rows = [
        (
            voice.clock(entry.terminal_time),
            said.order,
            said.comment or NONE,
            entry.person.name if entry.person else t("machine"),
            voice.amount(said.quantity, names.unit(said.order)),
        )
        for entry, said in gathered.declared
    ]
    return Table(columns, tuple(rows), "")


def _order(order: str | None, names: Names, voice: Voice) -> tuple[str, str]:
    if order is None:
        return voice.t("no_order"), ""
    plan = names.order(order)
    return order, plan.material_name if plan else NONE


def _figures(made: Made, voice: Voice) -> tuple[str, ...]:
    say = voice.number
    return say(made.live), say(made.gap), say(made.leaps), say(made.declared), say(made.scrapped)


def _total(gathered: Gathered, names: Names, voice: Voice) -> tuple[str, ...]:
    """The sums, where there are several orders and all count in the same unit."""
    units = {names.unit(order) for order in gathered.made if order is not None}
    if len(gathered.made) < 2 or len(units) > 1:
        return ()
    total = Made()
    for made in gathered.made.values():
        total.live += made.live
        total.gap += made.gap
        total.leaps += made.leaps
        total.declared += made.declared
        total.scrapped += made.scrapped
    unit = next(iter(units), "")
    return (voice.t("total"), "", *_figures(total, voice), voice.amount(total.good, unit))


def scrap_section(gathered: Gathered, names: Names, voice: Voice, *, of_one_order: bool) -> Section:
    """Each report of scrap with its reason, and the sums by reason."""
    t = voice.t
    columns = (
        Column(t("time"), 2.0),
        Column(t("order"), 2.2),
        Column(t("reason"), 4.6),
        Column(t("who"), 2.6),
        Column(t("quantity"), 1.8, figures=True),
    )
    rows = [
        (
            voice.clock(entry.source_time or entry.terminal_time),
            said.order,
            names.reason("scrap", said.reason),
            entry.person.name if entry.person else t("machine"),
            voice.amount(said.quantity, said.unit),
        )
        for entry, said in gathered.scrap
    ]
    if of_one_order:
        columns, rows = (*columns[:1], *columns[2:]), [(*row[:1], *row[2:]) for row in rows]
    blocks: list[Block] = [Table(columns, tuple(rows), t("no_scrap"))]
    sums: dict[tuple[str, str], Decimal] = {}
    for _, said in gathered.scrap:
        sums[said.reason, said.unit] = sums.get((said.reason, said.unit), Decimal(0)) + said.quantity
    if len(sums) > 1 or len(rows) > len(sums):
        ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
        pairs = [(names.reason("scrap", key[0]), voice.amount(sum_, key[1])) for key, sum_ in ranked]
        blocks.insert(0, Facts(tuple(pairs)))
    return Section(t("scrap_title"), tuple(blocks))


def stops_section(
    stops: Sequence[Stop], span: Span, now: datetime, names: Names, voice: Voice, *, of_order: bool = False
) -> Section:
    """Each stop with its reason; what lies outside the span counts for its duration and not for the sum."""
    t = voice.t
    columns = (
        Column(t("began"), 2.0),
        Column(t("ended"), 2.0),
        Column(t("duration"), 2.1),
        Column(t("reason"), 4.2),
        Column(t("state_fault"), 2.6),
        Column(t("who"), 2.2),
    )
    rows = [
        (
            voice.clock(stop.began_at),
            voice.clock(stop.ended_at) if stop.ended_at else t("lasts"),
            voice.duration(stop.duration(now)),
            _reason(stop, names, voice),
            " · ".join(part for part in (_state(stop.state, voice), names.fault(stop.fault)) if part),
            stop.classified_by or NONE,
        )
        for stop in stops
    ]
    within = sum((_within(stop, span, now) for stop in stops), timedelta(0))
    total_key = "stopped_in_order" if of_order else "stopped_in_span"
    pairs = [
        (t("stops"), voice.number(len(stops))),
        (t(total_key), voice.duration(within)),
        (t("without_reason"), voice.number(sum(1 for stop in stops if stop.reason is None))),
    ]
    blocks: list[Block] = [Facts(tuple(pairs))] if stops else []
    return Section(t("stops"), (*blocks, Table(columns, tuple(rows), t("no_stops"))))


def _reason(stop: Stop, names: Names, voice: Voice) -> str:
    if stop.reason is None:
        return voice.t("unclassified")
    name = names.reason("stop", stop.reason)
    return f"{name} · {stop.comment}" if stop.comment else name


def _state(state: PackmlState, voice: Voice) -> str:
    return voice.texts.t(f"machine.{state.name.lower()}")


def _within(stop: Stop, span: Span, now: datetime) -> timedelta:
    ended = stop.ended_at or max(now, stop.began_at)
    return max(timedelta(0), min(ended, span.end) - max(stop.began_at, span.start))

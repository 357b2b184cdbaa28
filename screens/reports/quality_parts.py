"""The parts of a report about what was measured, and what was found outside its limits."""

from decimal import Decimal

from hmi.domain.entries import Entry
from hmi.domain.payloads import NonconformanceOpened, SampleRecorded
from hmi.domain.plans import Characteristic
from screens.reports.gathered import Gathered, moment_of
from screens.reports.names import Names
from screens.reports.sheet import Column, Section, Table, Words
from screens.reports.voice import NONE, Voice

_ABOVE, _BELOW, _OUTSIDE = "▲", "▼", "◆"


def samples_section(gathered: Gathered, names: Names, voice: Voice, *, of_one_order: bool) -> Section:
    """Each sample with every value, its limits, and how it was judged when it was taken."""
    t = voice.t
    columns = (
        Column(t("time"), 2.0),
        Column(t("characteristic"), 2.8),
        Column(t("values"), 4.3),
        Column(t("limits"), 3.4),
        Column(t("mean_range"), 2.6),
        Column(t("verdict"), 1.9),
        Column(t("who"), 2.2),
    )
    rows = [_sample(entry, said, names, voice, of_one_order=of_one_order) for entry, said in gathered.samples]
    table = Table(columns, tuple(rows), t("no_samples"))
    if not any(said.outside for _, said in gathered.samples):
        return Section(t("samples"), (table,))
    return Section(t("samples"), (table, Words(t("marks", above=_ABOVE, below=_BELOW, outside=_OUTSIDE))))


def _sample(
    entry: Entry, said: SampleRecorded, names: Names, voice: Voice, *, of_one_order: bool
) -> tuple[str, ...]:
    name, limits = names.characteristic(said.plan, said.plan_version, said.characteristic)
    marked = [
        f"{voice.number(value)}\u00a0{_mark(value, limits)}"
        if position in said.outside
        else voice.number(value)
        for position, value in enumerate(said.values, 1)
    ]
    words = (
        names.limits(limits.lower, limits.upper, said.unit)
        if limits
        else voice.t("plan_moved", version=said.plan_version)
    )
    return (
        voice.clock(moment_of(entry)),
        name if of_one_order else f"{name} · {said.order}",
        "\u00a0\u00a0 ".join(marked),
        words,
        f"{voice.number(said.mean)}\u00a0/\u00a0{voice.number(said.range)}",
        voice.t(said.judgement),
        entry.person.name if entry.person else voice.t("machine"),
    )


def _mark(value: Decimal, limits: Characteristic | None) -> str:
    if limits is None:
        return _OUTSIDE
    return _ABOVE if limits.upper is not None and value > limits.upper else _BELOW


def nonconformances_section(gathered: Gathered, names: Names, voice: Voice) -> Section:
    """What was found outside its limits; the limits are those of that moment."""
    t = voice.t
    plans = {said.sample: (said.plan, said.plan_version) for _, said in gathered.samples}
    columns = (
        Column(t("time"), 2.0),
        Column(t("order"), 2.4),
        Column(t("characteristic"), 3.2),
        Column(t("outside"), 3.2),
        Column(t("limits"), 3.4),
        Column(t("who"), 2.4),
    )
    rows = [
        (
            voice.clock(moment_of(entry)),
            said.order,
            _name(said, plans, names),
            ", ".join(voice.amount(value, said.unit) for value in said.outside) or NONE,
            names.limits(said.lower, said.upper, said.unit),
            entry.person.name if entry.person else t("machine"),
        )
        for entry, said in gathered.nonconformances
    ]
    return Section(t("nonconformances"), (Table(columns, tuple(rows), t("no_nonconformances")),))


def _name(said: NonconformanceOpened, plans: dict[str, tuple[str, int]], names: Names) -> str:
    if said.sample not in plans:
        return said.characteristic
    return names.characteristic(*plans[said.sample], said.characteristic)[0]

"""The pieces of the page of the reference MES: a header, job orders, entries, and one order in full."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from urllib.parse import quote

from pydantic import JsonValue

from devices.plant.mes_server.entry_words import duration, line_of, title_of
from devices.plant.mes_server.html import Html, Inside, joined, tag
from devices.plant.mes_server.responses import Answer

NOTHING = "–"
RESULTS = {"received": "■ received", "refused": "● refused"}


def text(value: JsonValue) -> str:
    """A value as a person reads it."""
    if value is None or value == "":
        return NOTHING
    return ", ".join(text(one) for one in value) if isinstance(value, list) else str(value)


def when(value: JsonValue) -> Html:
    """A time of the contract; the page's script turns it into local time."""
    told = text(value)
    return tag("span", told) if told == NOTHING else tag("time", told[11:19] + " UTC", datetime=told)


def section(title: str, *inside: Inside, tone: str | None = None) -> Html:
    """A card with a title."""
    return tag("section", tag("h2", title), *inside, class_=tone)


def table(heads: Sequence[str], rows: Iterable[Iterable[str]], empty: str) -> Html:
    """A table of cells, or a line that says why there is none."""
    body = [tag("tr", [cell if cell.startswith("<td") else tag("td", cell) for cell in row]) for row in rows]
    if not body:
        return tag("p", empty, class_="nothing")
    head = tag("thead", tag("tr", [tag("th", name, scope="col") for name in heads]))
    return tag("div", tag("table", head, tag("tbody", body)), class_="wide")


def header(database: str, epoch: str, counts: Sequence[tuple[str, str, int]], shown: str, busy: bool) -> Html:
    """Name, database and what came in; `counts` are (filter, words, number), `shown` is the filter now."""
    chips: list[str] = [
        tag(
            "a",
            f"{words} {number}",
            href=f"/?show={name}" if name else "/",
            class_="chip critical" if name == "refused" and number else "chip",
            aria_current="page" if name == shown else None,
        )
        for name, words, number in counts
    ]
    if busy:
        chips.append(tag("span", "▲ busy, answers 503", class_="chip high"))
    name = tag("h1", tag("a", "Reference MES", href="/"))
    about = tag("p", f"{database} · epoch {epoch}")
    return tag("header", tag("div", name, about), tag("nav", chips, class_="chips", aria_label="Entries"))


def order_card(order: Answer) -> Html:
    """One job order: what is planned, what was made, how it stands."""
    quantity, good = Decimal(text(order["quantity"])), Decimal(text(order["good"]))
    scrap = Decimal(text(order["scrap"]))
    made: list[str] = [tag("span", f"{good} good")]
    if scrap:
        made.append(tag("span", f"▲ {scrap} scrap", class_="high"))
    made.append(tag("span", f"of {quantity} {text(order['unit'])}", class_="rest"))
    key = text(order["order"])
    top = tag("div", tag("h3", tag("a", key, href="/orders/" + quote(key))), _state_of(order), class_="top")
    words = tag("p", f"{text(order['material_name'])} · {text(order['operation'])}")
    bar = tag(
        "progress", max=str(quantity), value=str(min(good, quantity)), aria_label=f"{good} of {quantity}"
    )
    return tag("section", top, words, bar, tag("div", made, class_="figures"), class_="order")


def entries_table(entries: Iterable[Answer], name: str) -> Html:
    """Entries with kind, terminal, time, subject and result; each opens to what exactly came.

    `name` tells the table's rows from those of another table on the same page.
    """
    heads = ("Receipt", "Came", "What", "About", "By", "Terminal", "Result")
    return table(heads, (_entry_row(entry, name) for entry in entries), "Nothing came yet.")


def terminals_table(terminals: Iterable[Answer]) -> Html:
    """Each terminal with the place up to which everything is settled, and when it was heard last."""
    rows = [
        [
            tag("td", text(one["terminal"]), tag("small", text(one["path"]))),
            text(one["high_water"]),
            when(one["last_heard"]),
        ]
        for one in terminals
    ]
    return table(("Terminal", "Settled up to", "Told something last"), rows, "No terminal is known.")


def response_page(response: Answer) -> Html:
    """Everything that was received about one job order."""
    scrap = response["scrap_by_reason"]
    reasons = ", ".join(f"{k} {text(v)}" for k, v in scrap.items()) if isinstance(scrap, dict) else ""
    figures: list[tuple[str, str]] = [
        ("Produced", text(response["produced"])),
        ("Good", text(response["good"])),
        ("Scrap", text(response["scrap"])),
        ("Unit", text(response["unit"])),
    ]
    words: list[tuple[str, str]] = [
        ("State", f"{text(response['state'])}, plan {text(response['plan_state'])}"),
        ("Started", when(response["started_at"])),
        ("Completed", when(response["completed_at"])),
        ("Scrap by reason", reasons or NOTHING),
        ("Entries", text(response["entries"])),
    ]
    told = [tag("div", tag("dt", name), tag("dd", value)) for name, value in figures]
    told += [tag("div", tag("dt", name), tag("dd", value, class_="words")) for name, value in words]
    return joined(
        section(f"Job order {text(response['order'])}", tag("dl", told)),
        section("Stops", _listed(response["stops"], _STOP, "It did not stop.")),
        section("Samples", _listed(response["samples"], _SAMPLE, "Nothing was measured.")),
        section("Nonconformances", _listed(response["nonconformances"], _NONCONFORMANCE, "None.")),
        section("Repairs", _listed(response["repairs"], _REPAIR, "None.")),
        section("Parts used in repairs", _listed(_parts(response["repairs"]), _PART, "None.")),
    )


_STOP = {
    "Began": "began_at",
    "Ended": "ended_at",
    "Stood": "duration_ms",
    "Fault": "fault",
    "Reason": "reason",
    "Comment": "comment",
}
_SAMPLE = {
    "At": "at",
    "Characteristic": "characteristic",
    "Values": "values",
    "Mean": "mean",
    "Range": "range",
    "Unit": "unit",
    "Judged": "judgement",
    "Outside": "outside",
}
_NONCONFORMANCE = {
    "At": "at",
    "Characteristic": "characteristic",
    "Outside": "outside",
    "Lower": "lower",
    "Upper": "upper",
    "Unit": "unit",
}
_REPAIR = {
    "Opened": "opened_at",
    "Ended": "ended_at",
    "Asset": "asset",
    "Fault": "fault",
    "Problem": "problem",
    "Cause": "cause",
    "Remedy": "remedy",
}
_PART = {"Material": "material", "Lot": "lot", "Serial": "serial", "Quantity": "quantity", "Unit": "unit"}


def _listed(rows: JsonValue, columns: dict[str, str], empty: str) -> Html:
    told = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    cells = [[_cell(key, row.get(key)) for key in columns.values()] for row in told]
    return table(list(columns), cells, empty)


def _cell(key: str, value: JsonValue) -> str:
    if key.endswith("_ms") and isinstance(value, int):
        return duration(value)
    return when(value) if key == "at" or key.endswith("_at") else text(value)


def _parts(repairs: JsonValue) -> JsonValue:
    found: list[JsonValue] = []
    for repair in repairs if isinstance(repairs, list) else []:
        parts = repair.get("parts") if isinstance(repair, dict) else None
        found += parts if isinstance(parts, list) else []
    return found


def _entry_row(row: Answer, table_name: str) -> list[str]:
    entry = row["entry"]
    payload = entry.get("payload") if isinstance(entry, dict) else None
    kind, receipt, result = text(row["kind"]), text(row["mes_id"]), text(row["result"])
    raw = tag("pre", json.dumps(entry, ensure_ascii=False, indent=2))
    what = tag(
        "details",
        tag("summary", title_of(kind), tag("small", line_of(kind, payload))),
        raw,
        id=f"{table_name}-{receipt}",
    )
    why = f"{text(row['words'])} ({text(row['code'])}; {text(row['who_decides'])} decides)"
    seen = row["times_seen"]
    again = f"came {seen} times" if isinstance(seen, int) and seen > 1 else ""
    return [
        tag("td", receipt, class_="short"),
        tag("td", when(row["received_at"]), class_="short"),
        tag("td", what, class_="what"),
        tag("td", text(row["subject_id"]), tag("small", text(row["subject_kind"])), class_="about"),
        tag("td", text(row["person"]), class_="short"),
        tag("td", text(row["terminal"]), tag("small", f"{row['epoch']} / {row['seq']}"), class_="short"),
        tag(
            "td",
            tag("span", RESULTS.get(result, result), class_="critical" if result == "refused" else None),
            tag("small", why) if result == "refused" else "",
            tag("small", again) if again else "",
            class_="result",
        ),
    ]


def _state_of(order: Answer) -> Html:
    plan, response = text(order["state"]), text(order["response"])
    if plan == "cancelled":
        return tag("span", "▲ cancelled", class_="chip high")
    marks = {"running": "▶ running", "paused": "❚❚ paused", "completed": "✓ completed"}
    return tag("span", marks.get(response, plan), class_="chip")

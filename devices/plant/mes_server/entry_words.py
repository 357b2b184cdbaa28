"""What an entry says, in one line for a person who looks at the page of the reference MES."""

from collections.abc import Mapping

from pydantic import JsonValue

_LONGEST = 160
_LINES: Mapping[str, tuple[str, str]] = {
    "job_order.started": ("Order started", "by version {plan_version} of its plan"),
    "job_order.paused": ("Order paused", ""),
    "job_order.resumed": ("Order resumed", ""),
    "job_order.completed": (
        "Order completed",
        "{produced} {unit} produced, {good} good, {scrap} scrap",
    ),
    "production.counted": (
        "Parts counted",
        "{quantity} by the counter, {counter_from} to {counter_to}, {evidence}",
    ),
    "production.declared": ("Parts declared", "{quantity} · {comment}"),
    "production.scrapped": ("Scrap", "{quantity} {unit} · {reason}"),
    "production.rebooked": ("Parts rebooked", "{quantity} {unit} from {from_order} to {order}"),
    "production.count_withdrawn": ("Count withdrawn", "{quantity} by {counter}: another terminal counted"),
    "production.counter_taken": ("Counter taken", "{counter} from {holder}, lease {fence} · {reason}"),
    "equipment.state_changed": ("Machine state", "{name}, fault {fault}, {evidence}"),
    "stop.opened": ("Stop began", "fault {fault}, {evidence}"),
    "stop.fault_seen": ("Fault of a stop", "{fault}"),
    "stop.classified": ("Stop classified", "{reason} · {comment}"),
    "stop.closed": ("Stop ended", "after {duration_ms}"),
    "quality.sample_recorded": ("Sample", "{characteristic}: mean {mean}, range {range} {unit}, {judgement}"),
    "quality.nonconformance_opened": ("Nonconformance", "{characteristic}: {lower} to {upper} {unit}"),
    "repair.opened": ("Repair began", "{asset}, fault {fault}"),
    "repair.step_confirmed": ("Step confirmed", "{step}: {text}"),
    "repair.findings_recorded": ("Findings", "{problem}, {cause}, {remedy}"),
    "repair.part_used": ("Spare part", "{quantity} {unit} of {material}, lot {lot}"),
    "repair.returned_to_service": ("Back in service", "{asset}, down for {downtime_ms}"),
    "person.signed_in": ("Signed in", "{cause}"),
    "person.signed_out": ("Signed out", "{cause}"),
    "help.called": ("Help called", "{whom}"),
    "terminal.started": ("Terminal started", "{program}"),
    "terminal.epoch_opened": ("New epoch", "{epoch}, {cause}: {carried} carried over, {missing} missing"),
    "terminal.command_used": ("Command", "{command} · {about}"),
    "terminal.entries_retired": (
        "Entries retired",
        "{entries} up to {seq} of epoch {epoch}, now in {archive}",
    ),
    "entry.decided": ("Decision", "{decision} for {entry} · {comment}"),
}


class _Told(dict[str, str]):
    """The fields of a payload as texts; what is missing or null is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def title_of(kind: str) -> str:
    """A kind's name for people; one without words of its own is its name, written as words."""
    return _LINES[kind][0] if kind in _LINES else kind.replace(".", " ").replace("_", " ").capitalize()


def line_of(kind: str, payload: JsonValue) -> str:
    """What the payload says; of a kind without words of its own, its fields."""
    if not isinstance(payload, dict):
        return ""
    if kind in _LINES:
        told = _Told({key: _words(key, value) for key, value in payload.items() if value not in (None, "")})
        return _short(_LINES[kind][1].format_map(told).removesuffix(" · –"))
    fields = (
        (key.replace("_", " "), _words(key, value)) for key, value in payload.items() if value is not None
    )
    return _short(", ".join(f"{key} {value}" for key, value in fields))


def duration(milliseconds: int) -> str:
    """A duration as people say it: `45 s`, `17 min 40 s`, `2 h 05 min`."""
    seconds = round(milliseconds / 1000)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _words(key: str, value: JsonValue) -> str:
    return duration(value) if key.endswith("_ms") and isinstance(value, int) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

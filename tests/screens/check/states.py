"""The states in which every page is looked at: nothing there, normal, trouble, wires down, long words."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import current_thread, main_thread
from uuid import UUID

import pytest

from hmi.domain.alarms import AlarmCondition, Priority
from hmi.domain.entries import ResultKind
from hmi.domain.equipment import PackmlState
from hmi.domain.signals import LinkState, Quality
from hmi.ids import Uuid7Maker
from hmi.operations.alarms import ConditionSeen, ConditionsSeen, WatchedAlarm, observe_conditions
from hmi.operations.downtime import ClassifyStop, classify_stop
from hmi.operations.maintenance import ConfirmStep, OpenRepair, confirm_step, open_repair
from hmi.operations.personnel import CallHelp, call_help
from hmi.operations.production import OrderWish, Scrap, complete_order, scrap_parts, start_order
from hmi.operations.quality import RecordSample, record_sample
from hmi.ports import PlanRecord
from screens.shell.registry_types import ScreenSpec
from tests.fakes.people import QUICK
from tests.screens.check.machines import Desk, NewCertificate, Nodes, Unhurried, written_tags
from tests.screens.recorded import recorded
from tests.screens.stand import ORDER, START, SetClock, Stand, config, record

PRESS = "PRESS12"
LETTER = QUICK.hash("4829137731")
_FIRST_ID = 1_795_000_000_000  # ms since 1970, in autumn 2026
STEPS = ["Main isolator Q1 locked", "Accumulator bled, 0 bar read back from PLC"]
_VALUES = ("12.04", "12.05", "12.03", "12.06", "12.04")


def full_plans(stretch: Callable[[str], str] = str, language: str = "en") -> list[PlanRecord]:
    """A plant of believable size; `stretch` lengthens every name of it."""
    hole = {
        "id": "HOLE-D",
        "name": stretch("Hole diameter"),
        "nominal": "12.00",
        "lower": "11.90",
        "upper": "12.10",
        "unit": "mm",
        "decimals": 2,
        "sample_size": 5,
        "centre": "12.04",
        "lcl": "12.02",
        "ucl": "12.07",
        "gauge": "CAL-204",
        "gauge_valid_to": "2027-02-11",
    }
    height = {
        "id": "HEIGHT",
        "name": stretch("Flange height"),
        "nominal": "24.5",
        "lower": "24.2",
        "upper": "24.8",
        "unit": "mm",
        "decimals": 1,
        "sample_size": 3,
    }
    orders = [
        ("WO-104233", "Bracket 40-117 rev C", "2000", "released"),
        ("WO-104234", "Bracket 40-118 rev A", "1200", "released"),
        ("WO-104235", "Side panel 22-004", "400", "released"),
        ("WO-104236", "Bracket 40-119 rev B", "3600", "cancelled"),
        ("WO-104231", "Bracket 40-112 rev C", "800", "released"),
    ]
    reasons = [
        ("COIL", "Coil change", "material", True, []),
        ("DIE", "Die change", "set-up", True, []),
        ("JAM", "Jam", "process", False, [205]),
        ("NOMAT", "No material", "supply", False, []),
        ("HYD", "Hydraulics", "technical", False, [312]),
        ("EL", "Electrical", "technical", False, []),
        ("QH", "Quality hold", "quality", False, []),
        ("BREAK", "Break", "people", True, []),
        ("GUARD", "Guard open", "safety", False, [118]),
        ("CLEAN", "Cleaning", "people", True, []),
        ("WAIT", "Waiting for transport", "logistics", False, []),
        ("TEST", "Test run", "set-up", True, []),
        ("OTHER", "Other", "other", False, []),
    ]
    scrap = [("BURR", "Burr", "edge"), ("CRACK", "Crack", "material"), ("SCRATCH", "Scratch", "surface")]
    scrap += [("DIM", "Out of dimension", "measure"), ("SETUP", "Set-up part", "start")]
    people = [
        ("P1", "M. Okafor", "B-7341", ["operator"]),
        ("P2", "R. Lindqvist", "B-7355", ["inspector"]),
        ("P3", "J. Haddad", "B-7362", ["technician"]),
        ("P4", "A. Novak", "B-7300", ["supervisor"]),
    ]
    codes = [
        ("PR1", "Low output pressure", "problem", [312]),
        ("PR2", "Ram does not return", "problem", []),
        ("CA1", "Seal worn", "cause", []),
        ("CA2", "Pump worn", "cause", []),
        ("RE1", "Seal replaced", "remedy", []),
        ("RE2", "Pressure set anew", "remedy", []),
    ]
    return [
        *(
            record(
                "job_order",
                order,
                operation=stretch("20 Stamp"),
                material="40-117-C",
                material_name=stretch(name),
                quantity=quantity,
                unit="pcs",
                equipment=PRESS,
                inspection_plans=["IP-117"],
                state=state,
                tool=stretch("Die D-07"),
                rate_per_hour="480",
                due_at=(START + timedelta(hours=4)).isoformat(),
                note=stretch("Stack no more than 40 pieces."),
            )
            for order, name, quantity, state in orders
        ),
        record(
            "inspection_plan",
            "IP-117",
            name=stretch("Bracket, hole and flange"),
            every_parts=96,
            characteristics=[hole, height],
        ),
        *(
            record(
                "person", key, name=stretch(name), badge=badge, roles=roles, language=language, enrol=LETTER
            )
            for key, name, badge, roles in people
        ),
        *(
            record(
                "reason",
                key,
                name=stretch(name),
                group=group,
                applies_to="stop",
                planned=planned,
                suggested_by=codes_,
                rank=rank,
            )
            for rank, (key, name, group, planned, codes_) in enumerate(reasons)
        ),
        *(
            record("reason", key, name=stretch(name), group=group, applies_to="scrap", rank=rank)
            for rank, (key, name, group) in enumerate(scrap)
        ),
        record("fault", "312", text=stretch("hydraulic pressure low")),
        record("fault", "205", text=stretch("part jam in the die")),
        record(
            "asset",
            PRESS,
            name="Press 12",
            path="Plant A/Stamping/Line 3/Press 12",
            asset_class="press",
            lock_out=[stretch(step) for step in STEPS],
        ),
        *(
            record("failure_code", key, name=stretch(name), kind=kind, suggested_by=faults)
            for key, name, kind, faults in codes
        ),
        record("material", "SEAL", name=stretch("Rod seal 80x95"), unit="pcs", use="spare", tracked_by="lot"),
        record("material", "OIL", name=stretch("Hydraulic oil HLP 46"), unit="l", use="spare"),
    ]


def longer(name: str) -> str:
    """A name as long as the longest that a plant has sent: about three times the usual."""
    return f"{name}, {name.lower()} for the left-hand line of hall 4"


def _history(stand: Stand) -> None:
    """Five hours of a shift: parts, three stops with their reasons, scrap, samples."""
    stand.sign_in("B-7300")
    stand.do(start_order, OrderWish("WO-104231"))
    stand.state(PackmlState.IDLE)
    stand.state(PackmlState.EXECUTE)
    count = 0
    stand.count(count)
    for hour, (reason, fault, minutes) in enumerate(
        (("COIL", 0, 14), ("JAM", 205, 4), ("DIE", 0, 32), ("BREAK", 0, 12))
    ):
        for _ in range(4):
            stand.clock.go(600)
            count += 74
            stand.count(count)
        stand.state(PackmlState.HELD, fault)
        stand.clock.go(60 * minutes)
        stand.state(PackmlState.EXECUTE)
        stop = stand.read(lambda records: records.equipment.unclassified())[-1]
        stand.do(classify_stop, ClassifyStop(stop.id, reason))
        if hour == 0:
            stand.do(complete_order, OrderWish("WO-104231"))
            stand.do(start_order, OrderWish(ORDER))
        values = tuple(Decimal(value) + Decimal(hour) / 100 for value in _VALUES)
        if hour:
            stand.do(record_sample, RecordSample(ORDER, "IP-117", "HOLE-D", values))
    stand.do(scrap_parts, Scrap(ORDER, Decimal(22), "BURR"))


def _values(stand: Stand) -> None:
    for step in range(24):
        stand.clock.go(5)
        wave = math.sin(step / 3) + math.sin(step * 1.7) / 3
        for tag, value in (
            ("state", 6),
            ("force", 412 + round(8 * wave)),
            ("cycle", 2.41 + wave / 50),
            ("die", 71.2 + step / 5),
            ("oil", 212 + wave),
            ("coil", 184.5 - step / 10),
            ("guard", True),
            ("recipe", "R-210 Bracket 40-117"),
        ):
            stand.hear(tag, value)
        stand.breathe()
    stand.settle()


def _received(stand: Stand) -> None:
    """The MES has received everything so far."""
    for entry in stand.journal():
        stand.tell(entry.id, ResultKind.RECEIVED, mes_id=f"M-{entry.seq}")


def _raise(stand: Stand, *raised: tuple[str, Priority, AlarmCondition, int]) -> None:
    """Alarms of tags, each so many seconds ago."""
    limits = {"die": (Decimal(78), Decimal("79.2"), "°C"), "oil": (Decimal(180), Decimal(121), "bar")}
    names = {tag.name: tag.label for tag in stand.terminal.tags.values()}
    seen: list[ConditionSeen] = []
    for tag, priority, condition, ago in raised:
        limit, value, unit = limits[tag]
        watched = WatchedAlarm(
            f"{tag}.{condition}", names[tag], priority, condition, "plc", tag, None, limit, unit
        )
        at = stand.clock.now() - timedelta(seconds=ago)
        seen.append(ConditionSeen(watched, True, at, True, value))
    stand.do(observe_conditions, ConditionsSeen(tuple(seen)))


def empty(stand: Stand) -> None:
    """A terminal that was just put up: no plans, no wires, nobody."""
    stand.plan([], whole=True)


def normal(stand: Stand) -> None:
    """An order runs, everything is connected, a supervisor is there (who may open everything)."""
    _history(stand)
    _received(stand)
    stand.all_up()
    stand.do(call_help, CallHelp("logistics"))
    _values(stand)
    stand.all_up()


def alarm(stand: Stand) -> None:
    """The press is down by a fault, a repair is begun, a value is over its limit, an entry was refused."""
    _history(stand)
    _received(stand)
    stand.all_up()
    _values(stand)
    stand.do(scrap_parts, Scrap(ORDER, Decimal(3), "CRACK"))
    stand.tell(
        stand.newest().entry.id,
        ResultKind.REFUSED,
        code="order_cancelled",
        words="Order WO-104233 was cancelled at 10:55",
        who_decides="supervisor",
    )
    stand.reading("die", 79.2)
    stand.state(PackmlState.ABORTED, 205)
    stand.clock.go(240)
    stand.state(PackmlState.EXECUTE)
    stand.clock.go(120)
    stand.state(PackmlState.ABORTED, 312)
    stand.reading("state", 9)
    stand.clock.go(372)
    _raise(
        stand,
        ("die", Priority.HIGH, AlarmCondition.HI, 372),
        ("oil", Priority.CRITICAL, AlarmCondition.LO, 380),
    )
    stop = stand.read(lambda records: records.equipment.unclassified())[-1]
    repair = stand.do(open_repair, OpenRepair(stop.id)).entries[0].subject.id
    stand.do(confirm_step, ConfirmStep(repair, 1))
    stand.reading("die", 79.2)
    stand.reading("force", None, Quality.BAD, "sensor failure")
    stand.reading("cycle", 2.4, Quality.UNCERTAIN, "sensor not accurate")
    stand.reading("state", 9)
    stand.all_up()
    stand.settle()


def offline(stand: Stand) -> None:
    """PLC and MES are away: values are old, entries wait, work goes on."""
    _history(stand)
    stand.all_up()
    _values(stand)
    stand.clock.go(752)
    stand.link("plc", "opcua", LinkState.LOST, error="connection refused", losses=2)
    stand.link("mes", "mes", LinkState.LOST, error="no route to host", losses=1)
    stand.link("scanner", "barcode_reader", LinkState.UP)
    stand.do(scrap_parts, Scrap(ORDER, Decimal(2), "CRACK"))
    stand.settle()


def long_texts(stand: Stand) -> None:
    """Everything that a plant can name is named three times as long, and the trouble is there too."""
    alarm(stand)


STATES: Mapping[str, Callable[[Stand], None]] = {
    "empty": empty,
    "normal": normal,
    "alarm": alarm,
    "offline": offline,
    "long": long_texts,
}


def stand_in(
    state: str, folder: Path, screens: Sequence[ScreenSpec], size: tuple[int, int], language: str = "en"
) -> Stand:
    """A terminal in a state; the caller closes it."""
    with fixed_ids():
        return _stand_in(state, folder, screens, size, language)


@contextmanager
def fixed_ids() -> Generator[None]:
    """Ids count from one, so that pages that show them look the same in every run.

    The window's own ids count apart: when it asks for one is a matter of time.
    """
    counts = {True: count(1), False: count(1)}

    def made(_: Uuid7Maker) -> UUID:
        own = current_thread() is main_thread()
        return UUID(int=(_FIRST_ID << 80) | (7 << 76) | (0b10 << 62) | (own << 40) | next(counts[own]))

    patch = pytest.MonkeyPatch()
    patch.setattr(Uuid7Maker, "__call__", made)
    try:
        yield
    finally:
        patch.undo()


def _stand_in(
    state: str, folder: Path, screens: Sequence[ScreenSpec], size: tuple[int, int], language: str
) -> Stand:
    made = Stand(
        folder,
        screens,
        size,
        tags=written_tags(),
        clock=SetClock(START - timedelta(hours=5)) if state != "empty" else SetClock(),
        first_plans=full_plans(longer if state == "long" else str, language),
        settings=config(idle_sign_out_s=10**9, language=language),
    )
    STATES[state](made)
    if state == "normal":
        made.remember(recorded(folder, made.clock, every_s=4))
    if state != "empty":
        made.keep_pins(folder, "P1", "P4")
        made.terminal.requests.machines, made.terminal.mapper = Unhurried(), Nodes()
        made.terminal.trust, made.terminal.reports = NewCertificate(), Desk()
    made.settle()
    return made

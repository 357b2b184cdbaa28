"""F16 and F18: what readers may be made to say, and how far guessing gets."""

from __future__ import annotations

import random
from unittest.mock import patch

from hmi import scans
from hmi.domain.lockout import Lock
from hmi.ports import PlanRecord
from tests.faults.figure import Outcome, Trial
from tests.faults.guessing import forgets_with_the_boot, guess
from tests.faults.reader_texts import KNOWN, faults, scans_of
from tests.unit.hmi.conftest import PLANS, Floor, job_order, record


def known_codes() -> list[PlanRecord]:
    """The plans of what is known: a badge, an order, an asset and a material."""
    badge, order, asset, material = KNOWN
    return [
        record("person", "P-1", name="M. Okafor", badge=badge, roles=["operator"]),
        job_order(order),
        record("asset", asset, name="Press 12", path="A", asset_class="press"),
        record("material", material, name="Seal", unit="pcs", use="spare"),
    ]


def found_in(floor: Floor, seed: int, frames: int) -> tuple[int, list[str]]:
    """How many codes were read from so many pieces of a stream, and what was wrong with them."""
    bad, count = list[str](), 0
    for scan in scans_of(random.Random(seed), frames):
        count += 1
        bad += floor.read(lambda records, scan=scan: faults(scan, records.plans))
    return count, bad


def reader_texts(trial: Trial) -> Outcome:
    """Noise, glued and cut labels, control signs, markup; the control shows what it read as it stands."""
    frames = trial.effort.of(100_000, 5_000)
    floor = Floor(trial.place("readers") / "journal.db")
    floor.open()
    try:
        # WO-1 is what a cut label of WO-104233 leaves: no reader can tell such orders apart
        floor.plan(*(plan for plan in PLANS if plan.family != "job_order"), *known_codes())
        count, bad = found_in(floor, trial.seed, frames)
        with patch.object(scans, "visible", str):
            _, control = found_in(floor, trial.seed, 500)
    finally:
        floor.ledger.stop()
    words = f"texts as they stand: {len(control)} shown" if control else "nothing was found"
    return Outcome(frames, {"codes": count, "misread": len(bad)}, tuple(bad[:5]), words, bool(control))


def guesses(trial: Trial) -> Outcome:
    """Guesses with restarts and clock jumps; the control forgets its waits with the boot."""
    count = trial.effort.of(10_000, 2_000)
    found = guess(trial.place("guesses"), trial.seed, count)
    bad = [f"{found.looked} looked at, {found.allowed} allowed"] if found.looked > found.allowed else []
    with patch.object(Lock, "carried", forgets_with_the_boot):
        control = guess(trial.place("control"), trial.seed, 1_000)
    return Outcome(
        count,
        {"looked at": found.looked, "allowed": found.allowed},
        tuple(bad),
        f"waits that end with the boot: {control.looked} looked at, {control.allowed} allowed",
        control.looked > control.allowed,
    )

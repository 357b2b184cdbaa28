"""What a scanned material or lot is here: where it was fitted, and where it could be used."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hmi.domain.codes import LotCode, Meaning, UnknownCode
from hmi.domain.plans import Material
from hmi.domain.production import OrderState
from hmi.domain.signals import Scan
from hmi.ports import Records
from hmi.scans import interpret

LOOK_BACK = 500  # repairs in which a lot is looked for
# what a lot is called: GS1, ISO 15434, and the groups of a plant's own patterns
_LOT_PARTS = frozenset({"10", "T", "1T", "lot"})


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Names of the assets under repair into which a spare part fits, and the open orders of a product."""

    assets: tuple[str, ...]
    orders: tuple[str, ...]


def understand(scan: Scan, records: Records, patterns: Sequence[re.Pattern[str]] = ()) -> Meaning:
    """What a scan means by the plans; a lot that no plan knows may have been fitted here before."""
    meaning = interpret(scan, records.plans, patterns)
    if isinstance(meaning, UnknownCode):
        lots = [value for name, value in meaning.parts if name in _LOT_PARTS] or [scan.text]
        found = _fitted(records, lots[0])
        return meaning if found is None else found
    return meaning


def where_used(material: Material) -> Callable[[Records], Whereabouts]:
    """A loader for the places where a material is asked for now."""

    def load(records: Records) -> Whereabouts:
        if material.use == "spare":
            repairs = records.maintenance.open_repairs()
            return Whereabouts(tuple(dict.fromkeys(_asset(records, one.asset) for one in repairs)), ())
        orders: list[str] = []
        for order in records.plans.job_orders():
            progress = records.production.progress(order.id)
            ended = progress is not None and progress.state is OrderState.ENDED
            if order.material == material.id and order.state == "released" and not ended:
                orders.append(order.id)
        return Whereabouts((), tuple(orders))

    return load


def _fitted(records: Records, lot: str) -> LotCode | None:
    places: list[tuple[datetime, str]] = []
    material = ""
    for repair in records.maintenance.repairs(LOOK_BACK):
        for part in repair.parts:
            if part.lot == lot:
                places.append((part.at, _asset(records, repair.asset)))
                material = part.material
    if not places:
        return None
    known = records.plans.material(material)
    at, asset = max(places)
    return LotCode(lot, known.name if known else material, asset, at)


def _asset(records: Records, asset: str) -> str:
    known = records.plans.asset(asset)
    return known.name if known else asset

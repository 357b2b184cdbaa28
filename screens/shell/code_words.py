"""What a scan that the current screen did not expect is answered with."""

import re
from collections.abc import Sequence

from hmi.domain.codes import LotCode, MaterialCode, ToolCode, UnknownCode
from hmi.terminal import Terminal
from hmi.whereabouts import Whereabouts
from screens.entry_words import day_and_time

# identifiers whose last figures say something else: decimals of a measure, a company's own use
_KIN = re.compile(r"(?P<stem>3[1-6]\d)\d|(?P<own>9[1-9])")


def unknown_words(terminal: Terminal, code: UnknownCode) -> str:
    """What was read, in its parts with their names, and that nothing was changed."""
    return terminal.t(f"shell.{code.why}", text=code.visible, parts=part_words(terminal, code.parts))


def part_words(terminal: Terminal, parts: Sequence[tuple[str, str]]) -> str:
    """Parts of a code, each by its name where it has one: `Lot (10) L-7`."""
    return ", ".join(f"{_name(terminal, part)}({part}) {value}" for part, value in parts)


def material_words(terminal: Terminal, code: MaterialCode, places: Whereabouts) -> str:
    """What a label of material says, and where that could be used."""
    t, material = terminal.t, code.material
    what = [material.name]
    what += [t("code.lot", lot=code.lot)] if code.lot else []
    what += [t("code.serial", serial=code.serial)] if code.serial else []
    use = places.assets if material.use == "spare" else places.orders
    known = "some" if use else "none"
    return t(f"code.{material.use}_{known}", what=", ".join(what), where=", ".join(use))


def lot_words(terminal: Terminal, code: LotCode) -> str:
    """What a lot is, and where it was fitted last."""
    at = day_and_time(terminal, code.at, terminal.clock.now())
    return terminal.t("code.lot_fitted", lot=code.lot, material=code.material, asset=code.asset, time=at)


def tool_words(terminal: Terminal, code: ToolCode) -> str:
    """Which orders a tool is for."""
    orders = ", ".join(order.id for order in code.orders)
    return terminal.t("code.tool", tool=code.tool, orders=orders)


def _name(terminal: Terminal, part: str) -> str:
    kin = _KIN.fullmatch(part)
    stem = part if kin is None else kin["stem"] or "own"
    key = f"code.part.{stem}"
    known = terminal.texts.keys()
    return f"{terminal.t(key)} " if key in known else ""

"""PackML in its OPC UA form as plain values: states by their names, counts inside arrays of structures."""

import struct
from collections.abc import Mapping, Sequence

from asyncua import ua

from hmi.domain.equipment import PackmlState

GROUPS = frozenset({PackmlState.RUNNING, PackmlState.CLEARED})
_NAMES = {state.name.casefold(): state.value for state in PackmlState}
_INT = struct.Struct("<i")


def packml_number(value: object) -> int | None:
    """The number of a state that a state machine names, None for anything else."""
    if isinstance(value, ua.LocalizedText):
        value = value.Text
    if not isinstance(value, str):
        return None
    return _NAMES.get(value.strip().casefold())


def deepest(states: Sequence[int | None]) -> int | None:
    """The state that counts of nested state machines, outermost first; None while it is not known.

    A group (Cleared, Running) says only that the next one knows more.
    """
    for state in states:
        if state is None or state not in GROUPS:
            return state
    return states[-1] if states else None


def element_of(value: object, kind: str, element: int, member: str) -> tuple[object, str, str]:
    """One element of an array with its type, or the reason why there is none.

    With `member`, the element is a PackMLCountDataType (OPC 30050, 6.4.2): ID, Name, Unit, Count, AccCount.
    """
    if not isinstance(value, list):
        return None, kind, f"the node holds a {kind or 'nothing'}, not an array with an element {element}"
    items: list[object] = [*value]
    if element >= len(items):
        return None, kind, f"the node holds {len(items)} elements; there is no element {element}"
    found = items[element]
    if not member:
        return found, kind, ""
    counts = packml_count(found)
    if counts is None:
        return None, kind, f"element {element} is no PackML count, so it has no {member}"
    return counts[member], "Int32", ""


def packml_count(value: object) -> Mapping[str, int] | None:
    """Count and AccCount of a PackML count, decoded or read from its body; None for anything else."""
    count, total = getattr(value, "Count", None), getattr(value, "AccCount", None)
    if isinstance(count, int) and isinstance(total, int):
        return {"Count": count, "AccCount": total}
    body = getattr(value, "Body", None)
    if not isinstance(body, bytes):
        return None
    try:
        place = _skip_text(body, 4)  # ID, Name
        place = _skip_text(body, place) + 4  # Unit: namespace URI, unit id
        for _ in range(2):  # display name, description
            mask = body[place]
            place += 1
            for bit in (1, 2):
                place = _skip_text(body, place) if mask & bit else place
        if place + 8 != len(body):
            return None
        return {"Count": _INT.unpack_from(body, place)[0], "AccCount": _INT.unpack_from(body, place + 4)[0]}
    except (struct.error, IndexError):
        return None


def _skip_text(body: bytes, place: int) -> int:
    (length,) = _INT.unpack_from(body, place)
    return place + 4 + max(length, 0)

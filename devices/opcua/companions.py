"""What the companion models say of a machine's nodes, found by namespace and type, and the tags of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from devices.opcua.browsing import BrowsedNode, flat
from hmi.domain.tags import TagRole

PACKML = "http://opcfoundation.org/UA/PackML/"
MACHINERY = "http://opcfoundation.org/UA/Machinery/"
JOB_CONTROL = "http://opcfoundation.org/UA/ISA95-JOBCONTROL_V2/"
AUTO_ID = "http://opcfoundation.org/UA/AutoID/"
DI = "http://opcfoundation.org/UA/DI/"
_TYPES: dict[tuple[str, object], str] = {
    (PACKML, 6): "PackML",
    (MACHINERY, 1004): "Machinery identification",
    (MACHINERY, 1002): "Machinery state",
    (MACHINERY, 1009): "Machinery operation counter",
    (JOB_CONTROL, 1002): "Job orders",
    (JOB_CONTROL, 1003): "Job responses",
    (AUTO_ID, 1001): "AutoID reader",
    (DI, 1002): "DI device",
}
_NUMBERS = frozenset(
    {"SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double", "Duration"}
)
_WHOLE = frozenset({"SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"})
_SHOWABLE = _NUMBERS | {"Boolean", "String", "LocalizedText", "DateTime", "UtcTime", "QualifiedName"}
# relative paths in a PackML object: name of the tag, label, role, and the states below a grouping state
_STATE = "BaseStateMachine/CurrentState"
_SUB_STATES = (
    "BaseStateMachine/MachineState/CurrentState",
    "BaseStateMachine/MachineState/ExecuteState/CurrentState",
)
_PACKML_TAGS: dict[str, tuple[str, TagRole]] = {
    "Status/CurMachSpeed": ("Speed", TagRole.SPEED),
    "Status/MachSpeed": ("Set speed", TagRole.VALUE),
    "Status/UnitModeCurrent": ("Mode", TagRole.VALUE),
    "Status/EquipmentBlocked": ("Blocked", TagRole.VALUE),
    "Status/EquipmentStarved": ("Starved", TagRole.VALUE),
    "Admin/MachDesignSpeed": ("Design speed", TagRole.VALUE),
    "Admin/AccTimeSinceReset": ("Time since reset", TagRole.VALUE),
}
_PACKML_COUNTS = {
    "Admin/ProdProcessedCount": ("Processed", TagRole.PRODUCED_COUNT),
    "Admin/ProdConsumedCount": ("Consumed", TagRole.VALUE),
    "Admin/ProdDefectiveCount": ("Defective", TagRole.VALUE),
}
# names that people give to nodes without a companion model
_BY_NAME: tuple[tuple[re.Pattern[str], TagRole], ...] = (
    (re.compile(r"^StateCurrent$"), TagRole.STATE),
    (re.compile(r"^(CurMachSpeed|MachineSpeed)$"), TagRole.SPEED),
    (re.compile(r"^(ProdProcessedCount|PartCount|PartsProduced|ProducedCount)$"), TagRole.PRODUCED_COUNT),
    (re.compile(r"^(FaultCode|ErrorCode|AlarmCode|StopReason\.?ID)$"), TagRole.FAULT),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tag that could be made of a node, and why; for `picked` ones a model or their name speaks."""

    name: str
    address: str
    label: str
    role: TagRole
    kind: str
    unit: str
    low: float | None
    high: float | None
    value: str
    why: str
    picked: bool
    sub_states: tuple[str, ...] = ()
    element: int | None = None
    member: str = ""


@dataclass(frozen=True, slots=True)
class JobsProposal:
    """The addresses of what takes job orders and what gives job responses, empty for none."""

    receiver: str
    provider: str


def propose_jobs(nodes: Sequence[BrowsedNode]) -> JobsProposal | None:
    """The job order receiver of a machine and its response provider; None where it has no receiver."""
    objects = [node for node in flat(nodes) if not node.is_variable]
    receiver = next((each for each in objects if companion_of(each) == "Job orders"), None)
    provider = next((each for each in objects if companion_of(each) == "Job responses"), None)
    if receiver is None:
        return None
    return JobsProposal(receiver.path_address, provider.path_address if provider is not None else "")


def companion_of(node: BrowsedNode) -> str:
    """Which companion model an object belongs to, empty for none."""
    return next((_TYPES[each] for each in node.companions if each in _TYPES), "")


def propose(nodes: Sequence[BrowsedNode]) -> list[Proposal]:
    """A tag for every variable that can be shown, those of companion models first; names are unique."""
    found: list[Proposal] = []
    taken: set[tuple[tuple[str, str], ...]] = set()
    for node in flat(nodes):
        if companion_of(node) == "PackML":
            found += _packml(node, taken)
    for node in flat(nodes):
        model = companion_of(node)
        if model and model != "PackML":
            for child in node.children:
                if child.is_variable and child.path not in taken and _showable(child):
                    taken.add(child.path)
                    found.append(_plain(child, model, picked=model != "DI device"))
    for node in flat(nodes):
        if node.is_variable and node.path not in taken and _showable(node) and not _is_property(node):
            found.append(_plain(node, "", picked=_role_by_name(node) is not TagRole.VALUE))
    return _unique(found)


def _packml(machine: BrowsedNode, taken: set[tuple[tuple[str, str], ...]]) -> list[Proposal]:
    below = {_relative(machine, each): each for each in flat(machine.children)}
    found: list[Proposal] = []
    state = below.get(_STATE)
    if state is not None:
        subs = [below[path] for path in _SUB_STATES if path in below]
        taken |= {state.path, *(each.path for each in subs)}
        found.append(
            _proposal(
                state,
                f"{machine.name}_state",
                "State",
                TagRole.STATE,
                "PackML",
                sub_states=tuple(each.path_address for each in subs),
            )
        )
    for path, (label, role) in _PACKML_TAGS.items():
        node = below.get(path)
        if node is not None and _showable(node):
            taken.add(node.path)
            found.append(_proposal(node, f"{machine.name}_{node.name}", label, role, "PackML"))
    for path, (label, role) in _PACKML_COUNTS.items():
        node = below.get(path)
        if node is not None:
            taken.add(node.path)
            name = f"{machine.name}_{node.name}"
            found.append(_proposal(node, name, label, role, "PackML", element=0, member="AccCount"))
    return found


def _plain(node: BrowsedNode, model: str, *, picked: bool) -> Proposal:
    parent = node.path[-2][1] if len(node.path) > 2 else ""
    role = _role_by_name(node)
    return _proposal(node, f"{parent}_{node.name}", node.name, role, model, picked=picked)


def _proposal(
    node: BrowsedNode,
    name: str,
    label: str,
    role: TagRole,
    why: str,
    *,
    picked: bool = True,
    sub_states: tuple[str, ...] = (),
    element: int | None = None,
    member: str = "",
) -> Proposal:
    return Proposal(
        name=re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "tag",
        address=node.path_address,
        label=label,
        role=role,
        kind=node.kind,
        unit=node.unit,
        low=node.low,
        high=node.high,
        value="" if node.value is None else str(node.value),
        why=why,
        picked=picked,
        sub_states=sub_states,
        element=element,
        member=member,
    )


def _role_by_name(node: BrowsedNode) -> TagRole:
    role = next((role for pattern, role in _BY_NAME if pattern.match(node.name)), TagRole.VALUE)
    whole = role in (TagRole.STATE, TagRole.FAULT, TagRole.PRODUCED_COUNT)
    fits = node.kind in (_WHOLE if whole else _NUMBERS)
    return role if fits else TagRole.VALUE


def _showable(node: BrowsedNode) -> bool:
    return node.is_variable and node.kind in _SHOWABLE and not node.is_array


def _is_property(node: BrowsedNode) -> bool:
    return node.type == ("http://opcfoundation.org/UA/", 68)


def _relative(machine: BrowsedNode, node: BrowsedNode) -> str:
    return "/".join(name for _, name in node.path[len(machine.path) :])


def _unique(proposals: Sequence[Proposal]) -> list[Proposal]:
    counts: dict[str, int] = {}
    made: list[Proposal] = []
    for each in proposals:
        counts[each.name] = counts.get(each.name, 0) + 1
        number = counts[each.name]
        made.append(each if number == 1 else replace(each, name=f"{each.name}_{number}"))
    return made

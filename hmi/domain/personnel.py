"""Who may do what, and who is signed in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Permission(StrEnum):
    """Something that needs a role."""

    RUN_ORDERS = "run_orders"
    CLASSIFY_STOPS = "classify_stops"
    RECORD_SAMPLES = "record_samples"
    REPAIR = "repair"
    DECIDE_REFUSED = "decide_refused"
    ACKNOWLEDGE_ALARMS = "acknowledge_alarms"
    SHELVE_ALARMS = "shelve_alarms"
    SUPPRESS_ALARMS = "suppress_alarms"


_ALARMS = frozenset({Permission.ACKNOWLEDGE_ALARMS, Permission.SHELVE_ALARMS})
_ALL_OF_ALARMS = _ALARMS | {Permission.SUPPRESS_ALARMS}

_ROLES: dict[str, frozenset[Permission]] = {
    "operator": frozenset({Permission.RUN_ORDERS, Permission.CLASSIFY_STOPS}) | _ALARMS,
    "inspector": frozenset({Permission.RECORD_SAMPLES, Permission.CLASSIFY_STOPS}) | _ALARMS,
    "technician": frozenset({Permission.REPAIR, Permission.CLASSIFY_STOPS}) | _ALL_OF_ALARMS,
    "supervisor": frozenset(Permission),
    "engineer": frozenset({Permission.REPAIR, Permission.CLASSIFY_STOPS, Permission.RECORD_SAMPLES})
    | _ALL_OF_ALARMS,
}


def permissions(roles: tuple[str, ...]) -> frozenset[Permission]:
    """What somebody with these roles may do; a role that is not known gives nothing."""
    return frozenset().union(*(_ROLES.get(role, frozenset()) for role in roles))


@dataclass(frozen=True, slots=True)
class RoleNames:
    """Roles that are to be named to a person, in the person's words."""

    roles: tuple[str, ...]


def roles_with(permission: Permission) -> tuple[str, ...]:
    """The roles that have a permission: who may decide, to be named in a refusal."""
    return tuple(role for role, given in _ROLES.items() if permission in given)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in; `since` by the terminal's clock."""

    person: str
    name: str
    roles: tuple[str, ...]
    language: str
    since: datetime

    def may(self, permission: Permission) -> bool:
        """Whether this person may do it."""
        return permission in permissions(self.roles)

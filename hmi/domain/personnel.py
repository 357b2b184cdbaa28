"""Who may do what, and who is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


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
    SIGN = "sign"
    APPROVE = "approve"
    WRITE_TAGS = "write_tags"
    TRUST_SERVERS = "trust_servers"
    MAP_TAGS = "map_tags"


@dataclass(frozen=True)
class Rights:
    """What each role may do; a role that is not known gives nothing."""

    roles: Mapping[str, frozenset[Permission]]

    def of(self, roles: tuple[str, ...]) -> frozenset[Permission]:
        """What somebody with these roles may do."""
        return frozenset[Permission]().union(*(self.roles.get(role, frozenset()) for role in roles))

    def roles_with(self, permission: Permission) -> tuple[str, ...]:
        """The roles that have a permission: who may decide, to be named in a refusal."""
        return tuple(role for role, given in self.roles.items() if permission in given)


def rights_of(table: Mapping[str, tuple[str, ...]]) -> Rights:
    """The rights of a table that the MES sent; a permission that is not known here is passed over."""
    known = {permission.value for permission in Permission}
    return Rights(
        MappingProxyType(
            {
                role: frozenset(Permission(one) for one in given if one in known)
                for role, given in table.items()
            }
        )
    )


_ALARMS = ("acknowledge_alarms", "shelve_alarms")
_ALL_OF_ALARMS = (*_ALARMS, "suppress_alarms")
_MACHINES = ("write_tags", "trust_servers", "map_tags")

# what holds while the MES sends no table of its own
STANDARD_RIGHTS = rights_of(
    {
        "operator": ("run_orders", "classify_stops", "sign", *_ALARMS),
        "inspector": ("record_samples", "classify_stops", "sign", "approve", *_ALARMS),
        "technician": ("repair", "classify_stops", "sign", *_ALL_OF_ALARMS, *_MACHINES),
        "supervisor": tuple(permission.value for permission in Permission),
        "engineer": (
            "repair",
            "classify_stops",
            "record_samples",
            "sign",
            "approve",
            *_ALL_OF_ALARMS,
            *_MACHINES,
        ),
    }
)


def permissions(roles: tuple[str, ...]) -> frozenset[Permission]:
    """What somebody with these roles may do where the MES says nothing else."""
    return STANDARD_RIGHTS.of(roles)


def roles_with(permission: Permission) -> tuple[str, ...]:
    """The roles that have a permission where the MES says nothing else."""
    return STANDARD_RIGHTS.roles_with(permission)


@dataclass(frozen=True, slots=True)
class RoleNames:
    """Roles that are to be named to a person, in the person's words."""

    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in; `since` by the terminal's clock, `how` as it was proven who it is."""

    person: str
    name: str
    roles: tuple[str, ...]
    language: str
    since: datetime
    how: str = "badge"
    rights: Rights = field(default=STANDARD_RIGHTS)

    def may(self, permission: Permission) -> bool:
        """Whether this person may do it."""
        return permission in self.rights.of(self.roles)

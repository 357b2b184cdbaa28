"""Who may do something, to be named where it is refused."""

from hmi.domain.personnel import Permission, roles_with
from hmi.terminal import Terminal


def role_names(terminal: Terminal, permission: Permission) -> str:
    """The roles that have a permission, as people call them."""
    return ", ".join(terminal.t(f"role.{role}") for role in roles_with(permission))

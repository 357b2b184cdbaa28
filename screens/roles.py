"""Who may do something, to be named where it is refused."""

from hmi.domain.personnel import STANDARD_RIGHTS, Permission, RoleNames
from hmi.terminal import Terminal


def role_names(terminal: Terminal, permission: Permission) -> str:
    """The roles that have a permission, as people call them."""
    rights = terminal.session.rights if terminal.session else STANDARD_RIGHTS
    return terminal.role_words(RoleNames(rights.roles_with(permission)))

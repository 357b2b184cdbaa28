"""What the registry says of a screen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hmi.domain.personnel import Permission
from hmi.terminal import Terminal
from screens.shell.screen import Screen


@dataclass(frozen=True, slots=True)
class ScreenSpec:
    """A screen: its id, how the rail shows it (icon None: not in the rail), and how it is made.

    `permission` is what is needed to act there; looking is free. The text of the rail is `rail.<id>`.
    """

    id: str
    icon: str | None
    make: Callable[[Terminal], Screen[Any]]
    permission: Permission | None = None

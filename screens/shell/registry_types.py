"""What the registry says of a screen."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from hmi.domain.personnel import Permission
from hmi.terminal import Terminal
from screens.shell.actions import Action
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

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done there, without making it."""
        made = self.make.func if isinstance(self.make, partial) else self.make
        return made.declared if isinstance(made, type) and issubclass(made, Screen) else ()

"""Where a scan leads that the current screen did not expect."""

from collections.abc import Callable
from functools import partial

from hmi.domain.codes import (
    AssetCode,
    BadgeCode,
    LotCode,
    MaterialCode,
    Meaning,
    OrderCode,
    ToolCode,
    UnknownCode,
)
from hmi.domain.plans import Person
from hmi.terminal import FaultReport, Refusal, Terminal
from hmi.whereabouts import Whereabouts, where_used
from screens.shell.code_words import lot_words, material_words, tool_words, unknown_words
from screens.shell.screen import ASSET, Said


class UnexpectedScans:
    """A badge signs in, an order, asset or tool opens its page, a lot is told; all else is refused."""

    def __init__(
        self,
        terminal: Terminal,
        say: Callable[[Said, str], None],
        show_screen: Callable[[str, str], None],
        badge_read: Callable[[Person], None],
    ) -> None:
        """`say` is the answer line of the frame."""
        self._terminal = terminal
        self._say = say
        self._show_screen = show_screen
        self._badge_read = badge_read

    def take(self, meaning: Meaning) -> None:
        """Do what a scan asks for from anywhere."""
        match meaning:
            case BadgeCode(person=person):
                self._badge_read(person)
            case OrderCode(order=order):
                self._show_screen("orders", order.id)
            case AssetCode(asset=asset):
                self._show_screen("repair", f"{ASSET}{asset.id}")
            case ToolCode(orders=orders):
                self._show_screen("orders", orders[0].id)
                self._say(Said.NOTE, tool_words(self._terminal, meaning))
            case LotCode():
                self._say(Said.NOTE, lot_words(self._terminal, meaning))
            case MaterialCode(material=material):
                self._terminal.read(where_used(material), partial(self._say_where, meaning), self._failed)
            case UnknownCode():
                self._say(Said.REFUSED, unknown_words(self._terminal, meaning))

    def _failed(self, why: Refusal | FaultReport) -> None:
        self._say(Said.REFUSED, why.words)

    def _say_where(self, code: MaterialCode, places: Whereabouts) -> None:
        self._say(Said.NOTE, material_words(self._terminal, code, places))

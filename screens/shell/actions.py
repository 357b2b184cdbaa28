"""What can be done on a screen, declared once: button, key, permission, page of keys and audit follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hmi.domain.alarm_payloads import AlarmAcknowledged
from hmi.domain.payload import Payload
from hmi.domain.people_payloads import PersonSignedIn, PersonSignedOut
from hmi.domain.personnel import Permission
from hmi.terminal import Terminal
from screens.kit.buttons import Kind
from screens.roles import role_names
from screens.shell.action_bar import ActionButtonSpec, Align


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do on a screen; `text` is the key of a text without places.

    `writes` are the entries that it may leave in the journal. Actions of one `slot` are never offered
    together and may share a key. One `on_page` is touched where it stands on the page, the others in the
    bar. Whoever lacks the permission sees it disabled and is told who may, or not at all if it `hides`;
    `denied` is the key of a text that the bar says instead.
    """

    id: str
    text: str
    icon: str = ""
    kind: Kind = Kind.NORMAL
    key: str = ""
    align: Align = Align.LEFT
    permission: Permission | None = None
    writes: tuple[type[Payload], ...] = ()
    slot: str = ""
    on_page: bool = False
    hides: bool = False
    denied: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """An action as it is offered now; what is left out is as it was declared."""

    id: str
    words: str = ""
    icon: str = ""
    kind: Kind | None = None
    enabled: bool = True


BACK = Action("back", "action.back", "back", key="Esc")
CALL_HELP = Action("help", "shell.call_help", "hand", Kind.HELP, "F1", Align.RIGHT)
# what the frame offers on every screen
FRAME = (
    CALL_HELP,
    Action("sign_in", "keys.do.sign_in", writes=(PersonSignedOut, PersonSignedIn), on_page=True),
    Action("sign_out", "keys.do.sign_out", writes=(PersonSignedOut,), on_page=True),
    Action(
        "acknowledge",
        "alarms.acknowledge",
        permission=Permission.ACKNOWLEDGE_ALARMS,
        writes=(AlarmAcknowledged,),
        on_page=True,
    ),
)


def buttons(
    terminal: Terminal, declared: Iterable[Action], offered: Sequence[Offer]
) -> tuple[ActionButtonSpec, ...]:
    """The buttons of the bar for what is offered to whoever is signed in, in the order of the offers.

    KeyError names an offer that is not declared.
    """
    known = {action.id: action for action in declared}
    made = (_button(terminal, known[offer.id], offer) for offer in offered)
    return tuple(button for button in made if button is not None)


def why_not(terminal: Terminal, permission: Permission | None) -> str:
    """Why whoever is there may not, and who may; empty where they may."""
    if permission is None or terminal.may(permission):
        return ""
    roles = role_names(terminal, permission)
    if terminal.session is None:
        return terminal.t("action.nobody", roles=roles)
    return terminal.t("action.not_permitted", person=terminal.session.name, roles=roles)


def _button(terminal: Terminal, action: Action, offer: Offer) -> ActionButtonSpec | None:
    why = why_not(terminal, action.permission)
    if (why and action.hides) or (action.on_page and not why):
        return None
    words = offer.words or terminal.t(action.text)
    return ActionButtonSpec(
        action.id,
        terminal.t(action.denied) if why and action.denied else words,
        offer.icon or action.icon,
        action.kind if offer.kind is None else offer.kind,
        offer.enabled and not why,
        action.align,
        action.key,
        why if offer.enabled else "",
    )

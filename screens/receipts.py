"""How a receipt is drawn wherever an entry is shown, and how the road to the MES stands."""

from dataclasses import dataclass

from hmi.domain.entries import ReceiptState
from hmi.domain.signals import LinkStatus
from hmi.terminal import Terminal
from screens.kit.theme import Tone

OPEN_STATES = frozenset({ReceiptState.REFUSED, ReceiptState.PARKED})


@dataclass(frozen=True, slots=True)
class Look:
    """Tone and sign of a state, never colour alone; without a sign the tone's own shape is drawn."""

    tone: Tone
    sign: str | None


LOOKS = {
    ReceiptState.WAITING: Look(Tone.OFFLINE, None),
    ReceiptState.RECEIVED: Look(Tone.NORMAL, "check"),
    ReceiptState.REFUSED: Look(Tone.HIGH, None),
    ReceiptState.PARKED: Look(Tone.HIGH, None),
    ReceiptState.SET_ASIDE: Look(Tone.NORMAL, "cross"),
}


def mes_status(terminal: Terminal) -> LinkStatus | None:
    """The link to the MES, once something is known of it."""
    return next((status for status in terminal.links.values() if status.kind == "mes"), None)

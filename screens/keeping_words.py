"""What an entry about the terminal's own keeping says, in one line for people."""

from collections.abc import Callable
from decimal import Decimal

from hmi.domain.keeping_payloads import (
    CommandUsed,
    CounterTaken,
    CountWithdrawn,
    EntriesRetired,
    KeepingPayload,
)
from hmi.i18n import Texts


def keeping_words(texts: Texts, number: Callable[[Decimal], str], payload: KeepingPayload) -> str:
    """What it says; `number` writes a quantity as people read it."""
    match payload:
        case EntriesRetired():
            told = {"entries": payload.entries, "seq": payload.seq, "archive": payload.archive}
            return texts.t("entry.terminal.retired", **told)
        case CountWithdrawn(order=None):
            return texts.t("counting.withdrawn_no_order", quantity=number(payload.quantity))
        case CountWithdrawn():
            return texts.t("counting.withdrawn", quantity=number(payload.quantity), order=payload.order)
        case CounterTaken():
            told = {"counter": payload.counter, "holder": payload.holder, "reason": payload.reason}
            return texts.t("counting.taken", **told)
        case CommandUsed():
            return texts.t("command.used", command=payload.command, about=payload.about)
        case _:
            return payload.kind

"""What an entry about a shared counter says, in one line for people."""

from collections.abc import Callable
from decimal import Decimal

from hmi.domain.keeping_payloads import CounterTaken, CountingPayload, CountWithdrawn
from hmi.i18n import Texts


def counting_words(texts: Texts, number: Callable[[Decimal], str], payload: CountingPayload) -> str:
    """What it says; `number` writes a quantity as people read it."""
    match payload:
        case CountWithdrawn(order=None):
            return texts.t("counting.withdrawn_no_order", quantity=number(payload.quantity))
        case CountWithdrawn():
            return texts.t("counting.withdrawn", quantity=number(payload.quantity), order=payload.order)
        case CounterTaken():
            told = {"counter": payload.counter, "holder": payload.holder, "reason": payload.reason}
            return texts.t("counting.taken", **told)
        case _:
            return payload.kind

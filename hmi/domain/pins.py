"""Which PINs are too easy: what a neighbour would try first."""

from itertools import pairwise

LEAST_DIGITS = 6


def weakness(pin: str, digits: int, *known: str) -> str | None:
    """The key of what is wrong with a new PIN, None when nothing is; `known` texts must not contain it."""
    if not pin.isascii() or not pin.isdigit() or len(pin) < max(digits, LEAST_DIGITS):
        return "pin_short"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return "pin_easy"
    if len(set(pin)) < 3 or pin[: len(pin) // 2] == pin[len(pin) // 2 :]:
        return "pin_easy"
    digits_known = ("".join(sign for sign in text if sign.isdigit()) for text in known)
    if any(text and (text in pin or pin in text) for text in digits_known if len(text) >= 4):
        return "pin_easy"
    return None

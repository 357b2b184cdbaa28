"""The sample being measured: its values part by part, and what a half-typed number can still become."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from hmi.domain.payloads import decimal_text
from hmi.domain.plans import Characteristic
from hmi.domain.quality import CheckDue, Verdict, judge

FORM = "sample"
# in the draft of the form: the number being keyed, and the part that it is for
TYPED, PART = "typed", "part"
_LONGEST = 12


class SampleForm:
    """Values of one subgroup by part number from 1; `current` is the part that the next value belongs to.

    `entry_id` becomes the id of the sample's entry, so that saving twice saves once.
    """

    def __init__(self, check: CheckDue, entry_id: str, content: Mapping[str, str]) -> None:
        """Open the form, with what was measured before it was left."""
        self.check = check
        self.entry_id = entry_id
        self.values: dict[int, Decimal] = {
            part: self._rounded(Decimal(content[str(part)]))
            for part in range(1, self.size + 1)
            if str(part) in content
        }
        self.correcting = False
        self.current = self._next_empty() or self.size

    @property
    def subject(self) -> str:
        """What the draft of this form is about."""
        return subject_of(self.check)

    @property
    def size(self) -> int:
        """How many parts belong to the sample."""
        return self.check.characteristic.sample_size

    @property
    def complete(self) -> bool:
        """Whether every part has its value."""
        return len(self.values) == self.size

    def content(self) -> dict[str, str]:
        """The values as a draft keeps them."""
        return {str(part): decimal_text(value) for part, value in sorted(self.values.items())}

    def verdict(self, part: int) -> Verdict | None:
        """How a part's value was judged; None while it has none."""
        value = self.values.get(part)
        return None if value is None else judge(value, self.check.characteristic)

    def accept(self, value: Decimal) -> None:
        """Give the current part its value and go on to the next one without."""
        self.values[self.current] = self._rounded(value)
        self.correcting = False
        self.current = self._next_empty() or self.current

    def go_to(self, part: int) -> None:
        """Measure this part now, again if it has a value."""
        self.current = part
        self.correcting = part in self.values

    def in_order(self) -> tuple[Decimal, ...]:
        """All values by part number."""
        return tuple(value for _, value in sorted(self.values.items()))

    def _next_empty(self) -> int | None:
        later = [part for part in range(1, self.size + 1) if part not in self.values]
        return later[0] if later else None

    def _rounded(self, value: Decimal) -> Decimal:
        return value.quantize(Decimal(1).scaleb(-self.check.characteristic.decimals), ROUND_HALF_EVEN)


def subject_of(check: CheckDue) -> str:
    """Order, plan and characteristic as one text."""
    return f"{check.order}|{check.plan}|{check.characteristic.id}"


def verdict_of_typed(typed: str, of: Characteristic) -> Verdict | None:
    """Judge a number while it is typed (point as decimal sign, `-` as sign).

    None as long as further digits may bring it inside; OUT as soon as none can; the judgement itself when
    all decimals are there.
    """
    try:
        value = Decimal(typed)
    except InvalidOperation:
        return None
    _, point, after = typed.partition(".")
    verdict = judge(value, of)
    if (point and len(after) >= of.decimals) or (of.decimals == 0 and verdict is not Verdict.OUT):
        return verdict
    return (
        None
        if any(_reaches(span, of) for span in _spans(value, len(after), bool(point), of))
        else Verdict.OUT
    )


def _spans(
    value: Decimal, decimals: int, has_point: bool, of: Characteristic
) -> list[tuple[Decimal, Decimal]]:
    """The ranges of numbers that begin with what was typed."""
    size, least = abs(value), Decimal(1).scaleb(-of.decimals)
    if has_point:
        spans = [(size, size + Decimal(1).scaleb(-decimals) - least)]
    else:
        spans = [(size.scaleb(more), (size + 1).scaleb(more) - least) for more in range(_LONGEST)]
    return [(-high, -low) for low, high in spans] if value.is_signed() else spans


def _reaches(span: tuple[Decimal, Decimal], of: Characteristic) -> bool:
    low, high = span
    return not (of.lower is not None and high < of.lower) and not (of.upper is not None and low > of.upper)

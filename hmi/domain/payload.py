"""What every payload is: a frozen model whose decimals and times are texts on the wire.

`families` are the records that the kind touches. `ordered` kinds hold back their followers of the same
subject while one is unsettled at the MES; the others may be received in any order. A kind that `sums` up
others of its subject, by how their kinds begin, waits until none of those is unsettled.
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from hmi.domain.changes import Family
from hmi.domain.equipment import PackmlState
from hmi.times import to_text


def decimal_text(value: Decimal) -> str:
    """A decimal as people write it: no exponent; trailing zeros stay, they say how well it was measured."""
    return format(value, "f")


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError("not a number that can be counted with")
    return value


Quantity = Annotated[Decimal, AfterValidator(_finite), PlainSerializer(decimal_text, return_type=str)]
Moment = Annotated[AwareDatetime, PlainSerializer(to_text, return_type=str)]
Evidence = Literal["live", "gap", "reset"]
StateNumber = Annotated[int, Field(ge=min(PackmlState), le=max(PackmlState))]


class Payload(BaseModel):
    """What an entry says, beyond who, when and about what."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    version: ClassVar[int] = 1
    families: ClassVar[frozenset[Family]]
    ordered: ClassVar[bool] = True
    sums: ClassVar[str] = ""

    def to_wire(self) -> dict[str, Any]:
        """The payload as JSON values: decimals and times are texts, nothing is a float."""
        return self.model_dump(mode="json")

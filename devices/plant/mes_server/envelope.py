"""An entry without its payload, and the fields of both, as the MES contract has them.

Unknown fields are ignored. Decimals and times are checked by their form and kept as the texts that came.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

Decimal = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,12})?$")]
Time = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$"
    ),
]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,200}$")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]{0,4000}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Whole = Annotated[int, Field(ge=0, le=2**53)]
Number = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
Evidence = Literal["live", "gap"]


class Told(BaseModel):
    """Something that a terminal tells: strict, frozen, and deaf to fields that it does not know."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Subject(Told):
    """What an entry is about."""

    kind: Name
    id: Name


class Person(Told):
    """Who an entry is by, and how that is known."""

    id: Name
    name: Name
    how: Name


class CarriedFrom(Told):
    """Where an entry stood before its epoch was given up."""

    epoch: Annotated[int, Field(ge=1, le=2**31 - 1)]
    seq: Annotated[int, Field(ge=1, le=2**31 - 1)]
    hash: Hash


class Envelope(Told):
    """Everything of an entry but what its payload means."""

    id: Annotated[
        str,
        StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
    ]
    terminal: Name
    epoch: Annotated[int, Field(ge=1, le=2**31 - 1)]
    seq: Annotated[int, Field(ge=1, le=2**31 - 1)]
    kind: Name
    version: Annotated[int, Field(ge=1)]
    subject: Subject
    person: Person | None
    source_time: Time | None
    quality: Literal["good", "uncertain", "bad"]
    terminal_time: Time
    boot: Name
    monotonic_ms: Whole
    clock_offset_ms: int | None
    corrects: Name | None
    payload: dict[str, JsonValue]
    prev: Hash
    hash: Hash
    carried_from: CarriedFrom | None = None

"""Payloads about the journal itself, and about parts that were booked to an order that is no more."""

from typing import Annotated, Literal

from pydantic import Field

from devices.plant.mes_server.envelope import Decimal, Hash, Name, Time, Told, Whole, Words


class Rebooked(Told):
    """Parts that the corrected entry booked to `from_order` belong to `order` instead."""

    order: Name
    from_order: Name
    booked: Literal["production.counted", "production.declared", "production.scrapped"]
    quantity: Decimal
    unit: Words
    reason: Name | None = None


class CountWithdrawn(Told):
    """A refused count left the terminal's own sums: another terminal made it."""

    order: Name | None = None
    quantity: Decimal
    counter: Name
    at: Time


class CounterTaken(Told):
    """A person had a terminal take over a shared counter from one that is out of order."""

    counter: Name
    holder: Name
    fence: Annotated[int, Field(ge=1, le=2**31 - 1)]
    reason: Words


class CommandUsed(Told):
    """A person used a command of a terminal's program."""

    command: Name
    about: Words


class EntriesRetired(Told):
    """Old entries left a terminal's journal for a file of their own."""

    epoch: Annotated[int, Field(ge=1, le=2**31 - 1)]
    seq: Annotated[int, Field(ge=1, le=2**31 - 1)]
    entries: Whole
    hash: Hash
    base: Hash
    archive: Name
    archive_hash: Hash

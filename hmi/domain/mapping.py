"""Tags that could be made of a machine's nodes, for a person to pick from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProposedTag:
    """A node that could become a tag; `why` names the companion model that speaks for it, empty for none.

    `kind` is the OPC UA name of its type; `value` what it held when the machine was looked at, as text.
    """

    name: str
    label: str
    address: str
    kind: str
    unit: str
    value: str
    why: str
    picked: bool

"""How terminal and MES stand to each other: what the MES holds, and what the store concludes from it."""

from dataclasses import dataclass

from hmi.domain.changes import Changes


@dataclass(frozen=True, slots=True)
class KnownEpoch:
    """What the MES holds of one epoch of this terminal.

    All entries 1..`seq` are there, `hash` is that of entry `seq`; `last` is the largest seq that is there.
    """

    epoch: int
    seq: int
    hash: str
    last: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the MES holds of this terminal, and which state of its own database that is."""

    mes_epoch: str
    epochs: tuple[KnownEpoch, ...]


@dataclass(frozen=True, slots=True)
class DigestRange:
    """The received entries `first`..`last` of an epoch: how many, and SHA-256 over their hashes."""

    first: int
    last: int
    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the store concludes from what the MES holds.

    `holds` means that all is well. The MES may have lost what it had confirmed among the `suspects` (epoch,
    first and last seq): its digests have to be compared. `renewed` is the epoch that was opened, if one was.
    """

    holds: bool
    suspects: tuple[tuple[int, int, int], ...]
    renewed: int | None
    changes: Changes

"""The parts of `lineside trust` about authorities: whom the plant lets issue certificates of its machines."""

from datetime import datetime
from pathlib import Path

from devices.opcua.authorities import Authorities, Authority
from hmi.domain.trust import grouped
from hmi.errors import ConfigError
from hmi.operations.personnel import CommandWish, use_command_outside
from hmi.times import Clock
from screens.commands.standing import Desk, account

_SHORTEST = 8  # hexadecimal digits that name an authority
_LONGEST_NAME = 200


def change_authorities(folder: Path, clock: Clock, action: str, what: str, desk: Desk) -> None:
    """Trust the authority of a file or forget one, and tell it; the journal keeps by which account."""
    authorities = Authorities(folder, clock)
    match action:
        case "authority":
            changed = authorities.trust(Path(what))
            told = "trusted from now on:\n" + authority_lines(changed, clock.now())
        case _:
            changed = _named(authorities.known(), what)
            authorities.forget(changed.fingerprint)
            told = f"trusted no more: {changed.name}, {grouped(changed.fingerprint)}"
    about = f"{changed.name[:_LONGEST_NAME]}, {grouped(changed.fingerprint)}"
    desk.do(use_command_outside, (CommandWish(f"trust {action}", about), account()))
    print(told)


def take_in_revoked(folder: Path, clock: Clock, what: str) -> None:
    """Take in a list of revoked certificates, and tell it: while the terminal runs too.

    A trusted authority signed it, so nobody decides anything here, and it must not wait for a stop.
    """
    authority = Authorities(folder, clock).revoke(Path(what))
    print("taken in:\n" + authority_lines(authority, clock.now()))


def tell_authorities(folder: Path, clock: Clock) -> None:
    """Print every authority that is trusted."""
    for authority in Authorities(folder, clock).known():
        print(authority_lines(authority, clock.now()))


def authority_lines(authority: Authority, now: datetime) -> str:
    """One authority in lines."""
    lines = [
        f"authority {grouped(authority.fingerprint)}",
        f"  {authority.name}, valid until {authority.not_after:%Y-%m-%d}",
    ]
    if authority.not_after < now:
        lines.append(
            "  ATTENTION: it has ended, and stands for nothing any more: trust the one that follows it"
        )
    if authority.listed_until is None:
        lines.append("  no list of revoked certificates: `lineside trust revoked FILE` takes one in")
    else:
        lines.append(
            f"  {authority.revoked} certificates revoked, list until {authority.listed_until:%Y-%m-%d}"
        )
        if authority.listed_until < now:
            lines.append("  ATTENTION: this list is out of date, and still in force: take in a newer one")
    return "\n".join(lines)


def _named(known: list[Authority], what: str) -> Authority:
    wanted = "".join(what.split()).replace(":", "").lower()
    named = [each for each in known if len(wanted) >= _SHORTEST and each.fingerprint.startswith(wanted)]
    if len(named) != 1:
        raise ConfigError(
            "trust",
            what,
            f"these digits name {len(named)} authorities",
            f"Give {_SHORTEST} digits or more of one; `lineside trust list` shows those that are trusted",
        )
    return named[0]

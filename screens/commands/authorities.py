"""The parts of `lineside trust` about authorities: whom the plant lets issue certificates of its machines."""

from datetime import datetime
from pathlib import Path

from devices.opcua.authorities import Authorities, Authority
from hmi.domain.trust import grouped
from hmi.errors import ConfigError
from hmi.times import Clock

_SHORTEST = 8  # hexadecimal digits that name an authority


def change_authorities(folder: Path, clock: Clock, action: str, what: str) -> None:
    """Trust the authority of a file, take in its list of revoked certificates, or forget it, and tell it."""
    authorities = Authorities(folder, clock)
    match action:
        case "authority":
            print("trusted from now on:\n" + authority_lines(authorities.trust(Path(what)), clock.now()))
        case "revoked":
            print("taken in:\n" + authority_lines(authorities.revoke(Path(what)), clock.now()))
        case _:
            named = _named(authorities.known(), what)
            authorities.forget(named.fingerprint)
            print(f"trusted no more: {named.name}, {grouped(named.fingerprint)}")


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

"""`lineside counter take`: this terminal counts from now on, as the one that did is out of order."""

from pathlib import Path

from hmi import config as configuration
from hmi.domain.keeping_payloads import CounterTaken
from hmi.domain.personnel import Permission
from hmi.errors import ConfigError
from hmi.operations.counting import TakeCounter, take_counter
from screens.commands.standing import Asks, Console, desk_of
from screens.wiring import shared_counters

_ASK = "Switch {holder} off first. What both count while the MES is away is doubled. Go on? (yes/no)"


def run_counter(config: Path, counter: str, reason: str, *, asks: Asks | None = None) -> int:
    """Take a shared counter by hand; 0 it counts here from now on, 1 nobody said yes."""
    terminal, person = configuration.load(config), asks or Console()
    known = shared_counters(terminal, config)
    chosen = counter or (known[0] if len(known) == 1 else "")
    if chosen not in known:
        words = ", ".join(known) if known else "none: set shared_counter = true under [machine]"
        raise ConfigError("counter", counter, "is no shared counter of this terminal", f"Known: {words}")
    with desk_of(terminal, config) as desk:
        desk.prove(person, Permission.DECIDE_REFUSED)
        try:
            lease = desk.ledger.read(lambda records: records.production.lease(chosen)).result()
            holder = lease.holder if lease is not None else "the other terminal"
            if lease is not None and not lease.held and person.line(_ASK.format(holder=holder)) != "yes":
                print("Nothing was changed.")
                return 1
            (entry,) = desk.do(take_counter, TakeCounter(chosen, reason)).entries
        finally:
            desk.leave()
    if isinstance(entry.payload, CounterTaken):
        told = f"{chosen} is counted here from now on, under lease {entry.payload.fence}."
        print(f"{told} Start the terminal; counting begins at the value that it sees then.")
        print(
            "What was made since the other counted last: declare it by hand. What it still counts is refused."
        )
    return 0

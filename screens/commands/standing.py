"""Who acts at the command line: proven as at the terminal, by badge and PIN or by a sealed code."""

import getpass
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from hmi.config import TerminalConfig
from hmi.domain.entries import PersonRef
from hmi.domain.personnel import Permission, RoleNames
from hmi.domain.plans import Person
from hmi.errors import ConfigError, OperatorError, StoreError
from hmi.i18n import Texts
from hmi.operations.personnel import SignIn, SignInProven, SignOut, sign_in, sign_in_proven, sign_out
from hmi.operations.rules import require
from hmi.people import SEALED, People
from hmi.ports import Context, Operation, Records, Saved
from hmi.times import SystemClock
from local_db.ledger import SqliteLedger
from screens.settings import data_folder, journal_file
from screens.wiring import make_people, people_book

W = TypeVar("W")
_TRIES = 3


class Asks(Protocol):
    """Where questions are asked: a person at a console, or a test."""

    def line(self, words: str) -> str:
        """Ask for something that may be seen."""
        ...

    def secret(self, words: str) -> str:
        """Ask for something that nobody may see."""
        ...


class Console:
    """Asks on standard input; a secret is not shown where it is a terminal."""

    def line(self, words: str) -> str:
        """See Asks."""
        sys.stdout.write(f"{words}: ")
        sys.stdout.flush()
        return sys.stdin.readline().strip()

    def secret(self, words: str) -> str:
        """See Asks."""
        return getpass.getpass(f"{words}: ") if sys.stdin.isatty() else self.line(words)


def account() -> PersonRef:
    """Who acts where nobody has to prove anything: the account of this machine."""
    name = getpass.getuser()
    return PersonRef(f"account:{name}"[:64], f"{name} at the command line", "account")


@dataclass(frozen=True, slots=True)
class Desk:
    """The terminal's ledger while its window is closed, and what it knows of people."""

    ledger: SqliteLedger
    people: People
    texts: Texts

    def do(self, operation: Operation[W], wish: W) -> Saved:
        """Save what an operation says; a refusal is a ConfigError in the terminal's language."""
        try:
            return self.ledger.do(operation, wish).result()
        except OperatorError as error:
            raise self._refused(error) from None

    def prove(self, asks: Asks, permission: Permission) -> None:
        """Sign somebody in who may do it, or ConfigError; the secrets are asked for here.

        StoreError when the terminal knows nobody: it has to have learned its people from the MES.
        """
        if not self.ledger.read(lambda records: records.plans.people()).result():
            raise StoreError(
                "this terminal knows no people. Nothing was done. Start it once beside its MES, then stop it"
            )
        wish = self._asked(asks)
        if isinstance(wish, SignIn):
            self.do(sign_in, wish)
        else:
            self.do(sign_in_proven, wish)
        try:
            self.ledger.read(lambda records: _may(records, permission)).result()
        except OperatorError as error:
            self.leave()
            raise self._refused(error) from None

    def leave(self) -> None:
        """Sign out whoever was signed in."""
        self.do(sign_out, SignOut("touch"))

    def _asked(self, asks: Asks) -> SignIn | SignInProven:
        badge = asks.line("Badge of a supervisor (nothing: a sealed code)")
        if not badge:
            number = asks.line("Number of the sealed code")
            person = self._known(lambda records: records.plans.person(f"{SEALED}{number}"), number)
            self._try(lambda: self._open(person, asks.secret("Code")))
            return SignInProven(person.id, "sealed", self.people.admission)
        person = self._known(lambda records: records.plans.person_by_badge(badge), badge)
        if self.people.credentials.has_pin(person.id).result():
            self._try(lambda: self.people.credentials.prove(person.id, asks.secret("PIN")).result())
            return SignInProven(person.id, "badge_pin", self.people.admission)
        if self.people.pin_with_badge:
            raise ConfigError("sign-in", badge, "has no PIN at this terminal yet", "Use a sealed code")
        return SignIn(badge, self.people.admission)

    def _known(self, find: Callable[[Records], Person | None], told: str) -> Person:
        person = self.ledger.read(find).result()
        if person is None:
            raise ConfigError("sign-in", told, "is not known at this terminal", "Nothing was done")
        return person

    def _open(self, person: Person, code: str) -> None:
        if person.enrol is None:
            raise OperatorError("code_used")
        self.people.credentials.open_code(person.id, code, person.enrol).result()

    def _try(self, attempt: Callable[[], None]) -> None:
        for left in reversed(range(_TRIES)):
            try:
                attempt()
            except OperatorError as error:
                refused = self._refused(error)
                if left == 0:
                    raise refused from None
                print(refused.words)
            else:
                return

    def _refused(self, error: OperatorError) -> ConfigError:
        values = {
            name: ", ".join(value.roles) if isinstance(value, RoleNames) else value
            for name, value in error.values.items()
        }
        words = self.texts.t(f"error.{error.key}", **values).rstrip(".")
        return ConfigError("sign-in", "", words, "Nothing was done")


def _may(records: Records, permission: Permission) -> None:
    session = records.journal.session()
    context = Context("", "", SystemClock().now(), None, session)
    require(context, permission)


@contextmanager
def desk_of(config: TerminalConfig, file: Path) -> Generator[Desk]:
    """Own the terminal's journal for a while; StoreError when the terminal runs, as it has it then."""
    clock, folder = SystemClock(), data_folder(config, file)
    ledger = SqliteLedger(
        journal_file(config, file),
        terminal=config.terminal.id,
        equipment=config.terminal.equipment,
        clock=clock,
        on_changes=lambda changes: None,
    )
    ledger.start()
    try:
        people, credentials = make_people(config, file, folder, people_book(config, file), clock)
        credentials.start()
        try:
            yield Desk(ledger, people, Texts(config.terminal.language))
        finally:
            credentials.stop()
    finally:
        ledger.stop()

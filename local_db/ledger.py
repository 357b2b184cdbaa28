"""The one write path: judge, append, bring the tables up to date, commit, tell."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from hmi.domain.changes import Changes, Family
from hmi.domain.entries import Entry, NewEntry, PersonRef, PushResult, QueueCounts, Subject
from hmi.domain.keeping_payloads import CounterTaken, EntriesRetired
from hmi.domain.payloads import EntryDecided, EpochOpened, PersonSignedOut
from hmi.domain.personnel import Session
from hmi.domain.production import CounterLease
from hmi.domain.standing import DigestRange, Judged, Known
from hmi.errors import OperatorError, StoreError
from hmi.ids import new_id
from hmi.operations.counting import LOST, withdraw_lost
from hmi.ports import Context, Draft, Operation, PlanPage, PlansState, Records, Saved
from hmi.times import Clock
from local_db import forms, latest, leases, outbox, reconcile
from local_db.cutting import Archive, cut_off
from local_db.engine import OwnerLock, transaction
from local_db.jobs import JobThread
from local_db.project import project
from local_db.space import Space
from local_db.store import Store
from local_db.stores import plans

W = TypeVar("W")
R = TypeVar("R")
_log = logging.getLogger(__name__)


class SqliteLedger:
    """The only owner of the file; implements hmi.ports.Ledger and hmi.ports.SyncStore.

    `on_changes` is called on the ledger thread after each commit and before the future is answered.
    """

    def __init__(
        self,
        file: Path,
        *,
        terminal: str,
        equipment: str,
        clock: Clock,
        on_changes: Callable[[Changes], None],
        space: Space | None = None,
    ) -> None:
        """`terminal` and `equipment` are the ids that the MES knows them by; `space` watches the disk."""
        self._file = file
        self._terminal = terminal
        self._equipment = equipment
        self._clock = clock
        self._on_changes = on_changes
        self._jobs = JobThread("ledger", self._pause)
        self._lock = OwnerLock(file)
        self._opened: Store | None = None
        self._clock_offset_ms: int | None = None
        self._later: dict[int, int] = {}
        self._space = space
        self._slowest_s = 0.0
        self._forms_done = False
        self.ended_cleanly = True

    def start(self) -> None:
        """Own, open and migrate the file; StoreError says why it cannot be used.

        `ended_cleanly` tells afterwards whether the program had closed it the last time.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        self._jobs.start()
        try:
            self._jobs.submit(self._open).result()
        except BaseException:
            self._jobs.stop(self._close)
            self._lock.release()
            raise

    def stop(self) -> None:
        """Finish what is queued, write everything into the one file, and let it go."""
        try:
            self._jobs.stop(self._close)
        finally:
            self._lock.release()

    # ------------------------------------------------------------ what screens and drivers ask for

    def do(
        self,
        operation: Operation[W],
        wish: W,
        *,
        entry_id: str | None = None,
        draft: tuple[str, str, str] | None = None,
    ) -> Future[Saved]:
        """See hmi.ports.Ledger."""
        return self._jobs.submit(lambda: self._do(operation, wish, entry_id, draft))

    def read(self, load: Callable[[Records], R]) -> Future[R]:
        """See hmi.ports.Ledger."""
        return self._jobs.submit(lambda: self._read(load))

    def save_draft(self, draft: Draft) -> Future[None]:
        """See hmi.ports.Ledger."""
        return self._jobs.submit(lambda: self._change_forms(lambda db: forms.keep(db, draft)))

    def drop_draft(self, form: str, subject: str, person: str) -> Future[None]:
        """See hmi.ports.Ledger."""
        key = (form, subject, person)
        return self._jobs.submit(lambda: self._change_forms(lambda db: forms.drop(db, key)))

    def slowest_commit_s(self) -> float:
        """The longest that saving took since this was asked the last time, in seconds."""
        slowest, self._slowest_s = self._slowest_s, 0.0
        return slowest

    # ------------------------------------------------------------ what sync asks for

    @property
    def epoch(self) -> int:
        """The journal's epoch; StoreError before the start."""
        return self._store().journal.epoch

    def plans_state(self) -> Future[PlansState]:
        """See hmi.ports.SyncStore."""
        return self.read(lambda records: records.plans.state())

    def apply_plans(self, page: PlanPage | None) -> Future[Changes]:
        """See hmi.ports.SyncStore."""
        return self._jobs.submit(lambda: self._apply_plans(page))

    def waiting(self, limit: int, limit_bytes: int) -> Future[Sequence[Entry]]:
        """See hmi.ports.SyncStore."""
        return self._jobs.submit(lambda: self._waiting(limit, limit_bytes))

    def settle(self, results: Sequence[PushResult], sent: Sequence[str]) -> Future[Changes]:
        """See hmi.ports.SyncStore."""
        return self._jobs.submit(lambda: self._settle(results, sent))

    def queue(self) -> Future[QueueCounts]:
        """See hmi.ports.SyncStore."""
        return self.read(lambda records: records.journal.queue())

    def judge(self, known: Known) -> Future[Judged]:
        """See hmi.ports.SyncStore."""
        return self._jobs.submit(lambda: self._judge_mes(known))

    def recount(self, epoch: int, told: Sequence[DigestRange]) -> Future[int]:
        """See hmi.ports.SyncStore."""
        return self._jobs.submit(lambda: self._recount(epoch, told))

    def agree(self, mes_epoch: str) -> Future[None]:
        """See hmi.ports.SyncStore."""
        return self._jobs.submit(lambda: self._agree(mes_epoch))

    def note_lease(self, lease: CounterLease) -> Future[None]:
        """See hmi.ports.SyncStore."""
        return self._jobs.submit(lambda: self._change(lambda db: leases.keep(db, lease)))

    def note_clock_offset(self, offset_ms: int) -> None:
        """See hmi.ports.SyncStore; a time that cannot be put right now is put right at the next answer."""
        self._clock_offset_ms = offset_ms
        self._jobs.submit(lambda: self._change(lambda db: latest.put_right(db, self._true_now())))

    # ------------------------------------------------------------ what retention asks for

    @property
    def clock_offset_ms(self) -> int | None:
        """The MES's clock minus this terminal's; None while it did not answer since the start."""
        return self._clock_offset_ms

    def cut_off(self, archive: Archive) -> Future[int]:
        """Let entries go that an archive holds; how many. StoreError when one has to be sent again."""
        return self._jobs.submit(lambda: self._cut_off(archive))

    # ------------------------------------------------------------ on the ledger thread

    def _store(self) -> Store:
        if self._opened is None:
            raise StoreError("the ledger is closed")
        return self._opened

    def _open(self) -> None:
        self._opened = Store(self._file, terminal=self._terminal, clock=self._clock)
        self.ended_cleanly = self._opened.ended_cleanly

    def _pause(self) -> None:
        if self._opened is not None:
            if self._forms_done:
                self._forms_done = False
                self._opened.forget_done_forms()
            self._opened.tidy()

    def _close(self) -> None:
        if self._opened is not None:
            store, self._opened = self._opened, None
            store.close()

    def _do(
        self, operation: Operation[W], wish: W, entry_id: str | None, draft: tuple[str, str, str] | None
    ) -> Saved:
        began = time.perf_counter()
        try:
            with transaction(self._store().connection):
                saved = self._judge_and_save(operation, wish, entry_id, draft)
        except Exception as error:
            self._store().forget_heads()
            if not isinstance(error, OperatorError):
                _log.exception("a wish could not be judged and was rolled back")
            raise
        self._slowest_s = max(self._slowest_s, time.perf_counter() - began)
        self._store().tell_heads()
        self._tell(saved.changes)
        return saved

    def _judge_and_save(
        self, operation: Operation[W], wish: W, entry_id: str | None, draft: tuple[str, str, str] | None
    ) -> Saved:
        opened = self._store()
        families: set[Family] = set()
        if draft is not None and self._put_away(draft):
            families.add(Family.DRAFTS)
        stands = None if entry_id is None else opened.journal.find(entry_id)
        if stands is not None:
            return Saved((stands,), Changes(frozenset(families)), already=True)
        if self._space is not None:
            self._space.require_room()
        context = self._context(opened.records.journal.session())
        wanted = operation(opened.records, wish, context)
        entries: list[Entry] = []
        for new in wanted:
            given = entry_id if entry_id is not None and not entries else str(new_id())
            entries.append(self._save(opened, new, given, context))
            families |= {*new.payload.families, Family.JOURNAL, Family.RECEIPTS}
        if entries:
            latest.note(opened.connection, self._true_now())
        return Saved(tuple(entries), Changes(frozenset(families)))

    def _true_now(self) -> datetime:
        return self._clock.now() + timedelta(milliseconds=self._clock_offset_ms or 0)

    def _context(self, session: Session | None) -> Context:
        return Context(
            terminal=self._terminal,
            equipment=self._equipment,
            now=self._clock.now(),
            person=None if session is None else PersonRef(session.person, session.name, session.how),
            session=session,
        )

    def _save(self, opened: Store, new: NewEntry, entry_id: str, context: Context) -> Entry:
        place, entry = opened.journal.append(
            new,
            entry_id=entry_id,
            person=None if new.by_machine else new.person or context.person,
            now=context.now,
            clock_offset_ms=self._clock_offset_ms,
        )
        outbox.add_waiting(opened.connection, place)
        project(opened.connection, place, entry)
        if isinstance(new.payload, EntryDecided):
            outbox.decide(opened.connection, new.payload)
        if isinstance(new.payload, CounterTaken):
            leases.take_by_hand(opened.connection, new.payload, self._terminal, context.now)
        opened.sign_if_due(place, entry.hash, now=isinstance(new.payload, PersonSignedOut))
        return entry

    def _put_away(self, draft: tuple[str, str, str]) -> bool:
        put_away = forms.put_away(self._store().connection, draft)
        self._forms_done |= put_away
        return put_away

    def _read(self, load: Callable[[Records], R]) -> R:
        opened = self._store()
        with transaction(opened.connection, reads=True):
            return load(opened.records)

    def _change(self, change: Callable[[sa.Connection], None]) -> None:
        with transaction(self._store().connection) as connection:
            change(connection)

    def _change_forms(self, change: Callable[[sa.Connection], None]) -> None:
        self._change(change)
        self._tell(Changes(frozenset({Family.DRAFTS})))

    def _apply_plans(self, page: PlanPage | None) -> Changes:
        connection = self._store().connection
        with transaction(connection):
            plans.note_pull(connection, page, self._clock.now())
            if page is not None:
                plans.apply(connection, page)
        changes = Changes(frozenset({Family.PLANS}))
        self._tell(changes)
        return changes

    def _waiting(self, limit: int, limit_bytes: int) -> Sequence[Entry]:
        now = self._clock.monotonic_ms()
        self._later = {place: until for place, until in self._later.items() if until > now}
        connection = self._store().connection
        with transaction(connection, reads=True):
            return outbox.waiting(connection, limit, limit_bytes, frozenset(self._later))

    def _settle(self, results: Sequence[PushResult], sent: Sequence[str]) -> Changes:
        connection = self._store().connection
        try:
            with transaction(connection):
                later = outbox.settle(connection, results, sent, self._clock.now())
                families = self._withdraw([one.entry_id for one in results if one.code == LOST])
        except OperatorError:
            self._store().forget_heads()
            if self._space is not None:
                self._space.release()  # what the MES said has to find room; it is asked for again
            raise
        now = self._clock.monotonic_ms()
        self._later |= {place: now + round(after_s * 1000) for place, after_s in later.items()}
        self._store().tell_heads()
        changes = Changes(frozenset({Family.RECEIPTS, *families}))
        self._tell(changes)
        return changes

    def _withdraw(self, refused: Sequence[str]) -> frozenset[Family]:
        """Counts that were another terminal's leave the sums in the transaction that refuses them."""
        opened, context, families = self._store(), self._context(None), set[Family]()
        for new in withdraw_lost(opened.records, refused, context) if refused else ():
            self._save(opened, new, str(new_id()), context)
            families |= {*new.payload.families, Family.JOURNAL}
        return frozenset(families)

    def _judge_mes(self, known: Known) -> Judged:
        opened = self._store()
        given_up = opened.journal.epoch
        with transaction(opened.connection, reads=True):
            found = reconcile.compare(opened.connection, given_up, known, opened.meta("mes_epoch"))
        changes = Changes(frozenset())
        if found.cause is not None:
            changes = self._open_epoch(found.renew_to, found.cause, found.missing)
        renewed = None if found.cause is None else found.renew_to
        return Judged(renewed is None and not found.suspects, found.suspects, renewed, changes)

    def _open_epoch(self, epoch: int, cause: reconcile.Cause, missing: int) -> Changes:
        """Go on in a new epoch: its first entry says why, what the MES does not have follows."""
        opened = self._store()
        given_up = opened.journal.epoch
        opened.journal.go_on_in(epoch)
        try:
            with transaction(opened.connection):
                opened.note("epoch", str(epoch))
                context = self._context(None)
                unsent = reconcile.count_unsent(opened.connection, given_up)
                said = EpochOpened(epoch=epoch, cause=cause, carried=unsent, missing=missing)
                new = NewEntry(Subject("terminal", self._terminal), said, by_machine=True)
                self._save(opened, new, str(new_id()), context)
                reconcile.carry_over(opened.connection, opened.journal, given_up, context.now)
        except BaseException:
            opened.journal.go_on_in(given_up)
            opened.forget_heads()
            raise
        opened.tell_heads()
        _log.warning(
            "the journal goes on in epoch %d (%s): %d entries carried over, %d missing here",
            epoch, cause, unsent, missing,
        )  # fmt: skip
        changes = Changes(EpochOpened.families)
        self._tell(changes)
        return changes

    def _recount(self, epoch: int, told: Sequence[DigestRange]) -> int:
        connection = self._store().connection
        with transaction(connection):
            again = reconcile.send_again(connection, epoch, told)
        if again:
            self._tell(Changes(frozenset({Family.RECEIPTS})))
        return again

    def _agree(self, mes_epoch: str) -> None:
        opened = self._store()
        with transaction(opened.connection):
            if opened.meta("mes_epoch") != mes_epoch:
                opened.note("mes_epoch", mes_epoch)

    def _cut_off(self, archive: Archive) -> int:
        gone = cut_off(self._store(), archive)
        self._tell(Changes(frozenset({Family.JOURNAL, *EntriesRetired.families})))
        return gone

    def _tell(self, changes: Changes) -> None:
        if not changes.families:
            return
        try:
            self._on_changes(changes)
        except Exception:  # noqa: BLE001  the entry is saved, whoever listens
            _log.exception("what changed could not be told")

"""A shift at a press as people and machine would make it, through the real operations into a real journal."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hmi.domain.entries import Entry, ResultKind
from hmi.domain.equipment import PackmlState
from hmi.operations.downtime import ClassifyStop, classify_stop
from hmi.operations.maintenance import (
    ConfirmStep,
    OpenRepair,
    RecordFindings,
    ReturnToService,
    UsePart,
    confirm_step,
    open_repair,
    record_findings,
    return_to_service,
    use_part,
)
from hmi.operations.personnel import TerminalStart, start_terminal
from hmi.operations.production import Declare, OrderWish, Scrap, complete_order, declare_parts, scrap_parts
from hmi.operations.quality import RecordSample, record_sample
from hmi.operations.signing import Meaning, SignRecord, sign_record
from local_db.heads import TerminalKey
from screens.settings import KEEP_SESSION
from tests.unit.hmi.conftest import INSPECTOR, OPERATOR, PLANS, TECHNICIAN, Floor, job_order, record

CONFIG = """
[terminal]
id = "T-1"
station = "Plant A/Stamping/Line 3/Press 1"
equipment = "PRESS-1"
time_zone = "Europe/Berlin"
data_dir = "data"

[[shifts]]
name = "A"
start = 06:00:00
end = 14:00:00

[[shifts]]
name = "C"
start = 22:00:00
end = 06:00:00

[mes]
connector = "rest"
url = "http://127.0.0.1:9"
token_file = "token"
"""


class Shift:
    """Tells the story step by step; `floor` is the terminal, its clock stands at 08:00 UTC before it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "terminal.toml"
        self.config.write_text(CONFIG, "utf-8")
        (folder / "data").mkdir()
        self.floor = Floor(folder / "data" / "journal.db")
        self.floor.open()
        self.floor.plan(
            *PLANS,
            job_order("WO-3", material_name="Zażółć 班次 lid"),
            record("fault", "7", text="ram overload"),
        )
        self.key = TerminalKey(Ed25519PrivateKey.from_private_bytes(b"k" * 32))

    @property
    def journal(self) -> Path:
        """The file."""
        return self.floor.file

    def play(self) -> None:
        """An order with everything that may happen to it, and the start of the next."""
        floor = self.floor
        floor.saved(start_terminal, TerminalStart("0.1.0", clean=False, keep_session=KEEP_SESSION))
        floor.run("WO-1", parts=40)
        floor.later(minutes=3)
        floor.saved(declare_parts, Declare("WO-1", Decimal(6), "six from the set-up, looked at by hand"))
        floor.saved(scrap_parts, Scrap("WO-1", Decimal(2), "S-BURR"))
        floor.later(minutes=4)
        floor.counter(52, live=False)
        self.sample("12.01", "12.05", "11.96")
        self.stop_with_repair()
        self.sample("12.02", "12.17", "11.84")
        floor.counter(3)
        floor.later(minutes=5)
        floor.counter(30)
        floor.saved(scrap_parts, Scrap("WO-1", Decimal(1), "S-BURR"))
        done = floor.saved(complete_order, OrderWish("WO-1")).entries[0]
        self.sign(done, "P-OP", "performed")
        self.sign(done, "P-SU", "approved")
        floor.later(minutes=2)
        floor.run("WO-3", parts=0)
        floor.later(minutes=10)
        floor.counter(240)
        floor.machine(PackmlState.HELD, fault=7, live=False)
        floor.later(minutes=6)

    def sample(self, *values: str) -> None:
        """A subgroup by the inspector; the operator comes back."""
        self.floor.sign_in(INSPECTOR)
        wish = RecordSample("WO-1", "IP-P", "D", tuple(Decimal(value) for value in values))
        self.floor.saved(record_sample, wish)
        self.floor.later(minutes=1)
        self.floor.sign_in(OPERATOR)

    def stop_with_repair(self) -> None:
        """The press goes down; somebody says why, a technician mends it and gives it back."""
        floor = self.floor
        floor.machine(PackmlState.ABORTED, fault=7)
        floor.later(seconds=40)
        stop = floor.read(lambda records: records.equipment.open_stop())
        assert stop is not None
        floor.saved(classify_stop, ClassifyStop(stop.id, "R-TOOL", "punch 3 <cracked> & chipped"))
        floor.sign_in(TECHNICIAN)
        repair = floor.saved(open_repair, OpenRepair(stop.id)).entries[0].subject.id
        for step in (1, 2):
            floor.later(minutes=1)
            floor.saved(confirm_step, ConfirmStep(repair, step))
        floor.saved(record_findings, RecordFindings(repair, "F-LEAK", "F-WORN", "F-SWAP"))
        floor.saved(use_part, UsePart(repair, "M-SEAL", "L-0007", None, Decimal(1), "]C1 L-0007"))
        floor.later(minutes=14)
        floor.saved(return_to_service, ReturnToService(repair))
        floor.machine(PackmlState.EXECUTE)

    def sign(self, entry: Entry, person: str, meaning: Meaning) -> None:
        """Sign an entry."""
        wish = SignRecord(entry.id, entry.hash, meaning, person, "pin", True, False, None, self.key)
        self.floor.saved(sign_record, wish)

    def answer(self, received: int, refused: int = 0) -> None:
        """Let the MES take the oldest entries, and refuse some that follow."""
        rows = list(reversed(self.floor.read(lambda records: records.journal.newest(10_000))))
        for row in rows[:received]:
            self.floor.answer(row.entry.id, ResultKind.RECEIVED)
        for row in rows[received : received + refused]:
            self.floor.answer(row.entry.id, ResultKind.REFUSED)

    def close(self) -> None:
        """Let the file go."""
        self.floor.ledger.stop()

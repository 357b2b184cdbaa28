"""Commands for the one who looks after a terminal: prove, copy, restore, rescue, pack."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.keeping_payloads import CommandUsed
from hmi.domain.payloads import BreakGlassUsed, HelpCalled
from hmi.domain.production import CounterLease
from hmi.ports import PlanRecord
from hmi.times import SystemClock
from local_db.bundle import redacted, redacted_text
from local_db.credentials import CredentialFile, pepper_of, usual_hasher
from local_db.ledger import SqliteLedger
from local_db.read_only import records_of
from local_db.retire import retire
from local_db.tables import place_of
from screens.app import main
from tests.fakes.clock import SteppedClock
from tests.fakes.mes import FakeMes
from tests.unit.local_db.conftest import PLANS, page

pytestmark = pytest.mark.wire
HELP = NewEntry(Subject("equipment", "PRESS12"), HelpCalled(whom="quality"))
SUPERVISOR = "B1"  # the badge of one in PLANS
SECRET = "Tk9fT05FX1NIT1VMRF9TRUVfVEhJUw42aaaaaaaaaa"


class Site:
    """A terminal's configuration, its folder, and its MES."""

    def __init__(self, folder: Path, mes: FakeMes, terminal: str = "T1") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.mes, self.terminal = folder, mes, terminal
        self.config = folder / "terminal.toml"
        (folder / "token").write_text(mes.token)
        self.config.write_text(
            f'[terminal]\nid = "{terminal}"\nstation = "a/b/c/d"\nequipment = "PRESS12"\ndata_dir = "data"\n'
            f'[mes]\nconnector = "rest"\nurl = "{mes.url}"\ntoken_file = "token"\n'
        )
        self.journal = folder / "data" / "journal.db"

    def append(self, count: int) -> None:
        ledger = SqliteLedger(
            self.journal, terminal=self.terminal, equipment="PRESS12", clock=SystemClock(),
            on_changes=lambda changes: None,
        )  # fmt: skip
        ledger.start()
        ledger.apply_plans(page(*PLANS)).result()
        ledger.do(lambda records, wish, context: [HELP] * count, None).result()
        ledger.stop()

    def run(self, *words: str) -> int:
        return main([*words, "--config", str(self.config)])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with FakeMes() as mes:
        yield Site(tmp_path / "t1", mes)


def says(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What somebody answers at the console."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_verify_says_what_is_proven_and_compares_with_the_mes(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.append(5)
    assert site.run("journal", "verify", "--tables") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (told["entries"], told["epoch"], told["proven_to"], told["signed"]["seq"]) == (5, 1, 5, 5)
    says(monkeypatch, SUPERVISOR)
    assert site.run("rescue", str(site.journal)) == 0
    assert site.run("journal", "verify", "--mes") == 0
    assert "the MES holds the same up to entry 8" in capsys.readouterr().out
    site.mes.received[next(iter(site.mes.received))]["seq"] = 9
    assert site.run("journal", "verify", "--mes") == 1
    assert "the MES holds entry 9, the journal ends at 8" in capsys.readouterr().out
    site.mes.stop()
    assert site.run("journal", "verify", "--mes") == 1
    assert "could not be asked" in capsys.readouterr().out
    site.mes.start()


def test_verify_names_the_first_bad_entry(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.append(5)
    with closing(sqlite3.connect(site.journal)) as raw:
        raw.execute("DROP TRIGGER journal_no_update")
        raw.execute("UPDATE journal SET hash = 'x' WHERE place = ?", (place_of(1, 3),))
        raw.commit()
    assert site.run("journal", "verify") == 1
    said = capsys.readouterr().out
    assert "entry 3 was changed" in said
    assert "Everything up to entry 2 of epoch 1 is proven." in said


def test_copy_look_and_restore(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("restore", "--look") == 1
    site.append(5)
    assert site.run("journal", "copy") == 0
    assert "proven up to entry 5 of epoch 1" in capsys.readouterr().out
    assert site.run("restore", "--look") == 0
    site.append(3)
    site.journal.write_bytes(b"\xa5" * 4096)
    assert site.run("restore") == 1
    said = capsys.readouterr().out
    assert "Put back: 5 entries" in said
    assert "MISSING epoch 1: entries 6 to 8." in said
    assert "goes on in epoch 2" in said
    assert len(list((site.journal.parent / "set-aside").glob("journal-*.db"))) == 1
    assert site.run("journal", "verify", "--tables") == 0
    site.append(1)


def test_rescue_sends_what_an_old_disk_had_not_sent_and_only_reads_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Site(tmp_path / "old", site.mes)
    old.append(7)
    new = Site(tmp_path / "new", site.mes, "T2")
    before = old.journal.read_bytes()
    assert main(["rescue", str(old.journal), "--config", str(new.config)]) == 2
    assert "Name its token" in capsys.readouterr().err
    words = [
        "rescue",
        str(old.journal),
        "--config",
        str(new.config),
        "--token-file",
        str(old.folder / "token"),
    ]
    assert main([*words, "--look"]) == 0
    assert "7 were not sent, 0 need a decision" in capsys.readouterr().out
    assert site.mes.received == {}
    refused(monkeypatch, capsys, words, (), "this terminal knows no people")
    new.append(1)
    refused(monkeypatch, capsys, words, ("B9",), "B9: is not known")
    refused(monkeypatch, capsys, words, ("B2",), "Jo Park")
    refused(monkeypatch, capsys, words, ("", "7"), "7: is not known")
    assert site.mes.received == {}
    says(monkeypatch, SUPERVISOR)
    assert main(words) == 0
    assert "7 entries reached the MES; 0 still wait." in capsys.readouterr().out
    assert {entry["terminal"] for entry in site.mes.received.values()} == {"T1"}
    assert old.journal.read_bytes() == before
    says(monkeypatch, SUPERVISOR)
    assert main(words) == 0
    assert len(site.mes.received) == 7
    with records_of(new.journal, SystemClock()) as records:
        said = [row.entry for row in records.journal.newest(3)]
    assert [entry.person.name for entry in said if entry.person is not None] == ["Ana Silva"] * 3
    assert isinstance(said[1].payload, CommandUsed)
    assert said[1].payload.about == f"T1: 7 of 7 entries from {old.journal}"


def refused(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    answers: tuple[str, ...],
    told: str,
) -> None:
    says(monkeypatch, *answers)
    assert main(words) == 2
    assert told in capsys.readouterr().err


def test_a_pin_or_a_sealed_code_is_asked_for_where_there_is_one(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.append(2)
    clock, folder = SystemClock(), site.journal.parent
    credentials = CredentialFile(folder / "credentials.json", pepper_of(folder, None, {}), clock)
    credentials.start()
    credentials.choose("P1", "284615").result()
    credentials.stop()
    words = ["rescue", str(site.journal), "--config", str(site.config)]
    refused(monkeypatch, capsys, words, (SUPERVISOR, "1", "2", "3"), "Wrong PIN")
    says(monkeypatch, SUPERVISOR, "1", "284615")
    assert main(words) == 0
    sealed = {
        "name": "Code 7",
        "badge": "",
        "roles": ["supervisor"],
        "enrol": usual_hasher().hash("ABCD2345"),
    }
    ledger = SqliteLedger(
        site.journal, terminal="T1", equipment="PRESS12", clock=clock, on_changes=lambda changes: None
    )
    ledger.start()
    ledger.apply_plans(page(PlanRecord("person", "sealed:7", 1, sealed), snapshot=False)).result()
    ledger.stop()
    says(monkeypatch, "", "7", "ABCD-2345")
    assert main(words) == 0
    refused(monkeypatch, capsys, words, ("", "7", "ABCD-2345", "x", "y"), "used")
    with records_of(site.journal, clock) as records:
        assert any(isinstance(row.entry.payload, BreakGlassUsed) for row in records.journal.newest(20))


def test_a_shared_counter_is_taken_by_hand_with_a_yes_and_a_reason(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.append(1)
    words = ["counter", "take", "--config", str(site.config), "--reason", "it does not start"]
    assert main(words) == 2
    assert "shared_counter = true" in capsys.readouterr().err
    with site.config.open("a") as out:
        out.write('[machine]\nshared_counter = true\n[links.plc]\ndriver = "opcua"\n')
        out.write('endpoint = "opc.tcp://press:4840"\n[links.plc.tags.good]\nnode = "nsu=urn:x;s=good"\n')
        out.write('label = "Good"\nrole = "produced_count"\n')
    refused(monkeypatch, capsys, words, (SUPERVISOR,), "is not shared, or the MES was never asked")
    ledger = SqliteLedger(
        site.journal, terminal="T1", equipment="PRESS12", clock=SystemClock(), on_changes=lambda changes: None
    )
    ledger.start()
    ledger.note_lease(CounterLease("good", "T7", False, 3, 90, SystemClock().now())).result()
    refused(monkeypatch, capsys, words, (SUPERVISOR,), "in use by another Lineside")
    ledger.stop()
    says(monkeypatch, SUPERVISOR, "no")
    assert main(words) == 1
    assert "Switch T7 off first" in capsys.readouterr().out
    says(monkeypatch, SUPERVISOR, "yes")
    assert main(words) == 0
    assert "good is counted here from now on, under lease 4" in capsys.readouterr().out


def test_rescue_names_what_the_mes_refuses(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Site(tmp_path / "old", site.mes)
    old.append(2)
    site.mes.faults.judge = lambda entry: {"result": "refused", "code": "no", "words": "Not so"}
    says(monkeypatch, SUPERVISOR)
    assert old.run("rescue", str(old.journal)) == 1
    assert capsys.readouterr().out.count("help.called PRESS12: Not so") == 2


def test_the_bundle_holds_what_helps_and_nothing_secret(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.append(3)
    with site.config.open("a") as out:
        out.write(
            f'[links.Plc]\ndriver = "opcua"\nuser = "u"\npassword = "{SECRET}"\nendpoint = "opc.tcp://u:{SECRET}@h"\n'
        )
    logs = site.journal.parent / "logs"
    logs.mkdir()
    (logs / "lineside.log").write_text(
        json.dumps({"event": f"Authorization: Bearer {SECRET}", "token": SECRET, "level": "info"})
        + f"\nnot JSON: password={SECRET} \x1b[31m\n"
    )
    made = tmp_path / "bundle.zip"
    assert main(["support-bundle", str(made), "--config", str(site.config)]) == 0
    assert "logs/lineside.log" in capsys.readouterr().out
    with zipfile.ZipFile(made) as bundle:
        parts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert SECRET not in "".join(parts.values())
    assert site.mes.token not in "".join(parts.values())
    journal = json.loads(parts["journal.json"])
    assert (journal["entries"], journal["states"], journal["words"]) == (3, {"waiting": 3}, "all links hold")
    assert journal["heads"][-1]["seq"] == 3
    assert json.loads(parts["versions.json"])["sqlite"] == sqlite3.sqlite_version
    assert json.loads(parts["config.json"])["mes"]["token_file"] == "token"
    assert "quality" not in parts["journal.json"]


def test_the_bundle_takes_the_configuration_that_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = Path(__file__).resolve().parents[3] / "packaging" / "default" / "terminal.toml"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    made = tmp_path / "bundle.zip"
    assert main(["support-bundle", str(made), "--config", str(shipped)]) == 0
    with zipfile.ZipFile(made) as bundle:
        config = json.loads(bundle.read("config.json"))
    assert config["shifts"][0]["start"] == "06:00:00"


def test_redaction_keeps_what_is_no_secret() -> None:
    kept = {"endpoint": "opc.tcp://press:4840/x", "token_file": "t", "seq": 4, "hash": "0" * 64, "on": True}
    assert redacted(kept) == kept
    assert redacted({"PIN": "1234", "list": [{"pepper": "x"}]}) == {
        "PIN": "[redacted]", "list": [{"pepper": "[redacted]"}],
    }  # fmt: skip
    assert redacted_text("pin: 4711, seq=4") == "pin: [redacted], seq=4"


def test_old_entries_are_retired_and_read_together_with_their_archive(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.append(3)
    assert site.run("journal", "retire") == 0
    assert "Nothing was changed" in capsys.readouterr().out
    with closing(sqlite3.connect(site.journal)) as raw:
        raw.execute("UPDATE receipt SET state = 'received'")
        raw.commit()
    clock = SteppedClock()
    clock.wall = SystemClock().now() + timedelta(days=3)
    folder = site.journal.parent / "archive"
    gone = retire(site.journal, folder, terminal="T1", clock=clock, keep=timedelta(days=1))
    assert gone.archive is not None
    archive = str(gone.archive)
    assert site.run("journal", "verify", "--tables") == 0
    assert f"what is before is in {gone.archive.name}" in capsys.readouterr().out
    assert site.run("journal", "verify", "--archive", archive) == 0
    assert "proven from" not in capsys.readouterr().out.splitlines()[1]
    assert site.run("journal", "verify", "--archive", str(site.journal)) == 1
    assert "was not named or is another file" in capsys.readouterr().out
    assert site.run("journal", "export", "--archive", archive) == 0
    seqs = [json.loads(line)["entry"]["seq"] for line in capsys.readouterr().out.splitlines()]
    assert seqs == [1, 2, 3, 4]
    assert site.run("journal", "export", "--all") == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    gone.archive.rename(tmp_path / "elsewhere.db")
    assert site.run("journal", "export", "--all") == 0
    said = capsys.readouterr()
    assert f"Not found, and not written out: {gone.archive.name}" in said.err
    assert len(said.out.splitlines()) < 4

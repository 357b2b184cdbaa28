"""Commands for the one who looks after a terminal: prove, copy, restore, rescue, pack."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.payloads import HelpCalled
from hmi.times import SystemClock
from local_db.bundle import redacted, redacted_text
from local_db.ledger import SqliteLedger
from local_db.retire import retire
from local_db.tables import place_of
from screens.app import main
from tests.fakes.clock import SteppedClock
from tests.fakes.mes import FakeMes

pytestmark = pytest.mark.wire
HELP = NewEntry(Subject("equipment", "PRESS12"), HelpCalled(whom="quality"))
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
        ledger.do(lambda records, wish, context: [HELP] * count, None).result()
        ledger.stop()

    def run(self, *words: str) -> int:
        return main([*words, "--config", str(self.config)])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with FakeMes() as mes:
        yield Site(tmp_path / "t1", mes)


def test_verify_says_what_is_proven_and_compares_with_the_mes(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.append(5)
    assert site.run("journal", "verify", "--tables") == 0
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (told["entries"], told["epoch"], told["proven_to"], told["signed"]["seq"]) == (5, 1, 5, 5)
    assert site.run("rescue", str(site.journal)) == 0
    assert site.run("journal", "verify", "--mes") == 0
    assert "the MES holds the same up to entry 5" in capsys.readouterr().out
    site.mes.received[next(iter(site.mes.received))]["seq"] = 9
    assert site.run("journal", "verify", "--mes") == 1
    assert "the MES holds entry 9, the journal ends at 5" in capsys.readouterr().out
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
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
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
    assert main(words) == 0
    assert "7 entries reached the MES; 0 still wait." in capsys.readouterr().out
    assert {entry["terminal"] for entry in site.mes.received.values()} == {"T1"}
    assert old.journal.read_bytes() == before
    assert main(words) == 0
    assert len(site.mes.received) == 7


def test_rescue_names_what_the_mes_refuses(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Site(tmp_path / "old", site.mes)
    old.append(2)
    site.mes.faults.judge = lambda entry: {"result": "refused", "code": "no", "words": "Not so"}
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
    site: Site, capsys: pytest.CaptureFixture[str]
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

"""The reference MES signs who there is; a terminal takes it, and letters and sealed codes open."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from hmi.domain.people_file import PeopleBook
from hmi.domain.plans import Person
from hmi.errors import OperatorError
from hmi.operations.personnel import SignIn, SignInProven, sign_in, sign_in_proven
from hmi.people import Admission
from hmi.times import SystemClock
from local_db.credentials import CredentialFile, usual_hasher
from local_db.ledger import SqliteLedger
from local_db.mes.rest import RestConnector, RestSettings
from local_db.mes.signed_people import SignedPeopleConnector, read_key
from screens.app import main
from tests.fakes.people import PEPPER
from tests.fakes.running_mes import RunningMes

pytestmark = pytest.mark.wire
TERMINAL = "T-PRESS12"


def pull(mes: RunningMes, folder: Path, ledger: SqliteLedger) -> PeopleBook:
    """What sync does: people from the signed file alone, into the ledger."""
    book = PeopleBook(read_key(folder / "people" / "mes-people.pem", folder / "t.toml"), TERMINAL)
    road = RestConnector(RestSettings(url=mes.url, token_file=folder / "token"), TERMINAL)
    signed = SignedPeopleConnector(road, book, folder / "people.signed")

    async def once() -> None:
        page = await signed.pull(None, None)
        await signed.close()
        await asyncio.wrap_future(ledger.apply_plans(page))

    asyncio.run(once())
    return book


def test_a_terminal_takes_the_signed_file_and_its_letters(tmp_path: Path) -> None:
    words = ("--sign-people", str(tmp_path / "people"))
    clock = SystemClock()
    ledger = SqliteLedger(
        tmp_path / "journal.db", terminal=TERMINAL, equipment="PRESS12", clock=clock,
        on_changes=lambda changes: None,
    )  # fmt: skip
    credentials = CredentialFile(tmp_path / "credentials.json", PEPPER, clock, usual_hasher())
    ledger.start()
    credentials.start()
    try:
        with RunningMes(tmp_path, None, *words) as mes:
            book = pull(mes, tmp_path, ledger)
            admission = Admission(book=book)
            letters = json.loads((tmp_path / "people" / "letters.json").read_text())
            novak = known(ledger, "P-7300")
            assert novak.enrol == letters["people"]["P-7300"]["hash"]
            with pytest.raises(OperatorError, match="code_wrong"):
                credentials.open_code(novak.id, "ABCD-EFGH-JKLM", novak.enrol or "").result(10)
            credentials.open_code(novak.id, letters["people"]["P-7300"]["code"], novak.enrol or "").result(10)
            credentials.choose(novak.id, "284615").result(10)
            credentials.prove(novak.id, "284615").result(10)
            ledger.do(sign_in_proven, SignInProven(novak.id, "badge_pin", admission)).result(10)
            sealed = known(ledger, "sealed:1")
            credentials.open_code(sealed.id, letters["sealed"]["1"]["code"], sealed.enrol or "").result(10)
            ledger.do(sign_in_proven, SignInProven(sealed.id, "sealed", admission)).result(10)
            change = {"family": "person", "id": "P-1", "record": {"name": "New", "badge": "B-1", "roles": []}}
            assert mes.client.post(
                f"{mes.url}/reference/plans", json=change, headers=mes_token(tmp_path)
            ).is_success
            pull(mes, tmp_path, ledger)
            ledger.do(sign_in, SignIn("B-1", admission)).result(10)
        with RunningMes(tmp_path, None, *words) as mes:  # the same key and letters after a restart
            pull(mes, tmp_path, ledger)
            assert known(ledger, "P-7300").enrol == novak.enrol
    finally:
        credentials.stop()
        ledger.stop()


def known(ledger: SqliteLedger, person: str) -> Person:
    found = ledger.read(lambda records: records.plans.person(person)).result(10)
    assert found is not None
    return found


def mes_token(folder: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {(folder / 'token').read_text().strip()}"}


def test_check_says_how_many_people_were_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunningMes(tmp_path, None, "--sign-people", str(tmp_path / "people")) as mes:
        file = tmp_path / "terminal.toml"
        file.write_text(
            f'[terminal]\nid = "{TERMINAL}"\nstation = "a/b/c/d"\nequipment = "PRESS12"\ndata_dir = "data"\n'
            f'[people]\nkey_file = "people/mes-people.pem"\n'
            f'[mes]\nconnector = "rest"\nurl = "{mes.url}"\ntoken_file = "token"\n'
        )
        assert main(["check", str(file)]) == 0
        assert "4 people" in capsys.readouterr().out
        other = tmp_path / "other"
        other.mkdir()
        with RunningMes(other, None, "--sign-people", str(other / "people")):
            text = file.read_text().replace("people/mes-people.pem", "other/people/mes-people.pem")
            file.write_text(text)
        assert main(["check", str(file)]) != 0
        assert "not signed with the key" in capsys.readouterr().out

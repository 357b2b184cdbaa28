"""Plans of the reference MES by cursor: snapshot, changes, tombstones, and what a terminal ends up with."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from devices.plant.mes_server import plans
from devices.plant.mes_server.database import Database
from devices.plant.mes_server.plans import PlanReader
from devices.plant.story import STORY, Plan, Story, Terminal, read_story

MINE = "T-PRESS12"
Copy = dict[tuple[str, str], Any]


def reason(plan_id: str, name: str = "Jam") -> Plan:
    """A plan record that concerns every terminal."""
    return Plan(family="reason", id=plan_id, record={"name": name})


def order(plan_id: str, equipment: str = "PRESS12") -> Plan:
    """A plan record that concerns the terminals of one equipment."""
    return Plan(family="job_order", id=plan_id, record={"equipment": equipment, "state": "released"})


def asked(connection: Connection, reader: PlanReader, cursor: str | None = None) -> Any:
    """The answer to a terminal's question."""
    return reader.answer(connection, MINE, cursor)


def told(answer: Any) -> list[tuple[str, int, bool]]:
    """Id, version and tombstone of each record."""
    return [(record["id"], record["version"], record["deleted"]) for record in answer["records"]]


def apply(copy: Copy, answer: Any) -> None:
    """What a terminal does with an answer."""
    if answer["snapshot"]:
        copy.clear()
    for record in answer["records"]:
        key = record["family"], record["id"]
        if record["deleted"]:
            copy.pop(key, None)
        else:
            copy[key] = record["record"]


def test_first_everything_then_what_changed(database: Database) -> None:
    reader = PlanReader(database.mes_epoch)
    with database.write() as connection:
        first = asked(connection, reader)
        etag = reader.etag(connection)
        assert first["snapshot"]
        assert {record["version"] for record in first["records"]} == {1}
        assert told(asked(connection, reader, first["cursor"])) == []
        plans.put(connection, reason("JAM", "Jam in the die"))
        plans.put(connection, reason("NEW"))
        plans.put(connection, reason("JAM", "Jam"))
        assert plans.withdraw(connection, "reason", "BREAK")
        changes = asked(connection, reader, first["cursor"])
        assert not changes["snapshot"]
        assert told(changes) == [("NEW", 1, False), ("JAM", 3, False), ("BREAK", 2, True)]
        assert "record" not in changes["records"][2]
        assert reader.etag(connection) != etag
        assert told(asked(connection, reader, changes["cursor"])) == []
        again = asked(connection, reader)
        assert ("BREAK", 2, True) not in told(again)


def test_a_cursor_of_another_database_gets_everything(database: Database) -> None:
    reader = PlanReader(database.mes_epoch)
    with database.read() as connection:
        newest = plans.last_change(connection)
        for cursor in (
            "",
            "0",
            "other-3",
            f"{database.mes_epoch}-",
            f"{database.mes_epoch}--1",
            f"{database.mes_epoch}-{newest + 1}",
            f"{database.mes_epoch}-{'9' * 30}",
            f"{database.mes_epoch}-٣",
        ):
            assert asked(connection, reader, cursor)["snapshot"], cursor
        assert not asked(connection, reader, f"{database.mes_epoch}-0")["snapshot"]


def test_withdrawing_and_changing_what_is_not_there(database: Database) -> None:
    with database.write() as connection:
        assert not plans.withdraw(connection, "reason", "NO-SUCH")
        assert plans.withdraw(connection, "reason", "JAM")
        assert not plans.withdraw(connection, "reason", "JAM")
        assert not plans.change_order(connection, "WO-1", "cancelled")
        plans.put(connection, reason("JAM"))
        known = plans.find(connection, "reason", "JAM")
        assert known is not None
        assert (known.version, known.deleted) == (3, False)


def test_an_order_that_moves_to_another_machine_is_a_tombstone(database: Database) -> None:
    reader = PlanReader(database.mes_epoch)
    with database.write() as connection:
        cursor = asked(connection, reader)["cursor"]
        plans.put(connection, order("WO-104240", "PRESS13"))
        assert told(asked(connection, reader, cursor)) == [("WO-104240", 2, True)]
        assert "WO-104240" not in [one for one, _, _ in told(asked(connection, reader))]
        cursor = asked(connection, reader)["cursor"]
        plans.put(connection, order("WO-104240"))
        assert told(asked(connection, reader, cursor)) == [("WO-104240", 3, False)]


def test_a_database_is_filled_once(database: Database) -> None:
    """A planner's changes are not undone by the story when the MES is started again."""
    with database.write() as connection:
        plans.put(connection, reason("JAM", "Jam in the die"))
        before = plans.last_change(connection)
        plans.seed(connection, read_story(STORY, 0.0))
        assert plans.last_change(connection) == before


def test_a_change_during_an_answer_is_in_it_or_after_it(database: Database) -> None:
    """Whoever asks sees one state of everything: no change falls between the records and the cursor."""
    reader = PlanReader(database.mes_epoch)
    with database.read() as connection:
        before = reader.etag(connection)
        with database.write() as writing:
            plans.put(writing, reason("NEW"))
        answer = asked(connection, reader)
        assert ("NEW", 1, False) not in told(answer)
        assert reader.etag(connection) == before
    with database.read() as connection:
        assert told(asked(connection, reader, answer["cursor"])) == [("NEW", 1, False)]


DEEDS = st.one_of(
    st.tuples(st.just("put"), st.sampled_from("ABC"), st.sampled_from(["PRESS12", "PRESS13"])),
    st.tuples(st.just("withdraw"), st.sampled_from("ABC"), st.none()),
    st.tuples(st.just("ask"), st.none(), st.none()),
)


@given(st.lists(DEEDS, max_size=20))
@settings(max_examples=40, deadline=None)
def test_a_terminal_ends_up_with_what_is_there(deeds: list[tuple[str, str | None, str | None]]) -> None:
    """Whatever is put, moved and withdrawn between questions: changes lead to the same as a snapshot."""
    database = Database("sqlite://")
    reader = PlanReader(database.mes_epoch)
    copy: Copy = {}
    cursor: str | None = None
    try:
        with database.write() as connection:
            terminal = Terminal(id=MINE, equipment="PRESS12", path="A/B")
            plans.seed(connection, Story(name="x", terminals=[terminal], plans=[reason("R")], labels=[]))
            for deed, plan_id, equipment in [*deeds, ("ask", None, None)]:
                if deed == "put" and plan_id and equipment:
                    plans.put(connection, order(plan_id, equipment))
                elif deed == "withdraw" and plan_id:
                    plans.withdraw(connection, "job_order", plan_id)
                else:
                    answer = asked(connection, reader, cursor)
                    apply(copy, answer)
                    cursor = answer["cursor"]
            whole: Copy = {}
            apply(whole, asked(connection, reader))
    finally:
        database.engine.dispose()
    assert copy == whole

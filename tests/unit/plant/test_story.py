"""A story is checked when it is read, and the shipped one is a shift that can be played."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.plant.press import FAULTS
from devices.plant.story import STORY, Label, read_story
from tests.contracts.written_contract import WrittenContract

NOW = datetime(2026, 11, 21, 10, 7, tzinfo=UTC).timestamp()


def test_every_plan_is_what_the_contract_says() -> None:
    contract = WrittenContract()
    plans = read_story(STORY, NOW).plans
    assert {plan.family for plan in plans} <= set(contract.schemas["Family"]["enum"])
    for plan in plans:
        record = plan.model_dump() | {"version": 1, "deleted": False}
        assert contract.faults("PlanRecord", record) == [], plan.id


def test_plans_name_only_what_is_there() -> None:
    """Orders name plans of inspection, badges name people, faults are those of the press."""
    story = read_story(STORY, NOW)
    inspections = {plan.id for plan in story.plans if plan.family == "inspection_plan"}
    badges = {str(plan.record["badge"]) for plan in story.plans if plan.family == "person"}
    for plan in story.plans:
        if plan.family == "job_order":
            named = plan.record["inspection_plans"]
            assert isinstance(named, list)
            assert set(named) <= inspections
            assert plan.record["equipment"] == story.terminals[0].equipment
        suggested = plan.record.get("suggested_by", [])
        assert isinstance(suggested, list)
        assert set(suggested) <= FAULTS.keys()
    assert {plan.id for plan in story.plans if plan.family == "fault"} == {str(code) for code in FAULTS}
    scanned = {label.text for label in story.labels if label.reader == "badge_reader"}
    assert badges < scanned
    assert len(scanned - badges) == 1


@pytest.mark.parametrize(
    "label", [one for one in read_story(STORY, NOW).labels if one.text.startswith("]d2")]
)
def test_labels_of_parts_are_gs1(label: Label) -> None:
    """All but the damaged one have a check digit that holds."""
    digits = [int(sign) for sign in label.text[5:19]]
    holds = (
        10 - sum(d * (3 if place % 2 == 0 else 1) for place, d in enumerate(digits[:-1]))
    ) % 10 == digits[-1]
    assert holds == (label.id != "damaged")


def test_orders_are_due_from_now_on_a_quarter_of_an_hour() -> None:
    plan = next(plan for plan in read_story(STORY, NOW).plans if plan.id == "WO-104233")
    assert plan.record["due_at"] == "2026-11-21T14:00:00.000Z"
    assert "due_in_min" not in plan.record


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = 1", "name"),
        ("colour = 'red'", "colour"),
        ("[plans.wish.X]\nname = 'y'", "wish"),
        ("[[label]]\nid = 'x'\nreader = 'nose'\nname = 'x'\ntext = 'x'", "nose|reader"),
        ("[[terminal]]\nid = 'T'", "equipment"),
    ],
)
def test_what_is_no_story_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "story.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=words):
        read_story(file, NOW)

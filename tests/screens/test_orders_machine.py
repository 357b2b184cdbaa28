"""What a machine that takes job orders said stands beside the order, whenever it comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hmi.domain.jobs import JobAct, JobOutcome
from hmi.domain.machine import Verdict
from hmi.operations.jobs import JobAnswered, note_job_answer
from screens.registry import SCREENS
from tests.screens.stand import ORDER, Stand

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def stand(tmp_path: Path, qapp: object) -> Iterator[Stand]:
    made = Stand(tmp_path, SCREENS)
    yield made
    made.close()


def test_the_newest_word_of_the_machine_is_shown(stand: Stand) -> None:
    stand.start_order(5)
    stand.window.show_screen("orders")
    stand.settle()
    assert not any(text.startswith("Machine:") for text in stand.texts_in("order_detail"))
    refused = JobOutcome("plc", Verdict.REFUSED, "the machine cannot accept it")
    stand.do(note_job_answer, JobAnswered(ORDER, "gone", JobAct.START, refused, ""))
    stand.settle()
    words = "Machine: The machine does not take the order: the machine cannot accept it"
    assert words in stand.texts_in("order_detail")
    done = JobOutcome("plc", Verdict.DONE, "")
    stand.do(note_job_answer, JobAnswered(ORDER, "gone", JobAct.RESUME, done, ""))
    stand.settle()
    assert "Machine: The machine goes on with the order" in stand.texts_in("order_detail")
    assert words not in stand.texts_in("order_detail")

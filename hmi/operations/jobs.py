"""What a machine said of a job order that it was told of."""

from collections.abc import Sequence
from dataclasses import dataclass

from hmi.domain.entries import NewEntry, Subject
from hmi.domain.job_payloads import JobResponseTold, JobVerdict
from hmi.domain.jobs import JobAct, JobOutcome
from hmi.domain.machine import Verdict
from hmi.ports import Context, Records

_LONGEST_WORDS, _LONGEST_NAME = 4000, 200


@dataclass(frozen=True, slots=True)
class JobAnswered:
    """What became of telling `act`, which the entry `asked` is about; `outcome` None: it was not sent."""

    order: str
    asked: str
    act: JobAct
    outcome: JobOutcome | None
    not_sent: str


def note_job_answer(records: Records, wish: JobAnswered, context: Context) -> Sequence[NewEntry]:
    """Keep what the machine said, with its job response where it gave one."""
    outcome = wish.outcome
    report = outcome.report if outcome is not None else None
    words = wish.not_sent if outcome is None else outcome.words
    payload = JobResponseTold(
        order=wish.order,
        asked=wish.asked,
        act=wish.act.value,
        link=outcome.link if outcome is not None else "",
        verdict="not_sent" if outcome is None else _verdict(outcome.verdict),
        words=words[:_LONGEST_WORDS],
        response=report.response[:_LONGEST_NAME] if report is not None else None,
        state=report.state[:_LONGEST_NAME] if report is not None else None,
        began_at=report.began_at if report is not None else None,
        ended_at=report.ended_at if report is not None else None,
    )
    return [NewEntry(Subject("job_response", wish.order), payload, by_machine=True)]


def _verdict(verdict: Verdict) -> JobVerdict:
    match verdict:
        case Verdict.DONE:
            return "done"
        case Verdict.REFUSED:
            return "refused"
        case _:
            return "unknown"

"""What a machine said of a job order, in one line for people."""

from hmi.domain.job_payloads import JobResponseTold
from hmi.terminal import Terminal
from screens.times import clock


def job_words(terminal: Terminal, payload: JobResponseTold) -> str:
    """The machine's answer, and its job response where it gave one."""
    words = terminal.t(f"machine_job.{payload.act}.{payload.verdict}", words=payload.words or "–")
    if payload.response is None:
        return words
    began, ended = (
        clock(terminal, at) if at is not None else "–" for at in (payload.began_at, payload.ended_at)
    )
    return terminal.t(
        "machine_job.report",
        words=words,
        response=payload.response,
        state=payload.state or "–",
        began=began,
        ended=ended,
    )

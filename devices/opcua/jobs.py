"""Tells one machine what people do to job orders, and takes its job response at the end."""

from devices.opcua.job_control import JobAnswer, JobControl, JobWish
from hmi.domain.jobs import JobAct, JobOutcome, JobReport, JobTelling
from hmi.domain.machine import Verdict
from hmi.errors import LinkError

_UNKNOWN_ORDER, _NOT_IN_THIS_STATE = 1 << 1, 1 << 3  # bits of the return status, OPC 10031-4, B.2
_METHODS = {JobAct.PAUSE: "Pause", JobAct.RESUME: "Resume", JobAct.END: "Stop"}


async def tell_machine(link: str, control: JobControl, told: JobTelling, *, start: bool) -> JobOutcome:
    """Tell it once; with `start` the machine begins by itself, else it only has the order.

    An order that the machine does not know when it goes on is sent as if it began. One that has ended at the
    machine before its end here is asked for its response all the same. LinkError: nothing was sent.
    """
    if told.act is JobAct.START:
        answer = await _begin(control, told, start=start)
    else:
        answer = await control.act(_METHODS[told.act], told.order)
        if told.act is JobAct.RESUME and _says(answer, _UNKNOWN_ORDER):
            answer = await _begin(control, told, start=start)
    if told.act is not JobAct.END:
        return JobOutcome(link, answer.verdict, answer.words)
    report = await _report(control, told.order)
    if report is not None and _says(answer, _NOT_IN_THIS_STATE):
        return JobOutcome(link, Verdict.DONE, "", report)
    return JobOutcome(link, answer.verdict, answer.words, report)


async def _begin(control: JobControl, told: JobTelling, *, start: bool) -> JobAnswer:
    """Send the order; one that the machine has already is only started."""
    answer = await control.send(JobWish(told.order, told.description, None, told.priority), start=start)
    if answer.verdict is not Verdict.REFUSED or told.order not in await control.orders():
        return answer
    if start:
        return await control.act("Start", told.order)
    return JobAnswer(Verdict.DONE, answer.return_status, "the machine has the order already")


async def _report(control: JobControl, order: str) -> JobReport | None:
    """The response; a machine that gives none says nothing against what it did."""
    try:
        found = await control.response(order)
    except LinkError:
        return None
    return JobReport(found.response, found.state, found.start, found.end) if found is not None else None


def _says(answer: JobAnswer, bit: int) -> bool:
    return answer.verdict is Verdict.REFUSED and bool(answer.return_status & bit)

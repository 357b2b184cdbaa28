"""What the entries say of job orders at machines that take them themselves (ISA-95 Job Control)."""

from typing import ClassVar, Literal

from hmi.domain.changes import Family
from hmi.domain.payload import Moment, Payload

JobVerdict = Literal["done", "refused", "unknown", "not_sent"]


class JobResponseTold(Payload):
    """What the machine said when it was told of `act` of the order, which the entry `asked` is about.

    `response`, `state`, `began_at` and `ended_at` are of the machine's job response, where it gave one at the
    end; times are by the machine's clock, words and state its own.
    """

    kind: ClassVar[str] = "job_response.told"
    families: ClassVar[frozenset[Family]] = frozenset({Family.JOURNAL, Family.ORDERS})
    ordered: ClassVar[bool] = False
    order: str
    asked: str
    act: Literal["start", "pause", "resume", "end"]
    link: str
    verdict: JobVerdict
    words: str
    response: str | None = None
    state: str | None = None
    began_at: Moment | None = None
    ended_at: Moment | None = None

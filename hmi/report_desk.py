"""Who makes reports while the terminal runs, for a screen that asks for one."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReportWish:
    """An order on paper, or, without one, the shift of the newest entry; in a language."""

    language: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report that was made; `proven` False where the journal does not prove itself."""

    name: str
    folder: str
    made_at: datetime
    proven: bool = True


class ReportDesk(Protocol):
    """Makes one report at a time, off the thread of the screens."""

    def make(self, wish: ReportWish) -> Future[ReportFile]:
        """Make it; OperatorError in the future says why not, `report_cancelled` that somebody stopped it."""
        ...

    def cancel(self) -> None:
        """Stop what is being made; nothing of it is left."""
        ...

    def made(self) -> Sequence[ReportFile]:
        """What was made before, newest first."""
        ...

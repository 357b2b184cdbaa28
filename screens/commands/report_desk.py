"""Reports for a screen: `lineside report` in a process of its own, so that nobody waits for a page."""

import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, Thread

from hmi.errors import OperatorError
from hmi.report_desk import ReportFile, ReportWish
from hmi.times import Clock

_PROGRAM = (sys.executable, "-m", "screens.app")
_MOST_WORDS = 400
_SHOWN = 50
_PLAIN = re.compile(r"[^\w.-]+")
_DONE, _UNPROVEN = 0, 1


class ReportProcess:
    """One process at a time; its PDF stands in the reports folder under order or shift, and time."""

    def __init__(self, config: Path, folder: Path, clock: Clock, program: Sequence[str] = _PROGRAM) -> None:
        """`program` is what understands `report`; tests name another one."""
        self._config = config.resolve()
        self._folder = folder
        self._clock = clock
        self._program = tuple(program)
        self._lock = Lock()
        self._running: subprocess.Popen[str] | None = None
        self._cancelled = False

    def make(self, wish: ReportWish) -> Future[ReportFile]:
        """See hmi.report_desk.ReportDesk."""
        answer: Future[ReportFile] = Future()
        with self._lock:
            if self._running is not None:
                answer.set_exception(OperatorError("report_under_way"))
                return answer
            now = self._clock.now()
            self._folder.mkdir(parents=True, exist_ok=True)
            out = self._folder / f"{_PLAIN.sub('_', wish.order) or 'shift'}-{now:%Y%m%d-%H%M%S}.pdf"
            about = ["order", "--", wish.order] if wish.order else ["shift"]
            words = ["--config", str(self._config), "--out", str(out), "--language", wish.language]
            command = [*self._program, "report", about[0], *words, *about[1:]]
            self._cancelled = False
            self._running = process = subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
        Thread(target=self._wait, args=(process, out, now, answer), name="report", daemon=True).start()
        return answer

    def cancel(self) -> None:
        """See hmi.report_desk.ReportDesk."""
        with self._lock:
            if self._running is not None:
                self._cancelled = True
                self._running.kill()

    def made(self) -> Sequence[ReportFile]:
        """See hmi.report_desk.ReportDesk."""
        found = [(file.stat().st_mtime, file) for file in self._folder.glob("*.pdf")]
        return [
            ReportFile(file.name, str(self._folder), datetime.fromtimestamp(at, UTC))
            for at, file in sorted(found, reverse=True)[:_SHOWN]
        ]

    def _wait(
        self, process: "subprocess.Popen[str]", out: Path, now: datetime, answer: Future[ReportFile]
    ) -> None:
        _, errors = process.communicate()
        with self._lock:
            self._running, cancelled = None, self._cancelled
        if cancelled:
            out.unlink(missing_ok=True)
            answer.set_exception(OperatorError("report_cancelled"))
        elif process.returncode in (_DONE, _UNPROVEN) and out.exists():
            proven = process.returncode == _DONE
            answer.set_result(ReportFile(out.name, str(self._folder), now, proven))
        else:
            lines = errors.strip().splitlines() or [f"exit code {process.returncode}"]
            answer.set_exception(OperatorError("report_failed", words=lines[-1][:_MOST_WORDS]))

"""The front door: the only module that knows every room, and puts them together."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from hmi import config as configuration
from hmi import log
from hmi.alarm_watch import AlarmWatch
from hmi.config import TerminalConfig
from hmi.domain.changes import Changes, Family
from hmi.domain.signals import Alarm, LinkStatus, Measured, Reading, Scan, TagsInField
from hmi.errors import ConfigError, StoreError
from hmi.hub import Hub
from hmi.i18n import Texts
from hmi.operations.personnel import TerminalStart, start_terminal
from hmi.terminal import Terminal
from hmi.times import SystemClock
from hmi.watch import MachineWatch
from local_db.history import HistoryThread
from screens import lean_start
from screens.cli import parser, program_version
from screens.settings import KEEP_SESSION, copies_folder, data_folder, journal_file

if TYPE_CHECKING:
    from local_db.history_store import HistoryStore

_log = logging.getLogger("lineside")
_HISTORY_AFTER_S = 2.0  # its libraries are loaded when everything is shown
_SETTLED_MS = 8_000  # by then they are, too


class Ears:
    """Hears what all links say and hands it on: tags to those who watch them, everything to the hub."""

    def __init__(self, hub: Hub, watch: MachineWatch, alarms: AlarmWatch, history: HistoryThread) -> None:
        """Hand on to these."""
        self._hub = hub
        self._watch = watch
        self._alarms = alarms
        self._history = history

    def on_readings(self, batch: Sequence[Reading]) -> None:
        """See Listener."""
        self._watch.on_readings(batch)
        self._alarms.on_readings(batch)
        self._history.add(batch)
        self._hub.post_readings(list(batch))

    def on_scan(self, scan: Scan) -> None:
        """See Listener."""
        self._hub.post(scan)

    def on_several(self, tags: TagsInField) -> None:
        """See Listener."""
        self._hub.post(tags)

    def on_measured(self, measured: Measured) -> None:
        """See Listener."""
        self._hub.post(measured)

    def on_link(self, status: LinkStatus) -> None:
        """See Listener."""
        self._history.note_link(status)
        self._hub.post(status)

    def on_heard(self, link: str, heard_ms: int) -> None:
        """See Listener."""
        self._hub.post_heard(link, heard_ms)

    def on_alarms(self, batch: Sequence[Alarm]) -> None:
        """See Listener."""
        self._alarms.on_alarms(batch)
        for alarm in batch:
            self._hub.post(alarm)

    def on_filled(self, batch: Sequence[Reading]) -> None:
        """See Listener; what is shown now stays as it is."""
        self._history.add(batch)


def run_terminal(
    file: Path,
    size: tuple[int, int] | None,
    at: tuple[int, int] | None,
    drive: str | None,
) -> int:
    """Run the terminal of a configuration until its window closes; the exit code of the program."""
    gc.disable()  # a collection walks all that is being imported, again and again
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    lean_start.import_plainly()
    from local_db.copies import Copies
    from local_db.keeper import Keeper
    from local_db.ledger import SqliteLedger
    from local_db.space import Space
    from screens.commands.report_desk import ReportProcess
    from screens.kit import theme
    from screens.registry import screens_for
    from screens.shell.kiosk import Kiosk
    from screens.shell.window import Window
    from screens.wire_works import WireWorks
    from screens.wires import WireThread, Work
    from screens.wiring import connector_settings, make_people, make_retention, people_book, tags_of

    config = configuration.load(file)
    clock = SystemClock()
    tags = tags_of(config, file)
    connector_settings(config, file)
    book = people_book(config, file)
    try:
        specs = screens_for(config.screens.show)
    except KeyError as error:
        raise ConfigError(str(file), "screens.show", f"no screen {error}", "See docs for the ids") from error
    folder = data_folder(config, file)
    log.start(folder / "logs", None)
    application = QApplication(sys.argv[:1])
    theme.apply(application, theme.NIGHT if config.screens.theme == "night" else theme.DAY)

    hub = Hub()
    wake: list[Callable[[], None]] = []
    heard: list[Callable[[Changes], None]] = []

    def changed(changes: Changes) -> None:
        hub.post(changes)
        for hear in heard:
            hear(changes)
        if Family.JOURNAL in changes.families:
            for waker in wake:
                waker()

    journal = journal_file(config, file)
    space = Space(journal)
    ledger = SqliteLedger(
        journal,
        terminal=config.terminal.id,
        equipment=config.terminal.equipment,
        clock=clock,
        on_changes=changed,
        space=space,
    )
    ledger.start()
    ledger.do(start_terminal, TerminalStart(program_version(), ledger.ended_cleanly, KEEP_SESSION)).result()

    watch = MachineWatch(
        ledger,
        tags,
        clock,
        fastest_cycle_s=config.machine.fastest_cycle_s,
        count_every_ms=config.machine.count_every_ms,
        shared=config.machine.shared_counter,
    )
    alarms = AlarmWatch(ledger, tags, clock)
    alarms.start()
    heard.append(alarms.on_changes)
    people, credentials = make_people(config, file, folder, book, clock)
    credentials.start()
    texts = Texts(config.terminal.language)
    terminal = Terminal(config, hub, ledger, watch, tags, texts, clock, people)
    kept = folder / "history.db"
    history = HistoryThread(kept, _history_of(config), clock, begin_after_s=_HISTORY_AFTER_S)
    terminal.history = history
    terminal.reports = ReportProcess(file, folder / "reports", clock)
    window = Window(terminal, specs)
    wire_works = WireWorks(config, file, clock, terminal, book)
    wake.append(wire_works.wake)
    ears = Ears(hub, watch, alarms, history)
    keeper = Keeper(
        journal,
        Copies(copies_folder(config, file), journal.stem),
        space,
        clock=clock,
        on_status=hub.post,
        shift_ends=[shift.end for shift in config.shifts],
        zone=config.terminal.zone,
        slowest_commit_s=ledger.slowest_commit_s,
        retention=make_retention(config, file, ledger, clock),
    )
    works: dict[str, Work] = {
        "devices": lambda: wire_works.devices(ears),
        "sync": lambda: wire_works.sync(ledger, hub),
    }
    works |= {"machine": watch.run, "keeper": keeper.run, "alarms": alarms.run}
    wires = WireThread(works)

    kiosk = Kiosk(window) if size is None and config.screens.kiosk else None
    if size is None:
        window.showFullScreen()
    else:
        window.resize(*size)
        if at is not None:
            window.move(*at)
        window.show()
    window.start()
    gc.freeze()  # modules and widgets stay: a full collection need not look at them while somebody touches
    gc.enable()
    # paint first, then open the wires
    QTimer.singleShot(0, wires.start)
    history.start()
    QTimer.singleShot(_SETTLED_MS, lean_start.settle)
    hand = _hand(window, drive)
    _quit_on_signals(application, kiosk)
    sys.excepthook = _report_fault
    try:
        return application.exec()
    finally:
        if hand is not None:
            hand.close()
        if kiosk is not None:
            kiosk.release()
        window.close()
        wires.stop()
        wire_works.close()
        watch.flush()
        history.stop()
        ledger.stop()
        credentials.stop()


def _history_of(config: TerminalConfig) -> Callable[[Path, int], HistoryStore]:
    def open_store(file: Path, now_ms: int) -> HistoryStore:
        from local_db.history_store import HistoryStore

        return HistoryStore(file, most_bytes=config.history.max_mb << 20, now_ms=now_ms)

    return open_store


def _hand(window: Any, drive: str | None) -> Any:
    if drive is None:
        return None
    from screens.demo.hand import Hand

    return Hand(window, drive)


def _quit_on_signals(application: Any, kiosk: Any) -> None:
    def leave(_number: int, _frame: FrameType | None) -> None:
        if kiosk is not None:
            kiosk.release()
        application.quit()

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)


def _report_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _log.critical("a fault on the GUI thread; the terminal goes on", exc_info=(kind, error, trace))


def journal_command(arguments: Any) -> int:
    """`lineside journal verify|export|copy|retire`."""
    from screens.commands.journal import archives_of, journal_of, run_copy, run_export, run_retire, run_verify

    if (arguments.action == "copy" or getattr(arguments, "mes", False)) and arguments.config is None:
        raise ConfigError("journal", "", "which terminal is not said", "Give --config FILE")
    if arguments.action == "copy":
        return run_copy(arguments.config)
    if arguments.action == "retire":
        return run_retire(arguments.config, keep_days=arguments.keep_days, into=arguments.into)
    file = journal_of(arguments.config, arguments.journal)
    if arguments.action == "export":
        archives = archives_of(arguments.config, file) if arguments.all else arguments.archive
        return run_export(file, arguments.out, archives, arguments.form)
    mes = arguments.config if arguments.mes else None
    return run_verify(file, tables=arguments.tables, mes=mes, archives=arguments.archive)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; expected errors are one line, exit code 2."""
    arguments = parser().parse_args(words)
    try:
        match arguments.command:
            case "run":
                return run_terminal(arguments.config, arguments.size, arguments.at, arguments.drive)
            case "demo":
                from screens.demo.demo import run_demo

                return run_demo(arguments)
            case "gallery":
                from screens.commands.gallery import run_gallery

                return run_gallery(arguments.folder, arguments.size)
            case "check":
                from screens.check import run_check

                return run_check(arguments.file, wires=not arguments.no_wires)
            case "label":
                from screens.commands.label import run_preview, run_print

                if arguments.picture is not None:
                    return run_preview(arguments.template, arguments.values, arguments.picture)
                if arguments.config is None:
                    raise ConfigError("label", "", "which printer is not said", "Give --config or --picture")
                return run_print(arguments.config, arguments.printer, arguments.template, arguments.values)
            case "learn":
                from screens.commands.learn import run_learn

                return run_learn(arguments.port, arguments.name, max(1, arguments.labels))
            case "browse":
                from screens.commands.browse import run_browse

                return run_browse(
                    arguments.endpoint, arguments.config, arguments.out, everything=arguments.everything
                )
            case "trust":
                from screens.commands.trust import run_trust

                return run_trust(arguments.config, arguments.action, getattr(arguments, "what", ""))
            case "mes-check":
                from screens.commands.mes_check import run_mes_check

                return run_mes_check(arguments.url, arguments.terminal, arguments.token_file)
            case "report":
                from screens.commands.report import Wanted, run_report

                told = {key: getattr(arguments, key, "") for key in ("order", "shift", "day", "begin", "end")}
                wanted = Wanted(arguments.about, **told, language=arguments.language)
                return run_report(wanted, arguments.config, arguments.out)
            case "counter":
                from screens.commands.counter import run_counter

                return run_counter(arguments.config, arguments.counter, arguments.reason)
            case "rescue":
                from screens.commands.rescue import run_rescue

                return run_rescue(arguments.old, arguments.config, arguments.token_file, look=arguments.look)
            case "support-bundle":
                from screens.commands.support_bundle import run_support_bundle

                return run_support_bundle(arguments.out, arguments.config, program_version())
            case "restore":
                from screens.commands.restore import run_restore

                return run_restore(
                    arguments.config, arguments.copy, look=arguments.look, offline=arguments.offline
                )
            case _:
                return journal_command(arguments)
    except (ConfigError, StoreError) as error:
        print(f"lineside: {error}", file=sys.stderr)  # noqa: T201
        return 2


if __name__ == "__main__":
    sys.exit(main())

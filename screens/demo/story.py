"""The story of the main job: what people do at the terminal and the plant, and what must then be seen.

Every step looks first and acts on what it sees, as a person does; so a step that was cut off by a crash can
be played again, and does only what is still missing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from devices.plant.client import PlantClient
from screens.demo.eye import Eye, NotSeen, Sight

ORDER = "WO-104233"
EXECUTE, ABORTED = 6, 9
FAULT = 312
_READING_S = 0.6  # the terminal takes a sooner second touch for part of the first


@dataclass(slots=True)
class Told:
    """What the story did, to be compared with what the MES holds."""

    scrap: Decimal = Decimal(0)
    values: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name in the list that is printed, and what is done."""

    name: str
    words: str
    play: Callable[["Player"], None]


class Player:
    """Plays steps with a hand at the terminal and the controls of the plant."""

    def __init__(self, eye: Callable[[], Eye], plant: PlantClient, *, patience_s: float = 90.0) -> None:
        """`eye` gives the connection to the terminal that runs now; it may be a new one after a crash."""
        self._eye = eye
        self.plant = plant
        self.patience_s = patience_s
        self.told = Told()

    @property
    def eye(self) -> Eye:
        """The terminal that runs now."""
        return self._eye()

    # ---------------------------------------------------------------- what people do often

    def wait(self, what: str, seen: Callable[[Sight], bool]) -> Sight:
        """Look until it is seen."""
        return self.eye.wait(what, seen, self.patience_s)

    def go(self, screen: str) -> None:
        """Touch the rail until the screen is shown."""
        if self.eye.look().screen != screen:
            self.eye.touch(f"rail.{screen}")
            self.wait(f"screen {screen}", lambda s: s.screen == screen)

    def badge(self, badge: str, name: str) -> None:
        """Scan a badge unless that person is signed in."""
        if self.eye.look().person != name:
            self._scan_until("badge_reader", badge, f"{name} signed in", lambda s: s.person == name)

    def _scan_until(self, reader: str, text: str, what: str, seen: Callable[[Sight], bool]) -> None:
        """Scan, and scan again after a while when nothing came of it, as people do."""
        end = time.monotonic() + self.patience_s
        while True:
            if reader == "badge_reader":
                self.plant.scan("badge_reader", text)
            else:
                self.plant.scan("scanner", text)
            try:
                self.eye.wait(what, seen, 5.0)
            except NotSeen:
                if time.monotonic() > end:
                    raise
            else:
                return

    def scan(self, text: str, what: str, seen: Callable[[Sight], bool]) -> None:
        """Scan a label at the hand scanner until it is understood."""
        self._scan_until("scanner", text, what, seen)

    def touch_again(self, name: str) -> None:
        """Touch a second time, once a person could have read what is asked."""
        time.sleep(_READING_S)
        self.eye.touch(name)

    def key_in(self, number: str) -> None:
        """Press the keypad's keys of the inspection page."""
        for sign in number:
            self.eye.touch("inspection.keypad.point" if sign == "." else f"inspection.keypad.{sign}")


def signs_in(player: Player) -> None:
    """An operator's badge is scanned."""
    player.wait("plans", lambda s: not s.says("No plans were received") or s.screen != "run")
    player.badge("B-7341", "M. Okafor")


def starts_order(player: Player) -> None:
    """The label of the order is scanned; one touch starts it."""
    signs_in(player)
    player.go("run")
    sight = player.wait(
        "run page",
        lambda s: bool(s.text("action.orders") or s.text("action.pause") or s.text("action.resume")),
    )
    if sight.says(ORDER) and "action.pause" in sight.touchable:
        return
    player.scan(
        "]C0" + ORDER,
        f"order {ORDER}",
        lambda s: s.screen == "orders" and f"Start {ORDER}" in s.text("action.start"),
    )
    player.eye.touch("action.start")
    player.wait("order runs", lambda s: s.screen == "run" and "action.pause" in s.touchable)


def produces(player: Player) -> None:
    """The press runs; good parts are counted by its counter."""
    starts_order(player)
    state = player.plant.state().press
    if state is None or state.state != EXECUTE:
        player.plant.press("start")
        player.plant.wait_for_press(EXECUTE)
    state = player.plant.state().press
    begin = state.processed if state else 0
    player.plant.wait_for_parts(begin + 4)
    player.go("run")
    player.wait("counted parts", lambda s: "EXECUTE" in " ".join(t for _, t in s.texts) and _good(s) > 0)


def _good(sight: Sight) -> int:
    words = sight.text("order.progress").split(" good")[0].replace("\u202f", "")
    return int(words) if words.isdigit() else 0


def reports_scrap(player: Player) -> None:
    """Two parts are scrap: the reason and the quantity, saved."""
    starts_order(player)
    if player.told.scrap:
        return
    player.go("run")
    sight = player.eye.look()
    if "2 scrap" in sight.text("order.progress"):
        player.told.scrap = Decimal(2)
        return
    player.wait("two good parts", lambda s: _good(s) >= 2)
    player.eye.touch("action.scrap")
    sight = player.wait("scrap page", lambda s: s.screen == "scrap" and bool(_reasons(s)))
    player.eye.touch(_reasons(sight)[0])
    player.eye.touch("scrap.keypad.2")
    player.eye.touch("scrap.keypad.main")
    player.wait("scrap booked", lambda s: s.screen == "run" and "2 scrap" in s.text("order.progress"))
    player.told.scrap = Decimal(2)


def _reasons(sight: Sight) -> list[str]:
    controls = ("scrap.reason.search", "scrap.reason.pages", "scrap.reason.keyboard")
    return [name for name in sight.named("scrap.reason.") if not name.startswith(controls)]


def stops_with_fault(player: Player) -> None:
    """The press stops with a fault; the stop opens by itself and is classified with two touches."""
    state = player.plant.state().press
    if state is not None and state.state == EXECUTE:
        player.plant.fault(FAULT)
        player.plant.wait_for_press(ABORTED)
    player.go("run")
    player.wait("stop on the run page", lambda s: "ABORTED" in " ".join(t for _, t in s.texts))


def classifies_stop(player: Player) -> None:
    """Two touches: the task, the suggested reason."""
    player.badge("B-7341", "M. Okafor")
    player.go("run")
    sight = player.wait("run page", lambda s: s.screen == "run" and bool(s.text("order.progress")))
    if not sight.named("task.stop_reason:"):
        return
    player.eye.touch(sight.named("task.stop_reason:")[0])
    sight = player.wait("suggested reasons", lambda s: s.screen == "stop_reason" and bool(_suggested(s)))
    player.eye.touch(_suggested(sight)[0])
    player.wait("stop classified", lambda s: s.screen == "run" and not s.named("task.stop_reason:"))


def _suggested(sight: Sight) -> list[str]:
    return [name for name, text in sight.texts if name.startswith("reason.") and "suggested" in text]


def inspects(player: Player) -> None:
    """Five measured values, one of them outside: a sample and a nonconformance."""
    player.badge("B-7355", "R. Lindqvist")
    player.go("inspection")
    sight = player.wait(
        "check",
        lambda s: "inspection.keypad.main" in {n for n, _ in s.texts} or bool(s.named("inspection.keypad")),
    )
    if player.told.values and _nonconformance(sight):
        return
    if _nonconformance(sight):
        return
    if not player.told.values:
        player.told.values = player.plant.measure(5, outside=1)
    for number in range(5):
        sight = player.eye.look()
        part = sight.text(f"inspection.parts.{number + 1}")
        if "·" in part:
            continue
        player.eye.touch(f"inspection.parts.{number + 1}")
        player.key_in(player.told.values[number])
        player.eye.touch("inspection.keypad.main")
        if number < 4:
            player.wait(
                f"value {number + 1}",
                lambda s, n=number: "·" in s.text(f"inspection.parts.{n + 1}") or _nonconformance(s),
            )
    player.wait(
        "values in",
        lambda s: all("·" in s.text(f"inspection.parts.{n}") for n in range(1, 6)) or _nonconformance(s),
    )
    sight = player.eye.look()
    if not _nonconformance(sight):
        player.touch_again("inspection.keypad.main")
    player.wait("nonconformance", _nonconformance)


def _nonconformance(sight: Sight) -> bool:
    return any(name.startswith("inspection.nonconformance.") for name, _ in sight.texts)


def _shows_repair(sight: Sight) -> bool:
    return sight.screen == "repair" and bool(sight.text("repair.problem"))


def _to_open_repair(player: Player) -> bool:
    """Go to the repair that is open, as the Run page names it; False when there is none."""
    player.badge("B-7362", "J. Haddad")
    sight = player.eye.look()
    if _shows_repair(sight) and not sight.text("repair.down_time"):
        return True
    player.go("run")
    sight = player.wait("run page", lambda s: s.screen == "run" and bool(s.text("order.progress")))
    if not sight.named("task.repair:"):
        return False
    player.eye.touch(sight.named("task.repair:")[0])
    player.wait("open repair", _shows_repair)
    return True


def opens_repair(player: Player) -> None:
    """A technician opens a repair from the stop: fault code, time and asset are filled in."""
    if _to_open_repair(player):
        return
    player.go("repair")
    sight = player.wait("stop without a repair", lambda s: bool(s.named("repair.open.")))
    player.eye.touch(sight.named("repair.open.")[0])
    player.wait("open repair", _shows_repair)


def repairs(player: Player) -> None:
    """Lock-out, findings, a part."""
    _to_open_repair(player)
    for number in range(1, 10):
        name = f"repair.steps.{number}"
        sight = player.eye.look()
        if not sight.text(name):
            break
        if "J. Haddad" not in sight.text(name):
            player.eye.touch(name)
            player.wait(
                f"step {number}",
                lambda s, n=name: "J. Haddad" in s.text(n) or bool(s.text("repair.steps.all")),
            )
    for kind in ("problem", "cause", "remedy"):
        if "Choose" in player.eye.look().text(f"repair.{kind}"):
            player.eye.touch(f"repair.{kind}")
            sight = player.wait(f"{kind} options", lambda s, k=kind: bool(s.named(f"repair.{k}.option.")))
            player.eye.touch(sight.named(f"repair.{kind}.option.")[0])
            player.wait(kind, lambda s, k=kind: "Choose" not in s.text(f"repair.{k}"))
    label = next(
        label for label in player.plant.labels() if "seal" in label.name.lower() and "L-5521" in label.text
    )
    if not player.eye.look().says("L-5521"):
        player.scan(label.text, "seal in the list", lambda s: s.says("L-5521"))


def restarts_machine(player: Player) -> None:
    """The press is cleared and runs again; its stop closes by itself."""
    state = player.plant.state().press
    if state is None or state.state != EXECUTE:
        player.plant.press("start")
        player.plant.wait_for_press(EXECUTE)
    player.wait("the press produces", lambda s: "EXECUTE" in " ".join(t for _, t in s.texts))


def returns_to_service(player: Player) -> None:
    """Two touches give the machine back."""
    if not _to_open_repair(player):
        return
    player.wait("everything is there", lambda s: "action.return_to_service" in s.touchable)
    player.eye.touch("action.return_to_service")
    player.wait("confirm", lambda s: "again" in s.text("action.return_to_service").lower())
    player.touch_again("action.return_to_service")
    player.wait("repair closed", lambda s: bool(s.text("repair.down_time")))


def completes(player: Player) -> None:
    """The order is completed with two touches and confirmed."""
    player.badge("B-7341", "M. Okafor")
    player.go("run")
    sight = player.wait(
        "run page", lambda s: s.screen == "run" and bool(s.text("action.complete") or s.text("action.orders"))
    )
    if sight.text("action.orders"):
        return
    player.eye.touch("action.complete")
    player.wait("confirm", lambda s: "again" in s.text("action.complete").lower())
    player.touch_again("action.complete")
    player.wait("order completed", lambda s: bool(s.text("action.orders")))


def has_plans(player: Player) -> None:
    """The order of the story was pulled from the MES."""
    player.wait("plans of the MES", lambda s: s.says(ORDER))


def has_receipts(player: Player) -> None:
    """Every entry has its receipt, and the terminal shows it."""
    player.go("waiting")
    player.wait("every receipt", lambda s: s.says("Everything was received"))


STEPS: tuple[Step, ...] = (
    Step("sign in", "the operator's badge is scanned", signs_in),
    Step("start order", "the order's label is scanned, one touch starts it", starts_order),
    Step("produce", "the press runs, its counter counts", produces),
    Step("scrap", "two parts are scrap, with a reason", reports_scrap),
    Step("stop", "the press stops with fault 312, the stop opens by itself", stops_with_fault),
    Step("classify", "two touches say why", classifies_stop),
    Step("check", "five values, one outside: sample and nonconformance", inspects),
    Step("repair", "a repair is opened from the stop", opens_repair),
    Step("findings", "lock-out, problem, cause, remedy, a part", repairs),
    Step("run again", "the press runs, the stop closes by itself", restarts_machine),
    Step("return to service", "the technician gives the machine back", returns_to_service),
    Step("complete", "the order is completed and confirmed", completes),
)
PLANS = Step("plans", "orders, plans, reasons, people and assets are pulled", has_plans)
RECEIPTS = Step("receipts", "the MES has everything, once", has_receipts)

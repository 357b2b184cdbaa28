"""Every screen of the terminal, in the order of the rail: a new one is one file and one line here."""

from dataclasses import replace
from functools import partial

from hmi.domain.personnel import Permission
from screens.alarms import AlarmsScreen
from screens.devices import DevicesScreen
from screens.help import HelpScreen
from screens.inspection import InspectionScreen
from screens.keys import KeysScreen
from screens.map_tags import MapTagsScreen
from screens.orders import OrdersScreen
from screens.rebooking import RebookingScreen
from screens.repair import RepairScreen
from screens.reporting import ReportingScreen
from screens.run import RunScreen
from screens.scrap import ScrapScreen
from screens.shell.registry_types import ScreenSpec
from screens.sign_in import SignInScreen
from screens.signing import SigningScreen
from screens.stop_reason import StopReasonScreen
from screens.trends import TrendsScreen
from screens.waiting import WaitingScreen

SCREENS: tuple[ScreenSpec, ...] = (
    ScreenSpec("run", "play", RunScreen, Permission.RUN_ORDERS),
    ScreenSpec("orders", "list", OrdersScreen, Permission.RUN_ORDERS),
    ScreenSpec("inspection", "shield", InspectionScreen, Permission.RECORD_SAMPLES),
    ScreenSpec("repair", "wrench", RepairScreen, Permission.REPAIR),
    ScreenSpec("alarms", "bell", AlarmsScreen),
    ScreenSpec("trends", "trend", TrendsScreen),
    ScreenSpec("signing", "note", SigningScreen, Permission.SIGN),
    ScreenSpec("waiting", "outbox", WaitingScreen, Permission.DECIDE_REFUSED),
    ScreenSpec("devices", "link", DevicesScreen),
    ScreenSpec("stop_reason", None, StopReasonScreen, Permission.CLASSIFY_STOPS),
    ScreenSpec("scrap", None, ScrapScreen, Permission.RUN_ORDERS),
    ScreenSpec("rebooking", None, RebookingScreen, Permission.DECIDE_REFUSED),
    ScreenSpec("reporting", None, ReportingScreen),
    ScreenSpec("help", None, HelpScreen),
    ScreenSpec("keys", None, partial(KeysScreen, lambda: {spec.id: spec.actions for spec in SCREENS})),
    ScreenSpec("map_tags", None, MapTagsScreen, Permission.MAP_TAGS),
    ScreenSpec("sign_in", None, SignInScreen),
)
# reached from another screen, not from the rail
INNER = frozenset(spec.id for spec in SCREENS if spec.icon is None)


def screens_for(shown: tuple[str, ...]) -> tuple[ScreenSpec, ...]:
    """Every screen; those that a configuration names come first, and they alone stand in the rail.

    What is not in the rail is still led to by other screens, by scans and by the frame. Empty means all.
    KeyError names a screen that does not exist.
    """
    known = {spec.id: spec for spec in SCREENS}
    if not shown:
        return SCREENS
    wanted = [spec for spec in (known[name] for name in dict.fromkeys(shown)) if spec.id not in INNER]
    return (*wanted, *(replace(spec, icon=None) for spec in SCREENS if spec not in wanted))

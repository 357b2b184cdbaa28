"""What can be done about an alarm, declared once."""

from hmi.domain.alarm_payloads import (
    AlarmAcknowledged,
    AlarmCommented,
    AlarmConfirmed,
    AlarmPutInService,
    AlarmShelved,
    AlarmTakenOutOfService,
    AlarmUnshelved,
)
from hmi.domain.personnel import Permission
from screens.alarms_view import Tab
from screens.kit.buttons import Kind
from screens.shell.actions import BACK, Action

ICONS = {Tab.OPEN: "bell", Tab.ASIDE: "clock", Tab.ALL: "list"}


def _acknowledging(name: str, text: str, kind: Kind = Kind.NORMAL) -> Action:
    return Action(
        name,
        text,
        "check",
        kind,
        "F2",
        permission=Permission.ACKNOWLEDGE_ALARMS,
        writes=(AlarmAcknowledged,),
        slot="main",
    )


ACTIONS: tuple[Action, ...] = (
    BACK,
    _acknowledging("acknowledge", "alarms.acknowledge", Kind.PRIMARY),
    _acknowledging("acknowledge_shown", "keys.do.acknowledge_shown"),
    _acknowledging("tell_device", "alarms.tell_device"),
    Action(
        "shelve",
        "alarms.shelve",
        "clock",
        key="F3",
        permission=Permission.SHELVE_ALARMS,
        slot="shelf",
    ),
    Action(
        "unshelve",
        "alarms.unshelve",
        "refresh",
        key="F3",
        permission=Permission.SHELVE_ALARMS,
        writes=(AlarmUnshelved,),
        slot="shelf",
    ),
    Action(
        "out_of_service",
        "alarms.out_of_service",
        "pause",
        key="F4",
        permission=Permission.SUPPRESS_ALARMS,
        slot="service",
    ),
    Action(
        "in_service",
        "alarms.in_service",
        "refresh",
        key="F4",
        permission=Permission.SUPPRESS_ALARMS,
        writes=(AlarmPutInService,),
        slot="service",
    ),
    Action(
        "shelve_now",
        "alarms.shelve",
        "clock",
        Kind.PRIMARY,
        "F2",
        permission=Permission.SHELVE_ALARMS,
        writes=(AlarmShelved,),
        slot="main",
    ),
    Action(
        "take_out_now",
        "alarms.out_of_service",
        "clock",
        Kind.PRIMARY,
        "F2",
        permission=Permission.SUPPRESS_ALARMS,
        writes=(AlarmTakenOutOfService,),
        slot="main",
    ),
    Action("trend", "rail.trends", "trend", key="F5"),
    Action(
        "confirm",
        "alarms.confirm",
        "check",
        key="F2",
        permission=Permission.ACKNOWLEDGE_ALARMS,
        writes=(AlarmConfirmed,),
        slot="main",
    ),
    Action(
        "comment",
        "alarms.comment",
        "note",
        key="F10",
        permission=Permission.ACKNOWLEDGE_ALARMS,
        on_page=True,
    ),
    Action(
        "comment_now",
        "alarms.comment_save",
        key="Enter",
        permission=Permission.ACKNOWLEDGE_ALARMS,
        writes=(AlarmCommented,),
        on_page=True,
    ),
    *(
        Action(f"show_{tab}", f"keys.do.alarms_{tab}", ICONS[tab], key=f"F{number}", on_page=True)
        for number, tab in enumerate(Tab, 6)
    ),
)

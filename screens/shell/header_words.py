"""What the header says of the machine and the links."""

from hmi.domain.equipment import Activity, PackmlState, activity
from hmi.domain.signals import LinkState as Link_
from hmi.domain.tags import TagRole
from hmi.terminal import Terminal
from screens.shell.header import Link, LinkState, MachineKind
from screens.shell.state import FrameView
from screens.times import running

_KIND = {
    Activity.PRODUCING: MachineKind.RUNNING,
    Activity.DOWN: MachineKind.STOPPED,
    Activity.IDLE: MachineKind.IDLE,
    Activity.CHANGING: MachineKind.IDLE,
}


def machine_words(terminal: Terminal, view: FrameView | None) -> tuple[MachineKind, str, str]:
    """Kind, word and age of the machine's state; unknown while its link is silent."""
    tag = next((tag for tag in terminal.tags.values() if tag.role is TagRole.STATE), None)
    shown = terminal.shown(tag.name) if tag else None
    if shown is None or view is None or view.equipment is None:
        return MachineKind.UNKNOWN, terminal.t("machine.unknown"), ""
    state, since = view.equipment.state, view.equipment.since
    age = running(terminal.clock.now() - since)
    if shown.stale:
        return MachineKind.UNKNOWN, terminal.t("machine.not_heard", state=state_word(terminal, state)), age
    return _KIND[activity(state)], state_word(terminal, state), age


def state_word(terminal: Terminal, state: PackmlState) -> str:
    """A PackML state in words."""
    return terminal.t(f"machine.{state.name.lower()}")


def header_links(terminal: Terminal, view: FrameView | None) -> list[Link]:
    """Each link with its sign; the MES with how many entries wait."""
    links: list[Link] = []
    waiting = view.queue.waiting if view else 0
    for name, status in terminal.links.items():
        own = terminal.t("devices.kind.mes") if status.kind == "mes" else name
        label = str(terminal.config.links.get(name, {}).get("label", own))
        words, state = "", LinkState.OK
        if status.kind == "mes":
            if status.state is not Link_.UP:
                words, state = terminal.t("links.mes_offline", n=waiting), LinkState.WAITING
            elif waiting:
                words, state = terminal.t("links.mes_sending", n=waiting), LinkState.WAITING
        elif status.state is Link_.CONNECTING:
            state = LinkState.UNKNOWN
        elif status.state is not Link_.UP:
            words, state = terminal.t("links.lost"), LinkState.LOST
        links.append(Link(label, state, words))
    return links

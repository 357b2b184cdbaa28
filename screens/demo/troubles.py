"""What goes wrong while the story is played: each trouble is caused, seen on the terminal, and survived."""

from collections.abc import Callable

from screens.demo.stage import Stage
from screens.demo.story import STEPS, Player, Step


def _mes_goes(player: Player) -> None:
    player.plant.mes("off")
    player.wait("the MES is away", lambda s: s.says("offline"))


def _plc_restarts(player: Player) -> None:
    player.plant.plc("off")
    player.wait("the PLC is lost", lambda s: s.says("PLC lost"))
    player.wait("values are old", lambda s: s.says("s old"))
    player.plant.plc("on")
    player.wait("the PLC is back", lambda s: not s.says("PLC lost") and s.says("EXECUTE"))


def _readers_are_pulled(player: Player) -> None:
    for reader in ("badge_reader", "scanner"):
        player.plant.reader(reader, "unplug")
    player.wait("both readers are lost", lambda s: s.says("Scanner lost") and s.says("Badges lost"))
    for reader in ("badge_reader", "scanner"):
        player.plant.reader(reader, "plug")
    player.wait("both readers are back", lambda s: not (s.says("Scanner lost") or s.says("Badges lost")))


def _mes_comes(player: Player) -> None:
    player.plant.mes("on")
    player.wait("the MES is back", lambda s: not s.says("offline"))


def _kills(stage: Stage) -> Callable[[Player], None]:
    def kill(player: Player) -> None:
        stage.kill_terminal()
        player.wait("the terminal is back with its plans", lambda s: s.screen == "run" and bool(s.texts))

    return kill


def troubled_story(stage: Stage) -> tuple[Step, ...]:
    """The story with every trouble in it, and the MES away from before the sign-in until after the end."""
    kill = Step("kill -9", "the terminal is killed and started again", _kills(stage))
    before = {"sign in": Step("MES off", "the MES is switched off", _mes_goes)}
    after = {
        "start order": kill,
        "produce": Step("PLC restart", "the PLC is restarted while the press runs", _plc_restarts),
        "classify": Step("readers out", "both readers are unplugged and plugged in", _readers_are_pulled),
        "findings": kill,
        "complete": Step("MES on", "the MES is switched on again", _mes_comes),
    }
    steps: list[Step] = []
    for step in STEPS:
        steps += [s for s in (before.get(step.name), step, after.get(step.name)) if s is not None]
    return tuple(steps)

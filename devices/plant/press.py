"""The press's physics and its PackML unit state machine: pure, and the same for the same seed and clock.

Nothing here sleeps or reads a clock: whoever owns the press says what time it is (seconds since 1970, UTC)
and gets the changes that happened meanwhile, each with the moment at which it happened.
"""

import math
import random
from dataclasses import dataclass, replace
from typing import Self

from pydantic import TypeAdapter

from devices.plant.packml import (
    ALLOWED,
    BEGINS,
    LEADS_TO,
    MODE_CHANGES_IN,
    Command,
    Mode,
    NotAllowedError,
    State,
    title,
)

PITCH_M = 0.152
"""Coil that one part takes, in metres."""
NEW_COIL_M = 420.0
WORN_OUT_STROKES = 20_000
FAULTS = {312: "hydraulic pressure low", 205: "part jam", 118: "guard open"}
"""The faults that this press knows, by the code in `Admin.StopReason.Value`."""

_AMBIENT_C, _HOT_C, _PRESSURE_BAR, _TRIP_BAR = 22.0, 74.0, 160.0, 108.0
_ACTING_S = {
    State.CLEARING: 1.2,
    State.RESETTING: 1.6,
    State.STARTING: 1.4,
    State.STOPPING: 1.0,
    State.ABORTING: 0.5,
    State.HOLDING: 0.6,
    State.UNHOLDING: 0.6,
    State.SUSPENDING: 0.5,
    State.UNSUSPENDING: 2.0,
    State.COMPLETING: 0.6,
}
_LEAK_S = 2.5
_DWELL_S = 0.2
_ON_THE_WAY = {
    State.ABORTED: Command.CLEAR,
    State.STOPPED: Command.RESET,
    State.COMPLETE: Command.RESET,
    State.IDLE: Command.START,
    State.HELD: Command.UNHOLD,
    State.SUSPENDED: Command.UNSUSPEND,
}


@dataclass(frozen=True)
class PressSettings:
    """How this press is built: seed of its noise and its ideal cycle in seconds (acting
    states scale with it).
    """

    seed: int = 1
    cycle_s: float = 2.4


@dataclass(frozen=True)
class Memory:
    """What the press keeps over a power cut: states, counters, tool age, coil (m),
    temperature (degC), pressure (bar).
    """

    state: State = State.STOPPED
    mode: Mode = Mode.PRODUCTION
    fault: int = 0
    runs: bool = False
    processed: int = 0
    defective: int = 0
    strokes: int = 1_500
    coil_m: float = NEW_COIL_M
    die_c: float = _AMBIENT_C
    pressure_bar: float = _PRESSURE_BAR

    def to_json(self) -> bytes:
        """This memory as one JSON object."""
        return _MEMORY.dump_json(self)

    @classmethod
    def from_json(cls, text: bytes) -> "Memory":
        """Read what `to_json` wrote; ValueError when it is something else."""
        return _MEMORY.validate_json(text)


_MEMORY = TypeAdapter(Memory)


@dataclass(frozen=True)
class Change:
    """A value that became true at a moment: seconds since 1970, tag without the press's name, value."""

    at: float
    tag: str
    value: int | float


@dataclass(frozen=True)
class Lag:
    """A first-order quantity: it was `value` at `since` and moves to `target` with
    the time constant `tau_s`.
    """

    value: float
    since: float
    target: float
    tau_s: float

    def at(self, now: float) -> float:
        """The quantity at a moment; before `since` it stands still."""
        return self.target + (self.value - self.target) * math.exp(-max(0.0, now - self.since) / self.tau_s)

    def towards(self, now: float, target: float, tau_s: float) -> Self:
        """The same quantity, moving to another target from now on."""
        return replace(self, value=self.at(now), since=now, target=target, tau_s=tau_s)


def noise(seed: int, channel: str, index: int) -> float:
    """A standard normal number that depends on nothing but its three names."""
    return random.Random(f"{seed}/{channel}/{index}").gauss(0.0, 1.0)


def hole_diameter(seed: int, part: int, strokes: int) -> float:
    """Diameter in mm of the hole in one part: it grows with the age of the punch (strokes)."""
    return 11.992 + 0.06 * strokes / WORN_OUT_STROKES * 4 + 0.014 * noise(seed, "hole", part)


def measure(seed: int, memory: Memory, count: int, outside: int = 0) -> list[float]:
    """Diameters in mm of the last `count` parts, the oldest first; the last `outside` of them
    are burred, above 12.10.

    Raises NotAllowedError when the press has not made that many parts.
    """
    if not 1 <= count <= 100 or not 0 <= outside <= count:
        raise NotAllowedError("A measurement takes 1 to 100 parts, and no more outside than parts.")
    if memory.processed < count:
        raise NotAllowedError(f"The press has made {memory.processed} parts so far; {count} are needed.")
    first = memory.processed - count + 1
    values = [
        hole_diameter(seed, part, memory.strokes - (memory.processed - part))
        for part in range(first, first + count)
    ]
    for index in range(count - outside, count):
        values[index] = 12.128 + abs(noise(seed, "burr", first + index)) * 0.01
    return values


class Press:
    """One press: it obeys PackML commands, makes parts while in Execute, and tells each
    change with its moment.
    """

    def __init__(self, settings: PressSettings, memory: Memory, now: float) -> None:
        self.settings = settings
        self._scale = settings.cycle_s / 2.4
        self._m = memory
        self._now = now
        self._changes: list[Change] = []
        self._acting_ends: float | None = None
        self._part_at: float | None = None
        self._trip_at: float | None = None
        self._pursue_at = now if memory.runs and memory.state in _ON_THE_WAY else None
        self._die = Lag(memory.die_c, now, _AMBIENT_C, 900.0)
        self._pressure = Lag(memory.pressure_bar, now, _PRESSURE_BAR, 1.5)
        self._settle(now)

    def memory(self) -> Memory:
        """What must survive a power cut, as of the last moment the press was told."""
        return replace(
            self._m,
            die_c=round(self._die.at(self._now), 3),
            pressure_bar=round(self._pressure.at(self._now), 3),
        )

    def next_event_at(self) -> float | None:
        """The moment of the next thing that happens by itself, None when the press only waits."""
        clocks = (self._acting_ends, self._part_at, self._trip_at, self._pursue_at)
        return min((at for at in clocks if at is not None), default=None)

    def advance(self, now: float) -> list[Change]:
        """Let time pass until `now`, and hand over everything that changed since the last call, in order."""
        while (at := self.next_event_at()) is not None and at <= now:
            self._now = max(self._now, at)
            if at == self._trip_at:
                self._abort(312, at)
            elif at == self._part_at:
                self._make_part(at)
            elif at == self._pursue_at:
                self._pursue(at)
            else:
                self._enter(LEADS_TO[self._m.state], at)
        self._now = max(self._now, now)
        changes, self._changes = self._changes, []
        return changes

    def sample(self, now: float) -> list[Change]:
        """The quantities that move all the time: die temperature (degC) and hydraulic
        pressure (bar), with noise.
        """
        index = int(now * 1000)
        die = self._die.at(now) + 0.05 * noise(self.settings.seed, "die", index)
        dip = 3.0 if self._m.state is State.EXECUTE and index % 3 == 0 else 0.0
        pressure = self._pressure.at(now) - dip + 0.4 * noise(self.settings.seed, "bar", index)
        return [
            Change(now, "Press.DieTemperature", round(die, 2)),
            Change(now, "Press.HydraulicPressure", round(max(0.0, pressure), 1)),
        ]

    def snapshot(self, now: float) -> list[Change]:
        """Every tag's present value; what a server shows right after power-on."""
        m, running = self._m, self._m.state is State.EXECUTE
        return [
            Change(now, "Status.StateCurrent", int(m.state)),
            Change(now, "Status.UnitModeCurrent", int(m.mode)),
            Change(now, "Status.CurMachSpeed", round(60.0 / self.settings.cycle_s, 2) if running else 0.0),
            Change(now, "Admin.ProdProcessedCount.AccCount", m.processed),
            Change(now, "Admin.ProdDefectiveCount.AccCount", m.defective),
            Change(now, "Admin.StopReason.Value", m.fault),
            Change(now, "Press.RamForce", 0.0),
            Change(now, "Press.CycleTime", self.settings.cycle_s if running else 0.0),
            Change(now, "Press.CoilRemaining", round(m.coil_m, 2)),
            *self.sample(now),
        ]

    def command(self, command: Command, now: float) -> None:
        """Obey one PackML command at `now`; NotAllowedError in a state in which it is not allowed."""
        if self._m.state not in ALLOWED[command]:
            raise NotAllowedError(f"{command} is not possible in {title(self._m.state)}.")
        self._enter(BEGINS[command], now)

    def run(self, now: float) -> None:
        """Bring the press to Execute from wherever it is: clear, reset, thread a new coil
        and start as needed.
        """
        self._m = replace(self._m, runs=self._m.state is not State.EXECUTE)
        self._pursue(now)

    def stop(self, now: float) -> None:
        """Stop at the end of this stroke; NotAllowedError when it is stopped or aborted already."""
        self._m = replace(self._m, runs=False)
        self.command(Command.STOP, now)

    def clear(self, now: float) -> None:
        """Clear the fault and stay Stopped; NotAllowedError when nothing is aborted."""
        self._m = replace(self._m, runs=False)
        self.command(Command.CLEAR, now)

    def fault(self, code: int, now: float) -> None:
        """Cause a fault: 312 lets the pressure fall first and trips by itself, the others abort at once."""
        if code not in FAULTS:
            known = ", ".join(f"{number} {text}" for number, text in FAULTS.items())
            raise NotAllowedError(f"This press knows the faults {known}.")
        if self._m.state not in ALLOWED[Command.ABORT] or self._trip_at is not None:
            raise NotAllowedError("The press is faulted already; clear that first.")
        if code == 312:
            self._trip_at = now + _LEAK_S * self._scale
            fallen = math.log((_PRESSURE_BAR - 60.0) / (_TRIP_BAR - 60.0))
            self._pressure = self._pressure.towards(now, 60.0, _LEAK_S * self._scale / fallen)
        else:
            if code == 205:
                self._tell(now, "Press.RamForce", 588.4)
            self._abort(code, now)

    def change_mode(self, mode: Mode, now: float) -> None:
        """Change the unit mode; NotAllowedError while the press is moving."""
        if self._m.state not in MODE_CHANGES_IN:
            raise NotAllowedError(f"The mode cannot be changed in {title(self._m.state)}.")
        self._m = replace(self._m, mode=mode)
        self._tell(now, "Status.UnitModeCurrent", int(mode))

    def end_coil(self, now: float) -> None:
        """Leave one part's length on the coil, so that the press runs out of material
        after the next stroke.
        """
        self._m = replace(self._m, coil_m=PITCH_M)
        self._tell(now, "Press.CoilRemaining", PITCH_M)

    def _tell(self, at: float, tag: str, value: int | float) -> None:
        self._changes.append(Change(at, tag, value))

    def _abort(self, code: int, at: float) -> None:
        self._trip_at = None
        self._m = replace(self._m, fault=code, runs=False)
        self._enter(State.ABORTING, at)

    def _enter(self, state: State, at: float) -> None:
        before = self._m.state
        self._m = replace(self._m, state=state)
        self._tell(at, "Status.StateCurrent", int(state))
        if state is State.ABORTING:
            self._tell(at, "Admin.StopReason.Value", self._m.fault)
        if before is State.CLEARING:
            self._m = replace(self._m, fault=0)
            self._tell(at, "Admin.StopReason.Value", 0)
        if before is State.UNSUSPENDING and state is State.EXECUTE and self._m.coil_m < PITCH_M:
            self._m = replace(self._m, coil_m=NEW_COIL_M)
            self._tell(at, "Press.CoilRemaining", NEW_COIL_M)
        if before is State.EXECUTE:
            self._tell(at, "Status.CurMachSpeed", 0.0)
            self._tell(at, "Press.RamForce", 0.0)
        self._settle(at)
        if state is State.EXECUTE:
            self._tell(at, "Status.CurMachSpeed", round(60.0 / self.settings.cycle_s, 2))
        if state is State.EXECUTE:
            self._m = replace(self._m, runs=False)

    def _settle(self, at: float) -> None:
        """Set the clocks and targets that belong to the state just entered."""
        state = self._m.state
        acting = _ACTING_S.get(state)
        self._acting_ends = None if acting is None else at + acting * self._scale
        dwells = self._m.runs and state in _ON_THE_WAY
        self._pursue_at = at + _DWELL_S * self._scale if dwells else None
        running = state is State.EXECUTE
        self._part_at = at + self._cycle_of(self._m.processed + 1) if running else None
        self._die = self._die.towards(at, _HOT_C if running else _AMBIENT_C, 300.0 if running else 900.0)
        if self._trip_at is None:
            down = {312: 92.0, 118: 6.0}.get(self._m.fault, _PRESSURE_BAR)
            self._pressure = self._pressure.towards(at, down, 1.5)

    def _pursue(self, at: float) -> None:
        self._pursue_at = None
        if (step := _ON_THE_WAY.get(self._m.state)) is not None:
            self._enter(BEGINS[step], at)

    def _cycle_of(self, part: int) -> float:
        return self.settings.cycle_s * (
            1.0 + 0.012 * max(-3.0, min(3.0, noise(self.settings.seed, "cycle", part)))
        )

    def _make_part(self, at: float) -> None:
        part, seed = self._m.processed + 1, self.settings.seed
        bad = random.Random(f"{seed}/defect/{part}").random() < 0.004
        self._m = replace(
            self._m,
            processed=part,
            defective=self._m.defective + bad,
            strokes=self._m.strokes + 1,
            coil_m=max(0.0, self._m.coil_m - PITCH_M),
        )
        wear = self._m.strokes / WORN_OUT_STROKES
        cycle = self._cycle_of(part)
        self._tell(at, "Press.RamForce", round(408.0 + 30.0 * wear + 2.5 * noise(seed, "force", part), 1))
        self._tell(at, "Press.CycleTime", round(cycle, 3))
        self._tell(at, "Press.CoilRemaining", round(self._m.coil_m, 2))
        self._tell(at, "Status.CurMachSpeed", round(60.0 / cycle, 2))
        self._tell(at, "Admin.ProdProcessedCount.AccCount", part)
        if bad:
            self._tell(at, "Admin.ProdDefectiveCount.AccCount", self._m.defective)
        if self._m.coil_m < PITCH_M:
            self._enter(State.SUSPENDING, at)
        else:
            self._part_at = at + self._cycle_of(part + 1)

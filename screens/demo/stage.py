"""A plant and a terminal at its wires, as processes of their own, and the hand and eye of who plays."""

from pathlib import Path

from devices.plant.client import PlantClient, PlantProcess
from screens.demo.eye import Eye
from screens.demo.place import TerminalProcess, write_configuration
from screens.demo.received import Received
from screens.demo.story import Player


class Stage:
    """Everything that runs; `close` ends it all. A terminal that ended is started again by the next look."""

    def __init__(
        self,
        folder: Path,
        *,
        cycle_s: float,
        seed: int = 1,
        theme: str = "day",
        size: tuple[int, int] = (1280, 800),
        words: tuple[str, ...] = (),
        signed_people: bool = False,
    ) -> None:
        """Start the plant in `folder/plant`, and a terminal with these words of the command line.

        With `signed_people` the MES signs who there is, and people prove by badge and PIN.
        """
        self.folder = folder
        self._size = size
        self._words = words
        self._eye: Eye | None = None
        plant = ["--cycle-s", str(cycle_s), "--seed", str(seed)]
        plant += ["--sign-people"] if signed_people else []
        self._plant_process = PlantProcess(folder / "plant", *plant)
        card = self._plant_process.wait_for_addresses()
        self.letters = folder / "plant" / "people" / "letters.json" if signed_people else None
        key = None if self.letters is None else self.letters.with_name("mes-people.pem")
        self.configuration = write_configuration(folder, card, theme=theme, people_key=key)
        # both load at the same time; the terminal finds its wires as they come
        self.terminal = self._start()
        try:
            self.plant: PlantClient = self._plant_process.wait_until_up()
        except BaseException:
            self.terminal.end()
            raise
        self.received = Received(card.mes_url, card.terminal)
        self.player = Player(lambda: self.eye, self.plant)

    @property
    def eye(self) -> Eye:
        """The eye on the terminal that runs now; a terminal that ended is started again."""
        if self.terminal.ended is not None:
            self._let_go()
            self.terminal = self._start()
        if self._eye is None:
            terminal = self.terminal
            self._eye = Eye(terminal.drive, lambda: terminal.ended is None)
        return self._eye

    @property
    def journal(self) -> Path:
        """The terminal's journal file."""
        return self.folder / "terminal" / "journal.db"

    def kill_terminal(self) -> None:
        """`kill -9`; the next look starts it again."""
        self.terminal.kill()
        self._let_go()

    def close(self) -> None:
        """End everything that was started here."""
        self._let_go()
        if self.terminal.ended is None:
            self.terminal.end()
        self.received.close()
        self.plant.close()
        self._plant_process.end()

    def _start(self) -> TerminalProcess:
        return TerminalProcess(self.configuration, size=self._size, words=self._words)

    def _let_go(self) -> None:
        if self._eye is not None:
            self._eye.close()
            self._eye = None

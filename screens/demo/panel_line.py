"""The line of the panel to the plant: calls on a thread of its own, answers on the GUI thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from devices.plant.client import PlantClient, PlantError

R = TypeVar("R")
POLL_MS = 500


class PlantLine(QObject):
    """Asks the plant without holding up the window; looks at its state whenever nothing else is asked.

    The client is for one thread at a time, so calls wait for each other here.
    """

    # PlantState
    told = Signal(object)
    # why the plant does not answer
    gone = Signal(str)
    _came = Signal(object)

    def __init__(self, client: PlantClient, parent: QObject | None = None) -> None:
        """The client stays its owner's; it must not be used elsewhere while the line is open."""
        super().__init__(parent)
        self._client = client
        self._asked = 0
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="plant-panel")
        self._came.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._polls = QTimer(self, interval=POLL_MS)
        self._polls.timeout.connect(self.look)

    def open(self) -> None:
        """Begin to look."""
        self._polls.start()
        self.look()

    def close(self) -> None:
        """Ask no more; the call under way is waited for."""
        self._closed = True
        self._polls.stop()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def ask(
        self,
        call: Callable[[PlantClient], R],
        then: Callable[[R], None],
        refused: Callable[[str], None],
    ) -> None:
        """Ask for something; `then` gets the answer, or `refused` the plant's words, on the GUI thread."""
        self._submit(call, then, refused)

    def look(self) -> None:
        """Look at the whole plant, unless something is being asked already."""
        if self._asked == 0:
            self._submit(PlantClient.state, self.told.emit, self.gone.emit)

    def _submit(
        self,
        call: Callable[[PlantClient], R],
        then: Callable[[R], None],
        refused: Callable[[str], None],
    ) -> None:
        if self._closed:
            return
        self._asked += 1
        future = self._thread.submit(call, self._client)
        future.add_done_callback(lambda done: self._came.emit(lambda: _hand_over(done, then, refused)))

    def _deliver(self, hand_over: Callable[[], None]) -> None:
        self._asked -= 1
        if not self._closed:
            hand_over()


def _hand_over(done: Future[R], then: Callable[[R], None], refused: Callable[[str], None]) -> None:
    try:
        answer = done.result()
    except PlantError as error:
        refused(str(error))
    else:
        then(answer)

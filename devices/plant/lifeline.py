"""A part of the plant never outlives the plant: the kernel's word on Linux, and a
closed standard input everywhere.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies; elsewhere `follow_stdin` alone has to do.

    `parent` is the process that started this one: when it is gone already, this process ends at once.
    """
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        raise SystemExit(0)


def follow_stdin(on_line: Callable[[str], None], on_end: Callable[[], None]) -> None:
    """Read standard input in a thread of its own: each line to `on_line`, and `on_end` when the
    other end is gone.

    Both run in that thread. The descriptor is read directly, so that no lock of `sys.stdin`
    is held at exit.
    """

    def read() -> None:
        rest = b""
        while chunk := os.read(0, 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    on_line(line.decode("utf-8", "replace"))
        on_end()

    threading.Thread(target=read, name="stdin", daemon=True).start()

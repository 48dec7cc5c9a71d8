"""How long each core of the machine has had nothing to do, looked at twenty times a second while something runs.

It is the machine's idle time, of every program on it: Linux counts it by core and not by process. A core that waits for
a disk is idle, too. The kernel counts in hundredths of a second, so a span of less than a tenth says little.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

LOOKS_A_SECOND = 20
_STAT = Path("/proc/stat")
_TICKS_A_S = os.sysconf("SC_CLK_TCK")
_IDLE_AT, _WAITS_AT = 4, 5  # fields of a core's line: idle, and idle while something waits for a disk

IdleSeconds = dict[int, float]  # by core


def idle_since_start(stat: str) -> IdleSeconds:
    r"""Return how long each core has been idle since the machine was started, given what ``/proc/stat`` holds.

    Examples
    --------
    >>> idle_since_start("cpu 9 0 9 700 100\\ncpu0 4 0 4 300 60 0\\ncpu1 5 0 5 400 40 0\\nintr 7\\n")
    {0: 3.6, 1: 4.4}
    """
    found: IdleSeconds = {}
    for fields in map(str.split, stat.splitlines()):
        core = fields[0].removeprefix("cpu") if fields else ""
        if fields and fields[0] != core and core.isdigit():
            found[int(core)] = (int(fields[_IDLE_AT]) + int(fields[_WAITS_AT])) / _TICKS_A_S
    return found


class IdleWatch:
    """Looks at the cores that this process may use, for as long as its block lasts."""

    def __init__(self, read: Callable[[], str] = _STAT.read_text, cores: frozenset[int] = frozenset()) -> None:
        self.cores = sorted(cores or os.sched_getaffinity(0))
        self.looked_at_s: list[float] = []  # seconds since 1970, as records have them
        self.idle_s: list[IdleSeconds] = []
        self._read = read
        self._done = threading.Event()
        self._looking = threading.Thread(target=self._go_on, name="idle-watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self.look(time.time())
        self._looking.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Look a last time."""
        self._done.set()
        self._looking.join()
        self.look(time.time())

    def look(self, now_s: float) -> None:
        """Look once."""
        self.looked_at_s.append(now_s)
        self.idle_s.append(idle_since_start(self._read()))

    def between(self, start_s: float, end_s: float) -> Mapping[int, float]:
        """Return how long each core was idle between two moments; between two looks, time is shared out evenly."""
        return {
            core: float(np.diff(np.interp([start_s, end_s], self.looked_at_s, [idle[core] for idle in self.idle_s]))[0])
            for core in self.cores
        }

    def _go_on(self) -> None:
        while not self._done.wait(1 / LOOKS_A_SECOND):
            self.look(time.time())

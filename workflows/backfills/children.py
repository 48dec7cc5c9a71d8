"""One process a date: ``interest-graph run`` or ``rebuild`` of it, with its lines in a log file.

A date's memory is free when its process ends, and one that the system kills for memory takes no other along.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from workflows.backfills.plan import PlannedDate
from workflows.daily import DailyDiscovery
from workflows.luigi_cfg import FAILED

_ENDING_S = 0.9  # for children that clean up behind them
_POLL_S = 0.02
_ERROR = "error: "


class DateChild:
    """The process that builds a date."""

    def __init__(self, planned: PlannedDate, day: DailyDiscovery, cores: int, log: Path) -> None:
        self.planned = planned
        self.log = log
        self._began_s = time.monotonic()
        words = [planned.action, f"--date={planned.date}", f"--input={day.input_root}", f"--output={day.output_root}"]
        words += [f"--iterations={day.iterations}", f"--cores={cores}"]
        with log.open("wb") as lines:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "workflows.backfills.watched", *words],
                stdin=subprocess.PIPE,  # nothing is written: it closes when this process ends
                stdout=lines,
                stderr=lines,
                process_group=0,  # with all that it starts
            )

    def code(self) -> int | None:
        """Return the exit code, None as long as it runs; a date whose process was killed has failed."""
        code = self._process.poll()
        return FAILED if code is not None and code < 0 else code

    def killed_by(self) -> str:
        """Return the name of the signal that ended it; empty if none did."""
        code = self._process.returncode
        return signal.Signals(-code).name if code is not None and code < 0 else ""

    @property
    def seconds(self) -> float:
        """Time since it was started."""
        return time.monotonic() - self._began_s

    def first_error(self) -> str:
        """Return what it says went wrong: its first line of an error, else its last line."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        errors = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
        if self.killed_by():
            return f"its process was killed ({self.killed_by()}), perhaps as the machine ran out of memory"
        return next(iter(errors or lines[-1:]), "it said nothing")

    def let_go(self) -> None:
        """Close what is left of a process that has ended."""
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def ask_to_end(self) -> None:
        """Ask the process, and what it started, to end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the process, and what it started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def end_all(children: Iterable[DateChild]) -> None:
    """End processes within a second: they may clean up for most of it."""
    alive = [child for child in children if child.code() is None]
    for child in alive:
        child.ask_to_end()
    limit_s = time.monotonic() + _ENDING_S
    while time.monotonic() < limit_s and any(child.code() is None for child in alive):
        time.sleep(_POLL_S)
    for child in alive:
        if child.code() is None:
            child.kill()

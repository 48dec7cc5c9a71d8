"""A process that answers, as its parent sees it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic

from serving.server.workers.messages import Start, start_line, told

WORKER = "serving.server.workers.worker"
_ENDED_S = 5.0  # a process that has closed its pipe has so long to be gone
_PART_BYTES = 65_536


class WorkerProcess:
    """One process.

    Parameters
    ----------
    start
        How it shall begin.
    module
        What it runs.
    """

    def __init__(self, start: Start, module: str = WORKER) -> None:
        self.name = start.name
        self.began = monotonic()
        self.versions: dict[str, str] | None = None  # of what it serves; None until it answers
        self.problem = ""
        self._said = b""
        self.pipe, writer = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, str(writer)],
                stdin=subprocess.PIPE,  # it stays open, and closes when this process ends
                pass_fds=[writer],
                process_group=0,  # Ctrl-C is for this process, which asks the others to end
            )
        finally:
            os.close(writer)
        if self._process.stdin:
            with suppress(BrokenPipeError):  # it has ended already, which its pipe tells
                self._process.stdin.write(start_line(start))
                self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    def hear(self) -> bool:
        """Take what it tells; False if it tells nothing more, as it ends."""
        part = os.read(self.pipe, _PART_BYTES)
        whole, _, self._said = (self._said + part).rpartition(b"\n")
        for became in told(whole):
            if became.problem:
                self.problem = became.problem
            else:
                self.versions = became.versions
        return bool(part)

    def let_go(self) -> str:
        """Wait until it is gone, close what is left of it, and return how it ended."""
        os.close(self.pipe)
        try:
            code = self._process.wait(_ENDED_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def ask_to_end(self) -> None:
        """Ask it to answer what it has begun, and end."""
        with suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()

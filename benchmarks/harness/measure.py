"""What a command costs, its whole process tree included: wall time, CPU seconds and peak memory.

``python -m benchmarks.harness.measure LOG PROGRAM [ARGUMENT ...]`` runs it and prints the cost as JSON; `measure` does
that in a process of its own. This process is small, has no other children, and adopts whatever the command leaves
behind (``PR_SET_CHILD_SUBREAPER``, Linux), so that every process of the tree is waited for and the kernel tells its CPU
seconds and its largest memory, a Spark driver's Java process among them. Memory of several processes at once is the
sum of their proportional set sizes (PSS: a page that n processes share counts 1/n in each), which psutil looks at five
times a second; no process counts less than the kernel's own peak of it (RSS), however short it was.
"""

import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.harness.contender import REPOSITORY

LOOKS_A_SECOND = 5
_PR_SET_CHILD_SUBREAPER = 36
_LINGER_S = 10  # how long what the command left behind may go on before it is killed


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took; ``exit_code`` is negative for a signal.

    ``java_bytes`` and ``own_bytes`` are the peaks of its Javas and of all else. A Java takes memory up to the limit of
    its heap before it collects much, so it tells little of what is needed.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int
    exit_code: int
    java_bytes: int = 0
    own_bytes: int = 0


def measure(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end and return what it and all processes under it took; what it prints goes to a file."""
    measuring = [sys.executable, "-m", "benchmarks.harness.measure", str(log), *command]
    told = subprocess.run(  # noqa: S603 - contenders of ours
        measuring, check=True, cwd=REPOSITORY, env=dict(environment), stdout=subprocess.PIPE
    )
    return Cost(**json.loads(told.stdout))


class _Tree:
    """A command and what is below it: what the ended processes took, and the memory of the living ones."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self.peak_bytes = self.java_bytes = self.own_bytes = 0
        self._stopped = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)
        self._looking.start()

    def wait(self, options: int = 0) -> tuple[int, int]:
        """Wait for one process, add what it took, and return its id and status."""
        ended, status, usage = os.wait4(-1, options)
        if ended:
            self.cpu_s += usage.ru_utime + usage.ru_stime
            self.peak_bytes = max(self.peak_bytes, 1024 * usage.ru_maxrss)
        return ended, status

    def wait_for_the_rest(self) -> None:
        """Wait for processes that outlived their leader, and end those that linger."""
        patience_s = time.monotonic() + _LINGER_S
        while True:
            try:
                ended, _ = self.wait(os.WNOHANG)
            except ChildProcessError:
                break
            if not ended:
                if time.monotonic() > patience_s:
                    for process in psutil.Process().children(recursive=True):
                        process.kill()
                time.sleep(0.05)
        self._stopped.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._stopped.wait(1 / LOOKS_A_SECOND):
            sizes = [(_is_java(process), _pss_bytes(process)) for process in psutil.Process().children(recursive=True)]
            java_bytes = sum(size for is_java, size in sizes if is_java)
            n_bytes = sum(size for _, size in sizes)
            self.peak_bytes = max(self.peak_bytes, n_bytes)
            self.java_bytes = max(self.java_bytes, java_bytes)
            self.own_bytes = max(self.own_bytes, n_bytes - java_bytes)


def _pss_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:  # it has ended meanwhile
        return 0


def _is_java(process: psutil.Process) -> bool:
    try:
        return process.name() == "java"
    except psutil.Error:
        return False


def _measured(command: Sequence[str], log: str) -> Cost:
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("this system doesn't let a process adopt orphans; run it on Linux 3.4 or newer")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    outputs = [(os.POSIX_SPAWN_OPEN, 1, log, flags, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2)]
    tree, began_s = _Tree(), time.monotonic()
    leader = os.posix_spawn(command[0], list(command), os.environ, file_actions=outputs, setsid=True)
    ended = 0
    while ended != leader:
        ended, status = tree.wait()
    wall_s = time.monotonic() - began_s
    tree.wait_for_the_rest()
    exit_code = os.waitstatus_to_exitcode(status)
    return Cost(wall_s, tree.cpu_s, tree.peak_bytes, exit_code, tree.java_bytes, tree.own_bytes)


if __name__ == "__main__":
    print(json.dumps(asdict(_measured(sys.argv[2:], sys.argv[1]))))

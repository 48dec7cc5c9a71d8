"""What a command costs, its whole process tree included: wall time, CPU seconds and peak memory, read off /proc.

Linux only. This process adopts whatever the command leaves behind (``PR_SET_CHILD_SUBREAPER``), so that every
process of the tree is waited for and its CPU seconds are counted by the kernel to the last tick, a Spark driver's
Java process among them. Memory is the sum of the proportional set sizes (PSS: a page that n processes share counts
1/n in each), looked at five times a second; a peak between two looks is missed.
"""

import ctypes
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOKS_A_SECOND = 5
_PR_SET_CHILD_SUBREAPER = 36
_LINGER_S = 10  # how long what the command left behind may go on before it is killed
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took; ``exit_code`` is negative for a signal."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    exit_code: int


def measure(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end and return what it and all processes under it took.

    The process that calls this must have no other children: they would be waited for, too.

    Parameters
    ----------
    command
        Program and arguments.
    log
        File that takes what it prints.
    environment
        Its environment.
    """
    _adopt_orphans()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    outputs = [(os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2)]
    began_s = time.monotonic()
    leader = os.posix_spawn(command[0], list(command), dict(environment), file_actions=outputs, setsid=True)
    memory = _PeakMemory()
    memory.start()
    cpu_s, ended = 0.0, 0
    while ended != leader:
        ended, status, usage = os.wait4(-1, 0)
        cpu_s += usage.ru_utime + usage.ru_stime
    wall_s = time.monotonic() - began_s
    cpu_s += _wait_for_the_rest()
    return Cost(wall_s, cpu_s, memory.stop(), os.waitstatus_to_exitcode(status))


def tree_cpu_s() -> float:
    """Return the CPU seconds so far of this process and of everything below it, whether it has ended or not."""
    ticks = sum(map(_cpu_ticks, [os.getpid(), *_descendants()]))
    return ticks / os.sysconf("SC_CLK_TCK")


class _PeakMemory(threading.Thread):
    """Looks at the memory of everything below this process until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._peak_bytes = 0
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(1 / LOOKS_A_SECOND):
            self._peak_bytes = max(self._peak_bytes, sum(map(_pss_bytes, _descendants())))

    def stop(self) -> int:
        self._stopped.set()
        self.join()
        return self._peak_bytes


def _adopt_orphans() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(
            ctypes.get_errno(), "this system doesn't let a process adopt orphans; run it on Linux 3.4 or newer"
        )


def _wait_for_the_rest() -> float:
    """Wait for processes that outlived their leader, end those that linger, and return their CPU seconds."""
    cpu_s, patience_s = 0.0, time.monotonic() + _LINGER_S
    while True:
        try:
            ended, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu_s
        if ended:
            cpu_s += usage.ru_utime + usage.ru_stime
            continue
        if time.monotonic() > patience_s:
            for process in _descendants():
                os.kill(process, signal.SIGKILL)
        time.sleep(0.05)


def _descendants() -> Iterator[int]:
    """Yield the ids of all processes below this one."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            children.setdefault(_parent(folder), []).append(int(folder.name))
    found = children.get(os.getpid(), [])
    while found:
        process = found.pop()
        yield process
        found += children.get(process, [])


def _parent(folder: Path) -> int:
    _, parent, *_ = _stat(folder) or ("", "0")
    return int(parent)


def _cpu_ticks(process: int) -> int:
    """Return what a process and those of its children took that have ended and were waited for."""
    return sum(map(int, _stat(_PROC / str(process))[11:15]))


def _stat(folder: Path) -> list[str]:
    """Return what stands behind the name of a process, which may hold blanks; nothing if it has ended meanwhile."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _pss_bytes(process: int) -> int:
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))

"""What a piece of work takes of the machine: time, CPU, memory, bytes; of this process and all that it started.

All of it is read from ``/proc``; where that isn't there, what it would have told is None.

- CPU and bytes are differences of counters: those of this process, of its children that have ended (the system adds
  them up), and of those that live. So workers count that were there before and go on afterwards.
- Peak memory is looked at ten times a second: the resident memory of this process and its children, added up. What two
  of them share counts twice, mapped files count as far as they lie in memory, and what comes and goes between two looks
  is missed, as are children of less than a second. Where this process reached its highest ever, the system has noted
  that, and it counts.
- Bytes are those of system calls; files that are mapped into memory are read without any. The bytes of the disk are
  those that didn't come from the page cache.
"""

import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
_LOOK_EVERY_S = 0.1
_LOOKS_A_LISTING = 10  # where all processes of the machine are listed to find our children, that takes milliseconds
_CHILDREN_LISTED = f"{PROC}/thread-self/children"
_TICKS_A_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_AT = slice(11, 13)  # of the fields of ``stat`` after the name: user and system
_PARENT_AT, _STARTED_AT = 1, 19
_IO = {
    "rchar": "read_bytes",
    "wchar": "written_bytes",
    "read_bytes": "disk_read_bytes",
    "write_bytes": "disk_written_bytes",
}


@dataclass(frozen=True, slots=True)
class Usage:
    """What a piece of work took."""

    wall_s: float
    cpu_user_s: float
    cpu_system_s: float
    peak_memory_bytes: int | None
    read_bytes: int | None
    written_bytes: int | None
    disk_read_bytes: int | None
    disk_written_bytes: int | None

    @property
    def cpu_s(self) -> float:
        """CPU seconds, of user and system."""
        return self.cpu_user_s + self.cpu_system_s


@dataclass(slots=True)
class _Counters:
    user_s: float = 0.0
    system_s: float = 0.0
    io: dict[str, int] = field(default_factory=dict)


class Meter:
    """Measures from when it is made until it is stopped."""

    def __init__(self) -> None:
        self._peak_bytes, self._highest_before = 0, _highest_bytes()
        self._children = _descendants(os.getpid())
        self._began_s, self._before = time.monotonic(), _counters(self._children)
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="memory-watch", daemon=True)
        self._look()
        self._watcher.start()

    def stop(self) -> Usage:
        """Stop looking, and return what was used since."""
        wall_s = time.monotonic() - self._began_s
        self._done.set()
        self._watcher.join()
        self._children = _descendants(os.getpid())
        self._look()
        after, before, highest = _counters(self._children), self._before, _highest_bytes()
        if highest > self._highest_before:
            self._peak_bytes = max(self._peak_bytes, highest)
        used = {_IO[key]: max(0, after.io[key] - before.io[key]) for key in _IO if key in after.io and key in before.io}
        return Usage(
            wall_s=round(wall_s, 3),
            cpu_user_s=round(max(0.0, after.user_s - before.user_s), 3),
            cpu_system_s=round(max(0.0, after.system_s - before.system_s), 3),
            peak_memory_bytes=self._peak_bytes or None,
            **{name: used.get(name) for name in _IO.values()},
        )

    def _watch(self) -> None:
        n_looks = 0
        while not self._done.wait(_LOOK_EVERY_S):
            n_looks += 1
            if n_looks % _LOOKS_A_LISTING == 0:
                self._children = _descendants(os.getpid())
            self._look()

    def _look(self) -> None:
        self._peak_bytes = max(self._peak_bytes, sum(map(_resident_bytes, [os.getpid(), *self._children])))


def started_ticks(pid: int) -> int | None:
    """Return when a process was started, in ticks since the machine was; None where there is none of that number."""
    try:
        return int(_stat(pid)[_STARTED_AT])
    except (OSError, ValueError, IndexError):
        return None


def _counters(children: list[int]) -> _Counters:
    """Return what this process, its children that ended, and those that live have used up to now."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    found = _Counters(own.ru_utime + ended.ru_utime, own.ru_stime + ended.ru_stime, dict(_io(os.getpid())))
    for pid in children:
        with suppress(OSError, ValueError):  # it ended meanwhile
            user, system = (int(ticks) / _TICKS_A_S for ticks in _stat(pid)[_TICKS_AT])
            io = dict(_io(pid))
            found.user_s, found.system_s = found.user_s + user, found.system_s + system
            found.io = {key: n + io.get(key, 0) for key, n in found.io.items()}
    return found


def _stat(pid: int) -> list[bytes]:
    content = Path(f"{PROC}/{pid}/stat").read_bytes()
    return content[content.rindex(b")") + 1 :].split()


def _io(pid: int) -> Iterator[tuple[str, int]]:
    try:
        lines = (PROC / str(pid) / "io").read_text(encoding="ascii").splitlines()
    except OSError:  # where the system counts no bytes, or shows them to nobody
        return
    for line in lines:
        name, _, n = line.partition(": ")
        yield name, int(n)


def _descendants(pid: int) -> list[int]:
    """Return the living children of a process, and theirs; none where the system doesn't list processes."""
    children_of = _children if os.path.exists(_CHILDREN_LISTED) else _children_by_parent().get  # noqa: PTH110 - often
    found, unseen = list[int](), [pid]
    while unseen:
        below = children_of(unseen.pop(), [])
        found, unseen = found + below, unseen + below
    return found


def _children(pid: int, otherwise: list[int]) -> list[int]:
    """Return the living children of a process, which each of its threads has a list of."""
    found = list(otherwise)
    with suppress(OSError):  # it ended meanwhile
        for thread in Path(f"{PROC}/{pid}/task").iterdir():
            with suppress(OSError):  # as above
                found += map(int, (thread / "children").read_bytes().split())
    return found


def _children_by_parent() -> dict[int, list[int]]:
    """Return the living children of each process, by listing all: for systems that don't list them by parent."""
    children: dict[int, list[int]] = {}
    for name in [entry.name for entry in os.scandir(PROC)] if PROC.is_dir() else []:
        if name.isdigit():
            with suppress(OSError, ValueError):  # it ended meanwhile
                children.setdefault(int(_stat(int(name))[_PARENT_AT]), []).append(int(name))
    return children


def _resident_bytes(pid: int) -> int:
    try:
        return int((PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _highest_bytes() -> int:
    """Return the highest resident memory that this process ever had; 0 where the system doesn't say."""
    try:
        lines = (PROC / "self" / "status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)

"""How much memory a task has, and what grants it: its container, a limit of its process, or the machine.

What an engine knows of the containers of its tasks it tells with the step. Otherwise a task looks around itself. Only
what really bounds it counts: a machine that has the memory never refuses what fits it.
"""

import resource
from dataclasses import dataclass
from pathlib import Path

_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_MEMINFO = Path("/proc/meminfo")
_COUNTED = ("MemTotal:", "SwapTotal:")
_KIB = 1024


@dataclass(frozen=True, slots=True)
class TaskMemory:
    """Memory of a task.

    Parameters
    ----------
    n_bytes
        How much it has.
    granted_by
        What grants it, in a word or two for people.
    remedy
        What gives it more; ``{mb}`` stands for how many MiB there must be.
    beside_bytes
        What stands in it beside the rows: an interpreter, a JVM.
    """

    n_bytes: int
    granted_by: str
    remedy: str
    beside_bytes: int = 0


def memory_of_process() -> TaskMemory | None:
    """Return what this process may take, by the narrowest of its limits; None where nothing says it."""
    limits = (
        (
            _address_space(),
            "its address space",
            "raise that (ulimit -v, on Spark spark.executor.pyspark.memory) to {mb} MiB",
        ),
        (
            _control_group(),
            "its control group",
            "give its container or service {mb} MiB (on Spark spark.executor.memoryOverhead)",
        ),
        (_machine(), "its machine", "use a machine of {mb} MiB"),
    )
    found = [TaskMemory(n_bytes, told, remedy) for n_bytes, told, remedy in limits if n_bytes is not None]
    return min(found, key=lambda memory: memory.n_bytes, default=None)


def _address_space() -> int | None:
    """Return the limit of the addresses of this process; Spark sets it by ``spark.executor.pyspark.memory``."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


def _control_group() -> int | None:
    limits = [int(text) for path in _LIMITS if (text := _read(path).strip()).isdecimal()]
    return min(limits, default=None)


def _machine() -> int | None:
    """Return all memory of the machine, with its swap."""
    counted = [int(line.split()[1]) * _KIB for line in _read(_MEMINFO).splitlines() if line.startswith(_COUNTED)]
    return sum(counted) or None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""

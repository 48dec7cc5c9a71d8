"""How much memory a task has, and what grants it: its container, a limit of its process, or the machine.

What an engine knows of the containers of its tasks it tells with the step. Otherwise a task looks around itself. Only
what really bounds it counts: a machine that has the memory never refuses what fits it.
"""

import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_GROUPS, _OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
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
            control_group_bytes(),
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


def control_group_bytes() -> int | None:
    """Return the memory of the control group of this process, or of one around it if that has less; None: any."""
    limits = [int(text) for path in _limits_of_groups() if (text := _read(path).strip()).isdecimal()]
    return min(limits, default=None)


def _limits_of_groups() -> Iterator[Path]:
    """Yield the files with the limits of the groups that this process is in, and of those around them.

    A container may see its own group alone, as the outermost. A service has one within others.
    """
    for line in [*_read(_OWN_GROUPS).splitlines(), "::/", ":memory:/"]:
        _, kinds, name = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        top, file = (_GROUPS / "memory", "memory.limit_in_bytes") if kinds else (_GROUPS, "memory.max")
        group = top / name.lstrip("/")
        yield from (around / file for around in (group, *group.parents) if around.is_relative_to(top))


def _machine() -> int | None:
    """Return all memory of the machine, with its swap."""
    counted = [int(line.split()[1]) * _KIB for line in _read(_MEMINFO).splitlines() if line.startswith(_COUNTED)]
    return sum(counted) or None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""

"""How many dates are built side by side, and what of the machine each of them gets.

Every date is built with the memory_mb of the settings, as a run of its own would be: a smaller one could put the ranks
on disk, whose last bits differ. So it is the number of jobs that follows from the memory of the machine. Cores are
shared out, which changes no byte.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from joins.engine.task_memory import control_group_bytes
from workflows.luigi_cfg import SettingsError

OWN_MB = 512  # of a process beside its partitions: libraries, ids, boards of a middling day
_MB = 2**20
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many dates at once, and what each gets."""

    n_jobs: int
    cores_each: int
    memory_mb: int
    machine_mb: int

    def __str__(self) -> str:
        at_once = "one date after the other" if self.n_jobs == 1 else f"{self.n_jobs} dates side by side"
        cores = "1 core" if self.cores_each == 1 else f"{self.cores_each} cores"
        each = f"{cores} and about {self.memory_mb + OWN_MB:,} MB each (memory_mb {self.memory_mb:,})"
        return f"{at_once}, {each}; this machine has {self.machine_mb:,} MB to give"


def shared_out(n_dates: int, n_cores: int, memory_mb: int, asked: int = 0, machine_mb: int | None = None) -> Sharing:
    """Share a machine among dates; `asked` are the jobs that somebody asks for, 0 where that is left to us.

    Raises SettingsError if so many jobs would take more memory than there is.

    Examples
    --------
    >>> print(shared_out(30, n_cores=8, memory_mb=4096, machine_mb=16_000))
    3 dates side by side, 2 cores and about 4,608 MB each (memory_mb 4,096); this machine has 16,000 MB to give
    """
    machine_mb = memory_to_give_mb() if machine_mb is None else machine_mb
    fitting = max(1, machine_mb // (memory_mb + OWN_MB))  # one date is always tried, as a run would
    if asked > fitting:
        raise SettingsError(
            f"jobs is {asked}; each takes about {memory_mb + OWN_MB:,} MB (memory_mb {memory_mb:,} and "
            f"{OWN_MB} MB of its own), and this machine has {machine_mb:,} MB to give",
            remedy=f"ask for at most {fitting}, or set a lower memory_mb",
        )
    n_jobs = max(1, min(asked or min(n_cores, fitting), n_dates))
    return Sharing(n_jobs, max(1, n_cores // n_jobs), memory_mb, machine_mb)


def memory_to_give_mb() -> int:
    """Return the memory that is free for new work, or would be at once; less where a control group has less."""
    try:
        lines = _MEMINFO.read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):  # no Linux
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MB
    limit = control_group_bytes()
    return free if limit is None else min(free, limit // _MB)

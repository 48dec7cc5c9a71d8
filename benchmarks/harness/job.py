"""What a contender is given, and what a call takes in the contender's own process.

Only the standard library is imported with it: the joins are measured from the start of their processes to the end.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

NOT_AVAILABLE = 69  # exit code of a contender whose library isn't installed
FIGURES_NAME = "figures.json"  # in the scratch folder

Figures = dict[str, Any]
Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a contender."""

    source: Path  # folder of what it reads
    output: Path  # empty folder for what it writes
    scratch: Path  # folder for everything else, gone afterwards
    n_cores: int  # how many worker processes or threads to use
    variant: str = ""  # which one of several things to do, for contenders that can do several


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def timed(call: Callable[..., Returned], *given: Any) -> tuple[Returned, Figures]:  # noqa: ANN401 - the call's own
    """Return what a call returns, with ``wall_s``, ``cpu_s`` of all processes and ``peak_bytes`` of this one so far.

    The peak is right to the page, as long as who started this process was smaller: the kernel hands that on.
    """
    cpu_s, began = tree_cpu_s(), time.perf_counter()
    returned = call(*given)
    wall_s, cpu_s = time.perf_counter() - began, tree_cpu_s() - cpu_s
    took = {"wall_s": wall_s, "cpu_s": cpu_s}
    return returned, took | {"peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def tree_cpu_s() -> float:
    """Return the CPU seconds so far of this process and of everything below it, whether it has ended or not."""
    import psutil  # noqa: PLC0415 - see above

    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    for process in psutil.Process().children(recursive=True):
        try:
            total += sum(process.cpu_times()[:4])  # with those of its children that have ended
        except psutil.NoSuchProcess:
            continue  # it has ended since, and counts where it was waited for
    return total

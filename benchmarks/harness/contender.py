"""Who takes part in a benchmark, what a contender is given, and what a call takes in the contender's own process.

Only the standard library is imported with it: the joins are measured from the start of their processes to the end.
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

REPOSITORY = Path(__file__).resolve().parents[2]
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


Timing = Callable[[Callable[..., Any], Job], Figures | None]


def whole_process(run: Callable[[Job], Figures | None], job: Job) -> Figures | None:
    """Run a contender of which the whole process is measured, from its start to its end."""
    return run(job)


@dataclass(frozen=True, slots=True)
class Contender:
    """One contender; a benchmark may derive a class of its own that knows more of them."""

    label: str  # its row in the table
    # Does the work. It is at the top of a module that both Pythons can import, and imports its library itself.
    run: Callable[..., Any]
    variant: str = ""  # which one of several things it does
    # Runs on the Python of ``requirements-bench.lock``, not on the project's own: pyarrow imports pandas wherever that
    # is installed, half a second and 50 MB in every process.
    is_peer: bool = False
    is_ours: bool = False  # the others are told in multiples of it, and goals are set for it
    note: str = ""  # what to know of it, beside its result
    # Is given `run` and a job, loads what is read, warms up, takes the time of what counts, and returns figures.
    timing: Timing = whole_process

    @property
    def python(self) -> str:
        """The interpreter."""
        peers = os.environ.get("BENCH_PYTHON") or REPOSITORY / ".venv-bench" / "bin" / "python"
        return str(peers) if self.is_peer else sys.executable

    def command(self, source: Path, output: Path, scratch: Path) -> list[str]:
        """Return what starts it in a process of its own."""
        functions = [f"{function.__module__}:{function.__name__}" for function in (self.timing, self.run)]
        return [self.python, "-m", "benchmarks.harness", *functions, self.variant, *map(str, (source, output, scratch))]


ContenderT = TypeVar("ContenderT", bound=Contender)


def chosen(line_up: Iterable[ContenderT], only: Sequence[str]) -> list[ContenderT]:
    """Return those of ours, and those whose labels contain one of some texts; all where there is no text."""
    return [one for one in line_up if one.is_ours or not only or any(part in one.label for part in only)]


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

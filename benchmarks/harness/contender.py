"""Who takes part in a benchmark."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.harness.job import Figures, Job

REPOSITORY = Path(__file__).resolve().parents[2]


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
    timing: Callable[[Callable[..., Any], Job], Figures | None] = whole_process

    @property
    def python(self) -> str:
        """The interpreter."""
        peers = os.environ.get("BENCH_PYTHON") or REPOSITORY / ".venv-bench" / "bin" / "python"
        return str(peers) if self.is_peer else sys.executable

    def command(self, source: Path, output: Path, scratch: Path) -> list[str]:
        """Return what starts it in a process of its own."""
        functions = map(_named, (self.timing, self.run))
        return [self.python, "-m", "benchmarks.harness", *functions, self.variant, *map(str, (source, output, scratch))]


def _named(function: Callable[..., Any]) -> str:
    module = function.__module__
    if module == "__main__":  # of a benchmark that is run with python -m
        module = sys.modules[module].__spec__.name
    return f"{module}:{function.__name__}"


ContenderT = TypeVar("ContenderT", bound=Contender)


def chosen(line_up: Iterable[ContenderT], only: Sequence[str]) -> list[ContenderT]:
    """Return those of ours, and those whose labels contain one of some texts; all where there is no text."""
    return [one for one in line_up if one.is_ours or not only or any(part in one.label for part in only)]

"""What the runners of contenders share: ``python -m RUNNER MODULE[:VARIANT] SOURCE OUTPUT SCRATCH``.

The harness starts a runner in a fresh process for every run of a contender, on the project's Python or on that of
the peers.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from benchmarks.job import NOT_AVAILABLE, Job, n_cores

JobT = TypeVar("JobT", bound=Job)


def contender_and_job(package: str, job_type: type[JobT]) -> tuple[ModuleType, JobT]:
    """Return the module that the command line names, and what it shall do.

    A library that is missing ends the process with exit code 69 and a line that names it.

    Parameters
    ----------
    package
        Where the modules of contenders lie.
    job_type
        Class of the job.
    """
    name, _, variant = sys.argv[1].partition(":")
    source, output, scratch = map(Path, sys.argv[2:5])
    job = job_type(source, output, scratch, n_cores(), variant)
    try:
        return importlib.import_module(f"{package}.{name}"), job
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed")
    except ImportError as error:  # it is there, but not what it stands on
        print(" ".join(str(error).split()))
    sys.exit(NOT_AVAILABLE)

"""``python -m benchmarks.harness TIMING RUN VARIANT SOURCE OUTPUT SCRATCH``: one run of a contender.

The harness starts this in a fresh process for every run, on the project's Python or on that of the peers. `TIMING` and
`RUN` are functions, as ``module:name``; what the first returns is written to the scratch folder. A library that is
missing ends the process with exit code 69 and a line that names it.
"""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness.job import FIGURES_NAME, NOT_AVAILABLE, Job, n_cores


def main() -> None:
    """Run what the command line names."""
    timing, run, variant, *folders = sys.argv[1:]
    source, output, scratch = map(Path, folders)
    try:
        figures = _function(timing)(_function(run), Job(source, output, scratch, n_cores(), variant))
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed")
        sys.exit(NOT_AVAILABLE)
    except ImportError as error:  # it is there, but not what it stands on
        print(" ".join(str(error).split()))
        sys.exit(NOT_AVAILABLE)
    (scratch / FIGURES_NAME).write_text(json.dumps(figures or {}))


def _function(named: str) -> Callable[..., Any]:
    module, _, name = named.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


if __name__ == "__main__":
    main()

"""``python -m benchmarks.harness TIMING RUN VARIANT SOURCE OUTPUT SCRATCH``: one run of a contender.

The harness starts this in a fresh process for every run, on the project's Python or on that of the peers. `TIMING` and
`RUN` are functions, as ``module:name``; what the first returns is written to the scratch folder. A library that is
missing ends the process with exit code 69 and a line that names it.
"""

import json
import sys
from pathlib import Path
from pkgutil import resolve_name

from benchmarks.harness.contender import FIGURES_NAME, NOT_AVAILABLE, Job, n_cores


def main() -> None:
    """Run what the command line names."""
    timing, run, variant, *folders = sys.argv[1:]
    source, output, scratch = map(Path, folders)
    try:
        figures = resolve_name(timing)(resolve_name(run), Job(source, output, scratch, n_cores(), variant))
    except ImportError as error:
        is_there = not isinstance(error, ModuleNotFoundError)  # and something is missing that it stands on
        print(" ".join(str(error).split()) if is_there else f"{error.name} is not installed")
        sys.exit(NOT_AVAILABLE)
    (scratch / FIGURES_NAME).write_text(json.dumps(figures or {}))


if __name__ == "__main__":
    main()

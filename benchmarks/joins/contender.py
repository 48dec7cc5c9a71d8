"""Runs one contender: ``python -m benchmarks.joins.contender MODULE[:VARIANT] SOURCE OUTPUT SCRATCH``.

The harness starts it in a fresh process for every run. A contender is a module of ``benchmarks.joins.contenders``
with a function ``run(job)``.
"""

import importlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.joins.job import NOT_AVAILABLE, UNTIMED_NAME, Job


def main() -> None:
    """Run what the command line names; a missing library is exit code 69 and a line that names it."""
    name, _, variant = sys.argv[1].partition(":")
    source, output, scratch = map(Path, sys.argv[2:5])
    job = Job(source, output, scratch, len(os.sched_getaffinity(0)), variant)
    try:
        contender = importlib.import_module(f"benchmarks.joins.contenders.{name}")
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed")
        sys.exit(NOT_AVAILABLE)
    untimed = contender.run(job)
    if untimed:
        (scratch / UNTIMED_NAME).write_text(json.dumps(asdict(untimed)))


if __name__ == "__main__":
    main()

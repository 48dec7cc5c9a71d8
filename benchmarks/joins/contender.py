"""Runs one contender of the joins: a module of ``benchmarks.joins.contenders`` with a function ``run(job)``."""

import json
from dataclasses import asdict

from benchmarks.contender import contender_and_job
from benchmarks.joins.job import UNTIMED_NAME, Job


def main() -> None:
    """Run what the command line names."""
    contender, job = contender_and_job("benchmarks.joins.contenders", Job)
    untimed = contender.run(job)
    if untimed:
        (job.scratch / UNTIMED_NAME).write_text(json.dumps(asdict(untimed)))


if __name__ == "__main__":
    main()

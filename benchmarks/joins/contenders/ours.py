"""Ours in process: the grouping as a PartitionStep on the LocalEngine, with one thread a core."""

from benchmarks.joins.grouping_step import grouping_step
from benchmarks.joins.job import Job
from joins.engine.local import LocalEngine


def run(job: Job) -> None:
    """Run the step."""
    LocalEngine(job.scratch, job.n_cores).run(grouping_step(job))

"""Ours in process: the grouping as a PartitionStep on the ProcessEngine, with one spawned worker a core."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from benchmarks.joins.grouping_step import grouping_step
from benchmarks.joins.job import Job
from joins.process_engine import ProcessEngine


def run(job: Job) -> None:
    """Run the step."""
    with ProcessPoolExecutor(job.n_cores, mp_context=multiprocessing.get_context("spawn")) as executor:
        ProcessEngine(job.scratch, executor).run(grouping_step(job))

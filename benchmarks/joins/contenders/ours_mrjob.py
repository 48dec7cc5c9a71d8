"""Ours on mrjob: the very same step as in process, on the runner that the variant names."""

import importlib.util

from benchmarks.joins.grouping_step import grouping_step
from benchmarks.joins.job import Job
from joins.engine.mrjob.engine import MRJobEngine


def run(job: Job) -> None:
    """Run the step."""
    if job.variant == "spark":
        if importlib.util.find_spec("pyspark") is None:
            raise ModuleNotFoundError("no pyspark", name="pyspark")
        MRJobEngine(job.scratch, "spark", spark_master=f"local[{job.n_cores}]").run(grouping_step(job))
    else:
        MRJobEngine(job.scratch, "local", n_cores=job.n_cores).run(grouping_step(job))

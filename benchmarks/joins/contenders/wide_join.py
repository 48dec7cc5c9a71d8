"""The workflow's own joins, full and light: the tasks themselves, run on the features of a computed day.

The output folder gets links to the datasets that the tasks need, so that they read the day and publish elsewhere,
with checks, digests and manifests. Luigi's scheduler takes no part: each task's ``run`` is called.
"""

import datetime as dt

from benchmarks.joins.computed_day import DATE, ITERATION
from benchmarks.joins.job import Job
from workflows.catalog import JOIN_DATASETS
from workflows.tasks.derived import TASKS


def run(job: Job) -> None:
    """Run the tasks that the variant names, joined by ``+``: ``PinJoins``, ``BoardJoins``, ``UserJoins``."""
    made_here = {spec.name for spec in JOIN_DATASETS}
    for dataset in job.source.iterdir():
        if dataset.name[0] not in "_." and dataset.name not in made_here:
            (job.output / dataset.name).symlink_to(dataset.resolve())
    day = {"date": dt.date.fromisoformat(DATE), "iteration": ITERATION}
    for task in job.variant.split("+"):
        TASKS[task](**day, output_root=str(job.output), cores=job.n_cores).run()

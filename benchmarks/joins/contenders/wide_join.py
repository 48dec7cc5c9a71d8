"""One of the workflow's own joins, full and light: the task itself, run on the features of a computed day.

The output folder gets links to the datasets that the task needs, so that it reads the day and publishes elsewhere,
with its checks, digests and manifests. Luigi's scheduler takes no part: the task's ``run`` is called.
"""

import datetime as dt

from benchmarks.joins.computed_day import DATE, ITERATION
from benchmarks.joins.job import Job
from workflows import wide_joins
from workflows.catalogue import JOIN_DATASETS


def run(job: Job) -> None:
    """Run the task that the variant names: ``PinJoins``, ``BoardJoins`` or ``UserJoins``."""
    made_here = {spec.name for spec in JOIN_DATASETS}
    for dataset in job.source.iterdir():
        if dataset.name[0] not in "_." and dataset.name not in made_here:
            (job.output / dataset.name).symlink_to(dataset.resolve())
    task = getattr(wide_joins, job.variant)
    task(
        date=dt.date.fromisoformat(DATE), iteration=ITERATION, output_root=str(job.output), cores=job.n_cores
    ).run()

"""The workflow's own joins, full and light: the tasks themselves, and a floor that does no more than read and write.

The floor of a join is one process that reads what the join reads and writes what the join publishes, nothing else. The
rows it writes are those of the finished full and light parts, so the bytes are the join's own, with the same Parquet
settings and row groups (it is checked that it writes as many bytes as were published); no digest, no check, no syncing
to disk. It gets those rows by reading the finished parts, one at a time; the wall and CPU time of that are taken off.
Python's start and the reading of every input column, once and on one thread as in the join, stay in.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from benchmarks.harness.contender import Contender, Figures, Job
from benchmarks.joins.kept_input import DATE, ITERATION, READS_NAME
from storage_tiers import Dataset, open_dataset
from storage_tiers.versioned.parts import parquet_writer
from storage_tiers.versioned.row_groups import FOR_LOOKUPS, FOR_SCANS, row_groups
from storage_tiers.versioned.versions import VARIANTS

Returned = TypeVar("Returned")

WIDE_JOINS = {"PinJoins": "pin_joins", "BoardJoins": "board_joins", "UserJoins": "user_joins"}
ALL_THREE = "+".join(WIDE_JOINS)


def wide_join(job: Job) -> None:
    """Run the tasks that the variant names, joined by ``+``, on the features of a computed day.

    The output folder gets links to the datasets that the tasks need, so that they read the day and publish elsewhere,
    with checks, digests and manifests. Luigi's scheduler takes no part: each task's ``run`` is called.
    """
    from workflows.catalog import JOIN_DATASETS  # noqa: PLC0415 - the floor does without
    from workflows.tasks.derived import TASKS  # noqa: PLC0415 - as above

    made_here = {spec.name for spec in JOIN_DATASETS}
    for dataset in job.source.iterdir():
        if dataset.name[0] not in "_." and dataset.name not in made_here:
            (job.output / dataset.name).symlink_to(dataset.resolve())
    for task in job.variant.split("+"):
        TASKS[task](date=DATE, iteration=ITERATION, output_root=str(job.output), cores=job.n_cores).run()


def wide_floor(job: Job) -> Figures:
    """Read the inputs and write the outputs of the joins that the variant names; return the time to take off."""
    untimed = {"untimed_wall_s": 0.0, "untimed_cpu_s": 0.0}
    reads = json.loads((job.source / READS_NAME).read_text())
    for join in job.variant.split("+"):
        for name, columns in reads[join]:
            for _ in open_dataset(job.source, name).iter_parts(columns):
                pass
        for variant in VARIANTS:
            finished = open_dataset(job.source, WIDE_JOINS[join], variant)
            read = finished.reader()
            for number in range(finished.n_parts):
                _write(job, finished, number, _unclocked(untimed, read, number))
    return untimed


def in_pairs(joins: str) -> tuple[Contender, Contender]:
    """Return the floor of one of the workflow's joins, or of several joined by ``+``, and the join itself."""
    called = "all three joins" if joins == ALL_THREE else joins
    floor = Contender(f"floor of {called}", wide_floor, joins)
    return floor, Contender(f"{called}, full and light", wide_join, joins, is_ours=True)


def as_published(contender: Contender, output: Path, day: Path) -> str:
    """Say whether joins published the parts of the computed day, and whether their floor wrote as many bytes."""
    names = [WIDE_JOINS[join] for join in contender.variant.split("+")]
    if contender.is_ours:
        return "equal" if _parts(output, names, "digest") == _parts(day, names, "digest") else "DIFFERENT"
    written = sum(path.stat().st_size for path in output.iterdir())
    published = sum(_parts(day, names, "n_bytes"))
    return "as many bytes" if written == published else f"DIFFERENT: {written:,} bytes, {published:,} published"


def _parts(root: Path, names: list[str], what: str) -> list:
    manifests = [open_dataset(root, name, variant).manifest for name in names for variant in VARIANTS]
    return [getattr(part, what) for manifest in manifests for part in manifest.parts]


def _unclocked(untimed: Figures, call: Callable[..., Returned], given: int) -> Returned:
    """Call what is no part of the comparison, and add up its wall and CPU time."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    returned = call(given)
    untimed["untimed_wall_s"] += time.perf_counter() - wall_s
    untimed["untimed_cpu_s"] += time.process_time() - cpu_s
    return returned


def _write(job: Job, finished: Dataset, number: int, table: pa.Table) -> None:
    key = finished.manifest.key
    path = job.output / f"{finished.name}-{finished.manifest.variant}-{number:05d}.parquet"
    bounds = FOR_SCANS if finished.manifest.variant == "light" else FOR_LOOKUPS
    with parquet_writer(path, table.schema, key) as writer:
        for group in row_groups(table, bounds):
            writer.write_table(group, row_group_size=max(1, group.num_rows))

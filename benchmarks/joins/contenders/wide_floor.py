"""The floor of a wide join: one process reads what the join reads and writes what the join publishes, nothing else.

The rows it writes are those of the finished full and light parts, so the bytes are the join's own, with the same
Parquet settings and row groups (the harness checks that it writes as many bytes as were published); no digest, no
check, no syncing to disk. It gets those rows by reading the finished parts, one at a time; the wall and CPU time of
that are taken off. Python's start and the reading of every input column, once and on one thread as in the join,
stay in.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import pyarrow as pa

from benchmarks.joins.job import Job, Untimed
from benchmarks.joins.line_up import WIDE_JOINS
from joins.pin_lists import ACCEPTED_PINS
from joins.small_structs import BOARD_JOIN_STRUCT, PIN_JOIN_STRUCT, USER_JOIN_STRUCT
from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.parts import parquet_writer, row_groups
from storage_tiers.versioned.versions import VARIANTS

Returned = TypeVar("Returned")
Columns = tuple[str, ...] | None

_PINS = tuple(ACCEPTED_PINS.names)
_PIN_STRUCT = tuple(field.name for field in PIN_JOIN_STRUCT)
_BOARD_STRUCT = tuple("page_rank" if field.name == "importance" else field.name for field in BOARD_JOIN_STRUCT)
_USER_STRUCT = tuple(field.name for field in USER_JOIN_STRUCT)

# The inputs of each join in workflows/catalog.py and the columns it reads; None: all.
_INPUTS: dict[str, dict[str, Columns]] = {
    "PinJoins": {
        "facts": _PINS,
        "pin_features": None,
        "board_features": _BOARD_STRUCT,
        "user_features": _USER_STRUCT,
    },
    "BoardJoins": {
        "facts": _PINS,
        "pin_features": _PIN_STRUCT,
        "boards": None,
        "board_features": None,
        "user_features": _USER_STRUCT,
    },
    "UserJoins": {
        "facts": _PINS,
        "pin_features": _PIN_STRUCT,
        "users": None,
        "user_features": None,
        "boards": ("user_id", "board_id"),
        "board_features": _BOARD_STRUCT,
    },
}


class _Unclocked:
    """Adds up the wall and CPU time of calls that are no part of the comparison."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    def __call__(self, call: Callable[[int], Returned], number: int) -> Returned:
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        returned = call(number)
        self.wall_s += time.perf_counter() - wall_s
        self.cpu_s += time.process_time() - cpu_s
        return returned


def run(job: Job) -> Untimed:
    """Read the inputs and write the outputs of the joins that the variant names; return the time to take off."""
    unclocked = _Unclocked()
    for join in job.variant.split("+"):
        for name, columns in _INPUTS[join].items():
            for _ in open_dataset(job.source, name).iter_parts(columns):
                pass
        for variant in VARIANTS:
            finished = open_dataset(job.source, WIDE_JOINS[join], variant)
            read = finished.reader()
            for number in range(finished.n_parts):
                _write(job, finished, number, unclocked(read, number))
    return Untimed(unclocked.wall_s, unclocked.cpu_s)


def _write(job: Job, finished: Dataset, number: int, table: pa.Table) -> None:
    key = finished.manifest.key
    path = job.output / f"{finished.name}-{finished.manifest.variant}-{number:05d}.parquet"
    with parquet_writer(path, table.schema, key) as writer:
        for group in row_groups(table):
            writer.write_table(group, row_group_size=max(1, group.num_rows))

"""Steps run as one: each gives what it gives by itself, wherever its partitions lie among those of the others."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptTables, MadeOnce
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.partition_size import PartitionTooLargeError
from joins.engine.step import PartitionStep, Shuffled, hand_over, numbers_themselves
from joins.engine.steps_together import StepsTogether, run_together
from joins.engine.task_memory import TaskMemory

Shards = list[list[int]]  # of ids
SHARDS = st.lists(st.lists(st.integers(0, 30), max_size=6), min_size=1, max_size=4)


class Tables:
    """Reads tables of ids by number; picklable."""

    def __init__(self, shards: Shards) -> None:
        self.tables = [pa.table({"id": pa.array(ids, pa.int64())}) for ids in shards]

    def __call__(self, number: int) -> pa.Table:
        return self.tables[number]


class Named:
    """Returns a name and the ids of a partition, those that lie there and those that were brought."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, **inputs: pa.Table) -> Any:
        return self.name, {argument: rows["id"].to_pylist() for argument, rows in inputs.items()}


def by_hash(shards: Shards, n_partitions: int) -> PartitionStep[Any]:
    rows = {"ids": Shuffled(Tables(shards), len(shards), "id")}
    return PartitionStep(n_partitions, {}, Named("by hash"), hand_over, rows, partition_of)


def by_number(shards: Shards, n_partitions: int) -> PartitionStep[Any]:
    lying, rows = (
        Tables([[number] for number in range(n_partitions)]),
        Tables([[i % n_partitions for i in of] for of in shards]),
    )
    shuffled = {"ids": Shuffled(rows, len(shards), "id", numbers_themselves), "again": Shuffled(rows, 1, "id")}
    return PartitionStep(n_partitions, {"lying": lying}, Named("by number"), hand_over, shuffled, partition_of)


def without_shuffle(n_partitions: int) -> PartitionStep[Any]:
    lying = Tables([[number * 7] for number in range(n_partitions)])
    return PartitionStep(n_partitions, {"lying": lying}, Named("without"), hand_over)


def as_one(step: PartitionStep[Any]) -> list[Any]:
    """Run a step as an engine does that takes nothing apart."""
    split = {name: list(step.split(name, range(table.n_shards))) for name, table in step.shuffled.items()}
    return [
        step.finish(number, {name: of[number] for name, of in split.items()}) for number in range(step.n_partitions)
    ]


@settings(max_examples=60, deadline=None)
@given(shards=SHARDS, others=SHARDS, n_parts=st.lists(st.integers(1, 4), min_size=3, max_size=3))
def test_any_steps_give_together_what_each_gives_alone(shards: Shards, others: Shards, n_parts: Sequence[int]) -> None:
    steps = [by_hash(shards, n_parts[0]), without_shuffle(n_parts[1]), by_number(others, n_parts[2])]
    assert run_together(as_one, steps) == [as_one(step) for step in steps]


@pytest.mark.parametrize("runner", ["inline", "local"])
def test_mrjob_runs_them_as_one_job(runner: Any, tmp_path: Path) -> None:
    steps = [by_hash([[1, 2, 3], [], [4, 5]], 3), without_shuffle(2), by_number([[7, 8], [9]], 2)]
    jobs: list[PartitionStep[Any]] = []

    def run(step: PartitionStep[Any]) -> list[Any]:
        jobs.append(step)
        return MRJobEngine(tmp_path, runner).run(step)

    assert run_together(run, steps) == [as_one(step) for step in steps]
    assert len(jobs) == 1


def test_one_machine_runs_them_one_after_the_other_and_tells_how_far_it_is(tmp_path: Path) -> None:
    steps = [by_hash([[1, 2], [3]], 2), by_number([[4]], 2)]
    told: list[float] = []
    together = StepsTogether.of(steps)
    found = LocalEngine(tmp_path).run(together, lambda done, total: told.append(done / total))
    assert together.by_step(found) == [as_one(step) for step in steps]
    assert told == sorted(told)
    assert told[-1] == 1


def test_a_partition_that_does_not_fit_is_named_by_its_number_in_its_own_step() -> None:
    memory = TaskMemory(100, "its container", "raise task_memory_mb to {mb}")
    steps = [without_shuffle(2), by_hash([[5] * 90], 1)]
    together = replace(StepsTogether.of(steps), memory=memory, name="two steps")
    (rows,) = steps[1].split("ids", [0])
    with pytest.raises(PartitionTooLargeError, match=r"two steps, partition 0 of 1: .* 90 of them of id 5"):
        together.finish(2, {"1-ids": rows})


def test_a_table_that_several_steps_need_is_made_once(tmp_path: Path) -> None:
    made: list[int] = []

    def make(number: int) -> pa.Table:
        made.append(number)
        return pa.table({"id": [number]})

    tables = MadeOnce(make, KeptTables(tmp_path / "made"))
    found = [tables(number)["id"].to_pylist() for number in (3, 1, 3, 1)]
    assert found == [[3], [1], [3], [1]]
    assert made == [3, 1]

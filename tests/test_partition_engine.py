"""The partition engine: what is split comes back whole, and it doesn't matter where partitions are built.

Steps that travel to worker processes are put together from functions that a worker can import by name; tests are no
package, so none of those is defined here.
"""

import multiprocessing
import operator
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.errors import JoinError
from joins.partition_engine import PartitionStep, SpilledTable, run_partitions, share, spill
from joins.raw_pins import ACCEPTED_PINS, sorted_by_picture
from joins.small_structs import with_pin_join
from storage_tiers.partitioning import partition_of
from storage_tiers.parts import PartWriter

SCHEMA = pa.schema([pa.field("board_id", pa.int64(), nullable=False), pa.field("name", pa.string())])
Rows = list[tuple[int, str | None]]


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def _table(rows: Rows) -> pa.Table:
    return pa.table([[board_id for board_id, _ in rows], [name for _, name in rows]], schema=SCHEMA)


def _spilled(tables: list[pa.Table], n_partitions: int, folder: Path) -> SpilledTable:
    return spill(iter(tables), SCHEMA, "board_id", n_partitions, partition_of=partition_of, folder=folder)


def _pins(n_pins: int) -> pa.Table:
    rows = [
        {"pin_id": pin, "board_id": 1, "user_id": 1, "image_signature": f"{pin * 7919 % 5:x}"} for pin in range(n_pins)
    ]
    return pa.Table.from_pylist(rows, ACCEPTED_PINS)


BATCHES = st.lists(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.none() | st.text(max_size=3)), max_size=9))


@settings(max_examples=50, deadline=None)
@given(batches=BATCHES, n_partitions=st.integers(1, 5))
def test_what_was_spilled_is_read_back_whole_in_the_order_it_came(
    tmp_path_factory: pytest.TempPathFactory, batches: list[Rows], n_partitions: int
) -> None:
    folder = tmp_path_factory.mktemp("spill") / "here"
    spilled = _spilled([_table(rows) for rows in batches], n_partitions, folder)
    rows = [row for batch in batches for row in batch]
    homes = partition_of(_table(rows)["board_id"], n_partitions).tolist()
    for number in range(n_partitions):
        expected = [row for row, home in zip(rows, homes, strict=True) if home == number]
        assert spilled(number).equals(_table(expected))


def test_nothing_spilled_leaves_empty_partitions(tmp_path: Path) -> None:
    for n_partitions, tables in ((1, []), (3, []), (1, [_table([])]), (3, [_table([])])):
        spilled = _spilled(tables, n_partitions, tmp_path / f"{n_partitions}-{len(tables)}")
        for number in range(n_partitions):
            assert spilled(number).equals(SCHEMA.empty_table())


def test_a_folder_that_is_there_is_not_spilled_into(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        _spilled([], 2, tmp_path)


def test_every_partition_sees_a_shared_table_whole(tmp_path: Path) -> None:
    table = pa.concat_tables([_table([(1, "a")]), _table([(2, None)])])
    shared = share(table, tmp_path / "scratch" / "boards.arrow")
    assert shared(0).equals(table)
    assert shared(7).equals(table)
    assert share(_table([]), tmp_path / "none.arrow")(0).equals(_table([]))


def test_results_come_in_order_of_partitions_and_progress_is_told(tmp_path: Path) -> None:
    step = PartitionStep({"boards": share(_table([(1, "a")]), tmp_path / "boards.arrow")}, _same, _number_and_rows)
    told: list[int] = []
    assert run_partitions(step, 3, on_done=told.append) == [(0, 1), (1, 1), (2, 1)]
    assert told == [1, 2, 3]
    assert run_partitions(step, 0) == []


def test_worker_processes_write_the_very_bytes_that_one_process_writes(
    tmp_path: Path, workers: ProcessPoolExecutor
) -> None:
    pins = _pins(40)
    spilled = spill(
        [pins], pins.schema, "image_signature", 3, partition_of=partition_of, folder=tmp_path / "by-picture"
    )
    told: list[int] = []
    written = []
    for name, executor in (("alone", None), ("pool", workers)):
        (tmp_path / name).mkdir()
        writer = PartWriter(tmp_path / name, ACCEPTED_PINS, "image_signature")
        step = PartitionStep({"pins": spilled}, sorted_by_picture, writer)
        written.append(run_partitions(step, 3, executor, told.append))
    alone, pool = written
    assert alone == pool
    assert sum(part.n_rows for part in pool) == 40
    assert told == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("n_partitions", [1, 2, 7])
def test_the_number_of_partitions_changes_nothing(tmp_path: Path, n_partitions: int) -> None:
    pins = _pins(40)
    spilled = spill(
        [pins.slice(0, 13), pins.slice(13)],
        pins.schema,
        "image_signature",
        n_partitions,
        partition_of=partition_of,
        folder=tmp_path / "by-picture",
    )
    parts = run_partitions(PartitionStep({"pins": spilled}, sorted_by_picture, _table_alone), n_partitions)
    assert sorted_by_picture(pa.concat_tables(parts)).equals(sorted_by_picture(pins))


def test_a_worker_that_dies_is_a_clear_error() -> None:
    # Partition number n is "built" by ending the process with exit code n.
    step = PartitionStep({"status": operator.index}, os._exit, operator.eq)
    with (
        ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool,
        pytest.raises(JoinError, match=r"a worker process died while building one of 4 partitions .* fewer workers"),
    ):
        run_partitions(step, 4, pool)


def test_a_pool_that_is_broken_from_the_start_is_the_same_error() -> None:
    with pytest.raises(JoinError, match="a worker process died"):
        run_partitions(PartitionStep({}, _same, _number_and_rows), 2, _BrokenPool())


def test_an_error_in_a_worker_comes_back_as_it_was(tmp_path: Path, workers: ProcessPoolExecutor) -> None:
    inputs = {
        "pins": share(pa.table({"image_signature": ["aa"]}), tmp_path / "pins.arrow"),
        "pin_features": share(pa.table({"image_signature": ["aa"], "n_pins": [2]}), tmp_path / "features.arrow"),
    }
    with pytest.raises(JoinError, match="image_signature: features count 2 pins and 1 are there"):
        run_partitions(PartitionStep(inputs, with_pin_join, operator.eq), 2, workers)


def test_no_worker_is_left_at_work_after_an_error() -> None:
    begun, ended = [], []
    both_at_work = threading.Barrier(2)

    def build(number: int) -> pa.Table:
        begun.append(number)
        if number < 2:
            both_at_work.wait(timeout=60)
        if number == 0:
            ended.append(number)
            raise ZeroDivisionError
        time.sleep(0.1)
        ended.append(number)
        return _table([])

    with ThreadPoolExecutor(2) as pool:
        with pytest.raises(ZeroDivisionError):
            run_partitions(PartitionStep({"number": operator.index}, build, _number_and_rows), 99, pool)
        assert 1 in ended
        assert sorted(begun) == sorted(ended)
        assert len(begun) < 99


class _BrokenPool(Executor):
    def submit(self, *_: object, **__: object) -> Future[Any]:
        raise BrokenProcessPool


def _same(boards: pa.Table) -> pa.Table:
    return boards


def _number_and_rows(number: int, table: pa.Table) -> tuple[int, int]:
    return number, table.num_rows


def _table_alone(_: int, table: pa.Table) -> pa.Table:
    return table

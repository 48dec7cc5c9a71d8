"""Partition steps and the engine of one machine: what is split comes back whole, wherever it is built."""

import operator
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.step import PartitionStep, Shuffled, share, split_by_hash
from joins.errors import JoinError
from joins.pin_lists import ACCEPTED_PINS, sorted_by_picture, with_pin_join
from storage_tiers.versioned.parts import PartWriter

SCHEMA = pa.schema([pa.field("board_id", pa.int64(), nullable=False), pa.field("name", pa.string())])
Rows = list[tuple[int, str | None]]


def _table(rows: Rows) -> pa.Table:
    return pa.table([[board_id for board_id, _ in rows], [name for _, name in rows]], schema=SCHEMA)


def _shuffled(tables: list[pa.Table], key: str = "board_id") -> Shuffled:
    return Shuffled(tables.__getitem__, len(tables), key)


def _boards_step(batches: list[Rows], n_partitions: int) -> PartitionStep[pa.Table]:
    boards = {"boards": _shuffled([_table(rows) for rows in batches])}
    return PartitionStep(n_partitions, {}, _same, _table_alone, boards, partition_of)


def _pins_step(n_partitions: int, sink: Any) -> PartitionStep[Any]:
    rows = [{"pin_id": pin, "board_id": 1, "user_id": 1, "image_signature": f"{pin * 7919 % 5:x}"} for pin in range(40)]
    pins = pa.Table.from_pylist(rows, ACCEPTED_PINS)
    shards = {"pins": _shuffled([pins.slice(0, 13), pins.slice(13, 20), pins.slice(33)], "image_signature")}
    return PartitionStep(n_partitions, {}, sorted_by_picture, sink, shards, partition_of)


BATCHES = st.lists(
    st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.none() | st.text(max_size=3)), max_size=9), min_size=1
)


@settings(max_examples=50, deadline=None)
@given(batches=BATCHES, n_partitions=st.integers(1, 5))
def test_what_was_split_comes_back_whole_in_the_order_it_came(
    tmp_path_factory: pytest.TempPathFactory, batches: list[Rows], n_partitions: int
) -> None:
    built = LocalEngine(tmp_path_factory.mktemp("scratch")).run(_boards_step(batches, n_partitions))
    rows = [row for batch in batches for row in batch]
    homes = partition_of(_table(rows)["board_id"], n_partitions).tolist()
    for number in range(n_partitions):
        expected = [row for row, home in zip(rows, homes, strict=True) if home == number]
        assert built[number].equals(_table(expected))


def test_nothing_to_split_leaves_empty_partitions(tmp_path: Path) -> None:
    for n_partitions in (1, 3):
        for built in LocalEngine(tmp_path).run(_boards_step([[], []], n_partitions)):
            assert built.equals(SCHEMA.empty_table())


def test_shuffle_files_are_gone_when_a_step_ends_and_when_it_fails(tmp_path: Path) -> None:
    LocalEngine(tmp_path).run(_boards_step([[(1, "a")]], 3))
    step = PartitionStep(3, {}, _same, operator.eq, {"rows": _shuffled([_table([])])}, partition_of)
    with pytest.raises(TypeError, match="unexpected keyword argument 'rows'"):
        LocalEngine(tmp_path).run(step)
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_shuffles_needs_a_hash() -> None:
    with pytest.raises(ValueError, match="board_id: a step that shuffles needs partition_of"):
        list(split_by_hash(_table([(1, "a")]), "board_id", 2, None))


def test_every_partition_sees_a_shared_table_whole(tmp_path: Path) -> None:
    table = pa.concat_tables([_table([(1, "a")]), _table([(2, None)])])
    shared = share(table, tmp_path / "boards.arrow")
    assert shared(0).equals(table)
    assert shared(7).equals(table)
    assert share(_table([]), tmp_path / "none.arrow")(0).equals(_table([]))


def test_results_come_in_order_of_partitions_and_progress_is_told(tmp_path: Path) -> None:
    inputs = {"boards": share(_table([(1, "a")]), tmp_path / "boards.arrow")}
    told: list[tuple[int, int]] = []
    results = LocalEngine(tmp_path).run(
        PartitionStep(3, inputs, _same, _number_and_rows), lambda done, total: told.append((done, total))
    )
    assert results == [(0, 1), (1, 1), (2, 1)]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert LocalEngine(tmp_path).run(PartitionStep(0, inputs, _same, _number_and_rows)) == []


def test_workers_side_by_side_write_the_very_bytes_that_one_writes(tmp_path: Path) -> None:
    told: list[int] = []
    written = []
    for n_workers in (1, 2):
        folder = tmp_path / f"{n_workers} workers"
        folder.mkdir()
        step = _pins_step(3, PartWriter(folder, ACCEPTED_PINS, "image_signature"))
        written.append(LocalEngine(tmp_path, n_workers).run(step, lambda done, _: told.append(done)))
    alone, together = written
    assert alone == together
    assert sum(part.n_rows for part in together) == 40
    assert told == [1, 2, 3, 4, 5, 6] * 2  # three shards, then three partitions


def test_a_shared_table_is_prepared_once_and_let_go_of_when_the_step_ends(tmp_path: Path) -> None:
    prepared = []

    def prepare(table: pa.Table) -> pa.Table:
        prepared.append(table)
        return table

    boards = share(_table([(7, "art")]), tmp_path / "boards.arrow", prepare)
    for n_steps in (1, 2):
        LocalEngine(tmp_path, 2).run(PartitionStep(9, {"boards": boards}, _same, _number_and_rows))
        assert len(prepared) == n_steps


@pytest.mark.parametrize("n_partitions", [1, 2, 7, 70])  # for 70, several shards are split at once
def test_the_number_of_partitions_changes_nothing(tmp_path: Path, n_partitions: int) -> None:
    parts = LocalEngine(tmp_path).run(_pins_step(n_partitions, _table_alone))
    assert len(parts) == n_partitions
    (whole,) = LocalEngine(tmp_path).run(_pins_step(1, _table_alone))
    assert sorted_by_picture(pa.concat_tables(parts)).equals(whole)


def test_an_error_in_a_worker_comes_back_as_it_was(tmp_path: Path) -> None:
    inputs = {
        "pins": share(pa.table({"image_signature": ["aa"]}), tmp_path / "pins.arrow"),
        "pin_features": share(pa.table({"image_signature": ["aa"], "n_pins": [2]}), tmp_path / "features.arrow"),
    }
    with pytest.raises(JoinError, match="image_signature: features count 2 pins and 1 are there"):
        LocalEngine(tmp_path, 2).run(PartitionStep(3, inputs, with_pin_join, operator.eq))


def test_no_worker_is_left_at_work_after_an_error(tmp_path: Path) -> None:
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

    with pytest.raises(ZeroDivisionError):
        LocalEngine(tmp_path, 2).run(PartitionStep(99, {"number": operator.index}, build, _number_and_rows))
    assert 1 in ended
    assert sorted(begun) == sorted(ended)
    assert len(begun) < 99


@pytest.mark.parametrize(("memory_bytes", "at_once"), [(1, 1), (2**30, 2)])
def test_partitions_that_memory_holds_only_one_of_are_never_built_side_by_side(
    tmp_path: Path, memory_bytes: int, at_once: int
) -> None:
    lock = threading.Lock()
    at_work: set[int] = set()
    most = 0

    def build(boards: pa.Table, number: int) -> pa.Table:
        nonlocal most
        with lock:
            at_work.add(number)
            most = max(most, len(at_work))
        deadline = time.monotonic() + 60
        while most < at_once and time.monotonic() < deadline:  # give the other one the time to begin
            time.sleep(0.001)
        time.sleep(0.02)
        with lock:
            at_work.remove(number)
        return boards

    rows = [(board, "x" * 100) for board in range(200)]
    shards = {"boards": _shuffled([_table(rows)])}
    step = PartitionStep(6, {"number": operator.index}, build, _number_and_rows, shards, partition_of)
    results = LocalEngine(tmp_path, 2, memory_bytes).run(step)
    assert most == at_once
    assert sum(n_rows for _, n_rows in results) == 200


def _same(boards: pa.Table) -> pa.Table:
    return boards


def _number_and_rows(number: int, table: pa.Table) -> tuple[int, int]:
    return number, table.num_rows


def _table_alone(_: int, table: pa.Table) -> pa.Table:
    return table

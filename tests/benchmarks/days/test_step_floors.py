"""Floors read the columns that are declared, split by a key whatever the file holds, and write what was published."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.days.floor_inputs import FloorInputs, KeyedRows, PartIfThere, column_bytes, with_key
from benchmarks.days.step_floors import Clock, Floors
from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.step import Shuffled
from storage_tiers import Version, open_dataset
from storage_tiers.versioned.staging import Provenance, stage_dataset
from tests.benchmarks.days.test_step_costs import a_record, made
from workflows.catalog import BOARD_RANKS

ROWS = pa.table(
    {
        "board_id": pa.array(range(1_000), pa.int64()),
        "board_id_of_parent": pa.array(range(1_000), pa.int64()),
        "pin_join": pa.array([{"n_pins": n, "name": f"picture {n}"} for n in range(1_000)]),
    }
)


@pytest.fixture
def metadata(tmp_path):
    pq.write_table(ROWS, tmp_path / "part.parquet", row_group_size=400)
    with pq.ParquetFile(tmp_path / "part.parquet") as part:
        yield part.metadata


def test_all_columns_together_take_what_each_takes_by_itself(metadata):
    each = {name: column_bytes(metadata, range(3), [name]) for name in ROWS.schema.names}
    assert min(each.values()) > 0
    assert sum(each.values()) == column_bytes(metadata, range(3), None)
    assert column_bytes(metadata, range(3), ROWS.schema.names) == sum(each.values())


def test_a_column_isnt_another_whose_name_begins_alike_and_holds_what_is_inside_it(metadata):
    chunks = [metadata.row_group(group).column(0) for group in range(3)]
    assert {chunk.path_in_schema for chunk in chunks} == {"board_id"}
    assert column_bytes(metadata, range(3), ["board_id"]) == sum(chunk.total_compressed_size for chunk in chunks)
    inside = [column_bytes(metadata, [0], [f"pin_join.{name}"]) for name in ("n_pins", "name")]
    assert sum(inside) == column_bytes(metadata, [0], ["pin_join"])
    assert column_bytes(metadata, [], None) == 0


@pytest.mark.parametrize(
    ("column", "keys"),
    [
        (pa.array([7, 8]), [7, 8]),
        (pa.array(["x", "y"]), ["x", "y"]),
        (pa.array(["x", None]), ["x", ""]),
        (pa.array([7, None]), ["7", ""]),
        (pa.array([7.5, 8.0]), ["7.5", "8"]),
        (pa.nulls(2), ["", ""]),
    ],
)
def test_rows_can_be_split_by_whatever_the_key_is(column, keys):
    rows = with_key(pa.table({"pin_id": [1, 2], "image_signature": column}), "image_signature")
    assert rows["image_signature"].to_pylist() == keys
    assert rows["pin_id"].to_pylist() == [1, 2]
    assert len(partition_of(rows["image_signature"], 4)) == 2


def test_rows_without_the_key_are_split_by_their_first_column():
    assert with_key(pa.table({"pin_id": [1, 2]}), "image_signature")["image_signature"].to_pylist() == [1, 2]


def test_the_step_of_a_floor_reads_every_part_and_every_shard_once_and_makes_nothing(tmp_path):
    read = []

    def noted(name):
        return lambda number: read.append((name, number)) or pa.table({"board_id": [number]})

    inputs = FloorInputs()
    inputs.parts["ranks"] = PartIfThere(noted("ranks"), 2)
    inputs.parts["rejected"] = PartIfThere(noted("rejected"), 1)
    inputs.shuffled["pins"] = Shuffled(KeyedRows(noted("pins"), "board_id"), 3, "board_id")
    assert LocalEngine(tmp_path, 2).run(inputs.step(2)) == [None, None]
    every = [("pins", 0), ("pins", 1), ("pins", 2), ("ranks", 0), ("ranks", 1), ("rejected", 0)]
    assert sorted(read) == every
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_is_split_as_many_partitions_are_made_as_the_largest_input_has_parts():
    inputs = FloorInputs()
    inputs.parts["raw pins"] = PartIfThere(lambda _: pa.table({}), 8)
    assert inputs.step(1).n_partitions == 8
    assert FloorInputs().step(5).n_partitions == 1


def test_finished_parts_are_written_again_to_the_byte_and_removed(tmp_path):
    ranks = BOARD_RANKS.schema.empty_table().to_pydict()
    numbers = np.arange(9)
    columns = {name: pa.array(numbers).cast(BOARD_RANKS.schema.field(name).type) for name in ranks}
    table = pa.table(columns, schema=BOARD_RANKS.schema)
    with stage_dataset(tmp_path, BOARD_RANKS, "full", Version(dt.date(2026, 11, 20), 1)) as staging:
        staging.publish([staging.writer(0, table), staging.writer(1, table.slice(0, 0))], Provenance())
    dataset = open_dataset(tmp_path, "board_ranks")
    scratch, clock = tmp_path / "scratch", Clock()
    scratch.mkdir()
    written = Floors(tmp_path, tmp_path, scratch, 2).write_again([dataset], clock)
    assert written == dataset.manifest.n_bytes
    assert clock.wall_s > 0
    assert [path for path in scratch.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (a_record("LoadHiveBatch-all", outputs=(made(9, "hive_batch"),)), "files are read where they lie: no floor"),
        (a_record("LoadRedis-all", outputs=(made(9, "redis"),)), "loads a server: no floor"),
        (a_record("PictureSignatures", outputs=(made(9),)), "reads pictures: no floor"),
        (a_record("SomethingNew"), "it isn't known what it reads: no floor"),
    ],
)
def test_a_step_without_floor_says_why(tmp_path, record, why):
    assert Floors(tmp_path, tmp_path, tmp_path).of(record) == ({}, why)

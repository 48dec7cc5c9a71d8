"""The Hive-like tier is the full dataset's own folder, and statements that make it known."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

from storage_tiers import Dataset, DatasetError
from storage_tiers.hive_batch import HiveBatchTier, create_table_ddl, write_hive_ddl
from storage_tiers.hive_batch.engine_types import HIVE
from storage_tiers.versioned.staging import DatasetSpec, stage_dataset
from storage_tiers.versioned.versions import Version

FRIDAY = dt.date(2026, 11, 20)
SATURDAY = dt.date(2026, 11, 21)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
MORE_RANKS = pa.table({"board_id": [1, 2, 3, 4, 5], "page_rank": [0.5] * 5})


@pytest.fixture
def two_versions_and_an_unfinished_one(tmp_path: Path, publish: Callable[..., Dataset]) -> Path:
    publish(tmp_path, RANKS, "board_ranks", date=FRIDAY, iteration=2)
    publish(tmp_path, MORE_RANKS, "board_ranks", date=SATURDAY)
    spec = DatasetSpec("board_ranks", RANKS.schema, "board_id")
    with stage_dataset(tmp_path, spec, "full", Version(SATURDAY, 2)) as staging:
        staging.writer(0, RANKS)
        yield tmp_path


@pytest.mark.parametrize(
    ("folder", "quoted"),
    [
        ("it's", r"'it\'s/board_ranks/full'"),
        ("a\\b", r"'a\\b/board_ranks/full'"),
        ("x'; DROP TABLE y; --", r"'x\'\073 DROP TABLE y\073 --/board_ranks/full'"),
        ("${hiveconf:x}", r"'\044{hiveconf:x}/board_ranks/full'"),
        ("a\nb\r", r"'a\012b\015/board_ranks/full'"),
    ],
)
def test_a_folder_of_any_name_ends_no_statement(
    tmp_path: Path, publish: Callable[..., Dataset], folder: str, quoted: str
) -> None:
    ddl = create_table_ddl(publish(tmp_path, RANKS, "board_ranks", date=FRIDAY), folder)
    assert ddl.endswith(f"LOCATION {quoted};\n")
    assert ddl.count(";") == 1


def test_pyarrow_reads_the_folder_with_date_and_iteration_as_columns(two_versions_and_an_unfinished_one: Path) -> None:
    folder = two_versions_and_an_unfinished_one / "board_ranks" / "full"
    partitioning = ds.partitioning(pa.schema([("date", pa.string()), ("iteration", pa.int32())]), flavor="hive")
    table = ds.dataset(folder, format="parquet", partitioning=partitioning).to_table()
    assert table.column_names == ["board_id", "page_rank", "date", "iteration"]
    counted = table.group_by(["date", "iteration"]).aggregate([("board_id", "count")]).sort_by("date").to_pylist()
    assert counted == [
        {"date": "2026-11-20", "iteration": 2, "board_id_count": 4},
        {"date": "2026-11-21", "iteration": 1, "board_id_count": 5},
    ]


def test_duckdb_reads_the_folder_with_date_and_iteration_as_columns(two_versions_and_an_unfinished_one: Path) -> None:
    files = two_versions_and_an_unfinished_one / "board_ranks" / "full" / "date=*" / "iteration=*" / "part-*.parquet"
    with duckdb.connect() as connection:
        rows = connection.read_parquet(str(files), hive_partitioning=True)
        counted = rows.aggregate("date::VARCHAR, iteration, count(*)").order("ALL").fetchall()
    assert counted == [("2026-11-20", 2, 4), ("2026-11-21", 1, 5)]


def test_one_partition_holds_exactly_the_rows_of_its_version(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    publish(tmp_path, wide_table(10), iteration=1)
    table = wide_table(60)
    publish(tmp_path, table, iteration=2)
    rows = ds.dataset(tmp_path / "board_joins" / "full", format="parquet", partitioning="hive")
    read = rows.to_table(columns=table.column_names, filter=pc.field("iteration") == 2)
    assert read.sort_by("board_id").to_pylist() == table.to_pylist()


def test_the_table_is_declared_with_every_column_its_partitions_and_its_place(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    assert create_table_ddl(publish(tmp_path, wide_table(3)), "s3://bucket/output/") == (
        "CREATE EXTERNAL TABLE IF NOT EXISTS `board_joins` (\n"
        "  `board_id` bigint,\n"
        "  `name` string,\n"
        "  `page_rank` double,\n"
        "  `is_corrected` boolean,\n"
        "  `created_at` timestamp,\n"
        "  `terms` array<string>,\n"
        "  `owner` struct<`user_id`:bigint,`joined_at`:timestamp>,\n"
        "  `pin_joins` array<struct<`image_signature`:string,`n_pins`:bigint>>,\n"
        "  `pins` array<bigint>\n"
        ")\n"
        "PARTITIONED BY (`date` string, `iteration` int)\n"
        "STORED AS PARQUET\n"
        "LOCATION 's3://bucket/output/board_joins/full';\n"
    )


def test_the_place_is_the_folder_itself_where_none_is_given(
    tmp_path: Path, publish: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "it's").mkdir()
    monkeypatch.chdir(tmp_path / "it's")
    ddl = create_table_ddl(publish(Path("output"), RANKS, "board_ranks"))
    escaped = str(tmp_path / "it's" / "output").replace("'", "\\'")
    assert ddl.endswith(f"LOCATION '{escaped}/board_ranks/full';\n")


def test_only_published_versions_become_partitions(two_versions_and_an_unfinished_one: Path) -> None:
    path, _ = write_hive_ddl(two_versions_and_an_unfinished_one)
    assert path == two_versions_and_an_unfinished_one / "_hive_batch" / "board_ranks.sql"
    added = [line for line in path.read_text().splitlines() if line.startswith("ALTER")]
    assert added == [
        "ALTER TABLE `board_ranks` ADD IF NOT EXISTS PARTITION (`date`='2026-11-20', `iteration`=2);",
        "ALTER TABLE `board_ranks` ADD IF NOT EXISTS PARTITION (`date`='2026-11-21', `iteration`=1);",
    ]


def test_the_view_of_the_current_version_goes_back_and_a_dropped_one_leaves_the_table(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    tier = HiveBatchTier(tmp_path)
    for date, ranks in ((FRIDAY, RANKS), (SATURDAY, MORE_RANKS)):
        tier.serve(publish(tmp_path, ranks, "board_ranks", date=date))
    tier.make_current({"board_ranks": Version(FRIDAY, 1)})
    tier.drop("board_ranks", Version(SATURDAY, 1))
    assert (tier.home / "board_ranks.sql").read_text().splitlines()[-6:] == [
        "ALTER TABLE `board_ranks` ADD IF NOT EXISTS PARTITION (`date`='2026-11-20', `iteration`=1);",
        "",
        "ALTER TABLE `board_ranks` DROP IF EXISTS PARTITION (`date`='2026-11-21', `iteration`=1);",
        "",
        "CREATE OR REPLACE VIEW `board_ranks_current` AS",
        "SELECT * FROM `board_ranks` WHERE `date`='2026-11-20' AND `iteration`=1;",
    ]


def test_every_dataset_has_a_file_and_writing_again_gives_the_same(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    publish(tmp_path, RANKS, "board_ranks")
    publish(tmp_path, wide_table(3))
    publish(tmp_path, wide_table(3), variant="light")
    first = {path.name: path.read_text() for path in write_hive_ddl(tmp_path)}
    assert list(first) == ["board_joins.sql", "board_joins.trino.sql", "board_ranks.sql", "board_ranks.trino.sql"]
    assert {path.name: path.read_text() for path in write_hive_ddl(tmp_path)} == first


def test_integers_keep_their_range() -> None:
    types = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32())
    assert [HIVE.type_of(type_) for type_ in types] == [
        "tinyint", "smallint", "int", "bigint", "smallint", "int", "bigint",
    ]  # fmt: skip


def test_other_types_have_their_hive_names() -> None:
    assert HIVE.type_of(pa.dictionary(pa.int32(), pa.large_string())) == "string"
    assert HIVE.type_of(pa.large_list(pa.date32())) == "array<date>"
    assert (
        HIVE.type_of(pa.struct([("a`b", pa.float32()), ("c", pa.large_binary())])) == "struct<`a``b`:float,`c`:binary>"
    )
    assert HIVE.type_of(pa.binary(32)) == "binary"


def test_a_column_called_like_a_partition_is_refused(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, pa.table({"board_id": [1], "Date": ["2026"]}), "days")
    with pytest.raises(DatasetError, match="column Date is called like a partition of the Hive table; rename it"):
        create_table_ddl(dataset)


def test_columns_that_differ_in_upper_case_alone_are_refused(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    dataset = publish(tmp_path, pa.table({"board_id": [1], "name": ["a"], "Name": ["b"]}), "names")
    with pytest.raises(DatasetError, match=r"columns name and Name have one name to Hive, .* rename one of them"):
        create_table_ddl(dataset)


def test_a_type_that_hive_does_not_know_is_named_with_its_column(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    dataset = publish(tmp_path, pa.table({"board_id": [1], "n": pa.array([1], pa.uint64())}), "counts")
    with pytest.raises(DatasetError, match="column n: Hive has no type for uint64; allowed: booleans"):
        create_table_ddl(dataset)

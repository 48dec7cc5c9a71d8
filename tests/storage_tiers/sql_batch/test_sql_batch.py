"""The SQL tier shows every published version as a view over its own files."""

import datetime as dt
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from storage_tiers import Dataset, Version, VersionNotFoundError
from storage_tiers.errors import DatasetError
from storage_tiers.light import project_light
from storage_tiers.sql_batch import SqlBatchTier, open_sql, write_sql_views

FRIDAY = dt.date(2026, 11, 20)
SATURDAY = dt.date(2026, 11, 21)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
MORE_RANKS = pa.table({"board_id": [1, 2, 3, 4, 5], "page_rank": [0.5] * 5})


def views(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL").fetchall()
    return [name for (name,) in rows]


def count(connection: duckdb.DuckDBPyConnection, view: str) -> int:
    return len(connection.table(view))


@pytest.fixture(params=["in memory", "file"])
def open_views(request: pytest.FixtureRequest) -> Callable[[Path], duckdb.DuckDBPyConnection]:
    if request.param == "in memory":
        return open_sql
    return lambda root: duckdb.connect(write_sql_views(root), read_only=True)


def test_every_version_is_a_view_and_the_newest_has_the_plain_name(
    tmp_path: Path, publish: Callable[..., Dataset], open_views: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    publish(tmp_path, MORE_RANKS, "board_ranks", date=SATURDAY)
    publish(tmp_path, RANKS, "board_ranks", date=FRIDAY, iteration=2)
    with open_views(tmp_path) as sql:
        assert views(sql) == [
            "board_ranks",
            "board_ranks_2026_11_20_iteration_2",
            "board_ranks_2026_11_21_iteration_1",
        ]
        assert count(sql, "board_ranks") == 5
        assert count(sql, "board_ranks_2026_11_20_iteration_2") == 4


def test_a_view_has_the_rows_and_columns_of_the_light_dataset(
    tmp_path: Path,
    publish: Callable[..., Dataset],
    wide_table: Callable[[int], pa.Table],
    open_views: Callable[[Path], duckdb.DuckDBPyConnection],
) -> None:
    light = project_light(wide_table(60))
    publish(tmp_path, wide_table(60), variant="full", iteration=1)
    publish(tmp_path, wide_table(10), variant="full", iteration=2)
    publish(tmp_path, light, variant="light", iteration=1)
    with open_views(tmp_path) as sql:
        assert views(sql) == ["board_joins", "board_joins_2026_11_20_iteration_1"]
        read = sql.sql("SELECT * FROM board_joins ORDER BY board_id").to_arrow_table()
        assert read.column_names == light.column_names
        assert read.to_pylist() == light.to_pylist()


def test_an_aggregation_over_nested_columns_needs_no_loading(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    publish(tmp_path, wide_table(12), variant="light")
    terms = [term for terms in wide_table(12)["terms"].to_pylist() if terms for term in terms]
    with open_sql(tmp_path) as sql:
        counted = dict(
            sql.sql(
                "SELECT term, count(*) FROM (SELECT unnest(terms) AS term FROM board_joins) GROUP BY ALL"
            ).fetchall()
        )
    assert counted == {term: terms.count(term) for term in set(terms)}


def test_times_are_shown_in_utc(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    publish(tmp_path, wide_table(1), variant="light")
    with open_sql(tmp_path) as sql:
        assert sql.sql("SELECT created_at::VARCHAR FROM board_joins").fetchall() == [("2026-01-02 03:04:05.678+00",)]


def test_a_view_reads_the_files_of_the_manifest_and_nothing_else_that_lies_there(
    tmp_path: Path, publish: Callable[..., Dataset], open_views: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    dataset = publish(tmp_path, RANKS, "board_ranks")
    for stray in ("part-00099.parquet", "_tmp-1/part-00000.parquet"):
        (dataset.folder / stray).parent.mkdir(exist_ok=True)
        (dataset.folder / stray).write_bytes(dataset.part_paths[0].read_bytes())
    with open_views(tmp_path) as sql:
        assert count(sql, "board_ranks") == 4


def test_unfinished_versions_and_the_folders_of_other_tiers_are_not_shown(
    tmp_path: Path, publish: Callable[..., Dataset], open_views: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    publish(tmp_path, RANKS, "board_ranks", iteration=2).place.manifest.unlink()
    (tmp_path / "_random_access" / "full").mkdir(parents=True)
    with open_views(tmp_path) as sql:
        assert views(sql) == []


@pytest.mark.parametrize("folder", ["it's", "[ab]", "a*", 'a"b', "a;--b", "%date%"])
def test_any_folder_name_names_itself_alone(
    tmp_path: Path,
    publish: Callable[..., Dataset],
    open_views: Callable[[Path], duckdb.DuckDBPyConnection],
    folder: str,
) -> None:
    for other in ("a", "b", "ab", "aab"):  # what the names would match if they were patterns
        publish(tmp_path / other, MORE_RANKS, "board_ranks")
    publish(tmp_path / folder, RANKS, "board_ranks")
    with open_views(tmp_path / folder) as sql:
        assert count(sql, "board_ranks") == 4
    answer = SqlBatchTier(tmp_path / folder).sql("SELECT count(*) AS n FROM board_ranks")  # which may read no other
    assert answer.to_pylist() == [{"n": 4}]


def test_a_question_mark_names_itself_alone(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    publish(tmp_path / "a_b", MORE_RANKS, "board_ranks")
    publish(tmp_path / "a?b", RANKS, "board_ranks")
    with open_sql(tmp_path / "a?b") as sql:  # DuckDB itself can't write a database file below such a folder
        assert count(sql, "board_ranks") == 4
    assert len(SqlBatchTier(tmp_path / "a?b").sql("FROM board_ranks")) == 4


def test_names_are_quoted(
    tmp_path: Path, publish: Callable[..., Dataset], open_views: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    publish(tmp_path, RANKS, 'select "all"')
    with open_views(tmp_path) as sql:
        assert views(sql) == ['select "all"', 'select "all"_2026_11_20_iteration_1']


def test_an_empty_version_is_an_empty_view(
    tmp_path: Path, publish: Callable[..., Dataset], open_views: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    publish(tmp_path, RANKS.slice(0, 0), "board_ranks")
    with open_views(tmp_path) as sql:
        assert count(sql, "board_ranks") == 0
        assert sql.table("board_ranks").columns == ["board_id", "page_rank"]


def test_the_file_is_replaced_whole_and_an_open_reader_keeps_its_views(
    tmp_path: Path, publish: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, RANKS, "board_ranks")
    monkeypatch.chdir(tmp_path.parent)
    path = write_sql_views(tmp_path.name)  # a relative root gives absolute views
    monkeypatch.chdir("/")
    with duckdb.connect(tmp_path.parent / path, read_only=True) as before:
        publish(tmp_path, MORE_RANKS, "board_ranks", iteration=2)
        write_sql_views(tmp_path)
        assert count(before, "board_ranks") == 4
    with duckdb.connect(tmp_path.parent / path, read_only=True) as after:
        assert count(after, "board_ranks") == 5
    assert [entry.name for entry in path.parent.glob("*")] == []
    assert [entry.name for entry in (tmp_path / "_sql_batch").iterdir()] == ["discovery.duckdb"]


def test_views_that_find_no_room_are_an_error_and_no_file_without_views(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    publish(tmp_path, RANKS, "board_ranks")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # the head of the file and the log of changes fit
    try:
        with pytest.raises(DatasetError, match=r"the views can't be written .*; make room there"):
            write_sql_views(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "_sql_batch" / "discovery.duckdb").exists()


def test_the_plain_name_in_the_file_follows_the_pointer_back(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    tier = SqlBatchTier(tmp_path)
    for iteration, ranks in ((1, RANKS), (2, MORE_RANKS)):
        tier.serve(publish(tmp_path, ranks, "board_ranks", iteration=iteration))
    tier.make_current({"board_ranks": Version(FRIDAY, 1)})
    with duckdb.connect(tier.home / "discovery.duckdb", read_only=True) as sql:
        assert (count(sql, "board_ranks"), count(sql, "board_ranks_2026_11_20_iteration_2")) == (4, 5)
    tier.drop("board_ranks", Version(FRIDAY, 2))
    with duckdb.connect(tier.home / "discovery.duckdb", read_only=True) as sql:
        assert views(sql) == ["board_ranks", "board_ranks_2026_11_20_iteration_1"]


def test_the_views_of_a_damaged_version_say_so_and_all_others_answer(
    tmp_path: Path, publish: Callable[..., Dataset], open_views: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    damaged = publish(tmp_path, RANKS, "board_ranks")
    publish(tmp_path, MORE_RANKS, "board_ranks", iteration=2)
    publish(tmp_path, RANKS, "other_ranks").place.manifest.write_text("{")
    damaged.part_paths[2].unlink()
    with open_views(tmp_path) as sql:
        assert count(sql, "board_ranks") == 5
        for view, problem in (
            ("board_ranks_2026_11_20_iteration_1", "part-00002.parquet: the file is missing; make it again"),
            ("other_ranks", "iteration=1.json is no manifest"),
        ):
            for query in ("SELECT count(*) FROM {}", "SELECT * FROM {}", "SELECT 1 WHERE EXISTS (FROM {})"):
                with pytest.raises(duckdb.InvalidInputException, match=problem):
                    sql.execute(query.format(view)).fetchall()
        with pytest.raises(duckdb.InvalidInputException, match="the file is missing"):
            sql.execute("SELECT max(page_rank) FROM board_ranks_2026_11_20_iteration_1").fetchall()


def test_a_light_variant_that_was_lost_is_not_replaced_by_the_full_one(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    for variant in ("full", "light"):
        publish(tmp_path, wide_table(10), variant=variant)
    shutil.rmtree(tmp_path / "board_joins" / "light")
    with open_sql(tmp_path) as connection, pytest.raises(duckdb.Error):
        connection.sql("SELECT count(*) FROM board_joins").fetchall()


def test_a_pointer_that_names_no_version_stops_its_own_dataset_alone(
    tmp_path: Path, publish: Callable[..., Dataset], open_views: Callable[[Path], duckdb.DuckDBPyConnection]
) -> None:
    tier = SqlBatchTier(tmp_path)
    for name in ("board_ranks", "lost_ranks", "torn_ranks"):
        tier.serve(publish(tmp_path, RANKS, name))
    (tier.folder("lost_ranks") / "_CURRENT").write_text("date=2026-11-20/iteration=7\n")
    (tier.folder("torn_ranks") / "_CURRENT").write_text("date=2026")
    with open_views(tmp_path) as sql:
        assert count(sql, "board_ranks") == count(sql, "lost_ranks_2026_11_20_iteration_1") == 4
        for name, problem in (("lost_ranks", "iteration=7 is not loaded"), ("torn_ranks", "is no version")):
            with pytest.raises(duckdb.InvalidInputException, match=problem):
                count(sql, name)


@pytest.mark.parametrize("root", ["mistyped", "a file", "empty", "no output"])
def test_a_folder_without_datasets_is_an_error_and_no_database_without_views(tmp_path: Path, root: str) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "no output" / "notes").mkdir(parents=True)
    with pytest.raises(VersionNotFoundError, match=f".*{root}: .*; give the output folder of a run, or begin"):
        open_sql(tmp_path / root)

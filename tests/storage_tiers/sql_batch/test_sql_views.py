"""Views of earlier days are taken over: nothing of them is opened again, and they are never of something else."""

import datetime as dt
import shutil
from pathlib import Path
from threading import Thread

import duckdb
import pyarrow as pa
import pytest

from storage_tiers import DatasetError, Version, VersionNotFoundError, open_sql
from storage_tiers.sql_batch import DATABASE_NAME, SqlBatchTier, write_sql_views
from storage_tiers.sql_batch.sql_views import bring_up_to_date
from storage_tiers.versioned import datasets

FIRST = dt.date(2026, 11, 1)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
N_DAYS = 6


def day(number):
    return FIRST + dt.timedelta(days=number)


def view(number):
    return f"board_ranks_{day(number):%Y_%m_%d}_iteration_1"


def answers(connection, name):
    return len(connection.table(name))


def shown(connection):
    return {
        name for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    }


@pytest.fixture
def root(tmp_path, publish):
    """Six dates of a dataset, with the DuckDB file of the last load."""
    for number in range(N_DAYS):
        publish(tmp_path / "output", RANKS, "board_ranks", date=day(number))
    write_sql_views(tmp_path / "output")
    return tmp_path / "output"


@pytest.fixture
def read(monkeypatch):
    """The versions whose manifests were read, one entry each time."""
    seen, read_manifest = [], datasets.read_manifest

    def counted(place):
        seen.append(place.version)
        return read_manifest(place)

    monkeypatch.setattr(datasets, "read_manifest", counted)
    return seen


def test_opening_reads_no_manifest_of_a_version_that_is_as_it_was(root, read):
    with open_sql(root) as sql:
        assert read == []
        assert shown(sql) == {"board_ranks", *map(view, range(N_DAYS))}
        assert all(answers(sql, view(number)) == 4 for number in range(N_DAYS))


def test_without_the_file_each_manifest_is_read_once(root, read):
    (root / "_sql_batch" / DATABASE_NAME).unlink()
    with open_sql(root) as sql:
        assert len(shown(sql)) == N_DAYS + 1
    assert sorted(read) == [Version(day(number), 1) for number in range(N_DAYS)]


def test_a_load_reads_the_manifests_of_what_is_new(root, read, publish):
    new = publish(root, RANKS.slice(0, 2), "board_ranks", date=day(N_DAYS))
    read.clear()
    write_sql_views(root)
    assert set(read) == {new.version}
    with duckdb.connect(root / "_sql_batch" / DATABASE_NAME, read_only=True) as sql:
        assert (answers(sql, "board_ranks"), answers(sql, view(0))) == (2, 4)


def test_what_came_or_went_since_the_file_was_written_is_shown_as_it_is_now(root, publish):
    publish(root, RANKS.slice(0, 1), "board_ranks", date=day(N_DAYS))
    gone = datasets.open_dataset(root, "board_ranks", date=day(0)).place
    gone.manifest.unlink()
    shutil.rmtree(gone.folder)
    with open_sql(root) as sql:
        assert shown(sql) == {"board_ranks", *map(view, range(1, N_DAYS + 1))}
        assert answers(sql, "board_ranks") == 1


@pytest.mark.parametrize("content", [b"", b"no database", "cut", "table", "foreign view"])
def test_a_file_of_no_use_changes_nothing_but_the_time(root, content):
    path = root / "_sql_batch" / DATABASE_NAME
    if content == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        what = "TABLE board_ranks_2" if content == "table" else "VIEW mine"
        with duckdb.connect(path) as own:
            own.execute(f"CREATE {what} AS SELECT 1 AS x")
    for _ in range(2):
        with open_sql(root) as sql:
            assert shown(sql) == {"board_ranks", *map(view, range(N_DAYS))}
            assert sql.execute("SELECT count(*) FROM duckdb_tables() WHERE NOT internal").fetchall() == [(0,)]
            assert answers(sql, view(3)) == 4
        write_sql_views(root)  # mends the file


def test_views_of_a_folder_that_was_moved_or_copied_are_of_its_own_files(root, publish, tmp_path):
    moved = shutil.copytree(root, tmp_path / "moved")
    shutil.rmtree(root)
    publish(root, RANKS.slice(0, 1), "board_ranks", date=day(0))  # something else is in its place now
    with open_sql(moved) as sql:
        assert all(answers(sql, view(number)) == 4 for number in range(N_DAYS))


def damage_part(place):
    (place.folder / "part-00001.parquet").unlink()


def damage_footer(place):
    part = place.folder / "part-00000.parquet"
    part.write_bytes(b"x" * part.stat().st_size)  # as large as before


def damage_folder(place):
    shutil.rmtree(place.folder)
    place.folder.touch()


def damage_manifest(place):
    place.manifest.write_text("{")


@pytest.mark.parametrize("has_file", [True, False])
@pytest.mark.parametrize("damage", [damage_part, damage_footer, damage_folder, damage_manifest])
def test_one_damaged_old_day_says_so_itself_or_is_left_out_and_hides_no_other(root, damage, has_file):
    damage(datasets.open_dataset(root, "board_ranks", date=day(2)).place)
    if not has_file:
        (root / "_sql_batch" / DATABASE_NAME).unlink()
    write_sql_views(root)
    for sql in (open_sql(root), duckdb.connect(root / "_sql_batch" / DATABASE_NAME, read_only=True)):
        assert all(answers(sql, view(number)) == 4 for number in range(N_DAYS) if number != 2)
        assert answers(sql, "board_ranks") == 4
        with pytest.raises(duckdb.Error):
            answers(sql, view(2))
        sql.close()


def test_a_version_that_was_mended_answers_again(root):
    place = datasets.open_dataset(root, "board_ranks", date=day(2)).place
    part = place.folder / "part-00001.parquet"
    content = part.read_bytes()
    part.write_bytes(b"PAR1")
    write_sql_views(root)
    part.write_bytes(content)  # in its place, so that no folder tells
    with open_sql(root) as sql:
        assert answers(sql, view(2)) == 4


def test_readers_that_open_while_the_file_is_replaced_have_all_views(root):
    writer = Thread(target=lambda: [write_sql_views(root) for _ in range(10)])
    writer.start()
    while writer.is_alive():
        with open_sql(root) as sql:
            assert len(shown(sql)) == N_DAYS + 1
    writer.join()


def test_going_back_shows_the_older_one_without_looking_at_the_others(root, read):
    tier = SqlBatchTier(root)
    tier.make_current({"board_ranks": Version(day(1), 1)})
    assert set(read) == {Version(day(1), 1)}
    with open_sql(root) as sql:
        ((created,),) = sql.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'board_ranks'").fetchall()
    assert str(day(1)) in created


@pytest.mark.parametrize("name", ["mistyped", "output/board_ranks/_manifests/full/date=2026-11-01/iteration=1.json"])
def test_a_folder_that_is_none_is_an_error(root, name):
    with pytest.raises(VersionNotFoundError, match=r"there is no such folder|it is a file"):
        open_sql(root.parent / name)
    assert not Path(root.parent / "mistyped").exists()


@pytest.mark.parametrize("name", ["a?b", "a?b?c", "what?", "?x=1&y"])
def test_a_question_mark_in_the_path_is_part_of_it(tmp_path, publish, name):
    root = tmp_path / name / "output"
    for number in range(2):
        publish(root, RANKS, "board_ranks", date=day(number))
        final = write_sql_views(root)
    with duckdb.connect(final, read_only=True) as sql:
        assert answers(sql, view(1)) == 4
    with open_sql(root) as sql:
        assert shown(sql) == {"board_ranks", *map(view, range(2))}
    assert {path.name for path in tmp_path.iterdir()} == {name}


def test_where_no_folder_will_do_it_is_said_what_to_set(tmp_path, publish, monkeypatch):
    (tmp_path / "t?mp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t?mp"))
    publish(tmp_path / "a?b", RANKS, "board_ranks", date=FIRST)
    with pytest.raises(DatasetError, match=r"no file below a folder with \? in its path; set TMPDIR"):
        write_sql_views(tmp_path / "a?b")


def test_what_ends_a_commit_is_told_and_nothing_else(root):
    class Refusing:
        """A connection whose transactions can't be ended well."""

        def __init__(self):
            self.connection = duckdb.connect()

        def execute(self, query, *values):
            if query == "COMMIT":
                raise duckdb.TransactionException("no room for the log")
            return self.connection.execute(query, *values)

    with pytest.raises(duckdb.TransactionException, match="no room for the log"):
        bring_up_to_date(Refusing(), SqlBatchTier(root).views())

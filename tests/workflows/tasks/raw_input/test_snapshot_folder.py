"""Which files of a snapshot's folder count, and that whatever else lies there is said."""

import os
import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import RawInputError
from workflows.tasks.raw_input.snapshot_folder import look_into

ROWS = pa.table({"user_id": [1]})


@pytest.fixture
def folder(tmp_path):
    """Return an empty folder of users of a date."""
    made = tmp_path / "users" / "date=2026-11-20"
    made.mkdir(parents=True)
    return made


def put(folder, *names, content=None):
    """Write Parquet files, or files with some content, under names in a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            with path.open("wb") as file:
                pq.write_table(ROWS, file)
        else:
            path.write_bytes(content)


def found(folder):
    """Return the names of the files that count, and what was passed over."""
    contents = look_into(folder)
    return [file.path.relative_to(folder).as_posix() for file in contents.files], list(contents.passed_over)


@pytest.mark.parametrize(
    "name",
    [
        *("part-00000.parquet", "users.parq", "users.pq", "USERS.PARQUET", "users.Parquet"),
        *("part-00000-3f2a.c000.snappy.parquet", "data_0_0_0.snappy.parquet", "3ab-2_data.0.parq"),
        *("000000_0", "000000_0_copy_1", "part-00000", "20260101_120000_00001_abcde_0f", "unload_0.gz", "users.dat"),
        *("users (1).parquet", "müßig.parquet", "a b.parquet", "0000_part_00.parquet"),
        *("users.parquet/part-00000", "country=IS/000000_0", "a/b/c/part-0.pq", "_batch=3/part-0.parquet"),
    ],
)
def test_parquet_counts_under_any_usual_name(folder, name):
    put(folder, name)
    assert found(folder) == ([name], [])


@pytest.mark.parametrize(
    "name",
    [
        *("_SUCCESS", ".part-00000.parquet.crc", "_metadata", "_common_metadata", ".DS_Store", "._part-00000.parquet"),
        *("_committed_123", ".hive-staging_hive_2026/000000_0", ".ipynb_checkpoints/users-checkpoint.parquet"),
    ],
)
def test_markers_and_hidden_files_go_without_saying(folder, name):
    put(folder, name)
    assert found(folder) == ([], [])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("users.parquet.crdownload", "users.parquet.crdownload (unfinished, or a copy)"),
        ("users.parquet.tmp", "users.parquet.tmp (unfinished, or a copy)"),
        ("users.parquet._COPYING_", "users.parquet._COPYING_ (unfinished, or a copy)"),
        ("users.parquet~", "users.parquet~ (unfinished, or a copy)"),
        ("users.parquet.bak", "users.parquet.bak (unfinished, or a copy)"),
        ("~$users.parquet", "~$users.parquet (unfinished, or a copy)"),
        ("_users.parquet", "_users.parquet (hidden)"),
        ("_temporary/0/task_0/part-0.parquet", "_temporary (a hidden folder)"),
        ("__MACOSX/users.parquet", "__MACOSX (a hidden folder)"),
    ],
)
def test_what_may_be_half_of_a_snapshot_is_said(folder, name, said):
    put(folder, name)
    assert found(folder) == ([], [said])


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"a,b\n1,2\n", "no Parquet"), (b"", "empty"), (b"ORC\x08", "no Parquet"), (b"\x1f\x8b\x08", "no Parquet")],
)
def test_files_of_other_kinds_are_passed_over_and_said(folder, content, why):
    put(folder, "000000_1", content=content)
    put(folder, "000000_0")
    assert found(folder) == (["000000_0"], [f"000000_1 ({why})"])


def test_an_empty_file_of_a_parquet_name_holds_no_rows(folder):
    put(folder, "empty.parquet", content=b"")
    assert found(folder) == ([], ["empty.parquet (empty)"])


def test_a_file_whose_name_says_parquet_counts_whatever_it_holds(folder):
    put(folder, "a.parquet", content=b"no Parquet at all")
    assert found(folder)[0] == ["a.parquet"]
    (folder / "b.parquet").symlink_to("nowhere")
    with pytest.raises(RawInputError, match=r"b\.parquet: it can't be read: No such file or directory; mend or remove"):
        look_into(folder)


def test_encrypted_files_count_so_that_they_are_refused_by_name(folder):
    put(folder, "000000_0", content=b"PARE and what nobody can read")
    assert found(folder)[0] == ["000000_0"]


def test_links_are_followed_but_not_in_circles(folder, tmp_path):
    put(tmp_path / "elsewhere", "part-1.parquet", "inner/part-2.parquet")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    (folder / "file.parquet").symlink_to(tmp_path / "elsewhere" / "part-1.parquet")
    (folder / "again").symlink_to(folder)
    (tmp_path / "elsewhere" / "inner" / "up").symlink_to(tmp_path / "elsewhere")
    (folder / "itself").symlink_to("itself")
    files, passed_over = found(folder)
    assert files == ["file.parquet", "linked/inner/part-2.parquet", "linked/part-1.parquet"]
    assert passed_over == ["itself (a link that leads nowhere)"]


def test_pipes_and_sockets_are_no_files_and_hang_nobody(folder, monkeypatch):
    os.mkfifo(folder / "pipe.parquet")
    monkeypatch.chdir(folder)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    assert found(folder) == ([], ["pipe.parquet (no file)", "socket (no file)"])


def test_names_of_any_bytes_count_and_can_be_printed(folder):
    name = os.fsdecode(b"caf\xe9.parquet")
    put(folder, name, "notes\n\xe9")
    put(folder, os.fsdecode(b"caf\xe9.csv"), content=b"x")
    contents = look_into(folder)
    assert [file.path.name for file in contents.files] == [name, "notes\n\xe9"]
    assert contents.passed_over_line() == r"passed over caf\xe9.csv (no Parquet)"


def test_only_the_first_few_that_are_passed_over_are_named(folder):
    put(folder, *(f"{number}.csv" for number in range(8)), content=b"x")
    assert look_into(folder).passed_over_line() == (
        "passed over 0.csv (no Parquet), 1.csv (no Parquet), 2.csv (no Parquet), 3.csv (no Parquet), "
        "4.csv (no Parquet) and 3 more"
    )


@pytest.mark.parametrize(
    ("log", "program"),
    [
        ("_delta_log/00000000000000000000.json", "Delta Lake"),
        ("../_delta_log/00000000000000000000.json", "Delta Lake"),
        (".hoodie/hoodie.properties", "Hudi"),
        ("_spark_metadata/0", "Spark's streams"),
        ("metadata/v1.metadata.json", "Iceberg"),
        ("../metadata/00000-3f2a1b4c-0a1b-4c5d-8e9f-0123456789ab.metadata.json", "Iceberg"),
        ("delta_0000001_0000001_0000/000000_0", "Hive's transactions"),
        ("base_0000005/000000_0", "Hive's transactions"),
    ],
)
def test_the_log_of_a_table_format_is_refused_with_what_to_do(folder, log, program):
    put(folder, "part-0.parquet", log)
    with pytest.raises(RawInputError) as error:
        look_into(folder)
    assert f"belongs to a table of {program}; the files beside it may hold rows that were deleted" in str(error.value)
    assert "write its rows as plain Parquet files" in str(error.value)


@pytest.mark.parametrize("name", ["metadata.json", "delta.parquet", "base/part-0.parquet", "v1.json", "delta_1.csv"])
def test_names_that_resemble_logs_are_none(folder, name):
    put(folder, name)
    assert found(folder)[0] == [name]


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_listed_is_an_error_by_name(folder):
    put(folder, "closed/part-0.parquet")
    (folder / "closed").chmod(0)
    with pytest.raises(RawInputError, match="closed: it can't be read: Permission denied"):
        look_into(folder)


def test_a_folder_that_cannot_be_listed_is_an_error_by_name(folder, monkeypatch):
    put(folder, "closed/part-0.parquet")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(RawInputError, match="users: it can't be read: Permission denied; mend or remove it"):
        look_into(folder)


def test_where_there_is_no_folder_there_is_nothing(folder):
    assert found(folder / "not there") == ([], [])
    put(folder, "a file", content=b"x")
    assert found(folder / "a file") == ([], [])


def test_folders_of_columns_give_their_values(folder):
    put(folder, "country=IS/username=a%2Fb c/part-0.parquet", "country=__HIVE_DEFAULT_PARTITION__/part-0.parquet")
    of_files = {file.folder_values for file in look_into(folder).files}
    assert of_files == {(("country", "IS"), ("username", "a/b c")), (("country", None),)}

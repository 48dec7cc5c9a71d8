"""What a look at the raw folders sees, on real folders."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import RawInputError
from workflows.operations.input_state import look_at
from workflows.tasks.raw_input.raw_snapshot import SnapshotTarget


@pytest.fixture
def folder(tmp_path):
    """A raw folder with one file, in the table's folder."""
    folder = tmp_path / "pins" / "date=2026-11-20"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"pin_id": [1]}), folder / "part-0.parquet")
    return folder


def seen(folder):
    return look_at(SnapshotTarget(folder))


def test_files_that_a_run_would_read_are_counted_and_the_marker_is_seen(folder):
    assert (seen(folder).n_files, seen(folder).has_marker, seen(folder).obstacle) == (1, False, "")
    (folder / "_SUCCESS").touch()
    (folder / "_committed_1").touch()
    assert (seen(folder).n_files, seen(folder).has_marker) == (1, True)


def test_a_marker_of_a_folder_inside_says_nothing_of_the_whole(folder):
    (folder / "country=IS").mkdir()
    (folder / "country=IS" / "_SUCCESS").touch()
    assert not seen(folder).has_marker


def test_a_folder_that_is_not_there_or_is_a_file_is_no_error(folder):
    assert seen(folder.with_name("date=2026-11-21")).obstacle.startswith("no folder ")
    path = folder.with_name("date=2026-11-22")
    path.touch()
    assert seen(path).obstacle.startswith("no folder ")


@pytest.mark.parametrize(
    "name", ["_temporary/0/part-1.parquet", "part-1.parquet.tmp", "000000_0._COPYING_", "a/pins.parquet.crdownload"]
)
def test_what_somebody_is_still_writing_is_named(folder, name):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"PAR1")
    (folder / "_SUCCESS").touch()
    assert "is still being written in" in seen(folder).obstacle


@pytest.mark.parametrize("name", ["pins.csv.bak", "pins.parquet~", "notes.txt", ".pins.parquet.Xa3f9z", "_committed_1"])
def test_backups_notes_and_hidden_files_hold_nobody_up(folder, name):
    (folder / name).write_bytes(b"x")
    assert seen(folder).obstacle == ""


def test_hidden_files_that_grow_are_a_change(folder):
    hidden = folder / ".pins.parquet.Xa3f9z"  # as rsync calls what it fetches
    hidden.write_bytes(b"x")
    before = seen(folder)
    hidden.write_bytes(b"xy")
    assert seen(folder) != before
    assert seen(folder) == seen(folder)


def test_a_folder_that_cannot_be_listed_now_is_looked_at_again(folder, monkeypatch):
    scandir = os.scandir

    def stale(path):
        if str(path) == str(folder):
            raise OSError(116, "Stale file handle", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", stale)
    assert seen(folder).obstacle == f"{folder} can't be read: Stale file handle"


def test_a_table_with_a_log_is_refused_at_once(folder):
    (folder / "_delta_log").mkdir()
    with pytest.raises(RawInputError, match="Delta Lake"):
        seen(folder)


def test_links_in_circles_end(folder):
    (folder / "again").symlink_to(folder)
    assert seen(folder).n_files == 1

"""What a machine lacks is one line that names the place and what to do, whichever library says it."""

import errno

import duckdb
import lmdb
import pyarrow as pa
import pytest

from workflows import shortages
from workflows.commands.days.run import _words_for_lost_need
from workflows.shortages import ShortageError, shortage_in_words, shortages_told


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError("[Errno 28] Error writing bytes to file. Detail: [errno 28] No space left on device"),
        duckdb.IOException('IO Error: Could not write file "x": No space left on device'),
        lmdb.MapFullError("mdb_put: MDB_MAP_FULL: Environment mapsize limit reached"),
        lmdb.Error("mdb_env_sync: No space left on device"),
    ],
)
def test_a_full_disk_is_named_by_the_folder_of_the_work(error, tmp_path, monkeypatch):
    monkeypatch.setattr(shortages, "_free_bytes", lambda place: 0 if place == tmp_path else 1)
    said = shortage_in_words(error, [tmp_path])
    assert said == f"no space left on the disk of {tmp_path}; make room there and run again: it goes on from here"


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        pa.ArrowMemoryError("malloc of size 64 failed"),
        RuntimeError("can't start new thread"),
        RuntimeError("std::bad_alloc"),
        ImportError("x.so: failed to map segment from shared object"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate"),
    ],
)
def test_too_little_memory_says_how_to_do_with_less(error):
    said = shortage_in_words(error)
    assert said.startswith("there is too little memory for it")
    assert "--cores 1" in said


def test_a_read_only_disk_and_too_many_files_are_told():
    assert "output/x can't be written to" in shortage_in_words(
        OSError(errno.EROFS, "Read-only file system", "output/x")
    )
    assert "ulimit -n" in shortage_in_words(OSError(errno.EMFILE, "Too many open files"))
    assert "quota for output is used up" in shortage_in_words(OSError(errno.EDQUOT, "Disk quota exceeded"), ["output"])


@pytest.mark.parametrize(
    "error", [ValueError("no column called errno"), OSError(errno.ENOENT, "No such file"), OSError("[Errno 5] broken")]
)
def test_other_errors_stay_what_they_are(error):
    assert shortage_in_words(error) is None
    with pytest.raises(type(error)), shortages_told("output"):
        raise error


def test_what_a_library_made_of_a_shortage_is_told_as_the_shortage(tmp_path):
    with pytest.raises(ShortageError, match="no space left on the disk of"), shortages_told(tmp_path):
        raise ValueError("the table can't be written") from OSError(errno.ENOSPC, "No space left on device")


def test_input_that_is_lost_at_the_last_moment_is_a_line_without_luigis_words():
    said = _words_for_lost_need(
        RuntimeError(
            "Unfulfilled dependency at run time: RawSnapshot_0_0_85_2026_11_21_f3 (<workflows.x.Target at 0x7>)"
        )
    )
    assert said == "what it needs was there when the run began and is gone (RawSnapshot); run again"
    assert _words_for_lost_need(RuntimeError("another")) == ""

"""Who reads a file is known to whoever would remove it, and forgotten when it ends, however that happens."""

import fcntl
import os
import time

import pyarrow as pa
import pytest

from storage_tiers.debugging import DebuggingTier
from storage_tiers.guards import leases
from storage_tiers.guards.leases import is_leased, leased, take_lease, unless_leased
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.versioned.datasets import open_dataset

HOLDER = """
import sys
from pathlib import Path
from storage_tiers.guards.leases import leased
with leased(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"rows")
    return path


def test_a_lease_of_another_process_ends_with_it_also_by_a_kill(path, run_python):
    with run_python(HOLDER, path) as holder:
        assert holder.stdout.readline() == "held\n"
        assert is_leased(path)
        with unless_leased(path) as is_free:
            assert not is_free
        holder.kill()
        holder.wait()
    assert not is_leased(path)
    assert path.read_bytes() == b"rows"


def test_several_hold_leases_beside_each_other(path):
    with leased(path):
        with leased(path):
            assert is_leased(path)
        assert is_leased(path)
    assert not is_leased(path)


def test_a_file_that_is_not_there_nobody_reads(tmp_path):
    assert not is_leased(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        take_lease(tmp_path / "nothing")


def test_a_file_that_is_replaced_at_that_moment_is_leased_as_it_is_now(path, monkeypatch):
    lock, replaced = fcntl.flock, []

    def replace_before(descriptor, how):
        if not replaced:
            replaced.append(path.with_name("new").write_bytes(b"others"))
            path.with_name("new").replace(path)
        lock(descriptor, how)

    monkeypatch.setattr(leases.fcntl, "flock", replace_before)
    lease = take_lease(path)
    assert os.read(lease, 9) == b"others"
    os.close(lease)


def test_where_there_are_no_locks_files_can_be_read_and_removed(path, monkeypatch):
    def no_locks(*_given):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(leases.fcntl, "flock", no_locks)
    with leased(path):
        assert not is_leased(path)


@pytest.fixture
def loaded(tmp_path, publish):
    dataset = publish(tmp_path, pa.table({"board_id": [1, 2], "n_pins": [3, 4]}))
    RandomAccessTier(tmp_path).serve(dataset)
    return dataset


def test_a_forked_child_that_does_not_read_holds_no_lease(tmp_path, loaded):
    tier = RandomAccessTier(tmp_path)
    reader = tier.reader("board_joins")
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        os.close(tell)
        os.read(told, 1)
        os._exit(0)
    try:
        assert tier.is_being_read("board_joins", loaded.version)
        reader.close()
        deadline = time.monotonic() + 10  # the child may not have come to letting go of its copy
        while tier.is_being_read("board_joins", loaded.version) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not tier.is_being_read("board_joins", loaded.version)
    finally:
        os.close(tell)
        os.close(told)
        os.waitpid(child, 0)


def test_a_scan_holds_a_lease_on_what_it_reads(tmp_path, loaded):
    scan = DebuggingTier(tmp_path).scan("board_joins")
    manifest = open_dataset(tmp_path, loaded.name).place.found_manifest
    assert not is_leased(manifest)
    next(scan)
    assert is_leased(manifest)
    scan.close()
    assert not is_leased(manifest)

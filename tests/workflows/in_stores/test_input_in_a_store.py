"""Raw input in a store: which objects are its rows, that each is fetched once, and that what changes is noticed."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import RawInputError
from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.opened_stores import traffic_of
from storage_tiers.stores.store_path import StorePath
from workflows import DailyDiscovery
from workflows.luigi_cfg import SettingsError
from workflows.operations.input_state import look_at_input
from workflows.settings import check_folders
from workflows.tasks.raw_input.fetched_input import copy_of, files_to_read, forget_fetched
from workflows.tasks.raw_input.raw_digests import raw_files, refuse_changed
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot
from workflows.tasks.raw_input.snapshot_folder import look_into

DATE = "2026-11-20"
ROWS = pa.table({"pin_id": [1, 2]})


def parquet(rows: pa.Table = ROWS) -> bytes:
    file = io.BytesIO()
    pq.write_table(rows, file)
    return file.getvalue()


def named(files, folder) -> list[str]:
    return [str(file.path).removeprefix(f"{folder}/") for file in files]


@pytest.fixture
def snapshot(s3_root: str) -> StorePath:
    """A place for the files of one table and date."""
    return in_store(root_of(s3_root)).parent / "input" / "pins" / f"date={DATE}"


@pytest.fixture
def day(stored_input: StorePath, tmp_path: Path):
    return DailyDiscovery(date=DATE, input_root=str(stored_input), output_root=str(tmp_path / "output"))


def test_the_same_files_count_as_in_a_folder_and_in_the_same_order(snapshot, upload, tmp_path):
    folder = tmp_path / "here"
    for name in (
        *("part-1.parquet", "part-0.parquet", "000000_0", "b/part-2.PARQUET", "b-c/part.parquet", "_SUCCESS"),
        *("country=IS/part-0.parquet", "country=a%2Fb/x.parquet", "part 1+2&x.parquet", "ünïcode~!'().parquet"),
        *("_temporary/0/part-9.parquet", ".hidden/part.parquet", "copy.parquet.tmp", "_hidden.parquet", "notes.txt"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"" if name == "_SUCCESS" else b"no" if name == "notes.txt" else parquet())
    (folder / "empty.parquet").touch()
    upload(folder, snapshot)
    here, there = look_into(folder), look_into(snapshot)
    assert named(there.files, snapshot) == named(here.files, folder)
    assert [file.folder_values for file in there.files] == [file.folder_values for file in here.files]
    assert sorted(there.passed_over) == sorted(here.passed_over)


def test_objects_that_stand_for_folders_are_no_files(snapshot):
    (snapshot / "part-0.parquet").write_bytes(parquet())
    (snapshot / "country_$folder$").touch()
    found = look_into(snapshot)
    assert (named(found.files, snapshot), found.passed_over) == (["part-0.parquet"], ())


@pytest.mark.parametrize("log", ["_delta_log/0.json", "sub/_delta_log/0.json", "../metadata/v3.metadata.json"])
def test_a_table_with_a_log_is_refused(snapshot, log):
    (snapshot / "part-0.parquet").write_bytes(parquet())
    place = snapshot.parent / log.removeprefix("../") if log.startswith("..") else snapshot / log
    place.write_bytes(b"{}")
    with pytest.raises(RawInputError, match="may hold rows that were deleted"):
        look_into(snapshot)


def test_each_file_is_fetched_once_and_its_copy_is_digested(day, built_day):
    bucket = in_store(root_of(day.input_root)).bucket
    before = traffic_of("s3", bucket).requests["get"]
    first, again = files_to_read(day, "pins"), files_to_read(day, "pins")
    assert traffic_of("s3", bucket).requests["get"] - before == len(first.files) == len(again.files)
    assert first.files == again.files
    assert all(isinstance(file.path, Path) and str(file).startswith("s3://") for file in first.files)
    local = DailyDiscovery(date=DATE, input_root=built_day.input_root, output_root=day.output_root)
    tables = ("pins", "boards", "users")
    files_to_read(day, "boards"), files_to_read(day, "users")
    fetched = traffic_of("s3", bucket).requests["get"]
    assert raw_files(day, tables) == raw_files(local, tables)
    assert traffic_of("s3", bucket).requests["get"] == fetched
    copies = [Path(file.path) for file in first.files]
    forget_fetched(day)
    assert not any(copy.exists() for copy in copies)
    assert not list((Path(day.output_root) / "_staging").glob("raw-input*"))


def test_an_input_that_is_replaced_while_it_is_read_is_refused(day, stored_input):
    begun_with = raw_files(day, ["users"])
    refuse_changed(day, begun_with)
    (first,) = look_into(stored_input / "users" / f"date={DATE}").files
    users = pq.read_table(io.BytesIO(first.path.read_bytes()))
    first.path.write_bytes(parquet(users.slice(1)))
    with pytest.raises(RawInputError, match=r"the files changed while they were read: 1 file.*part-00000"):
        refuse_changed(day, begun_with)
    first.path.unlink()
    with pytest.raises(RawInputError, match="none now"):
        refuse_changed(day, begun_with)


def test_a_copy_is_of_one_state_of_its_object(day, stored_input):
    files_to_read(day, "users")
    (file,) = look_into(stored_input / "users" / f"date={DATE}").files
    before = file.path.described().e_tag
    assert copy_of(file.path, before) is not None
    file.path.write_bytes(parquet())
    assert copy_of(file.path, file.path.described().e_tag) is None
    assert len(pq.read_table(files_to_read(day, "users").files[0].path)) == len(ROWS)
    forget_fetched(day)


def test_readiness_sees_marker_changes_and_what_is_still_written(day, stored_input):
    folder = stored_input / "pins" / f"date={DATE}"
    first = look_at_input(day)
    assert all(seen.is_there and seen.n_files and not seen.has_marker for seen in first.values())
    assert look_at_input(day) == first
    (folder / "_SUCCESS").touch()
    assert look_at_input(day)["pins"].has_marker
    (folder / "part-9.parquet._COPYING_").write_bytes(b"1")
    assert "still being written" in look_at_input(day)["pins"].obstacle
    (folder / "part-9.parquet._COPYING_").unlink()
    (file,) = look_into(folder).files
    file.path.write_bytes(file.path.read_bytes() + b" ")
    assert look_at_input(day)["pins"].stamps != first["pins"].stamps


def test_a_snapshot_that_is_arriving_is_not_read(day, stored_input):
    mark = stored_input / "_arriving" / f"date={DATE}"
    mark.write_text("its tables are being put in their place")
    with pytest.raises(RawInputError, match="are being put in their place"):
        day.sibling(RawSnapshot, table="pins").output().contents()


@pytest.mark.parametrize(
    ("input_root", "output_root", "problem"),
    [
        ("s3://pins/one", "s3://pins/one/", "input and output are one folder"),
        ("s3://pins/one", "s3://pins/one/boards/x", "lies in the raw input's folder boards"),
        ("s3://pins/one/facts", "s3://pins/one", "lies in the output's folder facts"),
    ],
)
def test_places_in_each_others_way_are_refused(input_root, output_root, problem):
    with pytest.raises(SettingsError, match=problem):
        check_folders(input_root, output_root)


def test_places_of_two_buckets_or_of_a_store_and_a_disk_do():
    check_folders("s3://pins/one", "s3://other/one")
    check_folders("input", "s3://pins/input")


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("ftp://host/x", "nothing here reaches ftp://.*s3://bucket/prefix"),
        ("s3://key:hush@pins/x", r"s3://\*\*\*@pins/x.*give keys and passwords by the environment"),
        ("s3://", "its bucket is ''"),
        ("s3://pins/../x", "an empty name, . or .."),
    ],
)
def test_an_address_of_no_use_is_one_line(place, problem):
    with pytest.raises(SettingsError, match=problem) as error:
        DailyDiscovery(date=DATE, input_root=place)
    assert "hush" not in str(error.value)
    assert "\n" not in str(error.value)

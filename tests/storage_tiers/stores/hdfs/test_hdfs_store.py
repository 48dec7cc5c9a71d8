"""HDFS as a store, on a real NameNode and DataNode: whole files, refused names, datasets, a day."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage_tiers import open_dataset, published_versions
from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.store_errors import StoreError
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.on_stores.clearing import withdraw
from tests.servers.s3_programs import free_port
from workflows import DailyDiscovery
from workflows.commands.days.run import run_day

pytestmark = pytest.mark.slow  # a NameNode takes half a minute to start
pytest.importorskip("hdfs_native")


@pytest.fixture
def place(hdfs_root: str) -> StorePath:
    return in_store(root_of(hdfs_root))


def test_a_file_is_read_as_it_was_written(place: StorePath, tmp_path: Path) -> None:
    content = bytes(range(256)) * 100_000  # three pieces
    (tmp_path / "large").write_bytes(content)
    file = place / "date=2026-11-20" / "part 1+2%3D&x.parquet"
    file.store.put_file(file.key, tmp_path / "large")
    assert file.read_bytes() == content == b"".join(file.store.blocks(file.key))
    assert file.store.get_range(file.key, 5, 9) == content[5:9]
    assert file.store.get_range(file.key, len(content) - 3, len(content) + 9) == content[-3:]
    assert file.store.get_range(file.key, len(content), len(content) + 9) == b""
    assert file.store.get_tail(file.key, 7) == (content[-7:], len(content))
    assert [one.key for one in place.listed()] == [file.key]
    assert (place.names().folders, place.names().objects) == (("date=2026-11-20",), ())
    with pytest.raises(OSError, match="allowed are 5"):
        file.read_bytes(5)


def test_an_empty_file_is_one(place: StorePath) -> None:
    (place / "_SUCCESS").touch()
    assert (place / "_SUCCESS").read_bytes() == b""
    assert (place / "_SUCCESS").store.get_tail(f"{place.key}/_SUCCESS", 8) == (b"", 0)


def test_what_is_not_there_is_said_as_of_a_folder(place: StorePath) -> None:
    assert (place / "none").described() is None
    assert place.listed() == []
    assert (place / "none").names().folders == ()
    with pytest.raises(FileNotFoundError):
        (place / "none").read_bytes()
    (place / "none").unlink(missing_ok=True)


def test_of_several_that_put_a_new_name_one_succeeds(place: StorePath) -> None:
    for number in range(10):
        name = f"{place.key}/one-{number}"
        with ThreadPoolExecutor(8) as threads:
            put = list(threads.map(lambda each, name=name: place.store.put_new(name, str(each).encode()), range(8)))
        assert sum(put) == 1
        assert place.store.get(name) == str(put.index(True)).encode()
    assert len(place.listed()) == 10


def test_a_file_is_replaced_only_if_it_is_still_the_one_that_was_seen(place: StorePath) -> None:
    file = place / "pointer"
    file.write_bytes(b"one")
    seen = file.described()
    assert seen
    assert file.store.put_over(file.key, b"three", seen.e_tag)
    assert not file.store.put_over(file.key, b"four", seen.e_tag)
    assert not file.store.put_over(f"{file.key}-none", b"four", seen.e_tag)
    assert file.read_bytes() == b"three"
    assert len(place.listed()) == 1


def test_a_write_that_fails_leaves_nothing_that_is_seen(place: StorePath, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        place.store.put_file(f"{place.key}/part", tmp_path / "none")
    assert place.listed() == []
    (place / ".unfinished-part.0a").touch()  # of somebody who is at work
    assert place.listed() == []
    assert place.names().objects == ()


def test_the_folder_of_a_version_goes_with_its_last_file(place: StorePath) -> None:
    files = [place / "facts" / "full" / f"date=2026-11-{day}" / "iteration=1" / "part" for day in (20, 21)]
    for file in files:
        file.touch()
    files[0].unlink()
    assert (place / "facts" / "full").names().folders == ("date=2026-11-21",)


def test_a_dataset_is_published_once_and_removed(hdfs_root: str, publish, wide_table) -> None:
    published = publish(root_of(hdfs_root), wide_table(100), iteration=1)
    assert open_dataset(hdfs_root, published.name).to_table().sort_by("board_id").equals(wide_table(100))
    assert publish(root_of(hdfs_root), wide_table(100), iteration=1).manifest.digest == published.manifest.digest
    withdraw(published.place)
    assert published_versions(hdfs_root, published.name) == []


def test_a_day_on_hdfs_is_the_day_of_a_disk(hdfs_root: str, built_day) -> None:
    raw = in_store(root_of(hdfs_root)).parent / "input"
    for path in Path(built_day.input_root).rglob("*.parquet"):
        (raw / path.relative_to(built_day.input_root)).write_bytes(path.read_bytes())
    day = DailyDiscovery(date=built_day.date, input_root=str(raw), output_root=hdfs_root)
    assert run_day(day) == 0
    for name in ("facts", "board_ranks", "pin_joins", "board_joins", "user_joins"):
        here, there = open_dataset(built_day.output_root, name), open_dataset(hdfs_root, name)
        assert there.manifest.digest == here.manifest.digest
        there.verify()
    assert not [one.key for one in in_store(root_of(hdfs_root)).listed() if "unfinished" in one.key]


def test_a_namenode_that_is_down_is_one_line() -> None:
    address = f"hdfs://127.0.0.1:{free_port()}"
    with pytest.raises(StoreError) as error:
        in_store(root_of(f"{address}/output")).listed()
    assert str(error.value).startswith(f"{address}/output: HDFS can't be used: Connection refused")
    assert "\n" not in str(error.value)

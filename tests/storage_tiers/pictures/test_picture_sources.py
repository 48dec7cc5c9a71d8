"""Sources of pictures expanded into addresses, and the stamps of what lies there."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from storage_tiers import DatasetError
from storage_tiers.pictures import addresses as picture_stores
from storage_tiers.pictures.files import PictureStatus
from storage_tiers.pictures.read_ahead import reading_order
from storage_tiers.pictures.read_picture import read_picture
from storage_tiers.pictures.sources import FoundAddresses, PictureSourceError, find_addresses, picture_addresses
from storage_tiers.pictures.stamps import PictureStamp, picture_stamps

FILES = ["b.jpg", "a/2.PNG", "a/10.jpeg", "a/deep/er/x.webp", "a b/100%.gif", "B.tif"]
OTHERS = ["LICENSE.txt", "a/labels.parquet", "jpg", "x.parquet#1.jpg"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*FILES, *OTHERS):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "photos"


def test_a_folder_is_all_pictures_below_it_in_the_order_of_their_paths(folder: Path) -> None:
    found = find_addresses(str(folder))
    assert found.addresses == tuple(f"{folder}/{name}" for name in sorted(FILES))
    assert found.n_passed_over == len(OTHERS)


@pytest.mark.parametrize("source", ["photos", "photos/"])
def test_addresses_below_a_relative_folder_start_at_the_same_root(folder: Path, source: str) -> None:
    addresses = picture_addresses(source, folder.parent)
    assert addresses == [f"photos/{name}" for name in sorted(FILES)]
    assert picture_addresses(source, folder.parent.as_uri()) == addresses
    assert [read_picture(address, folder.parent).content for address in addresses] == _contents()


def test_the_root_itself_is_a_source(folder: Path) -> None:
    assert picture_addresses(".", folder) == sorted(FILES)


def test_addresses_below_a_uri_are_uris_that_can_be_read(folder: Path) -> None:
    found = find_addresses(folder.as_uri())
    addresses = found.addresses
    assert addresses[1] == f"{folder.as_uri()}/a%20b/100%25.gif"
    names = sorted([*FILES, "x.parquet#1.jpg"])  # as a URI it can't be taken for a row
    assert [read_picture(address).content for address in addresses] == [name.encode() for name in names]
    assert found.n_passed_over == len(OTHERS) - 1


def test_a_folder_of_an_object_store_is_listed() -> None:
    store, top = picture_stores.open_store("mock", "", "")
    store.create_dir(top + "bucket/listed/new")
    for name in ("2.jpg", "new/1 1.jpg", "notes.md"):
        with store.open_output_stream(f"{top}bucket/listed/{name}") as file:
            file.write(name.encode())
    found = find_addresses("mock:///bucket/listed/")
    assert found == FoundAddresses(("mock:///bucket/listed/2.jpg", "mock:///bucket/listed/new/1%201.jpg"), 1)
    assert [read_picture(address).content for address in found.addresses] == [b"2.jpg", b"new/1 1.jpg"]
    assert picture_addresses("bucket/listed/new", "mock:///") == ["bucket/listed/new/1 1.jpg"]


def test_a_file_is_its_own_address_whatever_its_suffix(folder: Path) -> None:
    assert picture_addresses("b.jpg", folder) == ["b.jpg"]
    assert picture_addresses("jpg", folder) == ["jpg"]
    assert picture_addresses((folder / "B.tif").as_uri()) == [(folder / "B.tif").as_uri()]


def test_an_empty_folder_holds_no_pictures(tmp_path: Path) -> None:
    assert find_addresses(str(tmp_path)) == FoundAddresses((), 0)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    names = ["z 1.jpg", "a.jpg", None, "a.jpg", "m#%.jpg"]
    table = pa.table({"image": names, "content": [b"z", b"a", b"?", b"a2", b"m"]})
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=2)
    return tmp_path / "p.parquet"


def test_a_pack_is_its_rows_as_they_stand_in_it(pack: Path) -> None:
    found = find_addresses("p.parquet", pack.parent)
    assert found == FoundAddresses(("p.parquet#z 1.jpg", "p.parquet#a.jpg", "p.parquet#m#%.jpg"), 2)
    files = [read_picture(address, pack.parent) for address in found.addresses]
    assert [file.content for file in files] == [b"z", None, b"m"]
    assert files[1].status is PictureStatus.UNREADABLE  # a.jpg stands twice


def test_a_pack_by_its_uri_gives_uris(pack: Path) -> None:
    addresses = picture_addresses(pack.as_uri())
    assert addresses[2] == f"{pack.as_uri()}#m%23%25.jpg"
    assert read_picture(addresses[2]).content == b"m"


def test_a_row_of_a_pack_is_its_own_address(pack: Path) -> None:
    assert picture_addresses("p.parquet#z 1.jpg", pack.parent) == ["p.parquet#z 1.jpg"]
    with pytest.raises(PictureSourceError, match=r"none of its 5 rows is named 'b\.jpg'"):
        picture_addresses("p.parquet#b.jpg", pack.parent)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "pictures nowhere: no such file or folder under .*; a source is a picture, a folder or a Parquet"),
        ("nowhere.parquet", "pictures nowhere.parquet: no such file or folder"),
        ("a/labels.parquet", "pictures a/labels.parquet: Parquet "),
        ("gopher://example.org/x", "pictures gopher://example.org/x: .*gopher"),
        ("/\0", r"pictures /\\x00: .*NUL"),
    ],
)
def test_a_source_that_is_none_is_an_error_that_names_it(folder: Path, source: str, message: str) -> None:
    with pytest.raises(PictureSourceError, match=message):
        picture_addresses(source, folder)
    assert issubclass(PictureSourceError, DatasetError)


def test_a_relative_source_needs_a_root() -> None:
    with pytest.raises(PictureSourceError, match="photos is a relative path, and no root is given"):
        picture_addresses("photos")


def test_stamps_are_size_and_time_and_rows_have_those_of_their_pack(folder: Path, pack: Path) -> None:
    os.utime(folder / "b.jpg", ns=(0, 1_700_000_000_123_456_789))
    os.utime(pack, ns=(0, 5_000))
    addresses = ["b.jpg", (folder / "b.jpg").as_uri(), f"{pack}#a.jpg", f"{pack}#no such row", "nowhere.jpg", "a"]
    file = PictureStamp(5, 1_700_000_000_123_456)
    row = PictureStamp(pack.stat().st_size, 5)
    assert picture_stamps(addresses, folder) == [file, file, row, row, None, None]


def test_an_address_that_cannot_be_asked_for_leaves_the_stamps_of_the_others(folder: Path) -> None:
    bad = ["x" * 5_000, "/\0", "gopher://example.org", ""]
    stamps = picture_stamps([*bad, "b.jpg", "B.tif"], folder)
    assert stamps[:4] == [None] * 4
    assert [stamp.n_bytes for stamp in stamps[4:] if stamp] == [5, 5]


def test_a_changed_file_has_another_stamp(folder: Path) -> None:
    before = picture_stamps(["b.jpg", "B.tif"], folder)
    (folder / "b.jpg").write_bytes(b"longer than before")
    after = picture_stamps(["b.jpg", "B.tif"], folder)
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)


def test_a_store_is_asked_for_many_files_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    class Counting(fs.FSSpecHandler):
        def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
            calls.append(len(paths))
            return [fs.FileInfo(path, fs.FileType.File, size=7, mtime_ns=9_000) for path in paths]

    store = fs.PyFileSystem(Counting(None))
    monkeypatch.setattr(picture_stores, "open_store", lambda *_: (store, ""))
    addresses = [f"far://store/{number}.jpg" for number in range(2_500)]
    assert picture_stamps(addresses) == [PictureStamp(7, 9)] * 2_500
    assert calls == [1_000, 1_000, 500]


def _contents() -> list[bytes]:
    return [name.encode() for name in sorted(FILES)]


def test_rows_of_a_pack_are_read_in_its_order_and_files_by_address(tmp_path: Path) -> None:
    pq.write_table(pa.table({"image": ["c", "a", "b"], "content": [b"3", b"1", b"2"]}), tmp_path / "one.parquet")
    (tmp_path / "no.parquet").write_bytes(b"no pack")
    addresses = ["z.jpg", "one.parquet#a", "no.parquet#y", "one.parquet#c", "no.parquet#x", "a.jpg", "one.parquet#b"]
    ordered = [addresses[place] for place in reading_order(addresses, tmp_path)]
    assert ordered == [
        "a.jpg", "no.parquet#x", "no.parquet#y", "one.parquet#c", "one.parquet#a", "one.parquet#b", "z.jpg",
    ]  # fmt: skip

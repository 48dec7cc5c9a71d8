"""Reading picture files: paths, file URIs, object stores, rows of packs, and everything that is no readable file."""

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage_tiers.pictures import addresses
from storage_tiers.pictures.files import PictureFile, PictureStatus
from storage_tiers.pictures.read_picture import read_picture

CONTENT = b"\xff\xd8\xff not looked at here"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "album one" / "100%.jpg"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def test_an_absolute_path_is_read(picture: Path) -> None:
    assert read_picture(str(picture)) == PictureFile(CONTENT, PictureStatus.READ)


def test_a_relative_path_starts_at_the_root(picture: Path) -> None:
    assert read_picture("album one/100%.jpg", picture.parent.parent).content == CONTENT
    assert read_picture("album one/100%.jpg", str(picture.parent.parent)).content == CONTENT


def test_a_root_may_be_a_uri(picture: Path) -> None:
    root = picture.parent.parent.as_uri()
    assert read_picture("album one/100%.jpg", root).content == CONTENT
    assert read_picture("album one/100%.jpg", root + "/").content == CONTENT


def test_an_absolute_path_passes_over_the_root(picture: Path) -> None:
    assert read_picture(str(picture), "/elsewhere").content == CONTENT


def test_a_file_uri_is_read_with_its_percent_signs_decoded(picture: Path) -> None:
    assert "album%20one/100%25.jpg" in picture.as_uri()
    assert read_picture(picture.as_uri()).content == CONTENT


def test_an_object_store_is_read_by_its_uri() -> None:
    store, top = addresses.open_store("mock", "", "")  # pyarrow's store in memory; ours keeps it for later calls
    store.create_dir(top + "bucket")
    with store.open_output_stream(top + "bucket/a b.jpg") as file:
        file.write(CONTENT)
    assert read_picture("mock:///bucket/a%20b.jpg").content == CONTENT
    assert read_picture("a b.jpg", "mock:///bucket").content == CONTENT
    assert read_picture("mock:///bucket/other.jpg").status is PictureStatus.MISSING


@pytest.mark.parametrize(
    ("uri", "top", "path"),
    [
        ("s3://pins/2026/a%20b.jpg?region=eu-west-1", "pins/", "pins/2026/a b.jpg"),
        ("gs://pins/a.jpg", "pins/", "pins/a.jpg"),
        ("file:///pins/a.jpg", "/", "/pins/a.jpg"),
    ],
)
def test_the_bucket_of_a_uri_begins_the_path_in_its_store(uri: str, top: str, path: str) -> None:
    assert path.startswith(top)
    assert addresses.locate(uri, None).path == path


def test_the_query_of_a_root_stays_behind_the_path() -> None:
    assert addresses.locate("x/1 2.jpg", "s3://pins/2026?region=eu-west-1").path == "pins/2026/x/1 2.jpg"


def test_pictures_of_one_bucket_share_one_connection() -> None:
    first = addresses.locate("s3://pins/1.jpg?region=eu-west-1", None)
    second = addresses.locate("s3://pins/2.jpg?region=eu-west-1", None)
    assert first.store is second.store


def test_a_device_is_a_status() -> None:
    assert read_picture(os.devnull).status is PictureStatus.NOT_A_FILE


def test_an_empty_file_has_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert read_picture("empty.jpg", tmp_path) == PictureFile(b"", PictureStatus.READ)


def test_a_missing_file_is_a_status(tmp_path: Path) -> None:
    missing = read_picture("nowhere/1.jpg", tmp_path)
    assert (missing.content, missing.status) == (None, PictureStatus.MISSING)
    assert missing.reason == "nowhere/1.jpg: no such file"


def test_a_folder_is_a_status(tmp_path: Path) -> None:
    assert read_picture(str(tmp_path)).status is PictureStatus.NOT_A_FILE


def test_a_pipe_is_a_status_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert read_picture("pipe.jpg", tmp_path).status is PictureStatus.NOT_A_FILE


def test_a_file_that_is_compressed_arrives_as_it_lies(tmp_path: Path) -> None:
    (tmp_path / "1.jpg.gz").write_bytes(CONTENT)
    assert read_picture("1.jpg.gz", tmp_path).content == CONTENT


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(bytes(1_001))
    assert read_picture("1.jpg", tmp_path, max_bytes=1_001).status is PictureStatus.READ
    large = read_picture("1.jpg", tmp_path, max_bytes=1_000)
    assert large.status is PictureStatus.TOO_LARGE
    assert large.reason == "1.jpg: 1,001 bytes; allowed are 1,000"


def test_a_file_that_may_not_be_read_is_a_status(tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    path.write_bytes(CONTENT)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    assert read_picture(str(path)).status is PictureStatus.UNREADABLE


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "1.jpg",
        "https://example.org/1.jpg",
        "gopher://example.org",
        "s3:///no-bucket.jpg",
        "s3://[bad",
        "s3://pins/1.jpg?no_such_option=1",
        "/pins/\0.jpg",
        "file:///%00",
        "file:///pins/1.jpg#row",
        "packs/1.parquet#row",
        "s3://[bad/1.parquet#row",
    ],
)
def test_an_address_nobody_knows_is_a_status_with_a_reason(uri: str) -> None:
    unknown = read_picture(uri)
    assert (unknown.content, unknown.status) == (None, PictureStatus.UNKNOWN_ADDRESS)
    assert unknown.reason


def test_a_name_that_is_too_long_is_a_status(tmp_path: Path) -> None:
    assert read_picture("x" * 5_000, tmp_path).status is PictureStatus.UNREADABLE


@settings(max_examples=50, deadline=None)
@given(st.text().filter(lambda text: "://" not in text) | st.text().map("1.parquet#{}".format))
def test_no_text_at_all_raises(text: str) -> None:
    assert read_picture(text, "/no/such/folder").content is None


def test_the_digest_is_blake2b_of_the_bytes(picture: Path) -> None:
    assert read_picture(str(picture)).digest == hashlib.blake2b(CONTENT, digest_size=16).hexdigest()
    assert read_picture(str(picture.parent)).digest is None


HUGGING_FACE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
ROWS = [{"bytes": b"one", "path": "1.jpg"}, {"bytes": b"two", "path": "2.jpg"}]
LAYOUTS = {
    "image and content": pa.table({"note": ["", ""], "image": ["1.jpg", "2.jpg"], "content": [b"one", b"two"]}),
    "content among others": pa.table({"image": ["1.jpg", "2.jpg"], "thumb": [b"", b""], "content": [b"one", b"two"]}),
    "only text, only binary": pa.table({"n": [7, 8], "path": ["1.jpg", "2.jpg"], "jpeg": [b"one", b"two"]}),
    "large types": pa.table(
        {"name": pa.array(["1.jpg", "2.jpg"], pa.large_string()), "b": pa.array([b"one", b"two"], pa.large_binary())}
    ),
    "dictionary": pa.table({"name": pa.array(["1.jpg", "2.jpg"]).dictionary_encode(), "b": [b"one", b"two"]}),
    "hugging face": pa.table({"image": pa.array(ROWS, HUGGING_FACE), "caption": ["a", "b"], "text": ["c", "d"]}),
    "one struct": pa.table({"photo": pa.array(ROWS, HUGGING_FACE), "label": [0, 1]}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_row_of_a_pack_is_read_by_its_name(tmp_path: Path, layout: str) -> None:
    pq.write_table(LAYOUTS[layout], tmp_path / "p.parquet")
    assert read_picture("p.parquet#2.jpg", tmp_path) == PictureFile(b"two", PictureStatus.READ)
    assert read_picture(f"{tmp_path}/p.parquet#1.jpg").content == b"one"
    assert read_picture((tmp_path / "p.parquet").as_uri() + "#1.jpg").digest == _digest(b"one")


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


@pytest.mark.parametrize(
    ("columns", "missing"),
    [
        ({"image": ["1.jpg"], "width": [3]}, "it needs the bytes: a binary column content, or a struct"),
        ({"image": ["1.jpg"], "a": [b""], "b": [b""]}, "it needs the bytes: a binary column content, or only one"),
        (
            {"a": ["1.jpg"], "b": ["1.jpg"], "content": [b""]},
            "the names: a text column image, or only one text column; 2",
        ),
        ({"content": [b""]}, "no column is it among (content: binary)"),
    ],
)
def test_columns_that_are_no_pack_are_a_status_that_lists_them(tmp_path: Path, columns: dict, missing: str) -> None:
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    refused = read_picture("p.parquet#1.jpg", tmp_path)
    assert (refused.content, refused.status) == (None, PictureStatus.UNREADABLE)
    assert refused.reason.startswith("p.parquet: is no pack of pictures: ")
    assert missing in refused.reason


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    names = ["1.jpg", "twice.jpg", None, "empty.jpg", "twice.jpg", "none.jpg", "a b#100%.jpg", "last.jpg"]
    contents = [b"one", b"x", b"y", b"", b"z", None, b"odd", b"last"]
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"image": names, "content": contents}), path, row_group_size=3)
    return path


def test_a_row_that_is_not_there_is_missing(pack: Path) -> None:
    missing = read_picture("p.parquet#3.jpg", pack.parent)
    assert missing == PictureFile(None, PictureStatus.MISSING, "p.parquet: none of its 8 rows is named '3.jpg'")
    assert read_picture("p.parquet#", pack.parent).status is PictureStatus.MISSING
    assert read_picture("q.parquet#1.jpg", pack.parent).reason == "q.parquet: no such file"


def test_a_name_that_stands_twice_is_not_guessed_at(pack: Path) -> None:
    twice = read_picture("p.parquet#twice.jpg", pack.parent)
    assert (twice.content, twice.status) == (None, PictureStatus.UNREADABLE)
    assert twice.reason == "p.parquet: 2 rows are named 'twice.jpg' (first: row 1); names must differ"


def test_a_row_may_hold_no_bytes_or_none_at_all(pack: Path) -> None:
    assert read_picture("p.parquet#empty.jpg", pack.parent).content == b""
    none = read_picture("p.parquet#none.jpg", pack.parent)
    assert none == PictureFile(None, PictureStatus.MISSING, "p.parquet: row 5 has a name and no bytes")


def test_the_name_of_a_row_is_verbatim_behind_a_path_and_percent_encoded_in_a_uri(pack: Path) -> None:
    assert read_picture("p.parquet#a b#100%.jpg", pack.parent).content == b"odd"
    assert read_picture("p.parquet#a b#100%.jpg", pack.parent.as_uri()).content == b"odd"
    assert read_picture(pack.as_uri() + "#a%20b%23100%25.jpg").content == b"odd"


def test_a_row_above_the_limit_is_too_large(pack: Path) -> None:
    assert read_picture("p.parquet#last.jpg", pack.parent, max_bytes=4).status is PictureStatus.READ
    large = read_picture("p.parquet#last.jpg", pack.parent, max_bytes=3)
    assert (large.status, large.reason) == (
        PictureStatus.TOO_LARGE,
        "p.parquet: row 7 has 4 bytes; allowed are 3",
    )


def test_only_the_row_group_of_a_row_is_read(pack: Path) -> None:
    content = pq.read_metadata(pack).row_group(0).column(1)
    start = content.dictionary_page_offset or content.data_page_offset
    damaged = bytearray(pack.read_bytes())
    damaged[start : start + content.total_compressed_size] = bytes(content.total_compressed_size)
    pack.write_bytes(damaged)
    assert read_picture("p.parquet#last.jpg", pack.parent).content == b"last"
    broken = read_picture("p.parquet#1.jpg", pack.parent)
    assert broken.status is PictureStatus.UNREADABLE
    assert broken.reason.startswith("p.parquet: row group 0 breaks off: ")


def test_a_row_group_of_any_size_is_read_in_batches(tmp_path: Path) -> None:
    names = [f"{row}.jpg" for row in range(1_000)]
    table = pa.table({"image": names, "content": [name.encode() for name in names]})
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=700)
    for row in (0, 127, 128, 699, 700, 999):
        assert read_picture(f"p.parquet#{row}.jpg", tmp_path).content == f"{row}.jpg".encode()


def test_a_row_of_a_file_that_is_no_parquet_is_a_status(tmp_path: Path) -> None:
    (tmp_path / "p.parquet").write_bytes(b"PAR1 not quite PAR1")
    assert read_picture("p.parquet#1.jpg", tmp_path).status is PictureStatus.UNREADABLE
    (tmp_path / "folder.parquet").mkdir()
    assert read_picture("folder.parquet#1.jpg", tmp_path).status is PictureStatus.NOT_A_FILE


def test_a_path_may_hold_a_hash_that_names_no_row(tmp_path: Path) -> None:
    (tmp_path / "album #2").mkdir()
    (tmp_path / "album #2" / "#1.jpg").write_bytes(CONTENT)
    assert read_picture("album #2/#1.jpg", tmp_path).content == CONTENT
    assert read_picture((tmp_path / "album #2" / "#1.jpg").as_uri()).content == CONTENT


def test_a_pack_in_an_object_store_is_read_by_its_uri(pack: Path) -> None:
    store, top = addresses.open_store("mock", "", "")
    store.create_dir(top + "packs")
    with store.open_output_stream(top + "packs/p.parquet") as file:
        file.write(pack.read_bytes())
    assert read_picture("mock:///packs/p.parquet#last.jpg").content == b"last"
    assert read_picture("packs/p.parquet#last.jpg", "mock:///").content == b"last"

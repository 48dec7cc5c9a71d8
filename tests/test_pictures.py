"""Reading picture files: paths, file URIs, object stores, and everything that is no readable file."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage_tiers import pictures
from storage_tiers.pictures import PictureFile, PictureStatus, read_picture

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
    store, top = pictures._store("mock", "", "")  # pyarrow's store in memory; ours keeps it for later calls
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
    assert pictures._locate(uri, None)[1] == path


def test_the_query_of_a_root_stays_behind_the_path() -> None:
    assert pictures._locate("x/1 2.jpg", "s3://pins/2026?region=eu-west-1")[1] == "pins/2026/x/1 2.jpg"


def test_pictures_of_one_bucket_share_one_connection() -> None:
    first, _ = pictures._locate("s3://pins/1.jpg?region=eu-west-1", None)
    second, _ = pictures._locate("s3://pins/2.jpg?region=eu-west-1", None)
    assert first is second


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
    ],
)
def test_an_address_nobody_knows_is_a_status_with_a_reason(uri: str) -> None:
    unknown = read_picture(uri)
    assert (unknown.content, unknown.status) == (None, PictureStatus.UNKNOWN_ADDRESS)
    assert unknown.reason


def test_a_name_that_is_too_long_is_a_status(tmp_path: Path) -> None:
    assert read_picture("x" * 5_000, tmp_path).status is PictureStatus.UNREADABLE


@settings(max_examples=50, deadline=None)
@given(st.text().filter(lambda text: "://" not in text))
def test_no_text_at_all_raises(text: str) -> None:
    assert read_picture(text, "/no/such/folder").content is None

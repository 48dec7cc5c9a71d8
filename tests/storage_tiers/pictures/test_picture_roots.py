"""Pictures of strangers are read from named folders and stores alone, whatever their address says."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage_tiers.pictures import addresses
from storage_tiers.pictures.files import PictureFile, PictureStatus
from storage_tiers.pictures.read_ahead import read_pictures, reading_order
from storage_tiers.pictures.read_picture import FoundPicture, find_picture, read_picture
from storage_tiers.pictures.roots import PictureRoots, open_below, picture_roots, read_roots
from storage_tiers.pictures.stamps import picture_stamps

INSIDE, SECRET = b"inside", b"root:x:0:0"
OUTSIDE = PictureStatus.OUTSIDE_ROOTS


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Lay an input folder beside a secret and a disk of pictures."""
    for folder in ("input/album/deep", "input-old", "disk", "secret"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("input/1.jpg", "input/album/deep/2.jpg", "disk/3.jpg", "input/ä %2e.jpg"):
        (tmp_path / name).write_bytes(INSIDE)
    for name in ("secret/passwd", "input-old/passwd"):
        (tmp_path / name).write_bytes(SECRET)
    pack = pa.table({"image": ["a"], "content": pa.array([SECRET], pa.binary())})
    pq.write_table(pack, tmp_path / "secret/pack.parquet")
    pq.write_table(pack, tmp_path / "input/pack.parquet")
    (tmp_path / "input/link.jpg").symlink_to(tmp_path / "secret/passwd")
    (tmp_path / "input/inner.jpg").symlink_to("1.jpg")
    (tmp_path / "input/folder").symlink_to(tmp_path / "secret")
    (tmp_path / "input/big").symlink_to(tmp_path / "disk")
    (tmp_path / "input/loop.jpg").symlink_to("loop.jpg")
    os.mkfifo(tmp_path / "input/pipe.jpg")
    return tmp_path


def roots_of(there: Path, *named: str) -> PictureRoots:
    return picture_roots(there / "input", named)


@pytest.mark.parametrize(
    "address",
    [
        *("/etc/passwd", "//etc/passwd", "/./etc/../etc/passwd", "../secret/passwd", "album/../../secret/passwd"),
        *("../input-old/passwd", "link.jpg", "folder/passwd", "album/../folder/passwd", "big/3.jpg"),
        "{t}/secret/passwd",
        *("file:///etc/passwd", "FILE:///etc/passwd", "file://///etc//passwd", "file:///{t}/input/../secret/passwd"),
        *("file://{t}/input/%2e%2e/secret/passwd", "file://{t}/input/%2E%2E%2Fsecret/passwd", "file:///etc/passwd?x=1"),
        *("/proc/self/environ", "/proc/self/fd/0", "/dev/stdin", "/dev/zero", "/dev/fd/0", "/sys/kernel/notes"),
        *("/proc/self/root/etc/passwd", "/proc/self/cwd/x", "file:///dev/stdin", "{t}/input/../input/folder/passwd"),
        *("../secret/pack.parquet#a", "folder/pack.parquet#a", "{t}/secret/pack.parquet#a", "file://{t}/secret/pack.parquet#a"),
        *("s3://bucket/1.jpg", "s3://key:hush@bucket/1.jpg", "gs://bucket/1.jpg", "hdfs://host/1.jpg", "hdfs:///1.jpg"),
        *("s3://bucket/p.parquet#a", "s3://b/1.jpg?endpoint_override=http://169.254.169.254", "abfs://c@host/1.jpg"),
        *("/", "..", "../", ".", ""),
    ],
)  # fmt: skip
def test_what_lies_outside_is_a_status_and_no_read(there: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr(addresses, "open_store", lambda *parts: opened.append(parts))
    address, roots = address.format(t=there), roots_of(there)
    found = read_picture(address, roots)
    assert (found.status, found.content) == (OUTSIDE, None)
    assert [file.status for file in read_pictures([address, "1.jpg"], roots)] == [OUTSIDE, PictureStatus.READ]
    assert picture_stamps([address], roots) == [None]
    assert reading_order([address], roots) == [0]
    assert opened == []
    assert "hush" not in (found.reason or "")


@pytest.mark.parametrize(
    "address",
    [
        *("1.jpg", "./1.jpg", "album/../1.jpg", "album/deep/2.jpg", "inner.jpg", "{t}/input/1.jpg"),
        "{t}//input/./1.jpg",
        *("../input/1.jpg", "file://{t}/input/1.jpg", "file://{t}/input/album/%2e%2e/1.jpg", "ä %2e.jpg"),
        *("file://{t}/input/%C3%A4%20%252e.jpg", "FILE://{t}/input/1.jpg"),
    ],
)  # fmt: skip
def test_what_lies_inside_is_read(there: Path, address: str) -> None:
    assert read_picture(address.format(t=there), roots_of(there)).content == INSIDE


def test_a_pack_inside_is_read_and_its_stamp_taken(there: Path) -> None:
    assert read_picture("pack.parquet#a", roots_of(there)).content == SECRET
    assert [file.content for file in read_pictures(["pack.parquet#a", "1.jpg"], roots_of(there))] == [SECRET, INSIDE]
    assert None not in picture_stamps(["pack.parquet#a", "1.jpg"], roots_of(there))


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("pipe.jpg", PictureStatus.NOT_A_FILE),
        ("album", PictureStatus.NOT_A_FILE),
        ("no-such.jpg", PictureStatus.MISSING),
        ("album/no/such.jpg", PictureStatus.MISSING),
        ("1.jpg/x", PictureStatus.MISSING),
        ("loop.jpg", PictureStatus.UNREADABLE),
        ("a\0b.jpg", PictureStatus.UNKNOWN_ADDRESS),
        ("x" * 5_000, PictureStatus.UNREADABLE),
        ("https://pins.example/1.jpg", PictureStatus.UNKNOWN_ADDRESS),
        ("fsspec+http://127.0.0.1/1.jpg", PictureStatus.UNKNOWN_ADDRESS),
        ("hf://datasets/x/1.jpg", PictureStatus.UNKNOWN_ADDRESS),
        ("mock:///1.jpg", PictureStatus.UNKNOWN_ADDRESS),
        ("file://host/etc/passwd", PictureStatus.UNKNOWN_ADDRESS),
        ("http://[/1.jpg", PictureStatus.UNKNOWN_ADDRESS),
    ],
)
def test_what_is_no_picture_has_the_status_it_has_without_roots(
    there: Path, address: str, status: PictureStatus
) -> None:
    found = read_picture(address, roots_of(there))
    assert found.content is None
    assert found.status in {status, PictureStatus.MISSING} if address == "loop.jpg" else found.status == status


def test_a_folder_that_is_named_may_be_read_and_a_link_to_it_too(there: Path) -> None:
    assert read_picture("big/3.jpg", roots_of(there, str(there / "disk"))).content == INSIDE
    assert read_picture(f"{there}/disk/3.jpg", roots_of(there, f"file://{there}/disk")).content == INSIDE
    assert "picture_roots" in (read_picture("big/3.jpg", roots_of(there)).reason or "")
    assert f"leads to {there}/disk/3.jpg" in (read_picture("big/3.jpg", roots_of(there)).reason or "")


def test_a_root_may_itself_be_a_link(there: Path) -> None:
    (there / "today").symlink_to(there / "input")
    assert read_picture("1.jpg", picture_roots(there / "today")).content == INSIDE


def test_what_the_kernel_shows_as_files_lies_below_no_root_but_its_own(there: Path) -> None:
    everything = roots_of(there, "/")
    assert read_picture(f"{there}/secret/passwd", everything).content == SECRET
    assert read_picture("/proc/self/environ", everything).status == OUTSIDE
    assert read_picture("/dev/zero", everything).status == OUTSIDE
    assert read_picture("/dev/disk/no-such.jpg", roots_of(there, "/dev/disk")).status == PictureStatus.MISSING


@pytest.mark.parametrize(
    ("root", "address", "opened"),
    [
        ("s3://pins/2026", "s3://pins/2026/1.jpg", ("s3", "pins", "")),
        ("s3://pins/2026/", "s3://pins/2026//a/1.jpg", ("s3", "pins", "")),
        ("s3://pins", "s3://pins/1.jpg?region=eu-west-1", ("s3", "pins", "region=eu-west-1")),
        ("s3://pins?region=eu", "s3://pins/1.jpg", ("s3", "pins", "region=eu")),
        ("s3://pins/%61", "s3://pins/a/1.jpg", ("s3", "pins", "")),
        ("abfs://c@host/x", "abfs://c@host/x/1.jpg", ("abfs", "c@host", "")),
        ("s3://pins/2026", "s3://pins/2026-secret/1.jpg", None),
        ("s3://pins/2026", "s3://pins/2026/../1.jpg", None),
        ("s3://pins/2026", "s3://pins/2026/%2e%2e/1.jpg", None),
        ("s3://pins/2026", "s3://pins/1.jpg", None),
        ("s3://pins", "gs://pins/1.jpg", None),
        ("s3://pins", "s3://key:hush@pins/1.jpg", None),
        ("s3://pins", "s3://pins/1.jpg?endpoint_override=127.0.0.1:1", None),
        ("s3://pins", "s3://pins/1.jpg?region=x.evil.example%2f", None),
        ("s3://pins", "s3://pins/1.jpg?region=eu&scheme=http", None),
        ("s3://pins?region=eu", "s3://pins/1.jpg?region=us", None),
    ],
)
def test_a_store_is_opened_for_what_lies_under_a_named_prefix_alone(
    there: Path, root: str, address: str, opened: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []

    def refuse(*parts: str) -> None:
        calls.append(parts)
        raise OSError("no network in tests")

    monkeypatch.setattr(addresses, "open_store", refuse)
    status = read_picture(address, roots_of(there, root)).status
    assert calls == ([opened] if opened else [])
    assert status == (PictureStatus.UNREADABLE if opened else OUTSIDE)


def swapped_by_link(there: Path) -> None:
    (there / "input/album/deep/2.jpg").unlink()
    (there / "input/album/deep/2.jpg").symlink_to(there / "secret/passwd")


def swapped_folder(there: Path) -> None:
    (there / "input/album").rename(there / "moved")
    (there / "secret/deep").mkdir()
    (there / "secret/deep/2.jpg").write_bytes(SECRET)
    (there / "input/album").symlink_to(there / "secret")


def swapped_by_pipe(there: Path) -> None:
    (there / "input/album/deep/2.jpg").unlink()
    os.mkfifo(there / "input/album/deep/2.jpg")


@pytest.mark.parametrize("swap", [swapped_by_link, swapped_folder, swapped_by_pipe])
def test_what_is_swapped_after_it_was_found_is_not_followed(there: Path, swap: Callable[[Path], None]) -> None:
    found = find_picture("album/deep/2.jpg", roots_of(there), 100)
    assert isinstance(found, FoundPicture)
    swap(there)
    read = found.read()
    assert (read.content, read.status) == (None, PictureStatus.UNREADABLE)


def test_a_file_that_grows_while_it_is_read_is_no_picture_of_that_size(there: Path) -> None:
    found = find_picture("1.jpg", roots_of(there), 100)
    (there / "input/1.jpg").write_bytes(INSIDE * 2)
    assert isinstance(found, FoundPicture)
    assert found.read().status == PictureStatus.UNREADABLE


def test_a_sparse_file_of_any_size_is_too_large_and_not_read(there: Path) -> None:
    with (there / "input/huge.jpg").open("wb") as file:
        file.truncate(2**42)
    assert read_picture("huge.jpg", roots_of(there)).status == PictureStatus.TOO_LARGE


def test_no_descriptor_stays_open(there: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a listing opens one itself
    for address in ("1.jpg", "link.jpg", "pipe.jpg", "pack.parquet#a", "no-such.jpg") * 3:
        read_picture(address, roots_of(there))
    with pytest.raises(OSError, match=r"."):
        open_below(str(there / "input"), str(there / "input/pipe.jpg"))
    with pytest.raises(OSError, match=r"."):
        open_below(str(there / "input"), str(there / "input/folder/passwd"))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


STEPS = ("..", ".", "", "album", "deep", "folder", "big", "%2e%2e", "secret", "passwd", "1.jpg", "link.jpg", "2.jpg")
STARTS = ("", "{t}/", "{t}/input/", "file://{t}/", "file://{t}/input/", "../", "//")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(STEPS), max_size=7), st.sampled_from(STARTS))
def test_no_way_leads_to_a_secret(there: Path, steps: list[str], start: str) -> None:
    found = read_picture(start.format(t=there) + "/".join(steps), roots_of(there))
    assert found.content in {None, INSIDE}


@pytest.mark.parametrize(
    "text",
    [
        *("s3://key:hush@pins", "s3://pins?secret_key=hush", "https://pins.example", "~/pictures", "s3:///pins", "file://host/x"),
        *("s3://pins?access_key=a&x=1", "abfs://account:hush@/pins", "file:///x?y=1", "pins fsspec+http://x/", "s3://pins#x"),
    ],
)  # fmt: skip
def test_a_root_that_is_none_or_holds_a_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_roots(text)


def test_roots_are_words_each_once_and_travel_to_workers() -> None:
    assert read_roots(" /disk\n s3://pins/2026\t/disk ") == ("/disk", "s3://pins/2026")
    assert read_roots("") == ()
    roots = picture_roots("input", ("disk", "s3://pins"))
    assert roots.start == f"{Path.cwd()}/input"  # workers run in other folders
    assert pickle.loads(pickle.dumps(roots)) == roots  # noqa: S301 - our own


def test_without_roots_a_person_reads_what_they_name(there: Path) -> None:
    assert read_picture(f"{there}/secret/passwd").content == SECRET
    assert isinstance(read_picture("link.jpg", there / "input"), PictureFile)

"""Reading ahead: order, what is held, what happens when the consumer stops, and packs read once."""

import hashlib
import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import fs

from storage_tiers.pictures import addresses as picture_stores
from storage_tiers.pictures import packs, read_ahead
from storage_tiers.pictures.files import PictureFile, PictureStatus
from storage_tiers.pictures.read_ahead import FILE_BYTES, read_pictures
from storage_tiers.pictures.read_picture import read_picture

PATIENCE_S = 20
FILE_SIZE_BYTES = 10_000


class WatchedStore(fs.FSSpecHandler):
    """A store in memory that says which files were opened, and may be told to do something when one is."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        super().__init__(None)
        self.contents = contents
        self.opened: list[str] = []
        self.when_opened: Callable[[str], None] = lambda _: None

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        return [self._found(path) for path in paths]

    def open_input_file(self, path: str) -> pa.PythonFile:
        self.opened.append(path)
        self.when_opened(path)
        return pa.PythonFile(io.BytesIO(self.contents[path]), mode="r")

    def _found(self, path: str) -> fs.FileInfo:
        if path not in self.contents:
            return fs.FileInfo(path, fs.FileType.NotFound)
        return fs.FileInfo(path, fs.FileType.File, size=len(self.contents[path]))


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> WatchedStore:
    handler = WatchedStore({f"{number}.jpg": bytes([number]) * FILE_SIZE_BYTES for number in range(40)})
    store = fs.PyFileSystem(handler)
    monkeypatch.setattr(picture_stores, "open_store", lambda *_: (store, ""))
    return handler


ALL = [f"watched://store/{number}.jpg" for number in range(40)]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert _readers() == []


def test_files_come_in_the_order_of_their_addresses_with_their_digests(watched: WatchedStore) -> None:
    watched.when_opened = lambda path: time.sleep(0.001 * (-int(path.removesuffix(".jpg")) % 5))
    files = list(read_pictures(ALL))
    assert [file.content for file in files] == list(watched.contents.values())
    assert [file.digest for file in files] == [
        hashlib.blake2b(content, digest_size=16).hexdigest() for content in watched.contents.values()
    ]


def test_reading_overlaps_with_reading_and_with_consuming(watched: WatchedStore) -> None:
    seven_others = threading.Event()

    def first_waits_for_seven_others(path: str) -> None:
        if len(watched.opened) >= 8:
            seven_others.set()
        if path == "0.jpg":
            assert seven_others.wait(PATIENCE_S)

    watched.when_opened = first_waits_for_seven_others
    with closing(read_pictures(ALL)) as files:
        assert next(files).content == watched.contents["0.jpg"]
        assert len(watched.opened) >= 8
        _wait_until(lambda: len(watched.opened) == 40)  # the consumer has asked for one


def test_no_more_is_held_than_allowed_and_one_file(watched: WatchedStore) -> None:
    room = 5 * (FILE_SIZE_BYTES + FILE_BYTES)
    n_asked_for = 0
    held: list[int] = []
    watched.when_opened = lambda _: held.append(len(watched.opened) - n_asked_for)
    for number, _ in enumerate(read_pictures(ALL, max_ahead_bytes=room)):
        n_asked_for = number + 1
        if number == 20:
            _wait_until(lambda: len(watched.opened) == 21 + 3)  # three quarters of the room
    assert number == 39
    assert 3 <= max(held) <= 5


def test_a_file_larger_than_all_room_is_read_when_its_turn_comes(watched: WatchedStore) -> None:
    watched.contents["7.jpg"] = bytes(1_000_000)
    files = list(read_pictures(ALL, max_ahead_bytes=30_000))
    assert [file.content for file in files] == list(watched.contents.values())


@pytest.mark.parametrize(("n_readers", "max_ahead_bytes"), [(1, 0), (8, 0), (1, 10**9), (64, 10**9)])
def test_any_number_of_readers_and_any_room_give_the_same(
    watched: WatchedStore, n_readers: int, max_ahead_bytes: int
) -> None:
    files = list(read_pictures(ALL, n_readers=n_readers, max_ahead_bytes=max_ahead_bytes))
    assert [file.content for file in files] == list(watched.contents.values())


def test_a_consumer_that_stops_early_stops_the_readers(watched: WatchedStore) -> None:
    files = read_pictures(ALL, max_ahead_bytes=8 * FILE_SIZE_BYTES)
    next(files)
    assert 0 < len(_readers()) <= 8
    files.close()
    assert _readers() == []
    assert len(watched.opened) < 40


def test_a_consumer_that_breaks_off_stops_the_readers(watched: WatchedStore) -> None:
    def consume() -> None:
        for _ in read_pictures(ALL, max_ahead_bytes=8 * FILE_SIZE_BYTES):
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        consume()
    assert len(watched.opened) < 40


def test_nothing_is_read_before_the_first_file_is_asked_for(watched: WatchedStore) -> None:
    read_pictures(ALL)
    assert (watched.opened, _readers()) == ([], [])


def test_no_addresses_are_no_files() -> None:
    assert list(read_pictures([])) == []


def test_what_cannot_be_read_is_a_status_in_its_place(watched: WatchedStore) -> None:
    def refuse(path: str) -> None:
        if path == "3.jpg":
            msg = "3.jpg: connection reset"
            raise OSError(msg)

    watched.when_opened = refuse
    addresses = ["watched://store/none.jpg", ALL[1], "relative.jpg", ALL[3], "/\0", "watched://store/p.parquet#1.jpg"]
    files = list(read_pictures(addresses, max_bytes=FILE_SIZE_BYTES))
    assert [file.status.value for file in files] == [
        "missing", "read", "unknown_address", "unreadable", "unknown_address", "missing"
    ]  # fmt: skip
    assert files[3].reason == "3.jpg: connection reset"
    assert {file.status for file in read_pictures(ALL, max_bytes=9_999)} == {PictureStatus.TOO_LARGE}


def test_statuses_are_bounded_as_well_as_files(watched: WatchedStore) -> None:
    asked: list[str] = []
    found = watched.get_file_info
    watched.get_file_info = lambda paths: asked.extend(paths) or found(paths)
    addresses = [f"watched://store/none-{number}.jpg" for number in range(1_000)]
    with closing(read_pictures(addresses, n_readers=2, max_ahead_bytes=20 * FILE_BYTES)) as files:
        for _ in range(5):
            assert next(files).status is PictureStatus.MISSING
        _wait_until(lambda: len(asked) >= 10)
        assert len(asked) < 40


def test_an_error_of_ours_reaches_the_consumer(watched: WatchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("storage_tiers.pictures.read_ahead.find_picture", break_off)
    with pytest.raises(ZeroDivisionError):
        list(read_pictures(ALL))
    assert watched.opened == []


@pytest.mark.parametrize(("settings_", "message"), [({"n_readers": 0}, "at least 1"), ({"max_ahead_bytes": -1}, "-1")])
def test_settings_that_cannot_be_are_refused_at_once(settings_: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_pictures(ALL, **settings_)


N_ROWS, N_GROUPS = 30, 3
NAMES = [f"{number}.jpg" for number in range(N_ROWS)]
IN_ORDER = [f"watched://store/p.parquet#{name}" for name in NAMES]


@pytest.fixture
def packed(watched: WatchedStore) -> WatchedStore:
    watched.contents = {"p.parquet": _pack(NAMES, [watched.contents[name] for name in NAMES], N_ROWS // N_GROUPS)}
    return watched


def test_a_run_of_a_pack_goes_through_its_row_groups_once(packed: WatchedStore) -> None:
    assert [file.content[0] for file in read_pictures(IN_ORDER)] == list(range(N_ROWS))
    assert Counter(packed.opened) == {"p.parquet": 1 + N_GROUPS}  # for its names, then for each row group


@pytest.mark.parametrize(
    ("addresses", "n_stretches"),
    [(IN_ORDER[::-1], N_ROWS), (IN_ORDER[::2] + IN_ORDER[1::2], 2 * N_GROUPS)],
    ids=["reversed", "mixed"],
)
def test_what_stands_behind_its_row_takes_its_row_group_again(
    packed: WatchedStore, addresses: list[str], n_stretches: int
) -> None:
    files = list(read_pictures(addresses))
    assert [file.content[0] for file in files] == [int(address[26:].removesuffix(".jpg")) for address in addresses]
    assert Counter(packed.opened) == {"p.parquet": 1 + n_stretches}  # its names are read once


def test_a_run_of_a_pack_opens_only_the_row_groups_that_it_needs(packed: WatchedStore) -> None:
    assert len(list(read_pictures(IN_ORDER[12:18]))) == 6
    assert len(packed.opened) == 1 + 1


def test_two_packs_in_turns_are_opened_once_each(packed: WatchedStore) -> None:
    packed.contents["q.parquet"] = packed.contents["p.parquet"]
    both = [address for one in IN_ORDER[:5] for address in (one, one.replace("p.parquet", "q.parquet"))]
    assert [file.content[0] for file in read_pictures(both)] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert Counter(packed.opened) == {"p.parquet": 1 + 5, "q.parquet": 1 + 5}


def test_a_pack_that_is_none_is_asked_for_once(packed: WatchedStore) -> None:
    packed.contents["p.parquet"] = b"no Parquet"
    files = list(read_pictures(IN_ORDER))
    assert {file.status for file in files} == {PictureStatus.UNREADABLE}
    assert (len(files), len(packed.opened)) == (N_ROWS, 1)


def test_a_pack_does_not_outgrow_the_room(packed: WatchedStore, most_held: list[int]) -> None:
    room = 60_000
    assert len(list(read_pictures(IN_ORDER, max_ahead_bytes=room))) == N_ROWS
    assert 2 * FILE_SIZE_BYTES < max(most_held) <= room + FILE_SIZE_BYTES + FILE_BYTES
    assert len(packed.opened) == 1 + N_GROUPS


def test_equal_pictures_that_hide_their_size_do_not_outgrow_the_room(
    packed: WatchedStore, most_held: list[int]
) -> None:
    packed.contents["p.parquet"] = _pack(NAMES, [bytes(FILE_SIZE_BYTES)] * N_ROWS, N_ROWS)
    assert len(packed.contents["p.parquet"]) < FILE_SIZE_BYTES
    room = 100_000
    files = list(read_pictures(IN_ORDER[::-1], max_ahead_bytes=room))
    assert [file.content for file in files] == [bytes(FILE_SIZE_BYTES)] * N_ROWS
    assert max(most_held) <= room + FILE_SIZE_BYTES + FILE_BYTES


def test_a_consumer_may_stop_in_the_middle_of_a_pack(packed: WatchedStore) -> None:
    for addresses in (IN_ORDER, IN_ORDER[::-1]):
        with closing(read_pictures(addresses, max_ahead_bytes=3 * FILE_SIZE_BYTES)) as files:
            assert next(files).content
        assert _readers() == []
    assert len(packed.opened) > 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    (folder / "1.jpg").write_bytes(b"alone")
    names = ["a", "b", "twice", None, "c", "twice", "none", "d", "e"]
    contents = [b"a" * 500, b"b" * 5_000, b"", b"", b"c", b"", None, b"d" * 2_000, b""]
    (folder / "p.parquet").write_bytes(_pack(names, contents, 2))
    (folder / "q.parquet").write_bytes(_pack(["a", "b"], [b"1", b"2"], 1))
    return folder


ADDRESSES = ["1.jpg", "2.jpg", "q.parquet#a", "q.parquet#b", "none.parquet#a", "1.jpg#a", "1.parquet"] + [
    f"p.parquet#{name}" for name in ("a", "b", "twice", "c", "none", "d", "e", "other", "\udcff")
]


@settings(max_examples=60, deadline=None)
@given(
    addresses=st.lists(st.sampled_from(ADDRESSES), max_size=30),
    n_readers=st.integers(1, 5),
    max_ahead_bytes=st.integers(0, 40_000),
)
def test_reading_ahead_gives_what_reading_one_by_one_gives(
    folder: Path, addresses: list[str], n_readers: int, max_ahead_bytes: int
) -> None:
    ahead = read_pictures(addresses, folder, n_readers=n_readers, max_ahead_bytes=max_ahead_bytes)
    one_by_one = [read_picture(address, folder) for address in addresses]
    for file, expected in zip(ahead, one_by_one, strict=True):
        assert (file, file.digest) == (expected, expected.digest)


@pytest.fixture
def most_held(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect what was read and not asked for yet, after each picture; the test hands over what it has asked for."""
    held: list[int] = []
    n_bytes = {"read": 0, "asked for": 0}
    lock = threading.Lock()
    read, ask = packs.whole_file, read_ahead._read_all

    def record(content: bytes) -> PictureFile:
        with lock:
            n_bytes["read"] += len(content)
            held.append(n_bytes["read"] - n_bytes["asked for"])
        return read(content)

    def asked(*given: object) -> Iterator[PictureFile]:
        for file in ask(*given):
            n_bytes["asked for"] += len(file.content or b"")
            yield file

    monkeypatch.setattr(packs, "whole_file", record)
    monkeypatch.setattr(read_ahead, "_read_all", asked)
    return held


def _pack(names: list[str | None], contents: list[bytes | None], row_group_size: int) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"image": names, "content": contents}), sink, row_group_size=row_group_size)
    return sink.getvalue()


def _readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("read-pictures")]


def _wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for what must come; the time only bounds how long a failure takes."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.001)

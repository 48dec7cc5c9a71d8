"""The requests of a store, on a real S3 server: whole objects, ranges, listings, conditional puts, pieces."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage_tiers.stores.address import root_of
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.opened_stores import traffic_of
from storage_tiers.stores.store_file import StoreFile, whole_object
from storage_tiers.stores.traffic import PIECE_BYTES, WHOLE_BYTES


@pytest.fixture
def place(s3_root):
    return root_of(s3_root)


@pytest.mark.parametrize("n_bytes", [0, 1, 100_000, WHOLE_BYTES + 1, WHOLE_BYTES + PIECE_BYTES])
def test_what_is_put_is_what_is_got_whatever_its_size(place, tmp_path, n_bytes):
    content = os.urandom(n_bytes)
    (tmp_path / "file").write_bytes(content)
    path = place / "a" / "file"
    path.store.put_file(path.key, tmp_path / "file")
    assert path.read_bytes() == content
    assert path.described().n_bytes == n_bytes
    assert b"".join(path.store.blocks(path.key)) == content
    assert whole_object(path, n_bytes) == (content, n_bytes)


def test_ranges_and_tails_are_those_of_the_object(place):
    path = place / "digits"
    path.write_bytes(b"0123456789")
    assert path.store.get_range(path.key, 2, 5) == b"234"
    assert path.store.get_tail(path.key, 4) == (b"6789", 10)
    assert path.store.get_tail(path.key, 400) == (b"0123456789", 10)
    assert path.store.get_range(path.key, 8, 20) == b"89"
    assert path.store.get_range(path.key, 10, 20) == b""
    (place / "empty").touch()
    assert path.store.get_tail((place / "empty").key, 4) == (b"", 0)


def test_an_object_that_is_larger_than_allowed_is_not_read(place):
    (place / "large").write_bytes(b"x" * 1_000)
    with pytest.raises(OSError, match=r"1,000 bytes; allowed are 999"):
        (place / "large").read_bytes(999)


def test_a_key_that_is_not_there_is_a_file_that_is_not_there(place):
    path = place / "nothing"
    with pytest.raises(FileNotFoundError, match=r"s3://.*/nothing"):
        path.read_bytes()
    with pytest.raises(FileNotFoundError):
        path.unlink()
    path.unlink(missing_ok=True)
    assert not path.exists()
    assert not path.is_dir()
    assert path.listed() == []


def test_a_new_key_is_put_once_and_an_old_one_over_what_it_was(place):
    store, key = place.store, (place / "once").key
    assert store.put_new(key, b"first")
    assert not store.put_new(key, b"second")
    first = store.described(key).e_tag
    assert store.put_over(key, b"third", first)
    assert not store.put_over(key, b"fourth", first)
    assert not store.put_over((place / "never").key, b"fifth", first)
    assert store.get(key) == b"third"


def test_of_many_that_put_a_new_key_at_once_one_succeeds(place):
    gate = threading.Barrier(8)

    def put(race: int, number: int) -> bool:
        gate.wait()
        return place.store.put_new((place / "races" / str(race)).key, str(number).encode())

    with ThreadPoolExecutor(8) as threads:
        for race in range(25):
            won = list(threads.map(lambda number, race=race: put(race, number), range(8)))
            assert won.count(True) == 1
            assert (place / "races" / str(race)).read_bytes() == str(won.index(True)).encode()


def test_listings_have_every_key_below_and_none_beside(place):
    keys = [f"many/date={day:04d}/part 1+2%3D&ü.parquet" for day in range(1_053)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda key: (place / key).write_bytes(b"x"), keys))
    (place / "manyfold" / "beside").touch()
    traffic = traffic_of(place.scheme, place.bucket)
    traffic.forget()
    assert [found.key for found in (place / "many").listed()] == [(place / key).key for key in keys]
    assert traffic.requests == {"list": 2}
    assert len(list(place.store.listed((place / "many").key, (place / keys[1_000]).key))) == 52
    assert set((place).names().folders) == {"many", "manyfold"}
    place.store.delete((place / key).key for key in keys)
    assert [found.key for found in place.listed()] == [(place / "manyfold" / "beside").key]


def test_within_a_block_of_cached_listings_nothing_is_asked_twice_and_a_write_ends_it(place):
    (place / "a" / "b" / "c").touch()
    traffic = traffic_of(place.scheme, place.bucket)
    traffic.forget()
    with cached_listings():
        assert len((place / "a").listed()) == 1
        assert [found.key for found in (place / "a" / "b").listed()] == [(place / "a" / "b" / "c").key]
        assert (place / "a" / "b" / "c").exists()
        assert not (place / "a" / "b" / "d").exists()
        assert traffic.n_requests == 1
        (place / "a" / "b" / "d").touch()
        assert (place / "a" / "b" / "d").exists()
    traffic.forget()
    (place / "a").listed()
    (place / "a").listed()
    assert traffic.requests == {"list": 2}


def test_a_file_in_a_store_reads_as_a_file_does(place, tmp_path):
    content = os.urandom(50_000)
    (place / "file").write_bytes(content)
    file = StoreFile(place / "file", len(content), tail_bytes=1_000)
    file.add(100, content[100:200])
    (tmp_path / "file").write_bytes(content)
    with (tmp_path / "file").open("rb") as local:
        for offset, whence, size in ((0, 0, 7), (100, 0, 100), (5, 1, 300), (-900, 2, 20), (-8, 2, 8), (49_990, 0, 99)):
            assert file.seek(offset, whence) == local.seek(offset, whence)
            assert file.read(size) == local.read(size)
            assert file.tell() == local.tell()
    file.seek(0)
    assert file.read() == content


def test_a_file_that_is_shorter_than_it_should_be_is_told(place):
    (place / "cut").write_bytes(b"x" * 10)
    file = StoreFile(place / "cut", 20)
    file.seek(5)
    with pytest.raises(EOFError, match=r"s3://.*/cut ends at byte 10 of 20"):
        file.read(10)

"""What keys, parts and publications cost in a store, counted at a proxy before a real S3 server."""

import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from storage_tiers import Dataset, open_dataset
from storage_tiers.debugging import DebuggingTier, lookup
from storage_tiers.errors import DamagedVersionError
from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.listing_cache import cached_listings, forget_contents, uncached_listings
from storage_tiers.versioned.chosen_rows import rows_with
from storage_tiers.versioned.on_stores.stored_parts import forget_footers
from tests.servers.s3_proxy import S3Proxy

PART_ROWS = 131_072  # as the joins have: 1.5 KB of footer a row group, 350 bytes a row
COLD_REQUESTS, COLD_BYTES = 4, 700_000
WARM_REQUESTS, WARM_BYTES = 2, 400_000


@pytest.fixture
def joins(s3_root: str, s3_proxy: S3Proxy, publish: Callable[..., Dataset]) -> Dataset:
    """Publish a full part of random rows, with 18 columns; keys are the even numbers."""
    random = np.random.default_rng(7)
    columns = {f"trait_{number}": random.random(PART_ROWS) for number in range(16)}
    text = random.integers(0, 256, (PART_ROWS, 210), dtype=np.uint8)
    blobs = pa.FixedSizeBinaryArray.from_buffers(pa.binary(210), PART_ROWS, [None, pa.py_buffer(text.tobytes())])
    table = pa.table({"board_id": np.arange(PART_ROWS) * 2, **columns, "blob": blobs})
    dataset = publish(root_of(s3_root), table, "joins", n_parts=1)
    assert dataset.manifest.n_bytes > 330 * PART_ROWS
    s3_proxy.forget()
    forget_footers()
    forget_contents()
    return dataset


def counted(proxy: S3Proxy) -> tuple[int, int]:
    n_requests, n_bytes = len(proxy.requests), proxy.n_bytes
    proxy.forget()
    return n_requests, n_bytes


def test_a_cold_key_takes_four_requests_and_a_warm_one_less_and_a_missing_one_no_more(
    s3_root: str, joins: Dataset, s3_proxy: S3Proxy
) -> None:
    for key, is_there in ((77_778, True), (77_779, False), (-1, False), (2 * PART_ROWS, False)):
        forget_footers()
        forget_contents()
        with DebuggingTier(s3_root).reader("joins") as reader:  # which finds the newest version, too
            assert (reader.get(key) is not None) == is_there
            n_requests, n_bytes = counted(s3_proxy)
            assert n_requests <= COLD_REQUESTS
            assert n_bytes <= COLD_BYTES
            assert (reader.get(key) is not None) == is_there
            n_requests, n_bytes = counted(s3_proxy)
            assert n_requests <= WARM_REQUESTS
            assert n_bytes <= WARM_BYTES
    assert joins.n_rows == PART_ROWS


def test_an_opened_version_is_asked_for_nothing_but_rows(s3_root: str, joins: Dataset, s3_proxy: S3Proxy) -> None:
    dataset = open_dataset(s3_root, "joins", date=joins.version.date, iteration=1)
    assert [request.method for request in s3_proxy.requests] == ["GET", "GET"]
    counted(s3_proxy)
    assert lookup(dataset, 4).num_rows == 1
    assert len(s3_proxy.requests) == 2
    assert all(request.range for request in s3_proxy.requests)


def test_a_manifest_that_was_read_is_read_again_only_when_it_is_another(
    s3_root: str, joins: Dataset, s3_proxy: S3Proxy
) -> None:
    first = open_dataset(s3_root, "joins")
    counted(s3_proxy)
    assert open_dataset(s3_root, "joins").manifest == first.manifest
    assert counted(s3_proxy)[0] == 1  # the listing
    content = in_store(joins.place.manifest).read_bytes()
    in_store(joins.place.manifest).write_bytes(content.replace(b'"n_rows"', b'"n_rowz"'))
    with pytest.raises(DamagedVersionError):
        open_dataset(s3_root, "joins")
    in_store(joins.place.manifest).write_bytes(content)
    assert open_dataset(s3_root, "joins").manifest == first.manifest


def test_a_look_that_may_be_some_seconds_old_sees_own_writes_at_once_and_others_later(
    s3_root: str, s3_proxy: S3Proxy
) -> None:
    place = in_store(root_of(s3_root)) / "a"
    (place / "one").touch()
    with cached_listings(fresh_for_s=0.5):
        assert len(place.listed()) == 1
        counted(s3_proxy)
        assert len(place.listed()) == 1
        assert len(s3_proxy.requests) == 0
        (place / "two").touch()
        assert len(place.listed()) == 2
        place.store.put(f"{place.key}/three", b"")  # as another process would
        with cached_listings():
            time.sleep(0.6)
            assert len(place.listed()) == 2  # a block within is of one moment
        assert len(place.listed()) == 3
        with uncached_listings(place.scheme, place.bucket, place.key):
            place.store.put(f"{place.key}/four", b"")
        assert len(place.listed()) == 4


def test_a_manifest_that_does_not_tell_the_footer_costs_one_request_more_at_most(
    s3_root: str, joins: Dataset, s3_proxy: S3Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage_tiers.versioned.on_stores.stored_parts._USUAL_FOOTER_BYTES", 1_000)
    object.__setattr__(joins.manifest.parts[0], "footer_bytes", 0)
    counted(s3_proxy)
    assert lookup(joins, 4).num_rows == 1
    assert counted(s3_proxy)[0] == 3
    assert s3_root


def test_a_key_of_many_rows_takes_one_request_for_all_of_them(
    s3_root: str, s3_proxy: S3Proxy, publish: Callable[..., Dataset]
) -> None:
    keys = np.repeat(np.arange(30), 1_000)
    table = pa.table({"board_id": keys, "pin_id": np.arange(30_000)})
    dataset = publish(root_of(s3_root), table, "facts", key_is_unique=False, n_parts=1)
    counted(s3_proxy)
    assert lookup(dataset, 7).num_rows == 1_000
    assert counted(s3_proxy)[0] == 2
    assert rows_with(dataset, "board_id", pa.array([3, 4]), ["pin_id"]).num_rows == 2_000
    assert counted(s3_proxy)[0] <= 3
    assert rows_with(dataset, "pin_id", pa.array([1, 29_999]), ["board_id"])["board_id"].to_pylist() == [0, 29]
    assert counted(s3_proxy)[0] == 1


def test_a_part_is_read_by_one_request(s3_root: str, s3_proxy: S3Proxy, publish: Callable[..., Dataset]) -> None:
    table = pa.table({"board_id": np.arange(9_000), "rank": np.arange(9_000) / 7})
    dataset = publish(root_of(s3_root), table, n_parts=3)
    counted(s3_proxy)
    assert dataset.to_table(["rank"]).num_rows == 9_000
    assert counted(s3_proxy)[0] == 3


def test_a_publication_takes_six_requests_beside_its_parts(
    s3_root: str, s3_proxy: S3Proxy, publish: Callable[..., Dataset]
) -> None:
    table = pa.table({"board_id": np.arange(900)})
    publish(root_of(s3_root), table, iteration=1)  # tries the store's conditions, once
    counted(s3_proxy)
    publish(root_of(s3_root), table, iteration=2, n_parts=5)
    kinds = Counter(request.method for request in s3_proxy.requests)
    assert kinds == {"PUT": 5 + 2, "GET": 3 + 2, "HEAD": 1}  # of which two open it for the test

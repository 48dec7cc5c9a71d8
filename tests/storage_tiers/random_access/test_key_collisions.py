"""Keys that could be taken for each other: long ones with one beginning, numbers at both ends, equal hashes."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import Dataset
from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Budget
from storage_tiers.random_access import RandomAccess, RandomAccessTier
from storage_tiers.trimming import trimmed_keys

MAX_KEY_BYTES, DIGEST_BYTES = 511, 32
LEAST, MOST = -(2**63), 2**63 - 1


def test_long_keys_with_one_beginning_have_rows_of_their_own(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    beginnings = ["x" * n for n in (MAX_KEY_BYTES - DIGEST_BYTES, MAX_KEY_BYTES - 1, MAX_KEY_BYTES, 2_000)]
    links = sorted({begin + end for begin in beginnings for end in ("", "a", "b", "aa", "é", "a" * 300)})
    table = pa.table({"link": links, "place": range(len(links))})
    RandomAccessTier(tmp_path).serve(publish(tmp_path, table, "links", key="link", n_parts=1))
    with RandomAccess(tmp_path, "links") as reader:
        assert reader.get_many(links) == table.to_pylist()
        assert reader.get_many(["x" * 600, "x" * 1_999, links[0][:-1]]) == [None] * 3


def test_a_short_key_that_looks_like_a_shortened_one_is_another(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    long = "x" * 600
    shortened = long.encode()[: MAX_KEY_BYTES - DIGEST_BYTES] + hashlib.blake2b(long.encode()).digest()[:DIGEST_BYTES]
    table = pa.table({"link": [long], "place": [1]})
    RandomAccessTier(tmp_path).serve(publish(tmp_path, table, "links", key="link"))
    with RandomAccess(tmp_path, "links") as reader:
        assert reader.get(long) == {"link": long, "place": 1}
        assert reader.get(shortened.decode("latin-1")) is None


def test_numbers_at_both_ends_are_told_apart(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    keys = sorted({LEAST, LEAST + 1, -(2**32), -256, -255, -1, 0, 1, 255, 256, 2**32, MOST - 1, MOST})
    table = pa.table({"board_id": keys, "place": range(len(keys))})
    RandomAccessTier(tmp_path).serve(publish(tmp_path, table, "boards"))
    with RandomAccess(tmp_path, "boards") as reader:
        assert reader.get_many(keys) == table.to_pylist()
        assert reader.get_many([str(key) for key in keys]) == table.to_pylist()
        assert reader.get_many([LEAST + 2, -2, 2, MOST - 2]) == [None] * 4


def test_equal_hashes_of_trimmed_keys_hide_no_row(
    tmp_path: Path, publish: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trimmed_keys, "_hash_bytes", lambda _key: bytes(BYTES_OF_A_TRIMMED_KEY))
    table = pa.table({"board_id": range(1_000), "name": ["x" * 200] * 1_000, "page_rank": range(1_000)})
    dataset = publish(tmp_path, table.replace_schema_metadata({"importance": "page_rank"}))
    loaded = RandomAccessTier(tmp_path).serve(dataset, budget=Budget(60_000))
    assert 0 < loaded.n_rows < 1_000
    with RandomAccess(tmp_path, "board_joins") as reader:
        rows = reader.get_many(range(1_000))
        assert rows == [None] * (1_000 - loaded.n_rows) + table.to_pylist()[-loaded.n_rows :]
        assert reader.state_of(999) == "found"
        assert reader.state_of(0) == "trimmed"
        assert reader.state_of(-1) == "trimmed"  # what equal hashes cost: a wrong word about a row that isn't there

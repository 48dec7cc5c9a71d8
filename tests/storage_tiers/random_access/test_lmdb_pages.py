"""The reckoning of an LMDB file's pages, against files that LMDB wrote."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import lmdb
import numpy as np
import pytest

from storage_tiers.random_access.lmdb_pages import PAGE_BYTES, file_bytes

COMMIT_ROWS = 5_000


def written(folder: Path, key_bytes: list[int], value_bytes: list[int]) -> int:
    """Append rows of such lengths and return what the file takes."""

    def pairs() -> Iterator[tuple[bytes, bytes]]:
        for row, (n_key, n_value) in enumerate(zip(key_bytes, value_bytes, strict=True)):
            yield row.to_bytes(8) + bytes(n_key - 8), bytes(n_value)

    rows, n_written = pairs(), COMMIT_ROWS
    with lmdb.open(str(folder), map_size=2**32, lock=False, sync=False) as environment:
        while n_written == COMMIT_ROWS:
            with environment.begin(write=True) as transaction:
                n_written, _ = transaction.cursor().putmulti(islice(rows, COMMIT_ROWS), append=True)
    return (folder / "data.mdb").stat().st_size


@pytest.mark.parametrize(
    ("n_rows", "keys", "values"),
    [
        (0, (8, 8), (1, 1)),
        (1, (8, 8), (1, 1)),
        (1, (8, 8), (100_000, 100_000)),
        (300, (8, 8), (1, 5_000)),
        (4_999, (8, 8), (100, 600)),
        (5_000, (16, 16), (800, 1_000)),
        (12_000, (8, 8), (290, 310)),
        (12_000, (8, 500), (1, 5_000)),
        (12_000, (480, 511), (1, 40)),
        (3_000, (8, 8), (2_010, 2_030)),  # about half a page: one or two on a leaf
        (3_000, (8, 8), (4_070, 4_090)),  # about a page
    ],
)
def test_the_reckoning_is_within_some_pages_of_what_lmdb_writes(
    tmp_path: Path, n_rows: int, keys: tuple[int, int], values: tuple[int, int]
) -> None:
    chance = np.random.default_rng(7)
    key_bytes, value_bytes = (chance.integers(low, high + 1, n_rows) for low, high in (keys, values))
    reckoned = file_bytes(key_bytes, value_bytes, COMMIT_ROWS)
    took = written(tmp_path, key_bytes.tolist(), value_bytes.tolist())
    assert abs(reckoned - took) <= max(0 if n_rows < 400 else 8 * PAGE_BYTES, 0.003 * took)

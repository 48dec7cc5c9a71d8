"""What every store that is read by key is loaded with, and how what it returns is decoded."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from benchmarks.tiers.key_reading import Get, Opener
from benchmarks.tiers.picture_rows import KEY, published
from storage_tiers.random_access.encoding.decoded_rows import row_decoder
from storage_tiers.random_access.keys import encode_keys
from storage_tiers.random_access.values import ROWS_AT_ONCE, encode_rows, value_layout

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class KeyStore:
    """A store that isn't loaded yet."""

    load: Callable[[], int]  # loads the rows, all synced to disk, and returns how many bytes they take there
    opener: Opener


def sorted_pairs(source: Path) -> Iterator[Pair]:
    """Yield all keys and values in the order of keys, encoded as random access has them."""
    dataset = published(source)
    return heapq.merge(*(_pairs_of_part(source, number) for number in range(dataset.n_parts)))


def bytes_below(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _pairs_of_part(source: Path, number: int) -> Iterator[Pair]:
    dataset = published(source)
    layout = value_layout(dataset.schema, KEY)
    rows = dataset.reader([KEY, *(field.name for field in layout.stored)])(number)
    blocks = (rows.slice(start, ROWS_AT_ONCE) for start in range(0, rows.num_rows, ROWS_AT_ONCE))
    return chain.from_iterable(
        zip(encode_keys(block[KEY].combine_chunks(), KEY), encode_rows(block, layout), strict=True) for block in blocks
    )


def decoded(source: Path, get: Callable[[bytes], bytes | None]) -> Get:
    """Return what gets a row by its signature from something that gets a value by a key."""
    decode = row_decoder(value_layout(published(source).schema, KEY))

    def get_row(key: str) -> object:
        value = get(key.encode())
        return None if value is None else decode(key, value)

    return get_row

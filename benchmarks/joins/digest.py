"""Whether two engines gave the same groups: a digest over all rows and fields that doesn't depend on row order.

Every pin is hashed with its picture, its position in the list and all of its fields, every board id with its picture
and position, every row with its counts; the digest is the sum of all these hashes modulo 2**64. One changed value,
one swapped pair of pins or one row too many gives another sum. Nulls have a hash of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from benchmarks.joins.contenders import COLUMNS, KEY, PIN_FIELDS
from joins.arrow.hashing import key_hash

Hashes = npt.NDArray[np.uint64]

_BATCH_ROWS = 16_384
_MODULUS = 2**64
_NULL = np.uint64(0x6E756C6C)
_TEXT = frozenset({"image", "description", "link"})
_JSON_SCHEMA = pa.schema(
    [
        (KEY, pa.string()),
        ("pins", pa.list_(pa.struct([(name, pa.string() if name in _TEXT else pa.int64()) for name in PIN_FIELDS]))),
        *[(name, pa.int64()) for name in ("n_pins", "n_boards", "n_users")],
        ("board_ids", pa.list_(pa.int64())),
    ]
)


@dataclass(frozen=True, slots=True)
class GroupDigest:
    """How many rows there are, the sum of all hashes, and whether the rows of every file are sorted."""

    n_rows: int
    digest: int
    rows_sorted: bool

    def __str__(self) -> str:
        return f"{self.n_rows:,} rows, {self.digest:016x}" + ("" if self.rows_sorted else ", not sorted")


def digest_groups(folder: Path) -> GroupDigest:
    """Return the digest of the groups that an engine wrote, as Parquet or as JSON lines."""
    n_rows, total, rows_sorted = 0, 0, True
    for path in sorted(path for path in folder.rglob("part-*") if path.is_file()):
        last = ""
        for batch in _batches(path):
            keys = batch[KEY].cast(pa.large_string())
            ascending = pc.all(pc.less(keys.slice(0, len(keys) - 1), keys.slice(1)), min_count=0).as_py()
            rows_sorted &= ascending and last < keys[0].as_py()
            last = keys[-1].as_py()
            n_rows += len(keys)
            total += _digest(batch)
    return GroupDigest(n_rows, total % _MODULUS, rows_sorted)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(_BATCH_ROWS, columns=list(COLUMNS))
    elif path.stat().st_size:
        table = pj.read_json(path, parse_options=pj.ParseOptions(explicit_schema=_JSON_SCHEMA))
        yield from table.to_batches(_BATCH_ROWS)


def _digest(batch: pa.RecordBatch) -> int:
    keys = _hashes(batch[KEY])
    counts = [_hashes(batch[name]) for name in ("n_pins", "n_boards", "n_users")]
    picture, position, boards = _members(batch["board_ids"], keys)
    hashes = [_fold(keys, *counts), _fold(picture, position, _hashes(boards))]
    picture, position, pins = _members(batch["pins"], keys)
    hashes.append(_fold(picture, position, *[_hashes(pins.field(name)) for name in PIN_FIELDS]))
    return sum(int(some.sum()) for some in hashes)


def _members(lists: pa.Array, keys: Hashes) -> tuple[Hashes, Hashes, pa.Array]:
    """Return, for each member of each list, the hash of its row's key, its position from 0 and its value."""
    lengths = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    position = np.arange(lengths.sum()) - np.repeat(starts, lengths)
    return np.repeat(keys, lengths), position.astype(np.uint64), lists.flatten()


def _hashes(values: pa.Array) -> Hashes:
    """Hash whole numbers, times (as milliseconds) and strings, whatever width or unit an engine gave them."""
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.timestamp("ms", tz=values.type.tz))
    if pa.types.is_temporal(values.type) or pa.types.is_integer(values.type):
        values = values.cast(pa.int64())
    else:
        values = values.cast(pa.large_string())
    encoded = values.dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy()
    hashes: Hashes = np.append(key_hash(encoded.dictionary), _NULL)[codes]
    return hashes


def _fold(first: Hashes, *further: Hashes) -> Hashes:
    folded = first
    for hashes in further:
        folded = key_hash(pa.array((folded * np.uint64(0x9E3779B97F4A7C15) ^ hashes).view(np.int64)))
    return folded

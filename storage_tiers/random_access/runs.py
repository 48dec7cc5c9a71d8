"""Runs: the encoded rows of one part in key order, in a file of blocks, from which one LMDB file is merged."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import itemgetter
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.chunks import one_array
from storage_tiers.random_access.keys import encode_keys, part_in_order_of_keys
from storage_tiers.random_access.values import ROWS_AT_ONCE, ValueLayout, encode_rows
from storage_tiers.versioned.parts import PartReader

Pair = tuple[bytes, bytes]

_MOST_BLOCK_ROWS, _LEAST_BLOCK_ROWS = 1_024, 64
_ROWS_HELD = 131_072  # of all runs that are merged
_SAMPLES_PER_RUN = 64
_LENGTH_BYTES = 8
_key = itemgetter(0)
_decode_block = msgspec.msgpack.Decoder(tuple[list[bytes], list[bytes]]).decode


@dataclass(frozen=True, slots=True)
class Sample:
    """A row of a run, to be looked up after the load."""

    row: int
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class RowSizes:
    """What has to be known of rows to choose among them, kept in memory where there is a budget: some 40 bytes each."""

    keys: pa.LargeBinaryArray
    value_bytes: npt.NDArray[np.int64]
    importance: pa.Array


@dataclass(frozen=True, slots=True)
class Run:
    """The encoded rows of one part in a file of blocks, before each of which stands how long it is."""

    path: Path
    n_rows: int
    n_bytes: int  # of all blocks
    sample: tuple[Sample, ...]
    sizes: RowSizes | None

    def blocks(self, is_kept: npt.NDArray[np.bool_] | None = None) -> Iterator[list[Pair]]:
        """Yield keys and values in key order, block after block, those of rows that are kept; None: all are.

        The file is opened anew for each block, so runs may be many.
        """
        start = row = 0
        while row < self.n_rows:
            with self.path.open("rb") as stream:
                stream.seek(start)
                n_bytes = int.from_bytes(stream.read(_LENGTH_BYTES))
                keys, values = _decode_block(stream.read(n_bytes))
            pairs = zip(keys, values, strict=True)
            yield list(pairs if is_kept is None else compress(pairs, is_kept[row : row + len(keys)].tobytes()))
            start, row = start + _LENGTH_BYTES + n_bytes, row + len(keys)


def merged(runs: Sequence[Iterator[list[Pair]]]) -> Iterator[list[Pair]]:
    """Yield the pairs of several runs in the order of their keys; of each run one block is held.

    Examples
    --------
    >>> odd, even = [[(b"1", b""), (b"3", b"")], [(b"5", b"")]], [[(b"2", b""), (b"4", b"")]]
    >>> [[key for key, _ in pairs] for pairs in merged([iter(odd), iter(even)])]
    [[b'1', b'2', b'3'], [b'4'], [b'5']]

    Notes
    -----
    Up to where the first of the held blocks ends all pairs are there. They are sorted, which takes less than
    comparing the first keys of all runs for each pair: the sort makes use of the order that there is already.
    """
    runs = [filter(None, run) for run in runs]
    held = [next(run, []) for run in runs]
    while any(held):
        end = min(_key(block[-1]) for block in held if block)
        due: list[Pair] = []
        for place, block in enumerate(held):
            n_due = bisect_right(block, end, key=_key)
            due += block[:n_due]
            held[place] = block[n_due:] or next(runs[place], [])
        due.sort(key=_key)
        yield due


@dataclass(frozen=True, slots=True)
class RunWriter:
    """Encodes one part of a dataset into a run.

    ``importance`` is the column of the reader's that rows are chosen by, where they may have to be. While the runs of
    all parts are merged, one block of each is held, so where parts are many, blocks are small.
    """

    reader: PartReader
    layout: ValueLayout
    folder: Path
    keeps_sizes: bool = False
    importance: str | None = None

    def __call__(self, number: int) -> Run:
        """Write the run of one part."""
        path, n_rows, n_bytes = self.folder / f"run-{number:05d}", 0, 0
        every = max(1, self.reader.parts[number].n_rows // _SAMPLES_PER_RUN)
        block_rows = max(_LEAST_BLOCK_ROWS, min(_MOST_BLOCK_ROWS, _ROWS_HELD // len(self.reader.parts)))
        sample: list[Sample] = []
        sizes: list[RowSizes] = []
        with path.open("wb") as stream:
            for rows in part_in_order_of_keys(self.reader, number, self.layout.key, ROWS_AT_ONCE):
                keys, values = self._encode(rows)
                for first in range(0, len(keys), block_rows):
                    rows_of_block = keys[first : first + block_rows], values[first : first + block_rows]
                    block = msgspec.msgpack.encode(rows_of_block)
                    stream.write(len(block).to_bytes(_LENGTH_BYTES))
                    n_bytes += stream.write(block)
                sample += (
                    Sample(n_rows + row, keys[row], values[row]) for row in range(-n_rows % every, len(keys), every)
                )
                n_rows += len(keys)
                if self.keeps_sizes:
                    sizes.append(self._sizes(rows, keys, values))
        return Run(path, n_rows, n_bytes, tuple(sample), _of_all(sizes) if sizes else None)

    def _encode(self, rows: pa.Table) -> tuple[list[bytes], list[bytes]]:
        keys = rows[self.layout.key].combine_chunks()
        return encode_keys(keys, self.layout.key), encode_rows(rows, self.layout)

    def _sizes(self, rows: pa.Table, keys: list[bytes], values: list[bytes]) -> RowSizes:
        importance = one_array(rows[self.importance]) if self.importance else pa.nulls(len(keys), pa.float64())
        return RowSizes(pa.array(keys, pa.large_binary()), np.fromiter(map(len, values), np.int64), importance)


def _of_all(sizes: Sequence[RowSizes]) -> RowSizes:
    keys, importance = ([getattr(one, name) for one in sizes] for name in ("keys", "importance"))
    value_bytes = np.concatenate([one.value_bytes for one in sizes])
    return RowSizes(pa.concat_arrays(keys), value_bytes, pa.concat_arrays(importance))

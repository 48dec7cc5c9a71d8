"""Sorted runs: the parts of a dataset, encoded side by side, then merged in key order into one LMDB file.

Encoding takes most of the time and is done by the workers; merging lets LMDB append, which fills its pages and
is several times faster than inserting. Memory stays at one block a run, disk at one extra copy of the values.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import lmdb
import msgspec
import pyarrow as pa

from storage_tiers.random_access.keys import encode_keys
from storage_tiers.random_access.values import ValueLayout, encode_rows
from storage_tiers.versioned.datasets import Dataset, PartReader

Pair = tuple[bytes, bytes]

_BLOCK_ROWS = 1_024
_COMMIT_ROWS = 65_536
_SAMPLES_PER_RUN = 64
_SPACE_FACTOR = 4  # values just over half a page or just over a page waste up to half of it; the map is only addresses
_SPACE_BYTES = 2**26
_decode_block = msgspec.msgpack.Decoder(tuple[list[bytes], list[bytes]]).decode


@dataclass(frozen=True, slots=True)
class Run:
    """The encoded rows of one part in a file of blocks, and a sample of them to look up after the load."""

    path: Path
    n_rows: int
    block_bytes: tuple[int, ...]
    sample: tuple[Pair, ...]

    def pairs(self) -> Iterator[Pair]:
        """Yield keys and values in key order; the file is opened anew for each block, so runs may be many."""
        start = 0
        for n_bytes in self.block_bytes:
            with self.path.open("rb") as stream:
                stream.seek(start)
                keys, values = _decode_block(stream.read(n_bytes))
            yield from zip(keys, values, strict=True)
            start += n_bytes


@dataclass(frozen=True, slots=True)
class RunWriter:
    """Encodes one part of a dataset into a run; picklable, so that it can travel to a worker."""

    reader: PartReader
    layout: ValueLayout
    folder: Path

    def __call__(self, number: int) -> Run:
        """Write the run of one part."""
        table = self.reader(number)
        path = self.folder / f"run-{number:05d}"
        every = max(1, table.num_rows // _SAMPLES_PER_RUN)
        block_bytes: list[int] = []
        sample: list[Pair] = []
        with path.open("wb") as stream:
            for start in range(0, table.num_rows, _BLOCK_ROWS):
                keys, values = self._encode(table.slice(start, _BLOCK_ROWS))
                block_bytes.append(stream.write(msgspec.msgpack.encode((keys, values))))
                first = -start % every
                sample += zip(keys[first::every], values[first::every], strict=True)
        return Run(path, table.num_rows, tuple(block_bytes), tuple(sample))

    def _encode(self, rows: pa.Table) -> tuple[list[bytes], list[bytes]]:
        keys = rows[self.layout.key].combine_chunks()
        return encode_keys(keys, self.layout.key), encode_rows(rows, self.layout)


def write_runs(
    dataset: Dataset, layout: ValueLayout, folder: Path, executor: Executor | None, on_rows: Callable[[int], None]
) -> list[Run]:
    """Encode every part, side by side on an executor if given; ``on_rows`` hears the rows of each finished part."""
    columns = [layout.key, *(field.name for field in layout.stored)]
    writer = RunWriter(dataset.reader(columns), layout, folder)
    apply = executor.map if executor and dataset.n_parts > 1 else map
    return list(_counted(apply(writer, range(dataset.n_parts)), on_rows))


def merge_runs(runs: Sequence[Run], folder: Path, on_rows: Callable[[int], None]) -> None:
    """Write all runs into a new LMDB environment in key order, synced to disk."""
    pairs = heapq.merge(*(run.pairs() for run in runs)) if len(runs) > 1 else runs[0].pairs()
    n_bytes = sum(sum(run.block_bytes) for run in runs)
    environment = lmdb.open(str(folder), map_size=_SPACE_FACTOR * n_bytes + _SPACE_BYTES, lock=False, sync=False)
    with environment:
        n_written = _COMMIT_ROWS
        while n_written == _COMMIT_ROWS:
            with environment.begin(write=True) as transaction:
                n_written, _ = transaction.cursor().putmulti(islice(pairs, _COMMIT_ROWS), append=True)
            on_rows(n_written)
        environment.sync(True)


def _counted(runs: Iterator[Run], on_rows: Callable[[int], None]) -> Iterator[Run]:
    for run in runs:
        on_rows(run.n_rows)
        yield run

"""Loading: the parts of a dataset become sorted runs, side by side, and these one LMDB file, which is looked into.

Encoding makes millions of small tuples and lists, none of which forms a cycle. Python's collector of cycles would look
through them again and again, 40 % of the time, so it pauses meanwhile. Two threads are then faster than two worker
processes were with it: three joins of 2 million pins are loaded in 1.85 s, against 2.05 s (two cores).

Merging lets LMDB append, which fills its pages and is several times faster than inserting. Memory stays at one block a
run, disk at one extra copy of the values.
"""

import gc
import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import lmdb
import msgspec
import pyarrow as pa

from joins.engine.ordered_map import ordered_map
from storage_tiers.errors import MAKE_ROOM, DatasetError
from storage_tiers.random_access.environments import SharedEnvironment
from storage_tiers.random_access.keys import encode_keys, in_order_of_keys
from storage_tiers.random_access.values import ValueLayout, encode_rows
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.parts import PartReader

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
    """Encodes one part of a dataset into a run."""

    reader: PartReader
    layout: ValueLayout
    folder: Path

    def __call__(self, number: int) -> Run:
        """Write the run of one part."""
        table = in_order_of_keys(self.reader(number), self.layout.key)
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


def write_environment(
    dataset: Dataset, layout: ValueLayout, folder: Path, n_threads: int, on_rows: Callable[[int], None]
) -> None:
    """Write all rows of a dataset into a new LMDB environment in key order, synced to disk, and look up some.

    Keys must be unique and the folder empty; the runs lie beside it until they are merged. `on_rows` is told of rows
    that are encoded, and again of rows that are written. A DatasetError says that a key is empty, or that rows that
    were written can't be found again.
    """
    writer = RunWriter(dataset.reader([layout.key, *(field.name for field in layout.stored)]), layout, folder.parent)
    runs = []
    with _collector_paused(), ThreadPoolExecutor(n_threads) as pool:
        for run in ordered_map(writer, range(dataset.n_parts), pool, n_threads):
            on_rows(run.n_rows)
            runs.append(run)
    _merge_runs(runs, folder, on_rows)
    _look_up(dataset, folder, runs)


@contextmanager
def _collector_paused() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _merge_runs(runs: Sequence[Run], folder: Path, on_rows: Callable[[int], None]) -> None:
    pairs = heapq.merge(*(run.pairs() for run in runs)) if len(runs) > 1 else runs[0].pairs()
    n_bytes = sum(sum(run.block_bytes) for run in runs)
    try:
        environment = lmdb.open(str(folder), map_size=_SPACE_FACTOR * n_bytes + _SPACE_BYTES, lock=False, sync=False)
        with environment:
            n_written = _COMMIT_ROWS
            while n_written == _COMMIT_ROWS:
                with environment.begin(write=True) as transaction:
                    n_written, _ = transaction.cursor().putmulti(islice(pairs, _COMMIT_ROWS), append=True)
                on_rows(n_written)
            environment.sync(True)
    except lmdb.Error as error:  # LMDB calls a full disk an input/output error
        raise DatasetError(f"rows can't be written ({error})", where=str(folder), remedy=MAKE_ROOM) from error


def _look_up(dataset: Dataset, folder: Path, runs: Sequence[Run]) -> None:
    environment = SharedEnvironment(folder)
    try:
        missing = [key for run in runs for key, value in run.sample if environment.get(key) != value]
        n_entries = environment.n_entries
    finally:
        environment.close()
    if missing or n_entries != dataset.n_rows:
        raise DatasetError(
            f"{dataset.name} {dataset.version} was not loaded: {n_entries:,} of {dataset.n_rows:,} rows are there, "
            f"{len(missing)} of the sampled keys are missing (first: {missing[:1]})",
            remedy="are the keys unique?",
        )

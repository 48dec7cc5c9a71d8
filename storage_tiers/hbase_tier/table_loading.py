"""Loading a version into a table of its own, which nobody knows of until its record is written.

Parts are encoded side by side and written in order of keys, some megabytes a call; every call is acknowledged, and
durable, before the next. Where there is a budget the rows are encoded twice, first to learn what they take. At last
the rows are counted on the server and some are read back.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import compress

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.engine.ordered_map import ordered_map
from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Budget
from storage_tiers.errors import DatasetError
from storage_tiers.guards.row_digest import RowsDigest, digest_of_rows
from storage_tiers.hbase_tier.loaded_table import CELL_BYTES, LoadedTable, cell_bytes
from storage_tiers.hbase_tier.trimmed_rows import Buckets
from storage_tiers.hbase_tier.wire.hbase_cluster import Cluster
from storage_tiers.hbase_tier.wire.hbase_tables import create_table
from storage_tiers.hbase_tier.wire.table_rows import Pair, TableRows
from storage_tiers.random_access.keys import encode_keys, part_in_order_of_keys
from storage_tiers.random_access.values import ROWS_AT_ONCE, ValueLayout, encode_rows
from storage_tiers.trimming.most_important import Kept, Ranking, importance_column, keep_most_important, rank_rows
from storage_tiers.trimming.trimmed_keys import key_hashes
from storage_tiers.versioned.datasets import Dataset

ROWS, TRIMMED = b"r", b"t"  # families of the table of a version
FAMILIES = {ROWS: {"VERSIONS": "1", "BLOCKSIZE": "16384"}, TRIMMED: {"VERSIONS": "1"}}

_CALL_BYTES = 2**20
_SAMPLES_PER_PART = 64
_REGION_BYTES = 2**28  # of published files, which are compressed; regions are served by servers side by side
_MOST_REGIONS = 256

OnRows = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of a part, or of all."""

    digest: RowsDigest = field(default_factory=RowsDigest)
    sample: list[Pair] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TableLoad:
    """The load of one dataset into a table; `on_rows` is told of rows that were written, from several threads."""

    cluster: Cluster
    dataset: Dataset
    layout: ValueLayout
    budget: Budget
    n_threads: int
    on_rows: OnRows

    def fill(self, table: str) -> LoadedTable:
        """Make the table, write the rows, and return the record that describes it, which isn't written yet."""
        kept = self._chosen()
        create_table(self.cluster, table, FAMILIES, self._split_keys())
        rows = TableRows(self.cluster, table)
        written, left_out = self._write(rows, kept)
        buckets = Buckets.for_hashes(len(left_out))
        hashes = buckets.rows(key_hashes(left_out)) if left_out else []
        rows.put(TRIMMED, hashes)
        self._look_up(rows, written)
        return LoadedTable(
            dataset=self.dataset.name,
            version=self.dataset.version,
            table=table,
            source_digest=self.dataset.manifest.digest,
            n_rows=written.digest.n_rows,
            n_bytes=_cells_bytes(written.digest) + BYTES_OF_A_TRIMMED_KEY * len(left_out),
            digest=written.digest.hex(),
            trimmed_digest=digest_of_rows(hashes).hex(),
            key_is_integer=self.dataset.manifest.key_is_integer,
            variant=self.dataset.place.variant,
            layout=self.layout,
            loaded_at=dt.datetime.now(dt.UTC),
            trimmed=kept.trimmed if kept else None,
            n_buckets=buckets.n_buckets,
        )

    def _blocks(self, number: int, column: str | None = None) -> Iterator[tuple[list[bytes], list[bytes], pa.Table]]:
        """Yield keys, values and rows of a part, some at a time, in the order of the keys."""
        stored = [field.name for field in self.layout.stored]
        columns = dict.fromkeys([self.layout.key, *stored, *([column] if column else [])])
        reader = self.dataset.reader([*columns])
        for rows in part_in_order_of_keys(reader, number, self.layout.key, ROWS_AT_ONCE):
            keys = encode_keys(rows[self.layout.key].combine_chunks(), self.layout.key)
            yield keys, encode_rows(rows, self.layout), rows

    def _chosen(self) -> Kept | None:
        """Return which rows are kept, in the order in which they are written; None where all are."""
        if self.budget.n_bytes is None:
            return None
        column = importance_column(self.dataset)
        keys: list[bytes] = []
        sizes: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
        importance: list[pa.Array] = []
        for number in range(self.dataset.n_parts):
            for block, values, rows in self._blocks(number, column):
                keys += block
                sizes.append(np.fromiter(map(cell_bytes, block, values), np.int64))
                importance += rows[column].chunks if column else [pa.nulls(len(block), pa.float64())]

        def ranking() -> Ranking:
            given = pa.chunked_array(importance or [pa.nulls(0, pa.float64())])
            return rank_rows(given, pa.array(keys, pa.large_binary()))

        return keep_most_important(self.dataset, "hbase", self.budget, ranking, np.concatenate(sizes))

    def _split_keys(self) -> list[bytes]:
        """Return where regions begin: rows are spread over parts by a hash, so one part shows how the keys lie."""
        n_regions = min(_MOST_REGIONS, 1 + self.dataset.manifest.n_bytes // _REGION_BYTES)
        if n_regions == 1:
            return []
        part = self.dataset.reader([self.layout.key])(0)
        keys = sorted(encode_keys(part[self.layout.key].combine_chunks(), self.layout.key))
        return sorted({keys[len(keys) * place // n_regions] for place in range(1, n_regions) if keys})

    def _write(self, rows: TableRows, kept: Kept | None) -> tuple[Written, list[bytes]]:
        """Write the rows that are kept; return what was written, and the keys that weren't."""
        starts = np.cumsum([0, *(part.n_rows for part in self.dataset.manifest.parts)])

        def write_part(number: int) -> tuple[Written, list[bytes]]:
            is_kept = None if kept is None else kept.is_kept[starts[number] : starts[number + 1]]
            return self._write_part(rows, number, is_kept)

        digest, sample, left_out = RowsDigest(), list[Pair](), list[bytes]()
        with ThreadPoolExecutor(self.n_threads) as pool:
            for written, missing in ordered_map(write_part, range(self.dataset.n_parts), pool, self.n_threads):
                digest = digest.plus(written.digest)
                sample += written.sample
                left_out += missing
        return Written(digest, sample), left_out

    def _write_part(
        self, rows: TableRows, number: int, is_kept: npt.NDArray[np.bool_] | None
    ) -> tuple[Written, list[bytes]]:
        written, left_out, start = Written(), list[bytes](), 0
        every = max(1, self.dataset.manifest.parts[number].n_rows // _SAMPLES_PER_PART)
        for keys, values, _ in self._blocks(number):
            pairs = list(zip(keys, values, strict=True))
            if is_kept is not None:
                chosen = is_kept[start : start + len(pairs)].tolist()
                left_out += compress(keys, (not one for one in chosen))
                pairs = [*compress(pairs, chosen)]
            for call in _calls_of(pairs):
                rows.put(ROWS, call)
            written.digest.add(pairs)
            written.sample.extend(pairs[-start % every :: every])
            start += len(keys)
            self.on_rows(len(keys))
        return written, left_out

    def _look_up(self, rows: TableRows, written: Written) -> None:
        """Read some rows back by key, and then all of them: what was damaged on the way is never recorded."""
        keys = [key for key, _ in written.sample]
        found = rows.get(ROWS, keys)
        missing = [key for (key, value), there in zip(written.sample, found, strict=True) if there != value]
        there_now = digest_of_rows(rows.scan(ROWS))
        n_rows = written.digest.n_rows
        if missing or (there_now.n_rows, there_now.hex()) != (n_rows, written.digest.hex()):
            what = "aren't those that were sent" if there_now.n_rows == n_rows else "are there"
            raise DatasetError(
                f"{self.dataset.name} {self.dataset.version} was not loaded: {there_now.n_rows:,} of {n_rows:,} "
                f"rows {what}, {len(missing)} of the sampled keys are missing or changed (first: {missing[:1]})",
                remedy="are the keys unique?",
            )


def _cells_bytes(rows: RowsDigest) -> int:
    return rows.n_bytes + CELL_BYTES * rows.n_rows


class Progress:
    """Counts rows that several threads write, and tells of them."""

    def __init__(self, n_rows: int, tell: Callable[[int, int], None] | None, after: Callable[[], None]) -> None:
        self._n_rows, self._n_done = n_rows, 0
        self._tell, self._after = tell, after
        self._guard = threading.Lock()

    def __call__(self, n_rows: int) -> None:
        """Count rows."""
        with self._guard:
            self._n_done += n_rows
            if self._tell:
                self._tell(self._n_done, self._n_rows)
            self._after()


def _calls_of(pairs: list[Pair]) -> Iterator[list[Pair]]:
    """Yield rows in pieces that go into one call each; a row that is larger goes alone."""
    call, n_bytes = list[Pair](), 0
    for key, value in pairs:
        if call and n_bytes + len(key) + len(value) > _CALL_BYTES:
            yield call
            call, n_bytes = [], 0
        call.append((key, value))
        n_bytes += len(key) + len(value)
    if call:
        yield call

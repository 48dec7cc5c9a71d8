"""Edges by target on disk: Arrow record batches, one a block of rows, read ahead of the sweep that goes over them."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import DTypeLike, NDArray

from joins.engine.ordered_map import ordered_map
from pagerank.layout.non_dangling_graph import ROW_COST, EdgeBlock

SOURCE = pa.field("source", pa.int32(), nullable=False)
EDGES = "edges"


def block_schema(weight_type: DTypeLike | None) -> pa.Schema:
    """Return what a block looks like on disk: a list of edges for each of its rows."""
    weight = [] if weight_type is None else [pa.field("weight", pa.from_numpy_dtype(weight_type), nullable=False)]
    fields = [SOURCE, *weight]
    return pa.schema([(EDGES, pa.large_list(pa.field("edge", pa.struct(fields), nullable=False)))])


def as_batch(block: EdgeBlock) -> pa.RecordBatch:
    """Return a block as it stands on disk, without a copy."""
    columns = [block.source.view(np.int32)] + ([] if block.weight is None else [block.weight])
    schema = block_schema(None if block.weight is None else block.weight.dtype)
    list_type = schema.field(EDGES).type
    edges = pa.StructArray.from_arrays([pa.array(column) for column in columns], fields=list(list_type.value_type))
    return pa.RecordBatch.from_arrays(
        [pa.LargeListArray.from_arrays(pa.array(block.row_start.view(np.int64)), edges, type=list_type)], schema=schema
    )


def as_block(batch: pa.RecordBatch, rows: slice) -> EdgeBlock:
    """Return a block that was read from disk, without a copy."""
    lists = batch.column(0)
    columns = [column.to_numpy() for column in lists.values.flatten()]
    weight = columns[1] if len(columns) > 1 else None
    return EdgeBlock(rows, lists.offsets.to_numpy().view(np.uint64), columns[0].view(np.uint32), weight)


@dataclass(frozen=True, slots=True, eq=False)
class DiskRows:
    """Edges in an Arrow IPC file, whose record batch ``n`` is block ``n``, of `block_schema`.

    `first_row`, shape ``(n_blocks + 1,)``, is where blocks begin, and the number of rows; `in_degree` counts the edges
    into each of all nodes.
    """

    path: Path
    first_row: NDArray[np.int64]
    in_degree: NDArray[np.int32]

    def cut(self, n_ranges: int, costly: NDArray[np.bool_] | None = None) -> list[slice]:  # noqa: ARG002 - blocks are whole
        """Return ranges of whole blocks with about as many edges each, as `EdgeRows` does."""
        starts = self.first_row[:-1]
        cost = np.add.reduceat(self.in_degree, starts, dtype=np.int64) + ROW_COST * np.diff(self.first_row)
        total = np.cumsum(cost)
        cuts = np.searchsorted(total, total[-1] * np.arange(1, n_ranges) // n_ranges, side="right").tolist()
        ends = self.first_row[[0, *cuts, starts.size]].tolist()
        return [slice(*pair) for pair in itertools.pairwise(ends)]

    def read(self, rows: slice) -> Iterator[EdgeBlock]:
        """Yield the blocks of a range; while one is worked on, a thread of its own reads the next."""
        first, last = np.searchsorted(self.first_row, [rows.start, rows.stop]).tolist()
        if first == last:
            return
        with pa.OSFile(str(self.path)) as file, ThreadPoolExecutor(1) as reader:
            read_ahead = ordered_map(pa.ipc.open_file(file).get_batch, range(first, last), reader, n_threads=0)
            for number, batch in enumerate(read_ahead, first):  # none waits beside the one that is read
                yield as_block(batch, slice(*self.first_row[number : number + 2].tolist()))

"""What a pass over the edges tells: which nodes dangle, how weights are held, and where blocks of rows begin."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.engine.ordered_map import ordered_map
from pagerank.edges.edge_stream import EdgeStream
from pagerank.edges.numbered_edges import NodeNumbers, NumberedEdges
from pagerank.layout.build_kernels import survey
from pagerank.layout.non_dangling_graph import number_non_dangling
from pagerank.layout.weight_precision import WeightPrecision, combined, weight_precision

BLOCK_EDGES = 1 << 22  # about, in a block
MOST_BLOCKS = 256  # files that are written at a time
FINE_BITS = 16  # edges are counted by so many upper bits of their row, and blocks are cut there


@dataclass(frozen=True, slots=True, eq=False)
class DiskPlan:
    """How edges will lie on disk: the block of row ``i`` is ``block_of[i >> fine_bits]``.

    Weights are multiplied by `scale`, a power of two, and held as `weight_type`; None: each edge weighs 1. Their sums
    are exact in float64 if `is_exact`. `first_row`, shape ``(n_blocks + 1,)``, is where blocks begin, and the number of
    rows.
    """

    non_dangling_number: NDArray[np.int32]
    weight_type: type[np.float32 | np.float64] | None
    scale: float
    is_exact: bool
    fine_bits: int
    block_of: NDArray[np.uint32]
    first_row: NDArray[np.int64]

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return self.first_row.size - 1

    @property
    def spill_schema(self) -> pa.Schema:
        """Edges of a block before they are sorted."""
        weight = [] if self.weight_type is None else [("weight", pa.from_numpy_dtype(self.weight_type))]
        return pa.schema([("source", pa.uint32()), ("row", pa.int32()), *weight])

    def rows(self, number: int) -> slice:
        """Return the rows of a block."""
        return slice(*self.first_row[number : number + 2].tolist())


def disk_plan(stream: EdgeStream, numbers: NodeNumbers, pool: Executor, n_threads: int) -> DiskPlan:
    """Read all edges once and return how they will lie on disk; arguments as for `disk_build`."""
    n_nodes = numbers.node_ids.size
    fine_bits = max(0, n_nodes.bit_length() - FINE_BITS)
    n_in_fine = np.zeros((n_nodes - 1 >> fine_bits) + 1, np.int64)
    has_edge_out = np.zeros(n_nodes, np.uint8)

    def look_at(edges: NumberedEdges) -> tuple[NDArray[np.int64], WeightPrecision | None]:
        counts = np.zeros_like(n_in_fine)
        survey(edges.src, edges.dst, edges.weight, 0, edges.src.size, fine_bits, counts, None, has_edge_out)
        return counts, None if edges.weight is None else weight_precision(edges.weight)

    bits = []
    for counts, its_bits in ordered_map(look_at, (numbers.of(edges) for edges in stream), pool, n_threads):
        n_in_fine += counts
        bits += [its_bits] if its_bits else []
    weights = combined(bits)
    block_of, first_fine = _cut(n_in_fine)
    return DiskPlan(
        number_non_dangling(has_edge_out),
        (np.float32 if weights.fits_float32 else np.float64) if bits else None,
        weights.scale if bits and weights.fits_float32 else 1.0,
        weights.sums_are_exact,
        fine_bits,
        block_of,
        np.minimum(first_fine << fine_bits, n_nodes),
    )


def _cut(n_in_fine: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the block of each fine range of rows, and the range that each block begins with, the end behind them."""
    size = max(BLOCK_EDGES, -(-int(n_in_fine.sum()) // MOST_BLOCKS))
    block_of = (np.cumsum(n_in_fine) - n_in_fine) // size
    changes = np.concatenate(([True], block_of[1:] != block_of[:-1]))
    return np.cumsum(changes, dtype=np.uint32) - np.uint32(1), np.append(np.flatnonzero(changes), n_in_fine.size)

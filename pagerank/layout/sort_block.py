"""Sorting the edges of a block of rows by row, source and weight: counting sorts, least significant digit first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.layout.build_kernels import BY_ROW, counting_pass
from pagerank.layout.parallel_edges import order_parallel

DIGIT_BITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class PlacedEdges:
    """Edges in the block of their target: the source's number among the non-dangling nodes, and the target's place.

    Weights are float32 or float64; None: each edge weighs 1.
    """

    source: NDArray[np.uint32]
    row: NDArray[np.integer]
    weight: NDArray[np.floating] | None

    def part(self, start: int, stop: int) -> "PlacedEdges":
        """Return the edges ``start..stop``, in the same memory."""
        return PlacedEdges(
            self.source[start:stop], self.row[start:stop], None if self.weight is None else self.weight[start:stop]
        )

    def empty_like(self, size: int) -> "PlacedEdges":
        """Return memory for so many edges of these types."""
        weight = None if self.weight is None else np.empty(size, self.weight.dtype)
        return PlacedEdges(np.empty(size, np.uint32), np.empty(size, self.row.dtype), weight)


def sort_block(block: PlacedEdges, spare: PlacedEdges, source_bits: int, n_rows: int) -> NDArray[np.uint64]:
    """Sort a block in place and return where each of its rows ends; `spare` is memory for as many such edges.

    The largest source has `source_bits`; 0 if sources ascend already. `n_rows`, a power of two, is more than the
    largest row.
    """
    here, there = block, spare
    for shift in range(0, source_bits, DIGIT_BITS):
        _move(here, there, shift, 1 << DIGIT_BITS)
        here, there = there, here
    ends = _move(here, there, BY_ROW, n_rows)
    if there is spare:
        block.source[:], block.row[:] = spare.source, spare.row
        if block.weight is not None:
            block.weight[:] = spare.weight
    if block.weight is not None:
        same_source, same_row = block.source[1:] == block.source[:-1], block.row[1:] == block.row[:-1]
        order_parallel(same_source & same_row, block.weight)
    return ends


def _move(here: PlacedEdges, there: PlacedEdges, shift: int, n_digits: int) -> NDArray[np.uint64]:
    ends = np.zeros(n_digits, np.uint64)
    weights = None if here.weight is None or there.weight is None else (here.weight, there.weight)
    counting_pass(shift, ends, (here.source, there.source), (here.row, there.row), weights)
    return ends

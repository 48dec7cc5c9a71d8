"""The weights out of each non-dangling node, added up in an order that the graph alone fixes."""

from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from joins.engine.ordered_map import ordered_map
from pagerank.layout.build_kernels import compiled
from pagerank.layout.non_dangling_graph import EdgeBlock, MemoryRows, OutWeights

N_PARTS = 2  # fixed: sums of real weights have the bits of this split
SHARE_BLOCK = 1 << 16


class OutWeightSums:
    """Adds up the weights out of each non-dangling node, block after block.

    `is_exact` says that such sums are exact in float64, whatever their order. `n_parts` parts of the rows may be added
    up beside each other; their sums are added in the order of the parts.
    """

    def __init__(self, non_dangling_number: NDArray[np.int32], *, is_exact: bool, n_parts: int = 1) -> None:
        shape = n_parts, int(non_dangling_number.max(initial=-1)) + 1, 2
        self._number = non_dangling_number
        self._by_target = np.zeros(shape)  # in the last dimension: to non-dangling nodes, to dangling ones
        self._to_itself = np.zeros(shape[1])  # a node's own row lies in one part
        self._n_additions = None if is_exact else np.zeros(shape)

    def add(self, block: EdgeBlock, part: int = 0) -> None:
        """Add the weights of the edges of a block to their sources."""
        number = self._number[block.rows]
        add_out_weights(block.row_start, block.source, block.weight, number, self._by_target[part], self._to_itself)
        if self._n_additions is not None:
            add_out_weights(block.row_start, block.source, None, number, self._n_additions[part], None)

    def out_weights(self) -> OutWeights:
        """Return the sums; one that float64 does not hold is infinite."""
        n_additions = 0 * self._to_itself if self._n_additions is None else self._n_additions.sum(axis=(0, 2))
        with np.errstate(over="ignore"):
            by_target = self._by_target.sum(axis=0)
            return OutWeights(by_target.sum(axis=1), by_target[:, 1].copy(), self._to_itself, n_additions)


def add_up_out_weights(
    rows: MemoryRows, non_dangling_number: NDArray[np.int32], *, is_exact: bool, pool: Executor
) -> OutWeights:
    """Return the out-weights of edges in memory, added up on the threads of a pool; arguments as `OutWeightSums`."""
    sums = OutWeightSums(non_dangling_number, is_exact=is_exact, n_parts=N_PARTS)
    ranges = rows.cut(N_PARTS)

    def add_part(part: int) -> None:
        for block in rows.read(ranges[part]):
            sums.add(block, part)

    list(ordered_map(add_part, range(N_PARTS), pool, N_PARTS))
    return sums.out_weights()


def complete_out_weights(
    sums: NDArray[np.float64], rows: MemoryRows, non_dangling_number: NDArray[np.int32], pool: Executor
) -> OutWeights:
    """Return the out-weights whose exact totals and self-loops, shape ``(2, n_non_dangling)``, are known already."""
    total, to_itself = sums
    dangling = np.flatnonzero((non_dangling_number < 0) & (rows.in_degree > 0)).astype(np.uint32)
    to_dangling = np.zeros((N_PARTS, total.size))

    def add_part(part: int) -> None:
        some = np.array_split(dangling, N_PARTS)[part]
        add_into(some, rows.row_start, rows.source, rows.weight, to_dangling[part])

    list(ordered_map(add_part, range(N_PARTS), pool, N_PARTS))
    return OutWeights(total, to_dangling.sum(axis=0), to_itself, np.zeros(total.size))


def shares(
    weight: NDArray[np.floating], source: NDArray[np.uint32], total: NDArray[np.float64], *, in_place: bool = False
) -> NDArray[np.floating]:
    """Return each weight divided by the out-weight of its source.

    Shares are at most 1, whatever the weights were, so nothing computed with them leaves the range of float64.

    Examples
    --------
    >>> shares(np.array([1e300, 3e300]), np.zeros(2, np.uint32), np.array([4e300]))
    array([0.25, 0.75])
    """
    found = weight if in_place else np.empty_like(weight)
    for start in range(0, weight.size, SHARE_BLOCK):
        block = slice(start, start + SHARE_BLOCK)
        np.divide(weight[block], total[source[block]], out=found[block])
    return found


@compiled
def add_out_weights(
    row_start: NDArray[np.uint64],
    source: NDArray[np.uint32],
    weight: NDArray[np.floating] | None,
    non_dangling_number: NDArray[np.int32],
    out_weight: NDArray[np.float64],
    to_itself: NDArray[np.float64] | None,
) -> None:
    """Add the weights of a block to their sources, by whether the target dangles, and those of self-loops once more.

    The block is a `pagerank.layout.non_dangling_graph.EdgeBlock`, `non_dangling_number` is that of its rows.
    """
    for row in range(np.uint64(non_dangling_number.size)):
        target = non_dangling_number[row]
        kind = np.uint64(0) if target >= 0 else np.uint64(1)
        for edge in range(row_start[row], row_start[row + np.uint64(1)]):
            value = 1.0 if weight is None else float(weight[edge])
            out_weight[source[edge], kind] += value
            if to_itself is not None and source[edge] == target:
                to_itself[target] += value


@compiled
def add_into(
    rows: NDArray[np.uint32],
    row_start: NDArray[np.uint64],
    source: NDArray[np.uint32],
    weight: NDArray[np.floating] | None,
    sums: NDArray[np.float64],
) -> None:
    """Add the weights of the edges into some rows to their sources."""
    for row in rows:
        for edge in range(row_start[row], row_start[np.uint64(row) + np.uint64(1)]):
            sums[source[edge]] += 1.0 if weight is None else weight[edge]

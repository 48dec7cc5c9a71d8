"""Nodes numbered 0, 1, 2, ... by ascending id, and the numbers of the ends of edges."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.edges.id_table import numbers_of_ids
from pagerank.edges.node_ids import as_node_ids
from pagerank.edges.weighted_edges import WeightedEdges
from pagerank.errors import InvalidGraphError

Number = TypeVar("Number", bound=np.number)

TABLE_SLOTS_PER_ID = 4  # ids that fill a range at least so well are looked up in a table over it
# Linux's allocator gives large arrays back and gets them cleared anew, which takes as long as a sweep each, until one
# was freed that is as large as all that are in use together. So one is asked for, and never touched, before the others.
BYTES_AN_EDGE, MOST_BYTES_KEPT = 80, 1 << 25
BLOCK_IDS = 1 << 16  # looked up at a time, so that what a block needs stays in the cache


@dataclass(frozen=True, slots=True, eq=False)
class NumberedEdges:
    """Edges between numbered nodes, in the order given; `node_ids`, ascending, has the id of each number.

    Numbers are all int32 or all int64, weights int64 or float64, and all of them read-only.
    """

    node_ids: NDArray[np.int64]
    src: NDArray[np.integer]
    dst: NDArray[np.integer]
    weight: NDArray[np.number] | None


@dataclass(frozen=True, slots=True)
class NodeNumbers:
    """The nodes, ascending, and what gives the ends of edges, all of which are nodes, their numbers."""

    node_ids: NDArray[np.int64]
    numbers_of: Callable[[NDArray[np.int64]], NDArray[np.integer]]

    def of(self, edges: WeightedEdges) -> NumberedEdges:
        """Return edges with numbers in the place of ids."""
        src, dst = (self._looked_up(ids) for ids in (edges.src, edges.dst))
        return numbered_edges(self.node_ids, src, dst, edges.weight)

    def _looked_up(self, ids: NDArray[np.integer]) -> NDArray[np.integer]:
        numbers = np.empty(ids.size, _narrowest(ids.size))
        for start, block in zip(range(0, ids.size, BLOCK_IDS), _blocks(ids), strict=True):
            numbers[start : start + BLOCK_IDS] = self.numbers_of(block)
        return numbers


def number_nodes(
    edges: WeightedEdges,
    *,
    nodes: ArrayLike | pa.Array | pa.ChunkedArray | None = None,
    n_nodes: int | None = None,
) -> NumberedEdges:
    """Return the edges with numbers in the place of ids; they share memory where the ids are the numbers.

    `nodes` and `n_nodes` are those of `pagerank.pagerank`. Ids that lie close together are found in a table over their
    range, a few nanoseconds an edge; others by their hash, see `pagerank.edges.id_table`.

    Raises
    ------
    InvalidGraphError
        `nodes` and `n_nodes` are both given, or an id is outside ``0..n_nodes - 1``.

    Examples
    --------
    >>> from pagerank.edges.weighted_edges import read_edges
    >>> numbered = number_nodes(read_edges(([70, 80], [90, 70])))
    >>> numbered.node_ids.tolist(), numbered.src.tolist(), numbered.dst.tolist()
    ([70, 80, 90], [0, 1], [2, 0])
    """
    np.empty(min(BYTES_AN_EDGE * edges.src.size, MOST_BYTES_KEPT), np.uint8)  # freed at once, see there
    if n_nodes is not None:
        check_range(edges, n_nodes, nodes)
        return numbered_edges(np.arange(n_nodes, dtype=np.int64), edges.src, edges.dst, edges.weight)
    others = as_node_ids([] if nodes is None else nodes, "nodes")
    ends = (edges.src, edges.dst)
    lowest, n_slots = _range_of([*ends, others])
    if n_slots > TABLE_SLOTS_PER_ID * (2 * edges.src.size + others.size):
        node_ids, (src, dst, _) = numbers_of_ids([ids.astype(np.int64, copy=False) for ids in (*ends, others)])
        return numbered_edges(node_ids, src, dst, edges.weight)
    marked = np.zeros(n_slots, np.bool_)
    for ids in (*ends, others):
        for block in _blocks(ids):
            marked[block - lowest] = True
    if lowest == 0 and marked.all():
        return numbered_edges(np.arange(n_slots, dtype=np.int64), edges.src, edges.dst, edges.weight)
    numbers = np.cumsum(marked, dtype=np.int64) - 1
    return NodeNumbers(np.flatnonzero(marked) + lowest, lambda block: numbers[block - lowest]).of(edges)


def _range_of(arrays: list[NDArray[np.integer]]) -> tuple[int, int]:
    """Return the lowest id and the length of the range that all ids lie in, as whole numbers without a limit."""
    filled = [ids for ids in arrays if ids.size]
    lowest = min((int(ids.min()) for ids in filled), default=0)
    return lowest, max((int(ids.max()) for ids in filled), default=-1) + 1 - lowest


def without_runs(ids: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return the ids without those that repeat the one before, which are most of them in edges by source."""
    return ids[np.concatenate(([True], ids[1:] != ids[:-1]))] if ids.size else ids


def _blocks(ids: NDArray[np.integer]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, ids.size, BLOCK_IDS):
        yield ids[start : start + BLOCK_IDS].astype(np.int64, copy=False)


def _narrowest(n: int) -> type[np.int32 | np.int64]:
    return np.int32 if n <= np.iinfo(np.int32).max // 2 else np.int64  # half: an edge may bring two nodes


def check_range(edges: WeightedEdges, n_nodes: int, nodes: object) -> None:
    """Raise unless all ids are in ``0..n_nodes - 1``, and no ids of nodes are given beside their number."""
    if nodes is not None:
        problem = f"both nodes and n_nodes={n_nodes} are given"
        raise InvalidGraphError(problem, remedy="give the ids, or their number when they are 0..n-1")
    if n_nodes < 0:
        raise InvalidGraphError(f"n_nodes={n_nodes}; allowed is 0 or more")
    if not edges.src.size or max(_largest_unsigned(edges.src), _largest_unsigned(edges.dst)) < n_nodes:
        return
    src, dst = edges.src, edges.dst
    outside = (src < 0) | (src >= n_nodes) | (dst < 0) | (dst >= n_nodes)
    row = int(np.argmax(outside))
    raise InvalidGraphError(
        f"{np.count_nonzero(outside):,} of {outside.size:,} name an id outside 0..n_nodes-1 with "
        f"n_nodes={n_nodes:,} (first: {src[row]} -> {dst[row]} in row {row})",
        where="edges",
        remedy="raise n_nodes, or leave it out and give nodes",
    )


def _largest_unsigned(ids: NDArray[np.integer]) -> int:
    """Return the largest id, where a negative one counts as larger than any other: one pass tells both."""
    return int(ids.view(f"u{ids.itemsize}").max(initial=0))


def numbered_edges(
    node_ids: NDArray[np.int64], src: NDArray[np.integer], dst: NDArray[np.integer], weight: NDArray[np.number] | None
) -> NumberedEdges:
    """Return edges in one of the few types that kernels are compiled for: a new one costs more than a copy."""
    width = np.int32 if src.dtype == dst.dtype == np.int32 else np.int64
    if weight is not None:
        weight = _read_only(weight, np.int64 if weight.dtype == np.int64 else np.float64)
    return NumberedEdges(node_ids, _read_only(src, width), _read_only(dst, width), weight)


def _read_only(values: NDArray[np.number], dtype: type[Number]) -> NDArray[Number]:
    """Return a flat read-only array, as those from Arrow are; it shares memory where it can."""
    flat: NDArray[Number] = np.ascontiguousarray(values, dtype).view()
    flat.flags.writeable = False
    return flat

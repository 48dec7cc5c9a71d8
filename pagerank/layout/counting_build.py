"""The counting build: from edges in any order to edges by target, in two passes over them and no sort.

Edges are counted into blocks of rows, moved there, and then sorted by row inside their block, which fits into the
cache. It is a radix sort, most significant digit first (Knuth, "The art of computer programming", volume 3, section
5.2.5), whose first digit is a block, so that its threads share nothing.
"""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joins.engine.ordered_map import ordered_map
from pagerank.edges.numbered_edges import NumberedEdges
from pagerank.edges.weighted_edges import check_none_vanished, check_out_weights
from pagerank.layout.build_kernels import scatter, survey
from pagerank.layout.non_dangling_graph import MemoryRows, NonDanglingGraph, number_non_dangling
from pagerank.layout.out_weights import add_up_out_weights, complete_out_weights, shares
from pagerank.layout.sort_block import PlacedEdges, sort_block
from pagerank.layout.weight_precision import WeightPrecision

EDGES_A_BLOCK = 1 << 16  # about: what a core sorts inside its cache
MAX_BLOCKS = 512  # about: as many streams as a core writes without losing much speed
MAX_BLOCK_BITS = 16  # a row's place in its block is held in 16 bits
UNITS = 2.0**24  # in 1: weights below 1 that are so many times a whole number fit exactly into float32,
EXACT_SUM = 2.0**29  # and their sums below this into float64, in any order
MOST_REPEATED = 1.25  # edges in the place of one: a repeat is one more gather, and weights are as many bytes as sources


@dataclass(frozen=True, slots=True, eq=False)
class _Survey:
    """What one pass over the edges tells; edges of weight 0 are none."""

    cuts: list[int]  # one slice of the edges a thread
    block_bits: int
    n_in_block: NDArray[np.int64]  # by slice and block of rows; repeats count
    repeats: bool  # an edge that weighs 2 is held as 2 edges, and so on
    non_dangling_number: NDArray[np.int32]
    largest: float
    total: float
    ascends: bool

    def is_exact(self, weight: NDArray[np.floating] | None, scale: float) -> bool:
        """Return whether sums of the weights, scaled and held like these, are exact in float64."""
        return weight is None or (weight.dtype == np.float32 and self.total * scale < EXACT_SUM)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Edges in the blocks of their targets, not yet sorted there."""

    edges: PlacedEdges
    scale: float  # the power of two in the weights
    sums: NDArray[np.float64] | None  # of the weights out of each non-dangling node, and of its loops


def counting_build(edges: NumberedEdges, pool: Executor, n_threads: int) -> NonDanglingGraph:
    """Return the graph by target, with the same bits for any order of the edges and any number of threads.

    Counts that are 1 as a rule are held as so many parallel edges. Other counts, and weights that are multiples of a
    power of two, are held as float32, the largest scaled below 1; other weights as float64 shares of their source's
    out-weight, which is then 1.

    Raises
    ------
    InvalidGraphError
        The weights of one source add up to more than float64 holds.

    Notes
    -----
    The moves keep the order of the edges, so edges that come by ascending source need no sort by source. Cost: about 30
    ns an edge and thread; at the peak 10 bytes an edge beside those given (6 without weights, 14 with real ones), and
    as much again for the largest block and thread.
    """
    seen = _survey(edges, pool, n_threads)
    placed = _scatter(edges, seen, pool)
    blocks, scale = placed.edges, placed.scale
    row_start = _sort_blocks(blocks, seen, pool, n_threads)
    rows = MemoryRows(row_start, blocks.source, blocks.weight)
    if placed.sums is None:
        is_exact = seen.is_exact(blocks.weight, scale)
        out_weights = add_up_out_weights(rows, seen.non_dangling_number, is_exact=is_exact, pool=pool)
    else:
        out_weights = complete_out_weights(placed.sums, rows, seen.non_dangling_number, pool)
    non_dangling_nodes = np.flatnonzero(seen.non_dangling_number >= 0).astype(np.uint32)
    check_out_weights(out_weights.total, edges.node_ids[non_dangling_nodes], scale)
    check_none_vanished(out_weights.total, edges.node_ids[non_dangling_nodes])
    if blocks.weight is not None and blocks.weight.dtype == np.float64:
        shares(blocks.weight, blocks.source, out_weights.total, in_place=True)
        out_weights = out_weights.of_shares()
    return NonDanglingGraph(rows, seen.non_dangling_number, non_dangling_nodes, out_weights)


def _survey(edges: NumberedEdges, pool: Executor, n_threads: int) -> _Survey:
    n_nodes, n_edges = edges.node_ids.size, edges.src.size
    n_blocks = min(1 + n_edges // EDGES_A_BLOCK, MAX_BLOCKS)
    block_bits = min((n_nodes // n_blocks).bit_length(), MAX_BLOCK_BITS)
    cuts = [n_edges * number // n_threads for number in range(n_threads + 1)]
    n_in_block, repeats_in_block = np.zeros((2, n_threads, (n_nodes >> block_bits) + 1), np.int64)
    has_edge_out = np.zeros(n_nodes, np.uint8)

    def survey_slice(part: int) -> tuple[float, float, bool, bool]:
        return survey(
            edges.src, edges.dst, edges.weight, cuts[part], cuts[part + 1], block_bits, n_in_block[part],
            repeats_in_block[part], has_edge_out,
        )  # fmt: skip

    largest, total, ascends, whole = zip(*ordered_map(survey_slice, range(n_threads), pool, n_threads), strict=True)
    repeats = edges.weight is not None and all(whole) and sum(total) <= MOST_REPEATED * n_in_block.sum()
    return _Survey(
        cuts,
        block_bits,
        repeats_in_block if repeats else n_in_block,
        repeats,
        number_non_dangling(has_edge_out),
        largest=max(largest),
        total=sum(total),
        ascends=all(ascends) and all(cut == 0 or edges.src[cut - 1] <= edges.src[cut] for cut in cuts[1:-1]),
    )


def _scatter(edges: NumberedEdges, seen: _Survey, pool: Executor) -> _Placed:
    """Move the edges to their blocks, their weights as float32 if they fit and repeats don't do."""
    ways: list[tuple[type[np.floating] | None, float]] = [(None, 1.0)]
    if not (edges.weight is None or seen.repeats):
        ways = [(np.float32, WeightPrecision(seen.largest).scale), (np.float64, 1.0)]
    return next(placed for way in ways if (placed := _scattered(edges, seen, *way, pool)))


def _scattered(
    edges: NumberedEdges, seen: _Survey, weight_type: type[np.floating] | None, scale: float, pool: Executor
) -> _Placed | None:
    """Return the edges by block, or None if their weights don't fit into the type."""
    n_edges, n_threads = int(seen.n_in_block.sum()), len(seen.n_in_block)
    n_non_dangling = int(seen.non_dangling_number.max()) + 1
    before = np.cumsum(seen.n_in_block.T.ravel()).reshape(seen.n_in_block.T.shape).T - seen.n_in_block
    weight = None if weight_type is None else np.empty(n_edges, weight_type)
    blocks = PlacedEdges(np.empty(n_edges, np.uint32), np.empty(n_edges, np.uint16), weight)
    # Added up here where any order gives the same bits and a thread has few sources for its edges; else by row, later.
    is_added = seen.is_exact(weight, scale) and 0 < 2 * n_non_dangling * n_threads <= n_edges
    sums = np.zeros((2, n_threads, n_non_dangling)) if is_added else None

    def scatter_slice(part: int) -> bool:
        return scatter(
            edges.src, edges.dst, edges.weight, scale, UNITS if weight_type is np.float32 else 0.0,
            seen.cuts[part], seen.cuts[part + 1], seen.block_bits, seen.non_dangling_number,
            before[part].astype(np.uint64), blocks.source, blocks.row, blocks.weight,
            *((None, None) if sums is None else sums[:, part]),
        )  # fmt: skip

    if not all(list(ordered_map(scatter_slice, range(n_threads), pool, n_threads))):
        return None
    return _Placed(blocks, scale, None if sums is None else sums.sum(axis=1))


def _sort_blocks(blocks: PlacedEdges, seen: _Survey, pool: Executor, n_threads: int) -> NDArray[np.uint64]:
    """Sort each block by row and source, in place, and return where the rows start."""
    n_in_block = seen.n_in_block.sum(axis=0)
    stops = np.cumsum(n_in_block)
    largest = int(n_in_block.max())
    scratch = [blocks.empty_like(largest) for _ in range(n_threads)]
    n_nodes = seen.non_dangling_number.size
    row_start = np.zeros((n_in_block.size << seen.block_bits) + 1, np.uint64)
    bits = 0 if seen.ascends else n_nodes.bit_length()

    def sort_numbered(number: int) -> None:
        start, stop = int(stops[number] - n_in_block[number]), int(stops[number])
        spare = scratch.pop()
        ends = sort_block(blocks.part(start, stop), spare.part(0, stop - start), bits, 1 << seen.block_bits)
        scratch.append(spare)
        row_start[(number << seen.block_bits) + 1 : ((number + 1) << seen.block_bits) + 1] = ends + np.uint64(start)

    # So that no thread is left with a large one; none of the others waits for it, as nothing is kept of a block.
    largest_first = np.argsort(-n_in_block, kind="stable").tolist()
    list(ordered_map(sort_numbered, largest_first, pool, len(largest_first)))
    return row_start[: n_nodes + 1]

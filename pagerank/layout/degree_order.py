"""A graph in degree order: rows with as many edges lie together, so that a processor guesses right where a row ends.

On graphs that fit into the cache these guesses are what a sweep waits for; without them it takes a half to a third of
the time. The rows of dangling nodes stand behind all others, where only a power step reads them. Built and swept by
SciPy's compiled loops, without Numba, which takes longer to load than such a graph takes to rank.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# The loops themselves: what SciPy wraps around a product takes twice as long as the product with a thousand entries.
from scipy.sparse._sparsetools import coo_tocsr, csr_matvec

from pagerank.edges.numbered_edges import Number, NumberedEdges
from pagerank.edges.weighted_edges import check_out_weights
from pagerank.layout.parallel_edges import order_parallel
from pagerank.rounding import LEAST_TELEPORT_TO_SWEEP, SUM_BLOCK, block_starts, blocked_additions

Indices: TypeAlias = NDArray[np.int32 | np.int64]

_DANGLING = np.uint16(1 << 15)  # sorts behind every degree; 16 bits are sorted by counting
_EXACT = 2.0**53  # whole numbers add up exactly up to here
_SINGLE_BITS, _LARGEST_EXPONENT = 24, 1_000
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True, eq=False)
class DegreeOrderedGraph:
    """The edges by target, as a matrix; `nodes` are the nodes in degree order, the non-dangling ones first.

    Row and column ``1 + i`` are those of node ``nodes[i]``. An entry is the part of its source's importance that an
    edge hands on, damping included; parallel edges are entries side by side. The first row and column are those of the
    inflow, which is what teleport and dangling nodes spread: each non-dangling node gets its part of the teleport, and
    hands on `outflow`, that is its own teleport and what goes to dangling nodes, over the teleport of all non-dangling
    nodes. In front of these rows stands an entry -1 in the row's own column, see `sweep`.

    `n_additions`, by row, are the inexact additions behind what a node receives and behind the shares that it gives.
    """

    nodes: NDArray[np.intp]
    n_non_dangling: int
    row_start: Indices
    column: Indices
    entry: NDArray[np.float64]
    n_additions: NDArray[np.int64]

    def sweep(self, values: NDArray[np.floating]) -> None:
        """Solve the rows of inflow and non-dangling nodes one after the other, in place, from the newest values.

        SciPy adds the product of a row to what stands in its place already: to the old value, which the entry -1 takes
        away first. So the loop of a product, given one vector to read and to write, is a sweep of Gauss-Seidel.
        """
        n = values.size
        csr_matvec(n, n, self.row_start, self.column, self.entry, values, values)

    def received(self, values: NDArray[np.floating]) -> tuple[float, NDArray[np.float64]]:
        """Return the inflow of some values, and what every node receives over its edges, damped.

        Long rows are added up in blocks, as `pagerank.rounding.blocked_additions` counts.
        """
        if np.diff(self.row_start)[1:].max() <= SUM_BLOCK:
            sums = self._sums(self.row_start, values, slice(values.size))
        else:
            starts, first = block_starts(self.row_start)
            sums = self._sums(starts.astype(self.column.dtype), values, first[: values.size])
            sums = np.add.reduceat(sums, first)
        return float(sums[0]), sums[1:]

    def _sums(
        self, starts: Indices, values: NDArray[np.floating], own: slice | NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the sums of the entries between some starts, as if nothing flowed in; those in front are undone."""
        sums, without_inflow = np.zeros(starts.size - 1), values.copy()
        without_inflow[0] = 0.0
        sums[own] = without_inflow
        csr_matvec(sums.size, values.size, starts, self.column, self.entry, without_inflow, sums)
        return sums


def degree_ordered(edges: NumberedEdges, teleport: NDArray[np.float64], damping: float) -> DegreeOrderedGraph:
    """Return the graph, the same to the last bit for every order of the edges; edges of weight 0 are none.

    Raises
    ------
    InvalidGraphError
        The weights of one source add up to more than float64 holds.

    Notes
    -----
    Edges come by ascending source, or are brought there, and are then counted into their rows. Where no teleport goes
    to non-dangling nodes, nothing can be swept, and their outflow is 0. Cost: about 20 ns an edge, 30 bytes an edge at
    the peak beside those given.
    """
    n = edges.node_ids.size
    src, dst, weight = _by_source(edges, n)
    in_degree, out_degree = np.bincount(dst, minlength=n), np.bincount(src, minlength=n)
    nodes, n_live = _in_degree_order(in_degree, out_degree), int(np.count_nonzero(out_degree))
    place = np.empty(n, _index_type(n, src.size))
    place[nodes] = np.arange(1, n + 1, dtype=place.dtype)
    live, n_additions = nodes[:n_live], blocked_additions(in_degree[nodes])
    row, column, entry = _with_front(place, dst, src, n_live)
    shares = entry[row.size - src.size :]
    is_exact = weight is None or _adds_up_exactly(weight)
    if weight is None or is_exact:
        _write_shares(src, weight, out_degree, shares)
    else:
        shares[:] = weight
    row_start, column, entry = _counted(row, column, entry, n + 1)
    if weight is not None:
        order_parallel(_are_parallel(row_start, column), entry)
    if not is_exact:
        _share_out(column, entry, edges.node_ids[live])
        n_additions += out_degree[nodes]
    entry *= damping
    graph = DegreeOrderedGraph(nodes, n_live, row_start, column, entry, n_additions)
    _fill_front(graph, teleport[live], damping)
    return graph


def _with_front(
    place: Indices, dst: NDArray[np.integer], src: NDArray[np.integer], n_live: int
) -> tuple[Indices, Indices, NDArray[np.float64]]:
    """Return rows, columns and memory for the entries of the edges, behind those that stand in front of them, 0 yet."""
    rows, n_front = np.arange(n_live + 1, dtype=place.dtype), 1 + 3 * n_live
    row, column = np.zeros(n_front + src.size, place.dtype), np.zeros(n_front + src.size, place.dtype)
    entry = np.zeros(row.size)
    row[: n_live + 1] = column[: n_live + 1] = rows  # -1 each
    row[n_live + 1 : 2 * n_live + 1] = rows[1:]  # the teleport, from column 0
    column[2 * n_live + 1 : n_front] = rows[1:]  # the outflow, into row 0
    place.take(dst, out=row[n_front:], mode="clip")  # in place; all are places, so none is clipped
    place.take(src, out=column[n_front:], mode="clip")
    return row, column, entry


def _write_shares(
    src: NDArray[np.integer],
    weight: NDArray[np.float64] | None,
    out_degree: NDArray[np.int64],
    shares: NDArray[np.float64],
) -> None:
    """Write what each edge weighs of its source's out-weight, a sum that is the same in any order."""
    if weight is None:
        per_edge: NDArray[np.float64] = 1.0 / np.maximum(out_degree, 1)
        per_edge.take(src, out=shares, mode="clip")
    else:
        out_weight: NDArray[np.float64] = np.bincount(src, weight, out_degree.size).astype(np.float64, copy=False)
        np.divide(weight, out_weight.take(src, out=shares, mode="clip"), out=shares)


def _share_out(column: Indices, weight: NDArray[np.float64], sources: NDArray[np.int64]) -> None:
    """Divide weights by the sum of their column, in place, the inflow's aside; `sources` are the others' nodes."""
    out_weight = np.bincount(column, weight, sources.size + 1)
    check_out_weights(out_weight[1:], sources)
    out_weight[0] = 1.0
    weight /= out_weight[column]


def _fill_front(graph: DegreeOrderedGraph, teleport: NDArray[np.float64], damping: float) -> None:
    """Write the entries in front, when the edges have theirs; the teleport is that of the non-dangling nodes."""
    n_rows, total = 1 + teleport.size, float(teleport.sum())
    front = graph.row_start[:n_rows]
    behind = slice(graph.row_start[n_rows], None)
    to_dangling = np.bincount(graph.column[behind], graph.entry[behind], n_rows)[1:]
    graph.entry[front] = -1.0
    graph.entry[front[1:] + 1] = teleport
    graph.entry[1:n_rows] = (to_dangling + (1.0 - damping)) / total if total > LEAST_TELEPORT_TO_SWEEP else 0.0


def _by_source(
    edges: NumberedEdges, n: int
) -> tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.float64] | None]:
    """Return the ends and weights of the edges that weigh anything, by ascending source."""
    src, dst = edges.src, edges.dst
    weight = None if edges.weight is None else edges.weight.astype(np.float64, copy=False)
    if weight is not None and not weight.all():
        weighty = np.flatnonzero(weight)
        src, dst, weight = src[weighty], dst[weighty], weight[weighty]
    if (src[1:] >= src[:-1]).all():
        return src, dst, weight
    if weight is None:
        row_start, dst, _ = _counted(src, dst, np.empty(src.size, np.int8), n)
    else:
        row_start, dst, weight = _counted(src, dst, weight, n)
    return np.repeat(np.arange(n), np.diff(row_start)), dst, weight


def _in_degree_order(in_degree: NDArray[np.int64], out_degree: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the nodes by ascending in-degree, dangling ones behind; the largest degrees, which are few, are alike."""
    keys = np.minimum(in_degree, _DANGLING - np.uint16(1)).astype(np.uint16)
    keys[out_degree == 0] |= _DANGLING
    return np.argsort(keys, kind="stable")


def _are_parallel(row_start: Indices, column: Indices) -> NDArray[np.bool_]:
    """Return whether each entry but the first is in the row and the column of the one before."""
    are_parallel: NDArray[np.bool_] = column[1:] == column[:-1]
    starts = row_start[1:-1]
    are_parallel[starts[starts < column.size] - 1] = False  # of all rows but the first, which isn't empty
    return are_parallel


def _counted(
    row: NDArray[np.integer], column: NDArray[np.integer], entry: NDArray[Number], n: int
) -> tuple[Indices, Indices, NDArray[Number]]:
    """Return where rows start, and columns and entries by row, in the order that they come in."""
    index = _index_type(n, row.size)
    row_start, columns, entries = np.empty(n + 1, index), np.empty(row.size, index), np.empty_like(entry)
    coo_tocsr(n, n, row.size, _as(index, row), _as(index, column), entry, row_start, columns, entries)
    return row_start, columns, entries


def _index_type(n: int, n_edges: int) -> type[np.int32 | np.int64]:
    return np.int32 if 3 * n + n_edges <= np.iinfo(np.int32).max else np.int64  # narrow indices sweep faster


def _as(index: type[np.int32 | np.int64], values: NDArray[np.integer]) -> Indices:
    return values.astype(np.int32, copy=False) if index is np.int32 else values.astype(np.int64, copy=False)


def _adds_up_exactly(weight: NDArray[np.float64]) -> bool:
    """Return whether the weights are whole numbers of some power of two, so large that any sum of them is exact."""
    largest = float(weight.max(initial=0.0))
    if largest * weight.size < _EXACT and _are_whole(weight, 1.0):
        return True
    unit = 2.0 ** min(_SINGLE_BITS - int(np.frexp(largest)[1]), _LARGEST_EXPONENT)
    return largest * unit * weight.size < _EXACT and _are_whole(weight, unit)


def _are_whole(weight: NDArray[np.float64], unit: float) -> bool:
    """Return whether the weights times a power of two are whole numbers; block by block, in the cache."""
    blocks = (weight[start : start + _BLOCK] * unit for start in range(0, weight.size, _BLOCK))
    return all((np.floor(block) == block).all() for block in blocks)

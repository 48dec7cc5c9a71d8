"""The non-dangling graph: edges by target, whose sources are numbered among the nodes that have an edge out.

A dangling node gives nothing over an edge, so Gauss-Seidel sweeps go over the rows of the other nodes alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ROW_COST = 4  # what a row costs beside its edges, in edges


@dataclass(frozen=True, slots=True, eq=False)
class EdgeBlock:
    """The edges into some consecutive rows, a slice of all nodes.

    The edges into row ``i`` of the block are ``row_start[i]:row_start[i + 1]``. A source is a number among the
    non-dangling nodes; it ascends in a row. Parallel edges stand side by side, by weight, which makes them one edge.
    Weights are float32 or float64; None: each edge weighs 1.
    """

    rows: slice
    row_start: NDArray[np.uint64]
    source: NDArray[np.uint32]
    weight: NDArray[np.floating] | None


class EdgeRows(Protocol):
    """All edges of a graph by target, read block by block, in memory or on disk."""

    @property
    def in_degree(self) -> NDArray[np.integer]:
        """Edges into each node, shape ``(n_nodes,)``."""

    def cut(self, n_ranges: int, costly: NDArray[np.bool_] | None = None) -> list[slice]:
        """Return ranges of rows with about as many edges each; `costly`: rows whose edges count, all where None.

        They follow from the graph and the number alone, so what is added up by range has the same bits on any number
        of threads. A range may be empty.
        """

    def read(self, rows: slice) -> Iterator[EdgeBlock]:
        """Yield the blocks of a range that `cut` has returned, in the order of the rows."""


@dataclass(frozen=True, slots=True, eq=False)
class MemoryRows:
    """Edges in memory; the attributes are those of an `EdgeBlock` of all rows."""

    row_start: NDArray[np.uint64]
    source: NDArray[np.uint32]
    weight: NDArray[np.floating] | None

    @property
    def in_degree(self) -> NDArray[np.integer]:
        """Edges into each node, shape ``(n_nodes,)``."""
        row_start = self.row_start.view(np.int64)
        return row_start[1:] - row_start[:-1]

    def cut(self, n_ranges: int, costly: NDArray[np.bool_] | None = None) -> list[slice]:
        """Return ranges of rows with about as many edges each, see `EdgeRows`.

        Examples
        --------
        >>> MemoryRows(np.array([0, 5, 5, 10], np.uint64), np.zeros(10, np.uint32), None).cut(2)
        [slice(0, 1, None), slice(1, 3, None)]
        """
        cost = self.in_degree + ROW_COST
        if costly is not None:
            cost[~costly] = 0
        total = np.cumsum(cost)
        cuts = np.searchsorted(total, total[-1] * np.arange(1, n_ranges) // n_ranges).tolist()
        return [slice(*ends) for ends in zip([0, *cuts], [*cuts, cost.size], strict=True)]

    def read(self, rows: slice) -> Iterator[EdgeBlock]:
        """Yield the range as one block, which shares this memory."""
        yield EdgeBlock(rows, self.row_start[rows.start : rows.stop + 1], self.source, self.weight)


@dataclass(frozen=True, slots=True, eq=False)
class OutWeights:
    """Sums of the weights of the edges out of each non-dangling node, float64.

    `total` is of all of them, `to_dangling` of those to dangling nodes, `to_itself` of self-loops. `n_additions` are
    the inexact additions behind `total`; 0 where sums are exact.
    """

    total: NDArray[np.float64]
    to_dangling: NDArray[np.float64]
    to_itself: NDArray[np.float64]
    n_additions: NDArray[np.float64]

    def of_shares(self) -> "OutWeights":
        """Return the sums when each weight is divided by the out-weight of its source."""
        total = self.total
        return OutWeights(np.ones(total.size), self.to_dangling / total, self.to_itself / total, self.n_additions)


@dataclass(frozen=True, slots=True, eq=False)
class NonDanglingGraph:
    """The edges by target, into dangling nodes, too; only nodes with an edge out are sources.

    `non_dangling_number`, shape ``(n_nodes,)``, is each node's number among the non-dangling ones, ascending, or -1 for
    a dangling node; `non_dangling_nodes` are the nodes of these numbers.
    """

    edges: EdgeRows
    non_dangling_number: NDArray[np.int32]
    non_dangling_nodes: NDArray[np.uint32]
    out_weights: OutWeights

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return int(self.edges.in_degree.sum(dtype=np.int64))


def number_non_dangling(has_edge_out: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the number of each node among those with an edge out, or -1 where it has none.

    Examples
    --------
    >>> number_non_dangling(np.array([1, 0, 1], np.uint8)).tolist()
    [0, -1, 1]
    """
    numbers = np.cumsum(has_edge_out, dtype=np.int32) - np.int32(1)
    numbers[has_edge_out == 0] = -1
    return numbers

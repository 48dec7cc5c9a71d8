"""Edges by target, read block by block: the rows that sweeps go over, wherever they lie."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

ROW_COST = 4  # what a row costs beside its edges, in edges


@dataclass(frozen=True, slots=True, eq=False)
class EdgeBlock:
    """The edges into some consecutive rows.

    Attributes
    ----------
    rows
        The rows, a slice of all nodes.
    row_start
        Shape ``(n_rows + 1,)``, uint64: the edges into the first of these rows are ``row_start[0]:row_start[1]``.
    source
        Shape ``(n,)``, uint32: number of the source among the live nodes; ascends in a row. Parallel edges stand side
        by side, by weight, which makes them one edge.
    weight
        Shape ``(n,)``, float32 or float64; None: each edge weighs 1.
    """

    rows: slice
    row_start: NDArray[np.uint64]
    source: NDArray[np.uint32]
    weight: NDArray[np.floating] | None


class EdgeRows(Protocol):
    """All edges of a graph by target."""

    @property
    def n_edges(self) -> int:
        """Number of edges."""

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
    def n_edges(self) -> int:
        """Number of edges."""
        return self.source.size

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

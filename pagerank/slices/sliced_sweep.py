"""What a task of a sweep does: a slice of boards receives what the cells of edges into it hand on, slice after slice.

Everything that concerns all boards is a number that the tasks of the sweep before told (`SliceTold`): what dangling
boards spread, the sum of the ranks, the shares by which iterates are combined.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.engine.kept_tables import KeptTables
from pagerank.slices.board_ranges import RANKS_SAMPLED
from pagerank.slices.exact_sums import UNIT, add_received, exact_sum
from pagerank.slices.sliced_boards import START

RANK = "rank"


@dataclass(frozen=True, slots=True)
class Iterate:
    """Ranks of all boards in slices, a column of kept tables; they count `scale` times, so that they sum to 1."""

    kept: KeptTables
    column: str
    scale: float

    def read(self, number: int, times: float = 1.0) -> NDArray[np.float64]:
        """Return the ranks of a slice, `times` as large, a power of two."""
        ranks: NDArray[np.float64] = self.kept.read(number)[self.column].to_numpy() * (self.scale * times)
        return ranks


@dataclass(frozen=True, slots=True, eq=False)
class SliceTold:
    """What a task tells of the ranks that it found. Sums are those of `exact_sum`, over the boards of its slice.

    `products` are those of all pairs of steps of the iterates, each step over its scale, the last one first; `sample`
    are some ranks, by which all can be cut into ranges.
    """

    rank_sum: int
    step_sum: int  # of absolute differences to the ranks swept from
    dangling_sum: int
    products: tuple[int, ...]
    sample: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """Sweeps a slice; picklable.

    Parameters
    ----------
    boards
        `pagerank.slices.sliced_boards.SLICE_OF_BOARDS` by slice.
    cells
        `pagerank.slices.edge_cells.CELL` by slice of targets, then of sources.
    edges_in_cells
        How many edges each cell has, shape ``(n_slices, n_slices)``; those without aren't read, nor are their sources.
    iterates
        The ranks of earlier sweeps, oldest first; the last are swept from.
    damping, inflow
        A board gets `damping` times what it receives, and `inflow`, its part of teleport and dangling mass.
    shares
        Of the iterates but the first two and what is swept, by which they are combined; none: they are not.
    scales
        Of the steps between iterates and of the one that is swept, for their products; none: they are not asked for.

    Notes
    -----
    A sweep ``T`` is affine, and shares sum to 1, so it carries a combination of ranks into the same combination of
    what it carries each of them into: ::

        x  = sum_k g_k x_{k+1}
        T x = sum_k g_k x_{k+2}

    Both are known to a task for its own slice once it has swept the last iterate. So the ranks that a sweep starts
    from are combined without a step of their own, and no slice of sources is combined by everybody who needs it. A
    combination may be below the least rank that any board has; that is mended, which brings each rank nearer to the
    exact one.
    """

    boards: KeptTables
    cells: KeptTables
    edges_in_cells: NDArray[np.int64]
    iterates: tuple[Iterate, ...]
    damping: float
    inflow: float
    least: float
    shares: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()

    def __call__(self, number: int) -> tuple[pa.Table, SliceTold]:
        """Return the ranks of a slice, with what they start from where that was combined, and what is told of them."""
        is_dangling = self.boards.read(number)["n_repins_given"].to_numpy() == 0
        ranks = self.damping * self._received(number, is_dangling.size) + self.inflow
        if self.shares:
            start = self._combined([iterate.read(number) for iterate in self.iterates[1:]])
            ranks = self._combined([*(self._swept(place, number) for place in range(2, len(self.iterates))), ranks])
            columns = {START: start}
        else:
            start, columns = self.iterates[-1].read(number), {}
        step_sum = exact_sum(np.abs(ranks - start))
        if self.shares:
            np.maximum(ranks, self.least, out=ranks)
        products = self._products(number, ranks) if self.scales else ()
        sample = ranks[:: max(1, ranks.size // RANKS_SAMPLED)].copy()
        told = SliceTold(exact_sum(ranks), step_sum, exact_sum(ranks[is_dangling]), products, sample)
        return pa.table({RANK: ranks, **columns}), told

    def _received(self, number: int, n_boards: int) -> NDArray[np.float64]:
        received = np.zeros(n_boards, np.int64)
        n_slices = len(self.edges_in_cells)
        for source in np.flatnonzero(self.edges_in_cells[number]).tolist():
            cell = self.cells.read(number * n_slices + source)
            target, places, share = (column.to_numpy() for column in cell.columns)
            add_received(received, target, places, share, self.iterates[-1].read(source, UNIT))
        return received / UNIT

    def _swept(self, place: int, number: int) -> NDArray[np.float64]:
        """Return what the iterate before a place was swept to: that place's, before it was brought to sum 1."""
        iterate = self.iterates[place]
        return Iterate(iterate.kept, iterate.column, 1.0).read(number)

    def _combined(self, ranks: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        combined = self.shares[0] * ranks[0]
        for share, one in zip(self.shares[1:], ranks[1:], strict=True):
            combined += share * one
        return combined

    def _products(self, number: int, ranks: NDArray[np.float64]) -> tuple[int, ...]:
        """Return the products of each step with itself and those before it."""
        iterates = [*(iterate.read(number) for iterate in self.iterates), ranks]
        steps = [
            (after - before) / scale for before, after, scale in zip(iterates, iterates[1:], self.scales, strict=False)
        ]
        return tuple(exact_sum(one * other) for row, one in enumerate(steps) for other in steps[: row + 1])


def number_of(number: int) -> int:
    """Return the number of a partition: the input of a function that needs nothing else."""
    return number

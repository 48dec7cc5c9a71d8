"""Power iteration over slices, one step of the engine a sweep, stopped by a proof: what is done between the steps.

The process that runs the steps holds some numbers a slice. Iterates are combined as `pagerank.solvers.anderson` does,
by products that the last sweep's tasks tell and in the tasks of the next (`pagerank.slices.sliced_sweep.Sweep`), so
that combining takes no step.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joins.engine.kept_tables import KeptTables
from joins.engine.places import Place
from joins.engine.step import PartitionStep
from pagerank.rounding import EPSILON, check_most_additions, rounding_of_sweep
from pagerank.slices.exact_sums import EDGES_AN_ADDITION, as_float
from pagerank.slices.sliced_boards import START, SliceStart
from pagerank.slices.sliced_sweep import RANK, Iterate, SliceTold, Sweep, number_of
from pagerank.solvers.anderson import FEWEST, smallest_step
from pagerank.solvers.solver import LEAST_TO_COMBINE, MOST_COMBINED, most_sweeps, not_converged

SWEEPS_TO_COMBINE = 6  # a sweep is a job, and combining costs nothing beside it
_MOST_SHARES = 1 << 9  # what shares may add up to without their signs; wilder ones tell of rounding
_COMBINED_ROUNDINGS = 32  # of a combination, at most, in units of `EPSILON` of what its shares add up to

RunStep = Callable[[str, PartitionStep[Any]], list[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class SlicedGraph:
    """A graph that lies in slices and cells, with what is known of both: `starts` are the slices' own, in order."""

    boards: KeptTables
    starts: Sequence[SliceStart]
    cells: KeptTables
    edges_in_cells: NDArray[np.int64]

    @property
    def n_boards(self) -> int:
        """Boards of all slices."""
        return sum(start.n_boards for start in self.starts)

    @property
    def n_additions(self) -> int:
        """The inexact additions whose rounding that of a sweep is as large as: one, and one for many edges."""
        return 1 + -(-int(self.edges_in_cells.sum()) // EDGES_AN_ADDITION)


@dataclass(frozen=True, slots=True, eq=False)
class SlicedSolution:
    """Ranks in slices, a sample of them, and how they were reached; as `pagerank.solvers.solver.Solution`."""

    ranks: KeptTables
    sample: NDArray[np.float64]
    residuals: NDArray[np.float64]
    error_bound: float


@dataclass(slots=True)
class _Cycle:
    """The iterates since the last combination, and how long the steps between them are."""

    iterates: list[Iterate]
    lengths: list[float] = field(default_factory=list)
    shares: tuple[float, ...] = ()  # by which the next sweep combines them

    @property
    def asks_for_products(self) -> bool:
        """Whether the coming sweep is the last before they are combined."""
        return len(self.iterates) == SWEEPS_TO_COMBINE and not self.shares

    @property
    def scales(self) -> tuple[float, ...]:
        """Return what steps are divided by for their products: the step that is swept is no longer than the last."""
        if not self.asks_for_products:
            return ()
        return tuple(length or 1.0 for length in [*self.lengths, *(self.lengths[-1:] or [1.0])])

    def follow(self, swept: KeptTables, scale: float, step: float) -> None:
        """Take in what was swept; a combination begins anew."""
        newest = Iterate(swept, RANK, scale)
        if self.shares:
            mended = 2.0 * abs(1.0 / scale - 1.0)  # by which the step became longer at most
            self.iterates, self.lengths = [Iterate(swept, START, 1.0), newest], [step + mended]
        else:
            self.iterates.append(newest)
            self.lengths.append(step)
        self.shares = ()

    def combine(self, products: Sequence[int], scales: Sequence[float], *, tells: bool) -> None:
        """Find the shares for the next sweep, or begin anew where there is nothing to find."""
        n_steps = len(self.iterates) - 1
        if tells and n_steps + 1 >= FEWEST:
            lower = np.zeros((n_steps, n_steps))
            lower[np.tril_indices(n_steps)] = [as_float(product) for product in products]
            whole = (lower + np.tril(lower, -1).T) * np.outer(scales, scales)
            shares = smallest_step(whole)
            if shares is not None and float(np.abs(shares).sum()) <= _MOST_SHARES:
                self.shares = tuple(shares.tolist())
        if not self.shares:
            self.iterates, self.lengths = self.iterates[-1:], []


def iterate_slices(
    run_step: RunStep, graph: SlicedGraph, scratch: Place, *, damping: float, tolerance: float
) -> SlicedSolution:
    """Sweep until the L1 error of the ranks is proved to be within the tolerance.

    Parameters
    ----------
    run_step
        Runs a step, told what it is for, and returns the results of its partitions.
    graph
        What is swept, at least one board.
    scratch
        Folder that every worker sees, for the ranks of some sweeps.
    damping, tolerance
        Those of `pagerank.pagerank.pagerank`, as are the errors.

    Notes
    -----
    With ``P`` the matrix of shares, ``t`` the uniform teleport, ``a`` the damping and ``D x`` the sum over dangling
    boards, a sweep is ::

        T x = a P x + (1 - a + a D x) t

    It shrinks L1 distances by ``a``, so ``|T x - exact| <= (a |T x - x| + e) / (1 - a)`` for any x, ranks or not,
    where ``e`` is the rounding. ``D x`` is told with x, so that a sweep is one step. All sums are exact or by board,
    so the ranks have the same bits for any number of slices, partitions and workers.
    """
    sweeps = _Sweeps(run_step, graph, scratch, damping)
    check_most_additions(tolerance, graph.n_boards, graph.n_additions, damping)
    at_start = [(start.rank_sum, start.dangling_sum) for start in graph.starts]
    scale, dangling = _scale_and_dangling(at_start)
    cycle, residuals = _Cycle([Iterate(graph.boards, START, scale)]), list[float]()
    for number in range(1, most_sweeps(damping, tolerance) + 1):
        shares, scales = cycle.shares, cycle.scales
        swept, told = sweeps(number, cycle, dangling)
        residuals.append(as_float(sum(one.step_sum for one in told)))
        error_bound = (damping * residuals[-1] + sweeps.rounding(shares)) / (1.0 - damping)
        if error_bound <= tolerance:
            sample = np.concatenate([one.sample for one in told])
            return SlicedSolution(swept, sample, np.array(residuals), error_bound)
        scale, dangling = _scale_and_dangling([(one.rank_sum, one.dangling_sum) for one in told])
        before = {iterate.kept for iterate in cycle.iterates}
        cycle.follow(swept, scale, residuals[-1])
        if scales:
            tells = residuals[-1] > LEAST_TO_COMBINE and number < MOST_COMBINED
            products = [sum(one) for one in zip(*(one.products for one in told), strict=True)]
            cycle.combine(products, scales, tells=tells)
        for kept in before - {iterate.kept for iterate in cycle.iterates} - {graph.boards}:
            kept.forget(range(len(graph.starts)))
    raise not_converged(error_bound, residuals, damping=damping, tolerance=tolerance)


@dataclass(frozen=True, slots=True)
class _Sweeps:
    """Runs a sweep as a step, and tells how far rounding takes it."""

    run_step: RunStep
    graph: SlicedGraph
    scratch: Place
    damping: float

    def __call__(self, number: int, cycle: _Cycle, dangling: float) -> tuple[KeptTables, list[SliceTold]]:
        """Sweep the newest iterate, of whose ranks so much is dangling boards'; return the ranks and what is told."""
        graph, n, swept = self.graph, self.graph.n_boards, KeptTables(self.scratch / f"sweep-{number:05d}")
        sweep = Sweep(
            graph.boards,
            graph.cells,
            graph.edges_in_cells,
            tuple(cycle.iterates if cycle.shares or cycle.scales else cycle.iterates[-1:]),
            self.damping,
            inflow=(1.0 - self.damping + self.damping * dangling) / n,
            least=(1.0 - self.damping) / n,
            shares=cycle.shares,
            scales=cycle.scales,
        )
        step = PartitionStep(len(graph.starts), {"number": number_of}, sweep, swept)
        return swept, self.run_step(f"PageRank sweep {number}", step)

    def rounding(self, shares: Sequence[float]) -> float:
        """Return an upper bound of the L1 rounding error of a sweep, whose start was combined by shares or not."""
        rounding = rounding_of_sweep(self.graph.n_boards, self.graph.n_additions)
        if not shares:
            return rounding
        return math.fsum(map(abs, shares)) * (rounding + _COMBINED_ROUNDINGS * EPSILON)


def _scale_and_dangling(sums: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return what makes ranks sum to 1, and what dangling boards then have; sums are of both, by slice."""
    scale = 1.0 / as_float(sum(ranks for ranks, _ in sums))
    return scale, scale * as_float(sum(dangling for _, dangling in sums))

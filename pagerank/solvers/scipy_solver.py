"""PageRank by SciPy, in one thread and without Numba: Gauss-Seidel over the non-dangling nodes, in degree order.

For graphs that are ranked sooner than Numba is loaded, and for all where it is missing.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pagerank.edges.numbered_edges import NumberedEdges
from pagerank.layout.degree_order import DegreeOrderedGraph, degree_ordered
from pagerank.rounding import LEAST_TELEPORT_TO_SWEEP, check_tolerance
from pagerank.solvers.anderson import Iterates
from pagerank.solvers.proved_step import ProvedStep, proved_step
from pagerank.solvers.solver import LEAST_TO_COMBINE, MOST_COMBINED, Solution, most_sweeps, not_converged

SWEEPS_TO_COMBINE = 9
LEAST_RATE = 0.4  # is looked for in a power step, which is no sweep: a proof that fails costs more than a sweep
FAST_RATE = 0.45  # where a sweep shrinks the step to so much or less, combining gains less than it costs


def scipy_solver(
    edges: NumberedEdges,
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
    n_threads: int,  # noqa: ARG001 - a solver takes it; this one has one thread
) -> Solution:
    """Build the graph and sweep; arguments, result and errors are those of `pagerank.solvers.solver.Solver`.

    Notes
    -----
    The system is that of `pagerank.solvers.gauss_seidel.GaussSeidelSweeps`, over the non-dangling nodes L alone ::

        y = a P_LL y + s t_L,   s = sum((1 - a) y + a y_to_dangling) / sum(t_L)

    Rows are solved one after the other from the newest values, and then the inflow ``s`` is set to what leaves the
    nodes. Where that is slow, iterates are combined, see `pagerank.solvers.anderson`. A power step over all nodes gives
    their ranks and the proof (`pagerank.solvers.proved_step.proved_step`); where it does not hold, sweeps go on from
    its ranks.
    """
    graph = degree_ordered(edges, teleport, damping)
    check_tolerance(tolerance, graph.n_additions, damping)
    solved = _Sweeps(graph, teleport[graph.nodes], damping).solution(start[graph.nodes], tolerance)
    ranks = np.empty_like(solved.ranks)
    ranks[graph.nodes] = solved.ranks
    return Solution(ranks, solved.residuals, solved.error_bound)


@dataclass(slots=True, eq=False)
class _Sweeps:
    """One solution in the making, by row: an iterate is the inflow and the values of the non-dangling nodes.

    Values may have any sum. Where no teleport goes to non-dangling nodes, all of it stays with the others, and nothing
    is swept.
    """

    graph: DegreeOrderedGraph
    teleport: NDArray[np.float64]
    damping: float
    _teleport_to_swept: float = field(init=False)
    _moves: NDArray[np.float64] = field(init=False)  # memory for what a sweep changes
    _iterates: Iterates = field(init=False)
    _residuals: list[float] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        n = self.graph.n_non_dangling
        self._moves, self._teleport_to_swept = np.empty(n + 1), float(self.teleport[:n].sum())

    @property
    def _can_sweep(self) -> bool:
        return self._teleport_to_swept > LEAST_TELEPORT_TO_SWEEP

    def solution(self, start: NDArray[np.float64], tolerance: float) -> Solution:
        """Return the ranks, swept from a start, all by row."""
        damping, most = self.damping, most_sweeps(self.damping, tolerance)
        is_promising = not (self._can_sweep and np.array_equal(start, self.teleport))
        self._begin(start)
        while True:
            while not is_promising:
                is_promising = self._sweep_on(tolerance, most)
            proved = self._power_step()
            if proved.error_bound <= tolerance:
                return Solution(proved.ranks, np.array(self._residuals), proved.error_bound)
            if len(self._residuals) >= most:
                raise not_converged(proved.error_bound, self._residuals, damping=damping, tolerance=tolerance)
            self._begin(proved.ranks)
            is_promising = not self._can_sweep

    def _begin(self, ranks: NDArray[np.float64]) -> None:
        """Begin with some ranks, or with the teleport where non-dangling nodes have none."""
        n = self.graph.n_non_dangling
        values = ranks[:n] if ranks[:n].any() else self.teleport[:n]
        self._iterates = Iterates(np.append(0.0, values if self._can_sweep else np.zeros(n)), SWEEPS_TO_COMBINE)

    def _sweep_on(self, tolerance: float, most: int) -> bool:
        """Sweep until the iterates are combined, or until a power step would prove the ranks: then True."""
        iterates, sweep, residuals, moves = self._iterates, self.graph.sweep, self._residuals, self._moves
        of_nodes, enough = moves[1:], (1.0 - self.damping) * tolerance
        while not iterates.is_full:
            before, after = iterates.newest, iterates.follow()
            np.copyto(after, before)
            sweep(after)
            np.abs(np.subtract(after, before, out=moves), out=moves)
            residuals.append(float(np.add.reduce(of_nodes)))
            if self.damping * max(self._rate(), LEAST_RATE) * residuals[-1] <= enough or len(residuals) >= most:
                return True
        self._combine()
        return False

    def _rate(self) -> float:
        """Return to what part a further step would shrink, by the last two; no more than the damping."""
        if len(self._iterates) < 3 or self._residuals[-2] <= 0.0:  # noqa: PLR2004 - one step tells no rate
            return self.damping
        return min(self.damping, self._residuals[-1] / self._residuals[-2])

    def _combine(self) -> None:
        """Go on from the last iterate, or from a combination of all where that promises to save sweeps."""
        is_slow = self._rate() > FAST_RATE and self._residuals[-1] > LEAST_TO_COMBINE
        if is_slow and len(self._residuals) < MOST_COMBINED:
            self._iterates.combine(np.ones(self._iterates.newest.size))
        else:
            self._iterates.begin_anew()

    def _power_step(self) -> ProvedStep:
        """Take a power step over all nodes."""
        values = self._iterates.newest
        inflow, received = self.graph.received(values)
        proved = proved_step(
            received, values[1:], inflow if self._can_sweep else 1.0, self.teleport,
            non_dangling=slice(self.graph.n_non_dangling), n_additions=self.graph.n_additions, damping=self.damping,
        )  # fmt: skip
        self._residuals.append(proved.step)
        return proved

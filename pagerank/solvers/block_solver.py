"""PageRank by accelerated Gauss-Seidel sweeps, first in float32, then in float64, stopped by a proof."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from pagerank.edges.numbered_edges import NumberedEdges
from pagerank.layout.counting_build import counting_build
from pagerank.layout.non_dangling_graph import NonDanglingGraph
from pagerank.solvers.anderson import Iterates
from pagerank.solvers.gauss_seidel import GaussSeidelSweeps, n_parts_of
from pagerank.solvers.proved_step import ProvedStep, proved_step
from pagerank.solvers.solver import MAX_SWEEPS, Solution, not_converged

FLOAT32_NODES = 1 << 18  # from here on the values leave the cache, and halving them saves time
FLOAT32_RESIDUAL = 1e-5  # float32 sweeps end here: they get no further than about 1e-7
SWEEPS_TO_COMBINE = 9  # Anderson acceleration after so many: few tell little, many hold much memory
LEAST_TELEPORT_TO_SWEEP = 1e-100  # less to non-dangling nodes gives them no importance that float64 tells from none
FIRST_STEP_PER_RESIDUAL = 0.5  # what a power step is expected to move, by the sweep before; then measured


def block_solver(
    edges: NumberedEdges,
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
    n_threads: int,
) -> Solution:
    """Build the graph and sweep; arguments, result and errors are those of `pagerank.solvers.solver.Solver`.

    Notes
    -----
    1. `pagerank.solvers.gauss_seidel.GaussSeidelSweeps` sweeps over the non-dangling nodes.
    2. Every few sweeps their iterates are combined, see `pagerank.solvers.anderson`.
    3. A power step over all nodes gives their ranks and the proof, see `pagerank.solvers.proved_step.proved_step`. It
       is tried when the sweeps promise that it holds, and where it does not, sweeps go on from its ranks.

    Residuals are L1 distances over one sweep, of the non-dangling nodes; those of power steps of all nodes.

    Cost: 8 bytes an edge and pass, and a gather of 4 (float32 sweeps) or 8 bytes; some 15 vectors of ``n_nodes``.
    """
    n_threads = min(n_threads, n_parts_of(edges.src.size))
    with ThreadPoolExecutor(n_threads) as pool:
        graph = counting_build(edges, pool, n_threads)
        sweeps = GaussSeidelSweeps(graph, teleport, damping=damping, pool=pool, n_parts=n_parts_of(graph.edges.n_edges))
        return AcceleratedSweeps(graph, sweeps, teleport, damping=damping, tolerance=tolerance).solution(start)


class AcceleratedSweeps:
    """One solution in the making: the values of the non-dangling nodes and what the sweeps so far have told.

    Parameters
    ----------
    graph, teleport, damping, tolerance
        As for `block_solver`.
    sweeps
        What sweeps over the graph.
    n_to_combine
        Sweeps after which iterates are combined; one more than so many vectors over the non-dangling nodes are held.
    """

    def __init__(
        self,
        graph: NonDanglingGraph,
        sweeps: GaussSeidelSweeps,
        teleport: NDArray[np.float64],
        *,
        damping: float,
        tolerance: float,
        n_to_combine: int = SWEEPS_TO_COMBINE,
    ) -> None:
        self._n_to_combine = n_to_combine
        self._graph, self._sweeps, self._teleport = graph, sweeps, teleport
        self._damping, self._tolerance = damping, tolerance
        self._residuals: list[float] = []
        self._iterates = Iterates(np.empty(0), 0)  # their newest is the values
        self._inflow = 1.0
        self._step_per_residual = FIRST_STEP_PER_RESIDUAL

    def solution(self, start: NDArray[np.float64]) -> Solution:
        """Return the ranks, swept from a start."""
        can_sweep = self._sweeps.non_dangling_teleport > LEAST_TELEPORT_TO_SWEEP
        self._begin(start, can_sweep=can_sweep)
        is_promising = not (can_sweep and np.array_equal(start, self._teleport))
        while True:
            if not is_promising:
                is_promising = self._sweep() or len(self._residuals) >= MAX_SWEEPS - 1
                continue
            proved = self._power_step()
            if proved.error_bound <= self._tolerance:
                return Solution(proved.ranks, np.array(self._residuals), proved.error_bound)
            if len(self._residuals) >= MAX_SWEEPS:
                raise not_converged(
                    proved.error_bound, proved.step, proved.rounding, damping=self._damping, tolerance=self._tolerance
                )
            is_promising = not can_sweep

    def _begin(self, start: NDArray[np.float64], *, can_sweep: bool) -> None:
        values = start[self._graph.non_dangling_nodes] * self._sweeps.per_weight
        if not can_sweep:
            values[:] = 0.0  # the whole teleport goes to dangling nodes, and stays there
            self._iterates = Iterates(values, 0)
            return
        self._inflow = self._sweeps.inflow_of(values)
        begins_in_float32 = start.size >= FLOAT32_NODES and np.array_equal(start, self._teleport)
        self._iterates = Iterates(values.astype(np.float32) if begins_in_float32 else values, self._n_to_combine)

    def _sweep(self) -> bool:
        """Sweep once, combine when it is time, and return whether a power step would now prove the ranks."""
        values = self._iterates.newest
        sums = self._sweeps.sweep(values, self._inflow, out=self._iterates.follow())
        residual = sums.residual(self._damping)
        self._inflow = sums.inflow
        self._residuals.append(residual)
        if self._damping * self._expected_step() / (1.0 - self._damping) <= self._tolerance:
            return True
        if values.dtype == np.float32 and residual <= FLOAT32_RESIDUAL:
            self._iterates = Iterates(self._iterates.newest.astype(np.float64), self._n_to_combine)
        elif self._iterates.is_full:
            self._iterates.combine(self._graph.out_weights.total)
            self._inflow = self._sweeps.inflow_of(self._iterates.newest)
        return False

    def _expected_step(self) -> float:
        """Return how far a power step would move: no further than another sweep, and than it did in other cases."""
        residual = self._residuals[-1]
        if len(self._iterates) < 3:  # noqa: PLR2004 - one sweep since the last combination tells no rate
            return self._step_per_residual * residual
        return min(self._step_per_residual, residual / self._residuals[-2]) * residual

    def _power_step(self) -> ProvedStep:
        """Take a power step, go on from its ranks, and remember how far it moved for what the sweep had told."""
        values = self._iterates.newest.astype(np.float64, copy=False)
        proved = proved_step(
            self._graph,
            self._sweeps.received(values),
            values * self._graph.out_weights.total,
            self._inflow,
            self._teleport,
            damping=self._damping,
        )
        if self._residuals and self._residuals[-1] > 0.0:
            self._step_per_residual = proved.step / self._residuals[-1]
        self._residuals.append(proved.step)
        values = proved.ranks[self._graph.non_dangling_nodes] * self._sweeps.per_weight
        self._iterates = Iterates(values, self._n_to_combine)
        self._inflow = proved.inflow
        return proved

"""PageRank by accelerated Gauss-Seidel sweeps, of edges in memory or on disk, stopped by a proof."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pagerank.edges.edge_stream import EdgeStream
from pagerank.edges.numbered_edges import NodeNumbers, NumberedEdges
from pagerank.layout.counting_build import counting_build
from pagerank.layout.disk_build import disk_build
from pagerank.rounding import LEAST_TELEPORT_TO_SWEEP, blocked_additions, check_tolerance
from pagerank.solvers.anderson import Iterates
from pagerank.solvers.gauss_seidel import GaussSeidelSweeps, n_parts_of
from pagerank.solvers.proved_step import ProvedStep, proved_step
from pagerank.solvers.solver import LEAST_TO_COMBINE, MOST_COMBINED, Solution, most_sweeps, not_converged

FLOAT32_NODES = 1 << 18  # from here on the values leave the cache, and halving them saves time
FLOAT32_RESIDUAL = 1e-5  # float32 sweeps end here: they get no further than about 1e-7
SWEEPS_TO_COMBINE = 9  # Anderson acceleration after so many: few tell little, many hold much memory
FIRST_STEP_PER_RESIDUAL = 0.5  # what a power step is expected to move, by the sweep before; then measured
DISK_PARTS = 4  # of the rows; more would need more sweeps, and reading is what takes the time
FEWEST_TO_COMBINE = 3  # with edges on disk, however short memory is
SHARE_TO_COMBINE = 4  # iterates that wait to be combined take one part of so many of the memory


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
        sweeps = GaussSeidelSweeps(graph, teleport, damping=damping, pool=pool, n_parts=n_parts_of(graph.n_edges))
        return AcceleratedSweeps(sweeps, tolerance).solution(start)


def disk_solver(
    stream: EdgeStream,
    numbers: NodeNumbers,
    teleport: NDArray[np.float64],
    start: NDArray[np.float64],
    *,
    damping: float,
    tolerance: float,
    n_threads: int,
    memory_bytes: int,
    scratch: Path,
) -> Solution:
    """Build the graph in a folder and sweep, as `block_solver`, over blocks that are read from there.

    There is at least one node and fewer than ``2**31``. The memory decides how many iterates are kept to be combined, 3
    to 9. Beside them some 15 vectors of 8 bytes a node are held and, a thread, two blocks of about 4 million edges.
    """
    n_threads = min(n_threads, DISK_PARTS)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="pagerank-") as folder, ThreadPoolExecutor(n_threads) as pool:
        graph = disk_build(stream, numbers, Path(folder), pool, n_threads)
        sweeps = GaussSeidelSweeps(graph, teleport, damping=damping, pool=pool, n_parts=DISK_PARTS)
        fitting = memory_bytes // SHARE_TO_COMBINE // (8 * max(1, graph.out_weights.total.size))
        n_to_combine = min(max(fitting, FEWEST_TO_COMBINE), SWEEPS_TO_COMBINE)
        return AcceleratedSweeps(sweeps, tolerance, n_to_combine).solution(start)


@dataclass(slots=True, eq=False)
class AcceleratedSweeps:
    """One solution in the making: the values of the non-dangling nodes and what the sweeps so far have told.

    Iterates are combined after `n_to_combine` sweeps: one more vector over the non-dangling nodes than that is held.
    """

    sweeps: GaussSeidelSweeps
    tolerance: float
    n_to_combine: int = SWEEPS_TO_COMBINE
    _n_additions: NDArray[np.int64] = field(init=False)  # behind each rank; see `pagerank.rounding`
    _residuals: list[float] = field(init=False, default_factory=list)
    _iterates: Iterates = field(init=False)  # their newest is the values
    _inflow: float = field(init=False, default=1.0)
    _step_per_residual: float = field(init=False, default=FIRST_STEP_PER_RESIDUAL)

    def __post_init__(self) -> None:
        graph = self.sweeps.graph
        self._n_additions = blocked_additions(graph.edges.in_degree)
        self._n_additions[graph.non_dangling_nodes] += graph.out_weights.n_additions.astype(np.int64)
        check_tolerance(self.tolerance, self._n_additions, self.sweeps.damping)

    def solution(self, start: NDArray[np.float64]) -> Solution:
        """Return the ranks, swept from a start."""
        sweeps, most = self.sweeps, most_sweeps(self.sweeps.damping, self.tolerance)
        can_sweep = sweeps.non_dangling_teleport > LEAST_TELEPORT_TO_SWEEP
        is_cold = np.array_equal(start, sweeps.teleport)
        self._begin(start, can_sweep=can_sweep, is_cold=is_cold)
        is_promising = not (can_sweep and is_cold)
        while True:
            if not is_promising:
                is_promising = self._sweep() or len(self._residuals) >= most - 1
                continue
            proved = self._power_step()
            if proved.error_bound <= self.tolerance:
                return Solution(proved.ranks, np.array(self._residuals), proved.error_bound)
            if len(self._residuals) >= most:
                bound, damping = proved.error_bound, sweeps.damping
                raise not_converged(bound, self._residuals, damping=damping, tolerance=self.tolerance)
            is_promising = not can_sweep

    def _begin(self, start: NDArray[np.float64], *, can_sweep: bool, is_cold: bool) -> None:
        values = start[self.sweeps.graph.non_dangling_nodes] * self.sweeps.per_weight
        if not can_sweep:
            values[:] = 0.0  # the whole teleport goes to dangling nodes, and stays there
            self._iterates = Iterates(values, 0)
            return
        if not values.any():  # it has dangling nodes alone, from which nothing can be swept
            values = self.sweeps.teleport[self.sweeps.graph.non_dangling_nodes] * self.sweeps.per_weight
        self._inflow = self.sweeps.inflow_of(values)
        begins_in_float32 = start.size >= FLOAT32_NODES and is_cold
        self._iterates = Iterates(values.astype(np.float32) if begins_in_float32 else values, self.n_to_combine)

    def _sweep(self) -> bool:
        """Sweep once, combine when it is time, and return whether a power step would now prove the ranks."""
        values = self._iterates.newest
        residual, self._inflow = self.sweeps.sweep(values, self._inflow, out=self._iterates.follow())
        self._residuals.append(residual)
        damping = self.sweeps.damping
        if damping * self._expected_step() / (1.0 - damping) <= self.tolerance:
            return True
        if values.dtype == np.float32 and residual <= FLOAT32_RESIDUAL:
            self._iterates = Iterates(self._iterates.newest.astype(np.float64), self.n_to_combine)
        elif self._iterates.is_full:
            if residual > LEAST_TO_COMBINE and len(self._residuals) < MOST_COMBINED:
                self._iterates.combine(self.sweeps.graph.out_weights.total)
            else:
                self._iterates.begin_anew()
            self._inflow = self.sweeps.inflow_of(self._iterates.newest)
        return False

    def _expected_step(self) -> float:
        """Return how far a power step would move: no further than another sweep, and than it did in other cases."""
        residual = self._residuals[-1]
        if len(self._iterates) < 3:  # noqa: PLR2004 - one sweep since the last combination tells no rate
            return self._step_per_residual * residual
        return min(self._step_per_residual, residual / self._residuals[-2]) * residual

    def _power_step(self) -> ProvedStep:
        """Take a power step, go on from its ranks, and remember how far it moved for what the sweep had told."""
        sweeps, graph = self.sweeps, self.sweeps.graph
        values = self._iterates.newest.astype(np.float64, copy=False)
        received = sweeps.received(values)
        received *= sweeps.damping
        proved = proved_step(
            received, values * graph.out_weights.total, self._inflow, sweeps.teleport,
            non_dangling=graph.non_dangling_nodes, n_additions=self._n_additions, damping=sweeps.damping,
        )  # fmt: skip
        if self._residuals and self._residuals[-1] > 0.0:
            self._step_per_residual = proved.step / self._residuals[-1]
        self._residuals.append(proved.step)
        values = proved.ranks[graph.non_dangling_nodes] * sweeps.per_weight
        self._iterates, self._inflow = Iterates(values, self.n_to_combine), proved.inflow
        return proved

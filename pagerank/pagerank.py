"""PageRank of any directed weighted graph: checks and prepares, and leaves the numbers to a solver."""

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pagerank.edges.edge_forms import Edges, GivenEdges, NodeIds, read_form
from pagerank.edges.edge_stream import as_stream, held_edges, number_stream
from pagerank.edges.node_values import NodeValues, start_vector, teleport_vector
from pagerank.edges.numbered_edges import NumberedEdges, number_nodes
from pagerank.errors import InvalidGraphError, PageRankError
from pagerank.given_numbers import as_count, as_damping, as_tolerance
from pagerank.solvers.solver import Solution, Solver

KERNEL_EDGES = 1 << 19  # below, SciPy has ranked a graph before Numba is loaded, and is as fast afterwards
BYTES_AN_EDGE = 40  # that a solution in memory takes at most, the edges given included
MAX_KERNEL_NODES = (1 << 31) - 1


@dataclass(frozen=True, slots=True, eq=False)
class PageRank:
    """The importance of every node, and how sure it is.

    Attributes
    ----------
    node_ids
        Shape ``(n_nodes,)``, int64, ascending.
    ranks
        Shape ``(n_nodes,)``, float64, aligned with `node_ids`; not negative, sum 1 (an empty graph has none).
    n_sweeps
        Sweeps over the edges that were needed.
    residuals
        Shape ``(n_sweeps,)``, float64: the L1 distance between the ranks before and after each sweep; of the
        last sweep over all nodes, of earlier ones it may be over the nodes with an edge out.
    error_bound
        Upper bound of the L1 distance between `ranks` and the exact ranks, rounding included.
    """

    node_ids: NDArray[np.int64]
    ranks: NDArray[np.float64]
    n_sweeps: int
    residuals: NDArray[np.float64]
    error_bound: float

    def to_table(self) -> pa.Table:
        """Return the ranks as an Arrow table ``node_id`` int64, ``rank`` float64, by ascending node id."""
        return pa.table({"node_id": self.node_ids, "rank": self.ranks})


def pagerank(
    edges: Edges,
    *,
    nodes: NodeIds | None = None,
    n_nodes: int | None = None,
    damping: float = 0.85,
    tolerance: float = 1e-8,
    personalization: NodeValues | None = None,
    start: NodeValues | None = None,
    n_threads: int | None = None,
    memory_bytes: int | None = None,
    scratch: Path | None = None,
) -> PageRank:
    """Rank the nodes of a directed graph by PageRank.

    Parameters
    ----------
    edges
        Arrow table or data frame with the columns ``src``, ``dst`` and, if edges differ, ``weight``; or the same as
        a tuple of two or three columns of shape ``(n_edges,)``, or a list of them, if they are arrays or Series and
        not so short that they could be edges; or a list of tuples ``(src, dst)`` or
        ``(src, dst, weight)``; or an array of shape ``(n_edges, 2)`` or ``(n_edges, 3)``; or a networkx graph of any
        kind, weighted by its attribute ``weight``; or tables or record batches in a list, or in anything else that
        can be read again and again. Importance flows from src to dst. Ids are any int64, in an array beside
        fractional weights below ``2**53``, as float64 merges larger ones; weights are finite and at least 0, and 1
        when left out.
    nodes
        Ids that are nodes even if no edge names them, in any order, repeats allowed.
    n_nodes
        The ids are ``0..n_nodes - 1``, which saves looking them up; not together with `nodes`.
    damping
        Part of a node's importance that follows its edges, ``0 <= damping < 1``; the rest teleports.
    tolerance
        Largest L1 distance allowed between the ranks returned and the exact ranks, above 0, and so large that float64
        can prove it. At a damping of 0.85 that is about 3e-13 where no node has many edges in, 3e-12 to 6e-12 where
        one has 1,000 to a million, and more where one gives many fractional weights (3e-10 for 100,000 of them); at a
        damping of 0.999, 150 times that.
    personalization
        Where the teleport goes: weight by node id, as a mapping or ``(ids, values)``; nodes left out get
        nothing. None: every node the same.
    start
        ``(ids, ranks)`` of an earlier run to start from, which saves sweeps when little has changed. Nodes it
        does not know get its mean; ids that are no longer nodes are passed over.
    n_threads
        Threads to use at most, at least 1; None: one for each core this process may use.
    memory_bytes
        Graphs that would take more memory, at about 40 bytes an edge, are laid out on disk, and each sweep reads
        them anew; None: all are solved in memory. Vectors over the nodes, about 120 bytes each, stay in memory.
    scratch
        Folder for the edges on disk, 8 bytes each and while they are laid out 20; what is left there is removed.

    Returns
    -------
    PageRank
        By ascending node id.

    Raises
    ------
    InvalidGraphError
        An edge, id, weight or setting that is not allowed; the message names the first one. A tolerance that can't be
        proved for this graph is refused before any sweep, and the smallest that can is named.
    NotConvergedError
        The tolerance was not reached in 100,000 sweeps, which a damping above 0.999 may take.

    Notes
    -----
    Parallel edges are one edge, their weights added. A self-loop is an edge like any other and keeps part of
    its node's importance there. An edge of weight 0 makes its ends nodes and is otherwise no edge. The
    importance of dangling nodes, which have no edge out, is spread like the teleport. All of this is what
    ``networkx.pagerank`` does by default, except that a `personalization` of unknown nodes is an error here.

    The result is the same to the last bit for any order of the edges and any `n_threads`. Another `start` ends
    elsewhere within the tolerance.

    Graphs of fewer than 524,288 edges, and all where Numba is not installed, are solved by SciPy and
    `pagerank.solvers.scipy_solver`, others and those on disk by `pagerank.solvers.block_solver`. The results differ
    within the error bound. No BLAS takes part in either, whose threads would take longer to meet than they save.

    Examples
    --------
    Two boards save from board 30; board 30 saves from nobody.

    >>> result = pagerank(([10, 20], [30, 30]))
    >>> result.node_ids.tolist(), result.ranks.round(4).tolist()
    ([10, 20, 30], [0.2128, 0.2128, 0.5745])
    >>> result.error_bound <= 1e-8
    True
    >>> pagerank([(10, 30), (20, 30)]).ranks.round(4).tolist()  # edge by edge
    [0.2128, 0.2128, 0.5745]

    See Also
    --------
    pagerank.board_ranks.board_ranks : the importance of boards from the repin graph.
    """
    damping, tolerance = as_damping(damping), as_tolerance(tolerance)
    n_nodes = as_count("n_nodes", n_nodes, 0, "to find them in the edges")
    n_threads = as_count("n_threads", n_threads, 1, "for all cores")
    memory_bytes = as_count("memory_bytes", memory_bytes, 0, "for no bound")
    most_edges = None if memory_bytes is None else memory_bytes // BYTES_AN_EDGE
    given = read_form(edges, nodes, n_nodes)
    held = held_edges(given.edges, most_edges)
    if held is None:
        node_ids, solve = _on_disk(given, n_nodes, memory_bytes or 0, scratch)
    else:
        numbered = number_nodes(held, nodes=given.nodes, n_nodes=n_nodes)
        node_ids, solve = numbered.node_ids, partial(_solver_for(numbered), numbered)
    if node_ids.size == 0:
        return PageRank(node_ids, np.empty(0), 0, np.empty(0), 0.0)
    teleport = teleport_vector(personalization, node_ids)
    solution = solve(
        teleport,
        start_vector(start, node_ids, teleport),
        damping=damping,
        tolerance=tolerance,
        n_threads=n_threads or _n_cores(),
    )
    return PageRank(node_ids, solution.ranks, solution.residuals.size, solution.residuals, solution.error_bound)


def _on_disk(
    given: GivenEdges, n_nodes: int | None, memory_bytes: int, scratch: Path | None
) -> tuple[NDArray[np.int64], Callable[..., Solution]]:
    """Return the nodes of edges that don't fit into memory, and what solves them."""
    if scratch is None:
        raise InvalidGraphError(
            f"there are more than the {memory_bytes // BYTES_AN_EDGE:,} that fit into memory_bytes={memory_bytes:,}",
            where="edges",
            remedy="raise it, or name a folder for them as scratch",
        )
    try:
        solver = importlib.import_module("pagerank.solvers.block_solver").disk_solver
    except ImportError as error:
        problem = f"edges that don't fit into memory_bytes={memory_bytes:,} need Numba ({error})"
        raise PageRankError(problem, remedy="install it, or raise memory_bytes") from error
    stream = as_stream(given.edges)
    numbers = number_stream(stream, nodes=given.nodes, n_nodes=n_nodes)
    if numbers.node_ids.size > MAX_KERNEL_NODES:
        raise InvalidGraphError(
            f"{numbers.node_ids.size:,} nodes; on disk at most {MAX_KERNEL_NODES:,} are ranked",
            where="edges",
            remedy="leave nodes without edges out, or rank by partitions (pagerank.slices)",
        )
    return numbers.node_ids, partial(solver, stream, numbers, memory_bytes=memory_bytes, scratch=scratch)


def _solver_for(edges: NumberedEdges) -> Solver:
    """Return the kernel where it pays and Numba is there, and SciPy otherwise; imports what it returns alone."""
    is_for_kernel = edges.src.size >= KERNEL_EDGES and edges.node_ids.size <= MAX_KERNEL_NODES
    if is_for_kernel:
        try:
            return cast("Solver", importlib.import_module("pagerank.solvers.block_solver").block_solver)
        except ImportError:  # Numba is missing, or does not go with this NumPy
            pass
    return cast("Solver", importlib.import_module("pagerank.solvers.scipy_solver").scipy_solver)


def _n_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

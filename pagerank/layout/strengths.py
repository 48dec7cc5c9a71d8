"""The weights out of each live node, added up in an order that the graph alone fixes."""

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pagerank.layout.build_kernels import add_into, add_strengths
from pagerank.layout.edge_rows import MemoryRows

N_PARTS = 2  # fixed: sums of real weights have the bits of this split
SHARE_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Strengths:
    """Sums of weights by live node.

    Attributes
    ----------
    total
        Shape ``(n_live,)``, float64: the weights out of the node.
    to_dangling
        Shape ``(n_live,)``, float64: those of edges to dangling nodes.
    own
        Shape ``(n_live,)``, float64: those of edges to the node itself.
    n_additions
        Shape ``(n_live,)``, float64: inexact additions behind `total`; 0 where sums are exact.
    """

    total: NDArray[np.float64]
    to_dangling: NDArray[np.float64]
    own: NDArray[np.float64]
    n_additions: NDArray[np.float64]

    def of_shares(self) -> "Strengths":
        """Return the strengths when each weight is divided by that of its source, see `shares`."""
        total = self.total
        return Strengths(np.ones(total.size), self.to_dangling / total, self.own / total, self.n_additions)


def add_up_strengths(
    rows: MemoryRows,
    live_number: NDArray[np.int32],
    *,
    is_exact: bool,
    pool: Executor,
) -> Strengths:
    """Return the strengths of a graph.

    Parameters
    ----------
    rows, live_number
        See `pagerank.layout.live_graph.LiveGraph`.
    is_exact
        The sums of these weights are exact in float64.
    pool
        Threads to add on.

    Returns
    -------
    Strengths
        By number of live node. A sum that float64 does not hold is infinite.
    """
    n_live = int(live_number.max(initial=-1)) + 1
    ranges = rows.cut(N_PARTS)

    def sums(weight: NDArray[np.floating] | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        by_part, own = np.zeros((N_PARTS, n_live, 2)), np.zeros(n_live)  # a node's own row lies in one part

        def add_part(part: int) -> None:
            row_start = rows.row_start[ranges[part].start : ranges[part].stop + 1]
            add_strengths(row_start, rows.source, weight, live_number[ranges[part]], by_part[part], own)

        list(pool.map(add_part, range(N_PARTS)))
        with np.errstate(over="ignore"):
            return by_part.sum(axis=0), own

    by_kind, own = sums(rows.weight)
    n_additions = np.zeros(n_live) if is_exact else sums(None)[0].sum(axis=1)
    with np.errstate(over="ignore"):
        return Strengths(by_kind.sum(axis=1), by_kind[:, 1].copy(), own, n_additions)


def exact_strengths(
    sums: NDArray[np.float64], rows: MemoryRows, live_number: NDArray[np.int32], *, pool: Executor
) -> Strengths:
    """Return the strengths, `sums` of shape ``(2, n_live)`` being exact: of the weights out of a node, and of loops."""
    total, own = sums
    dangling = np.flatnonzero((live_number < 0) & (rows.in_degree > 0)).astype(np.uint32)
    to_dangling = np.zeros((N_PARTS, total.size))

    def add_part(part: int) -> None:
        some = np.array_split(dangling, N_PARTS)[part]
        add_into(some, rows.row_start, rows.source, rows.weight, to_dangling[part])

    list(pool.map(add_part, range(N_PARTS)))
    return Strengths(total, to_dangling.sum(axis=0), own, np.zeros(total.size))


def shares(
    weight: NDArray[np.floating], source: NDArray[np.uint32], total: NDArray[np.float64], *, in_place: bool = False
) -> NDArray[np.floating]:
    """Return each weight divided by the strength of its source.

    Shares are at most 1, whatever the weights were, so nothing computed with them leaves the range of float64.

    Examples
    --------
    >>> shares(np.array([1e300, 3e300]), np.zeros(2, np.uint32), np.array([4e300]))
    array([0.25, 0.75])
    """
    found = weight if in_place else np.empty_like(weight)
    for start in range(0, weight.size, SHARE_BLOCK):
        block = slice(start, start + SHARE_BLOCK)
        np.divide(weight[block], total[source[block]], out=found[block])
    return found

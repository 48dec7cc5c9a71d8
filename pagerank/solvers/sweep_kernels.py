"""The two loops over the edges that solve PageRank, compiled; each works on one block of rows at a time.

What indexes is unsigned: a signed index costs a look whether it counts from the end, a third of a sweep's time.
"""

import numpy as np
from numpy.typing import NDArray

from pagerank.layout.build_kernels import compiled


@compiled
def gauss_seidel(
    row_start: NDArray[np.uint64],
    source: NDArray[np.uint32],
    weight: NDArray[np.floating] | None,
    first_row: int,
    first_node: int,
    rows: NDArray[np.uint32],
    z: NDArray[np.floating],
    to_itself: NDArray[np.float64],
    total: NDArray[np.float64],
    teleport_gain: NDArray[np.float64],
    edge_gain: NDArray[np.float64],
    outflow: NDArray[np.float64],
    inflow: float,
) -> tuple[float, float, float]:
    """Solve some non-dangling nodes' rows, in place, from the newest values there are.

    `row_start`, `source` and `weight` are those of a `pagerank.layout.non_dangling_graph.EdgeBlock` that begins with
    `first_row`; `rows` are the rows of the non-dangling nodes from `first_node` on. What follows are vectors over all
    non-dangling nodes: `z` the values, the others those of `pagerank.solvers.gauss_seidel.GaussSeidelSweeps`. Returned
    are, of these nodes, the L1 change, the mass, and the mass that flows out of the non-dangling nodes.
    """
    change, mass, flowed_out = 0.0, 0.0, 0.0
    one, two = np.uint64(1), np.uint64(2)
    for place in range(np.uint64(rows.size)):
        row, node = np.uint64(rows[place] - first_row), np.uint64(place + first_node)
        even, odd, edge, stop = 0.0, 0.0, row_start[row], row_start[row + one]
        if (stop - edge) & one:
            even = z[source[edge]] if weight is None else weight[edge] * z[source[edge]]
            edge += one
        while edge < stop:  # two sums: an addition waits for the one before
            if weight is None:
                even += z[source[edge]]
                odd += z[source[edge + one]]
            else:
                even += weight[edge] * z[source[edge]]
                odd += weight[edge + one] * z[source[edge + one]]
            edge += two
        # The node's self-loop is solved, not swept: lagging behind by a sweep it would take far more of them.
        old = z[node]
        new = inflow * teleport_gain[node] + edge_gain[node] * (even + odd - to_itself[node] * old)
        z[node] = new
        change += abs(new - old) * total[node]
        mass += new * total[node]
        flowed_out += new * outflow[node]
    return change, mass, flowed_out


@compiled
def pull(
    row_start: NDArray[np.uint64],
    source: NDArray[np.uint32],
    weight: NDArray[np.floating] | None,
    z: NDArray[np.float64],
    pulled: NDArray[np.float64],
    block: int,
) -> None:
    """Write what each row, dangling or not, receives over its edges, added up in blocks of so many edges."""
    for row in range(np.uint64(pulled.size)):
        total, edge, stop = 0.0, row_start[row], row_start[row + np.uint64(1)]
        while edge < stop:
            block_total, block_stop = 0.0, min(edge + np.uint64(block), stop)
            while edge < block_stop:
                block_total += z[source[edge]] if weight is None else weight[edge] * z[source[edge]]
                edge += np.uint64(1)
            total += block_total
        pulled[row] = total

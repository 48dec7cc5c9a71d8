"""The two loops over the edges that solve PageRank, compiled; each works on one block of rows at a time.

What indexes is unsigned: a signed index costs a look whether it counts from the end, a third of a sweep's time.
"""

import numpy as np
from numpy.typing import NDArray

from pagerank.layout.compiled import compiled


@compiled
def gauss_seidel(
    row_start: NDArray[np.uint64],
    source: NDArray[np.uint32],
    weight: NDArray[np.floating] | None,
    first_row: int,
    first_node: int,
    rows: NDArray[np.uint32],
    z: NDArray[np.floating],
    own: NDArray[np.float64],
    total: NDArray[np.float64],
    spread: NDArray[np.float64],
    gain: NDArray[np.float64],
    leak: NDArray[np.float64],
    inflow: float,
) -> tuple[float, float, float]:
    """Solve some live nodes' rows, in place, from the newest values there are.

    `row_start`, `source` and `weight` are those of a `pagerank.layout.edge_rows.EdgeBlock` that begins with
    `first_row`; `rows` are the rows of the live nodes from `first_node` on, what stands behind it are vectors over all
    live nodes.

    Returns
    -------
    tuple
        Of these nodes: the L1 change, the mass, and the mass that leaks from the live nodes.
    """
    change, mass, leaked = 0.0, 0.0, 0.0
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
        # The node's own loop is solved, not swept: lagging behind by a sweep it would take far more of them.
        old = z[node]
        new = inflow * spread[node] + gain[node] * (even + odd - own[node] * old)
        z[node] = new
        change += abs(new - old) * total[node]
        mass += new * total[node]
        leaked += new * leak[node]
    return change, mass, leaked


@compiled
def pull(
    row_start: NDArray[np.uint64],
    source: NDArray[np.uint32],
    weight: NDArray[np.floating] | None,
    z: NDArray[np.float64],
    pulled: NDArray[np.float64],
) -> None:
    """Write what each row of a block, live or dangling, receives over its edges."""
    for row in range(np.uint64(pulled.size)):
        total = 0.0
        for edge in range(row_start[row], row_start[row + np.uint64(1)]):
            if weight is None:
                total += z[source[edge]]
            else:
                total += weight[edge] * z[source[edge]]
        pulled[row] = total

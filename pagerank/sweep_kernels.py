"""The two loops over the edges that solve PageRank, compiled; each works on one block of rows at a time."""

import numpy as np
from numpy.typing import NDArray

from pagerank.compiled import compiled


@compiled
def gauss_seidel(
    row_start: NDArray[np.int64],
    source: NDArray[np.int32],
    weight: NDArray[np.floating] | None,
    live_number: NDArray[np.int32],
    z: NDArray[np.floating],
    own: NDArray[np.float64],
    per_weight: NDArray[np.float64],
    teleport: NDArray[np.float64],
    leak: NDArray[np.float64],
    damping: float,
    inflow: float,
) -> tuple[float, float, float]:
    """Solve each live row of a block for its own node, in place, from the newest values there are.

    `row_start`, `source` and `weight` are those of a `pagerank.edge_rows.EdgeBlock`, `live_number` is that of its rows.

    Returns
    -------
    tuple
        Of the rows: the L1 change, the mass, and the mass that leaks from the live nodes.
    """
    change, mass, leaked = 0.0, 0.0, 0.0
    for row in range(live_number.size):
        node = live_number[row]
        if node < 0:
            continue
        pulled = 0.0
        for edge in range(row_start[row], row_start[row + 1]):
            if weight is None:
                pulled += z[source[edge]]
            else:
                pulled += weight[edge] * z[source[edge]]
        # The node's own loop is solved, not swept: lagging behind by a sweep it would take far more of them.
        old, kept = z[node], own[node]
        pulled -= kept * old
        value = (inflow * teleport[node] + damping * pulled) / (1.0 - damping * kept * per_weight[node])
        z[node] = value * per_weight[node]
        change += abs(value - old / per_weight[node])
        mass += value
        leaked += leak[node] * value
    return change, mass, leaked


@compiled
def pull(
    row_start: NDArray[np.int64],
    source: NDArray[np.int32],
    weight: NDArray[np.floating] | None,
    z: NDArray[np.float64],
    pulled: NDArray[np.float64],
) -> None:
    """Write what each row of a block, live or dangling, receives over its edges."""
    for row in range(pulled.size):
        total = 0.0
        for edge in range(row_start[row], row_start[row + 1]):
            if weight is None:
                total += z[source[edge]]
            else:
                total += weight[edge] * z[source[edge]]
        pulled[row] = total

"""Values given per node, teleport weights and ranks to start from, as vectors aligned with the sorted node ids."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.edges.node_ids import as_node_ids, check_each_once, find_positions
from pagerank.errors import InvalidGraphError

NodeValues = Mapping[int, float] | tuple[ArrayLike | pa.Array, ArrayLike | pa.Array]


def teleport_vector(personalization: NodeValues | None, node_ids: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share of the teleport that goes to each node; `personalization` is that of `pagerank.pagerank`.

    Raises
    ------
    InvalidGraphError
        A node is unknown or named twice, a value is negative or not finite, or all are 0.

    Examples
    --------
    >>> teleport_vector({20: 3.0, 30: 1.0}, np.array([10, 20, 30]))
    array([0.  , 0.75, 0.25])
    """
    if personalization is None:
        return np.full(node_ids.size, 1.0 / node_ids.size)
    ids, values = _ids_and_values(personalization, "personalization")
    positions, found = find_positions(node_ids, ids)
    if not found.all():
        n_unknown, first = np.count_nonzero(~found), ids[np.argmin(found)]
        raise InvalidGraphError(
            f"{n_unknown:,} of {ids.size:,} ids are no node of the graph (first: {first})",
            where="personalization",
            remedy="leave them out, or add them with nodes=",
        )
    if not values.any():
        problem = f"all {values.size:,} values are 0; at least one must be above 0"
        raise InvalidGraphError(problem, where="personalization")
    teleport = np.zeros(node_ids.size)
    teleport[positions] = values
    return _shares(teleport)


def start_vector(
    start: NodeValues | None, node_ids: NDArray[np.int64], teleport: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the ranks that the first sweep starts from, of sum 1; the teleport if `start` is None or knows no node.

    Raises
    ------
    InvalidGraphError
        A node is named twice, or a rank is negative or not finite.

    Examples
    --------
    >>> start_vector(([1, 2], [0.25, 0.75]), np.array([1, 2, 3]), np.full(3, 1 / 3)).round(3).tolist()
    [0.167, 0.5, 0.333]
    """
    if start is None:
        return teleport
    ids, values = _ids_and_values(start, "start")
    positions, found = find_positions(node_ids, ids)
    known = values[found]
    if not known.any():
        return teleport
    ranks = np.full(node_ids.size, _shares(known).mean())
    ranks[positions[found]] = _shares(known)
    return _shares(ranks)


def _ids_and_values(values: NodeValues, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return checked ids and values, ordered by id, so that sums do not depend on the order given."""
    if isinstance(values, Mapping):
        values = (list(values.keys()), list(values.values()))
    if not isinstance(values, tuple) or len(values) != len(("ids", "values")):
        problem = f"a {type(values).__name__} is given; allowed are a mapping and a tuple (ids, values)"
        raise InvalidGraphError(problem, where=name)
    ids = as_node_ids(values[0], name)
    try:
        numbers = np.asarray(values[1], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidGraphError(f"the values are no numbers: {error}", where=name) from error
    if numbers.shape != ids.shape:
        problem = f"{ids.size} ids and values of shape {numbers.shape}"
        raise InvalidGraphError(problem, where=name, remedy="give one value per id")
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        problem = f"value {numbers[row]} of node {ids[row]}; allowed are finite numbers of at least 0"
        raise InvalidGraphError(problem, where=name)
    order = np.argsort(ids)
    check_each_once(ids[order], "node", name, "give one value per node")
    return ids[order], numbers[order]


def _shares(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # Dividing by the largest first keeps huge and tiny values from overflowing in the sum.
    scaled = values / values.max()
    shares: NDArray[np.float64] = scaled / scaled.sum()
    return shares

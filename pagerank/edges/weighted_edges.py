"""Weighted edges as they arrive, Arrow table or NumPy arrays, read and checked before any arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.edges.node_ids import as_integers
from pagerank.errors import InvalidGraphError, shown

COLUMNS = ("src", "dst", "weight")
_FLAT = "give a flat array of numbers"


@dataclass(frozen=True, slots=True, eq=False)
class WeightedEdges:
    """Directed edges in the order given, parallel ones not yet merged; importance flows from `src` to `dst`.

    Ids are integers of the width they came in, at most int64; weights are finite and at least 0; None: each weighs 1.
    """

    src: NDArray[np.integer]
    dst: NDArray[np.integer]
    weight: NDArray[np.number] | None


def read_edges(edges: pa.Table | Sequence[ArrayLike]) -> WeightedEdges:
    """Return edges, in one of the forms that `pagerank.pagerank` takes in one piece, checked; flat ones aren't copied.

    Raises
    ------
    InvalidGraphError
        Columns are missing, unknown or of different lengths, an id is no int64, or a weight is missing,
        negative, infinite or NaN.

    Examples
    --------
    >>> read_edges(([1, 1], [2, 3], [0.5, 2.0])).weight
    array([0.5, 2. ])
    """
    columns = _table_columns(edges) if isinstance(edges, pa.Table) else list(edges)
    if len(columns) not in (2, 3):
        problem = f"{len(columns)} arrays given; allowed are (src, dst) or (src, dst, weight)"
        raise InvalidGraphError(problem, where="edges")
    src, dst = (as_integers(ids, name) for ids, name in zip(columns, COLUMNS[:2], strict=False))
    weight = _as_weights(columns[2]) if len(columns) == len(COLUMNS) else None
    n_weights = src.size if weight is None else weight.size
    if not src.size == dst.size == n_weights:
        problem = f"{src.size} src, {dst.size} dst and {n_weights} weights"
        raise InvalidGraphError(problem, where="edges", remedy="give one of each per edge")
    if weight is not None and weight.size and not _are_allowed(weight):
        raise _wrong_weight(src, dst, weight)
    return WeightedEdges(src, dst, weight)


def check_out_weights(out_weight: NDArray[np.number], node_ids: NDArray[np.int64], scale: float = 1.0) -> None:
    """Raise unless the weights out of every node, before they were multiplied by `scale`, add up to a finite number.

    Examples
    --------
    >>> check_out_weights(np.array([1.5, 0.0]), np.array([7, 8]))
    """
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(out_weight / scale)
    if not is_finite.all():
        problem = f"the weights out of node {node_ids[np.argmin(is_finite)]} add up to more than float64 holds"
        raise InvalidGraphError(problem, where="edges", remedy="scale the weights down")


def check_none_vanished(out_weight: NDArray[np.number], node_ids: NDArray[np.int64]) -> None:
    """Raise if the weights out of a node, which are above 0, became 0 as they were scaled with the others.

    Examples
    --------
    >>> check_none_vanished(np.array([1.5]), np.array([7]))
    """
    if out_weight.size and not out_weight.all():
        problem = (
            f"the weights out of node {node_ids[np.argmin(out_weight)]} are too small for float64 beside the others"
        )
        raise InvalidGraphError(problem, where="edges", remedy="scale them up, or leave these edges out")


def _are_allowed(weight: NDArray[np.number]) -> bool:
    # One pass where there can be: read as a whole number, what is negative, infinite or no number exceeds what is not.
    if weight.dtype == np.float64 and weight.view(np.uint64).max() < np.float64(np.inf).view(np.uint64):
        return True
    return bool(weight.min() >= 0 and weight.max() < np.inf)  # a NaN is its array's minimum, and no comparison holds


def _wrong_weight(src: NDArray[np.integer], dst: NDArray[np.integer], weight: NDArray[np.number]) -> InvalidGraphError:
    wrong = ~(np.isfinite(weight) & (weight >= 0))
    row = int(np.argmax(wrong))
    return InvalidGraphError(
        f"{np.count_nonzero(wrong):,} of {weight.size:,} weights are not allowed "
        f"(first: {weight[row]} on edge {src[row]} -> {dst[row]} in row {row})",
        where="edges",
        remedy="a weight is a finite number of at least 0",
    )


def _table_columns(edges: pa.Table) -> list[pa.ChunkedArray]:
    names = edges.column_names
    if sorted(names) not in (sorted(COLUMNS[:2]), sorted(COLUMNS)):
        # A column that is merely skipped hides a misspelt "weights".
        problem = f"table has the columns {shown(names)}; allowed are src, dst and, if edges differ, weight"
        raise InvalidGraphError(problem, where="edges")
    return [edges[name] for name in COLUMNS if name in names]


def _as_weights(values: ArrayLike | pa.ChunkedArray | pa.Array) -> NDArray[np.number]:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        values = values.to_numpy(zero_copy_only=False)  # a null becomes NaN, which is refused by its row
    try:
        weights = np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise InvalidGraphError(f"{error}", where="weight", remedy=_FLAT) from error
    if weights.ndim != 1:
        raise InvalidGraphError(f"an array of {weights.dtype} with shape {weights.shape}", where="weight", remedy=_FLAT)
    if weights.size and weights.dtype.kind not in "iuf":
        problem = f"an array of {weights.dtype} with shape {weights.shape} (first: {shown(weights[0])})"
        raise InvalidGraphError(problem, where="weight", remedy=_FLAT)
    if weights.dtype.itemsize > np.dtype(np.float64).itemsize:
        with np.errstate(over="ignore"):  # what float64 can't hold is infinite there, which is refused by its row
            return weights.astype(np.float64)
    return weights if weights.size else np.empty(0)

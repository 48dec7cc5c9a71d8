"""Weighted edges as they arrive, Arrow table or NumPy arrays, read and checked before any arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.errors import InvalidGraphError
from pagerank.node_ids import as_node_ids

COLUMNS = ("src", "dst", "weight")


@dataclass(frozen=True, slots=True, eq=False)
class WeightedEdges:
    """Directed edges in the order given, parallel ones not yet merged.

    Attributes
    ----------
    src, dst
        Shape ``(n_edges,)``, int64: the node that gives importance and the node that receives it.
    weight
        Shape ``(n_edges,)``, float64, finite and at least 0.
    """

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    weight: NDArray[np.float64]


def read_edges(edges: pa.Table | Sequence[ArrayLike]) -> WeightedEdges:
    """Return checked edges.

    Parameters
    ----------
    edges
        Arrow table with the columns ``src``, ``dst`` and, if edges differ, ``weight``; or the same as a tuple
        of two or three arrays. Without weights each edge weighs 1.

    Returns
    -------
    WeightedEdges
        In the order given.

    Raises
    ------
    InvalidGraphError
        Columns are missing, unknown or of different lengths, an id is no int64, or a weight is missing,
        negative, infinite or NaN.

    Examples
    --------
    >>> read_edges(([1, 1], [2, 3])).weight
    array([1., 1.])
    """
    columns = _table_columns(edges) if isinstance(edges, pa.Table) else list(edges)
    if len(columns) not in (2, 3):
        msg = f"edges: {len(columns)} arrays given; allowed are (src, dst) or (src, dst, weight)"
        raise InvalidGraphError(msg)
    src, dst = (as_node_ids(ids, name) for ids, name in zip(columns, COLUMNS[:2], strict=False))
    weight = _as_weights(columns[2]) if len(columns) == len(COLUMNS) else np.ones(src.size)
    if not src.size == dst.size == weight.size:
        msg = f"edges: {src.size} src, {dst.size} dst and {weight.size} weights; give one of each per edge"
        raise InvalidGraphError(msg)
    wrong = ~(np.isfinite(weight) & (weight >= 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        msg = (
            f"edges: {np.count_nonzero(wrong):,} of {weight.size:,} weights are not allowed "
            f"(first: {weight[row]} on edge {src[row]} -> {dst[row]} in row {row}); "
            "a weight is a finite number of at least 0"
        )
        raise InvalidGraphError(msg)
    return WeightedEdges(src, dst, weight)


def _table_columns(edges: pa.Table) -> list[pa.ChunkedArray]:
    names = edges.column_names
    if sorted(names) not in (sorted(COLUMNS[:2]), sorted(COLUMNS)):
        # A column that is merely skipped hides a misspelt "weights".
        msg = f"edges: table has the columns {names}; allowed are src, dst and, if edges differ, weight"
        raise InvalidGraphError(msg)
    return [edges[name] for name in COLUMNS if name in names]


def _as_weights(values: ArrayLike | pa.ChunkedArray | pa.Array) -> NDArray[np.float64]:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        values = values.to_numpy(zero_copy_only=False)  # a null becomes NaN, which is refused by its row
    weights = np.asarray(values)
    if weights.ndim != 1 or (weights.size and weights.dtype.kind not in "iuf"):
        msg = f"weight: an array of {weights.dtype} with shape {weights.shape}; give a flat array of numbers"
        raise InvalidGraphError(msg)
    return weights.astype(np.float64, copy=False)

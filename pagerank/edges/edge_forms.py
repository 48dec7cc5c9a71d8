"""The forms that edges may be given in: tables, columns, pairs, arrays and graphs, each told by what it is.

A tuple holds columns and a list holds edges, but for a list of two or three arrays or Series, which are columns. What
is so short that it could be either is refused, and so is everything that has a form of its own which is none of ours.
"""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.edges.node_ids import as_node_ids
from pagerank.errors import InvalidGraphError, shown

if TYPE_CHECKING:
    import networkx as nx

Columns: TypeAlias = Sequence[ArrayLike]
Pairs: TypeAlias = Sequence[tuple[int, int]] | Sequence[tuple[int, int, float]]
Batches: TypeAlias = Iterable[pa.RecordBatch | pa.Table]
Edges: TypeAlias = "pa.Table | Columns | Pairs | NDArray[np.number] | nx.Graph[int] | Batches"
NodeIds: TypeAlias = ArrayLike | pa.Array | pa.ChunkedArray

ALLOWED = (
    "allowed are an Arrow table or data frame with the columns src, dst and weight, a tuple of such columns (or "
    "a list of them, if they are arrays), a list of pairs or triples, an array of shape (n, 2) or (n, 3), and a "
    "networkx graph"
)
_WIDTHS = (2, 3)  # of an edge, without and with its weight
_ID_BITS = 63  # of an int64, its sign apart


class GivenEdges(NamedTuple):
    """Edges as a table, as a tuple of two or three columns or as batches, and the nodes that were given with them."""

    edges: "pa.Table | tuple[ArrayLike, ...] | Batches"
    nodes: NodeIds | None = None


def read_form(edges: Edges, nodes: NodeIds | None = None, n_nodes: int | None = None) -> GivenEdges:
    """Return edges, of any of the forms that `pagerank.pagerank` takes, in one of three; columns are not copied.

    `nodes` and `n_nodes` are those of `pagerank.pagerank`; a graph adds its own nodes.

    Raises
    ------
    InvalidGraphError
        The form is none of ours, or the ids of a graph are none; the message names it.

    Examples
    --------
    >>> read_form([(1, 2), (1, 3), (2, 3)]).edges
    ([1, 1, 2], [2, 3, 3])
    >>> [column.tolist() for column in read_form(np.array([[1, 2], [1, 3]])).edges]
    [[1, 1], [2, 3]]
    """
    networkx = sys.modules.get("networkx")  # who has a graph of it has imported it
    if networkx is not None and isinstance(edges, networkx.Graph):
        return _of_graph(edges, nodes, n_nodes)
    return GivenEdges(_plain_form(edges), nodes)


def _plain_form(edges: Any) -> "pa.Table | tuple[ArrayLike, ...] | Batches":  # noqa: ANN401 - told by what it is
    match edges:
        case pa.Table():
            return edges
        case pa.RecordBatch():
            return pa.Table.from_batches([edges])
        case np.ndarray():
            return _of_array(edges)
        case tuple():
            return _of_columns(edges)
        case str() | bytes() | Mapping():
            raise _refusal(edges)
        case Sequence():
            return _of_sequence(edges)
        case _:
            return _of_other_library(edges)


def _of_other_library(edges: Any) -> "pa.Table | tuple[ArrayLike, ...] | Batches":  # noqa: ANN401 - as above
    if hasattr(edges, "tocoo"):
        raise _refusal(edges, "of a sparse matrix give (m.row, m.col, m.data), where m = matrix.tocoo()")
    if hasattr(edges, "__arrow_c_stream__") and not hasattr(edges, "read_next_batch"):
        try:
            return pa.table(edges)
        except (pa.ArrowException, TypeError, ValueError) as error:  # one column of a data frame, say
            raise _refusal(edges) from error
    if isinstance(edges, Collection):  # a set of pairs, a view of a graph's edges
        return _of_sequence(list(edges))
    if not isinstance(edges, Iterable):
        raise _refusal(edges)
    return edges


def _of_sequence(edges: Sequence[Any]) -> "tuple[ArrayLike, ...] | Batches":
    first = edges[0] if edges else (0, 0)
    if isinstance(first, pa.RecordBatch | pa.Table):
        return edges
    if hasattr(first, "__array__"):
        return _of_columns(edges)
    for row, edge in enumerate(edges):
        if not isinstance(edge, tuple | list) or len(edge) not in _WIDTHS:
            problem = f"{shown(edge)} in row {row} is no edge; allowed in a {_named(edges)} are (src, dst) and "
            raise InvalidGraphError(f"{problem}(src, dst, weight)", where="edges", remedy="give columns as a tuple")
        if len(edge) != len(first):
            problem = f"some edges have a weight and others have none (first: {shown(edge)} in row {row})"
            raise InvalidGraphError(problem, where="edges", remedy="give it to all or to none")
    if isinstance(first, list):
        _check_is_unmistakable(edges)
    return tuple(map(list, zip(*edges, strict=True))) if edges else ([], [])


def _of_columns(columns: Sequence[Any]) -> tuple[ArrayLike, ...]:
    if len(columns) not in _WIDTHS:
        problem = f"{len(columns)} arrays given; allowed are (src, dst) or (src, dst, weight)"
        raise InvalidGraphError(problem, where="edges", remedy="give edges one by one as a list of pairs")
    if isinstance(columns, list) or all(isinstance(column, tuple) for column in columns):
        _check_is_unmistakable(columns)
    return tuple(columns)


def _check_is_unmistakable(edges: Sequence[Any]) -> None:
    if len(edges) in _WIDTHS and {*map(_length, edges)} <= {*_WIDTHS}:
        raise InvalidGraphError(
            f"{shown(edges)} could be {len(edges)} edges or {len(edges)} columns",
            where="edges",
            remedy="write edges as a list of tuples, columns as a tuple of lists",
        )


def _length(column: Any) -> int | None:  # noqa: ANN401 - whatever stands in a list
    try:
        return len(column)
    except TypeError:  # a number, which is no column; told when its ids are read
        return None


def _of_array(edges: NDArray[Any]) -> tuple[ArrayLike, ...]:
    if edges.ndim != len(("row", "column")) or edges.shape[1] not in _WIDTHS:
        problem = f"an array of shape {edges.shape}; allowed are (n, 2) and, with weights, (n, 3)"
        remedy = "transpose an array of columns; of a matrix give (src, dst, weight) of its entries"
        raise InvalidGraphError(problem, where="edges", remedy=remedy)
    if edges.dtype.kind != "f":
        return tuple(edges.T)
    src, dst, *weight = edges.T
    return (_whole(src, "src"), _whole(dst, "dst"), *weight)  # beside fractional weights ids are floats


def _whole(ids: NDArray[np.floating], name: str) -> NDArray[np.int64]:
    """Return ids that floats hold exactly: from 2**53 on, in float64, another id may have been rounded to the same."""
    n_bits = min(np.finfo(ids.dtype).nmant + 1, _ID_BITS)
    is_whole = (ids == np.floor(ids)) & (np.abs(ids) < 2.0**n_bits)
    if not is_whole.all():
        row = int(np.argmin(is_whole))
        raise InvalidGraphError(
            f"id {ids[row]} in row {row} is no whole number below 2**{n_bits}, from where on {ids.dtype} merges ids",
            where=name,
            remedy="give (src, dst, weight), each an array of its own type",
        )
    return ids.astype(np.int64)


def _of_graph(graph: "nx.Graph[int]", nodes: NodeIds | None, n_nodes: int | None) -> GivenEdges:
    """Return a graph as `networkx.pagerank` sees it: undirected edges lead both ways, loops once; weight 1 if none."""
    if n_nodes is not None:
        problem = f"a graph and n_nodes={n_nodes} are given"
        raise InvalidGraphError(problem, remedy="leave n_nodes out; the graph has its nodes")
    for label in graph:
        if not isinstance(label, int | np.integer) or isinstance(label, bool):
            raise InvalidGraphError(
                f"node {shown(label)} of the graph is a {_named(label)}; allowed are integers",
                where="edges",
                remedy="give networkx.convert_node_labels_to_integers(graph); rank i is then that of list(graph)[i]",
            )
    edges = list(graph.edges(data="weight", default=1))
    if not graph.is_directed():
        edges += [(there, here, weight) for here, there, weight in edges if here != there]
    own = as_node_ids(list(graph), "nodes")
    known = own if nodes is None else np.concatenate([own, as_node_ids(nodes, "nodes")])
    return GivenEdges(tuple(map(list, zip(*edges, strict=True))) if edges else ([], []), known)


def _refusal(edges: object, remedy: str = "write them as one of these") -> InvalidGraphError:
    return InvalidGraphError(f"they are a {_named(edges)}; {ALLOWED}", where="edges", remedy=remedy)


def _named(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__.split('.')[0]} {kind.__name__}"

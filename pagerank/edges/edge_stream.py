"""Edges that don't fit into memory: read again and again, some at a time."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from pagerank.edges.edge_forms import ALLOWED, Batches
from pagerank.edges.node_ids import SortedPlaces, as_node_ids, sorted_once
from pagerank.edges.numbered_edges import NodeNumbers, check_range, without_runs
from pagerank.edges.weighted_edges import COLUMNS, WeightedEdges, read_edges
from pagerank.errors import InvalidGraphError

BATCH_EDGES = 1 << 22  # handed on at once
MOST_PENDING_IDS = 1 << 24  # before they are merged into the ids that are known


class EdgeStream:
    """Edges in batches, in the same order whenever they are read.

    The batches are tables or record batches as `pagerank.pagerank` takes them, read once for each pass. What can be
    read only once is an `InvalidGraphError`; while it is read, so is what `read_edges` refuses, and weights in some
    batches alone.
    """

    def __init__(self, batches: Batches) -> None:
        if iter(batches) is batches:
            raise InvalidGraphError(
                f"a {type(batches).__name__} can be read once, and edges are read once a pass",
                where="edges",
                remedy="give a list of what it yields, or an object whose __iter__ begins anew",
            )
        self._batches = batches

    def __iter__(self) -> Iterator[WeightedEdges]:
        """Yield checked edges of at most `BATCH_EDGES` each."""
        weighted: set[bool] = set()
        for table in self.tables():
            for start in range(0, table.num_rows, BATCH_EDGES):
                edges = read_edges(table.slice(start, BATCH_EDGES).combine_chunks())
                weighted.add(edges.weight is not None)
                if len(weighted) > 1:
                    problem = "some batches have a column weight and others have none"
                    raise InvalidGraphError(problem, where="edges", remedy="give it to all or to none")
                yield edges

    def tables(self) -> Iterator[pa.Table]:
        """Yield the batches as they come, unchecked."""
        for batch in self._batches:
            if not isinstance(batch, pa.Table | pa.RecordBatch):
                problem = f"a {type(batch).__name__} stands among the batches; {ALLOWED}"
                raise InvalidGraphError(problem, where="edges", remedy="give batches alone, or edges as a list")
            yield batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])


def as_stream(edges: pa.Table | tuple[ArrayLike, ...] | Batches) -> EdgeStream:
    """Return edges as a stream, whichever of the three forms of `GivenEdges`; those in memory are not copied.

    Examples
    --------
    >>> [batch.dst.tolist() for batch in as_stream(([1, 2], [3, 3]))]
    [[3, 3]]
    """
    if isinstance(edges, pa.Table):
        return EdgeStream([edges])
    if isinstance(edges, tuple):
        return EdgeStream([pa.table(list(map(pa.array, edges)), names=COLUMNS[: len(edges)])])
    return EdgeStream(edges)


def held_edges(edges: pa.Table | tuple[ArrayLike, ...] | Batches, most_edges: int | None) -> WeightedEdges | None:
    """Return edges in memory, or None if there are more than so many; None for `most_edges`: any number.

    Raises
    ------
    InvalidGraphError
        As `EdgeStream` and `pagerank.edges.weighted_edges.read_edges`.
    """
    if isinstance(edges, pa.Table | tuple):
        held = read_edges(edges)
        return held if most_edges is None or held.src.size <= most_edges else None
    tables, n_edges = [], 0
    for table in EdgeStream(edges).tables():
        tables.append(table)
        n_edges += table.num_rows
        if most_edges is not None and n_edges > most_edges:
            return None
    return read_edges(_in_one(tables)) if tables else read_edges(([], []))


def _in_one(tables: list[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(tables)
    except pa.ArrowInvalid as error:
        schemas = " and ".join(sorted({str(table.schema).replace("\n", ", ") for table in tables}))
        problem = f"the batches have different columns: {schemas}"
        raise InvalidGraphError(problem, where="edges", remedy="give all the same, or one table") from error


def number_stream(
    stream: EdgeStream, *, nodes: ArrayLike | pa.Array | pa.ChunkedArray | None = None, n_nodes: int | None = None
) -> NodeNumbers:
    """Return the nodes of a stream; arguments and errors are those of `pagerank.edges.numbered_edges.number_nodes`.

    Notes
    -----
    With `n_nodes` the stream is only checked; else all its ids are sorted, some at a time, in 16 bytes a node.
    """
    if n_nodes is not None:
        for edges in stream:
            check_range(edges, n_nodes, nodes)
        return NodeNumbers(np.arange(n_nodes, dtype=np.int64), lambda ids: ids)
    node_ids = _all_ids(stream, as_node_ids([] if nodes is None else nodes, "nodes"))
    if node_ids.size == 0 or int(node_ids[-1]) - int(node_ids[0]) == node_ids.size - 1:
        return NodeNumbers(node_ids, lambda ids: ids - node_ids[0])
    return NodeNumbers(node_ids, SortedPlaces(node_ids).of)


def _all_ids(stream: EdgeStream, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    known, pending, n_pending = sorted_once(nodes), [], 0
    for edges in stream:
        for ids in (edges.src, edges.dst):
            pending.append(sorted_once(without_runs(ids).astype(np.int64, copy=False)))
            n_pending += pending[-1].size
        if n_pending > MOST_PENDING_IDS:
            known, pending, n_pending = sorted_once(np.concatenate([known, *pending])), [], 0
    return sorted_once(np.concatenate([known, *pending]))

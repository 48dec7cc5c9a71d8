"""The counting build for edges that don't fit into memory: counted, moved to a file a block, sorted block by block.

As `pagerank.layout.counting_build`, with files in the place of memory. Edges are read three times, once to number
their nodes; what is in memory are vectors over the nodes, and some batches and blocks of edges.
"""

import threading
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.engine.ordered_map import ordered_map
from pagerank.edges.edge_stream import EdgeStream
from pagerank.edges.numbered_edges import NodeNumbers, NumberedEdges
from pagerank.edges.weighted_edges import check_none_vanished, check_out_weights
from pagerank.layout.build_kernels import place_edges
from pagerank.layout.disk_plan import DiskPlan, disk_plan
from pagerank.layout.disk_rows import DiskRows, as_batch, as_block, block_schema
from pagerank.layout.non_dangling_graph import EdgeBlock, NonDanglingGraph, OutWeights
from pagerank.layout.out_weights import OutWeightSums, shares
from pagerank.layout.sort_block import PlacedEdges, sort_block


def disk_build(
    stream: EdgeStream, numbers: NodeNumbers, scratch: Path, pool: Executor, n_threads: int
) -> NonDanglingGraph:
    """Return the graph by target, its edges in a file, with the same bits for any order of the edges and any threads.

    The scratch folder takes 4 bytes an edge and 4 for its weight (8 for real ones), and 4 more until they are sorted.

    Raises
    ------
    InvalidGraphError
        The weights of one source add up to more than float64 holds.

    Notes
    -----
    Counts, and other weights that are multiples of a power of two, are held as float32, the largest scaled below 1;
    other weights as float64 shares of their source's out-weight, which is then 1. A block is about 4 million edges; all
    edges into ``n_nodes / 2**16`` neighbouring nodes lie in one, which a node with more edges than that makes larger.
    In memory: some 12 bytes a node, 32 a non-dangling node, and three blocks a thread.
    """
    plan = disk_plan(stream, numbers, pool, n_threads)
    spilled = [scratch / f"unsorted-{number:03d}.arrow" for number in range(plan.n_blocks)]
    _spill(stream, numbers, plan, spilled, pool, n_threads)
    path = scratch / "edges.arrow"
    in_degree = np.zeros(numbers.node_ids.size, np.int32)
    sums = OutWeightSums(plan.non_dangling_number, is_exact=plan.is_exact)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, block_schema(plan.weight_type)) as writer:
        blocks = ordered_map(
            lambda number: _sorted_block(spilled[number], plan, number), range(plan.n_blocks), pool, n_threads
        )
        for block in blocks:
            sums.add(block)
            in_degree[block.rows] = np.diff(block.row_start.view(np.int64))
            writer.write_batch(as_batch(block))
    out_weights = sums.out_weights()
    non_dangling_nodes = np.flatnonzero(plan.non_dangling_number >= 0).astype(np.uint32)
    check_out_weights(out_weights.total, numbers.node_ids[non_dangling_nodes], plan.scale)
    check_none_vanished(out_weights.total, numbers.node_ids[non_dangling_nodes])
    if plan.weight_type is np.float64:
        out_weights = _share_out_on_disk(path, plan, out_weights)
    return NonDanglingGraph(
        DiskRows(path, plan.first_row, in_degree), plan.non_dangling_number, non_dangling_nodes, out_weights
    )


def _spill(
    stream: EdgeStream, numbers: NodeNumbers, plan: DiskPlan, paths: list[Path], pool: Executor, n_threads: int
) -> None:
    """Write the edges of each block to a file of its own, in any order."""
    one_at_a_time = [threading.Lock() for _ in paths]
    with ExitStack() as stack:
        files = [stack.enter_context(pa.ipc.new_stream(str(path), plan.spill_schema)) for path in paths]

        def spill(edges: NumberedEdges) -> None:
            columns, ends = _placed(edges, plan)
            batch = pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=plan.spill_schema)
            for number, (size, end) in enumerate(zip(np.diff(ends, prepend=0).tolist(), ends.tolist(), strict=True)):
                if size:
                    with one_at_a_time[number]:
                        files[number].write_batch(batch.slice(end - size, size))

        for _ in ordered_map(spill, (numbers.of(edges) for edges in stream), pool, n_threads):
            pass


def _placed(edges: NumberedEdges, plan: DiskPlan) -> tuple[list[NDArray[np.number]], NDArray[np.int64]]:
    """Return edges by block, and where each block ends among them."""
    has_weight = slice(None) if edges.weight is None else np.flatnonzero(edges.weight)
    n_in_block = np.bincount(plan.block_of[edges.dst[has_weight] >> plan.fine_bits], minlength=plan.n_blocks)
    ends = np.cumsum(n_in_block)
    n = int(ends[-1])
    weight = None if plan.weight_type is None else np.empty(n, plan.weight_type)
    source, row = np.empty(n, np.uint32), np.empty(n, np.int32)
    place_edges(
        edges.src, edges.dst, edges.weight, plan.non_dangling_number, (plan.fine_bits, plan.block_of), plan.first_row,
        (ends - n_in_block).astype(np.uint64), plan.scale, source, row, weight,
    )  # fmt: skip
    return [source, row] if weight is None else [source, row, weight], ends


def _sorted_block(path: Path, plan: DiskPlan, number: int) -> EdgeBlock:
    """Read the edges of a block, remove their file, and return them sorted."""
    with pa.OSFile(str(path)) as file:
        spilled = pa.ipc.open_stream(file).read_all()
    path.unlink()
    columns = [column.to_numpy().copy() if column.num_chunks == 1 else column.to_numpy() for column in spilled.columns]
    edges = PlacedEdges(columns[0], columns[1], columns[2] if len(columns) > 2 else None)  # noqa: PLR2004 - of three
    rows = plan.rows(number)
    n_rows = rows.stop - rows.start
    n_digits = 1 << n_rows.bit_length()
    ends = sort_block(edges, edges.empty_like(edges.row.size), plan.non_dangling_number.size.bit_length(), n_digits)
    return EdgeBlock(rows, np.concatenate((np.zeros(1, np.uint64), ends[:n_rows])), edges.source, edges.weight)


def _share_out_on_disk(path: Path, plan: DiskPlan, out_weights: OutWeights) -> OutWeights:
    """Divide each weight by the out-weight of its source, in a new file, and return the out-weights of the shares."""
    unfinished = path.with_suffix(".unfinished")
    with pa.OSFile(str(path)) as source, pa.OSFile(str(unfinished), "wb") as sink:
        blocks = pa.ipc.open_file(source)
        with pa.ipc.new_file(sink, blocks.schema) as writer:
            for number in range(plan.n_blocks):
                block = as_block(blocks.get_batch(number), plan.rows(number))
                if block.weight is not None:
                    block = replace(block, weight=shares(block.weight, block.source, out_weights.total))
                writer.write_batch(as_batch(block))
    unfinished.replace(path)
    return out_weights.of_shares()

"""The loops of the counting builds, compiled with Numba; `pagerank.layout.counting_build` says what they are for.

What indexes is unsigned, see `pagerank.solvers.sweep_kernels`.
"""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

BY_ROW = -1


def compiled(kernel: Callable[P, R]) -> Callable[P, R]:
    """Return a kernel as machine code that lets go of Python's lock, compiled for the types it is called with.

    Float arithmetic is done in the order written (no "fast math"), so the bits depend on the arguments alone. The
    machine code is kept in ``__pycache__`` beside the source, or in the user's cache folder where that cannot be
    written; where neither can, it is compiled anew in each process.
    """
    # error_model numpy: x / 0 is inf, so that no division needs a guard. No wrapper for C, which never calls a kernel:
    # that takes a fifth off the time to compile.
    compile_ = partial(njit, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
    try:
        machine_code = compile_(cache=True)(kernel)
    except RuntimeError:  # no folder for the cache can be written
        machine_code = compile_()(kernel)
    return cast("Callable[P, R]", machine_code)


@compiled
def survey(
    src: NDArray[np.integer],
    dst: NDArray[np.integer],
    weight: NDArray[np.number] | None,
    start: int,
    stop: int,
    block_bits: int,
    n_in_block: NDArray[np.int64],
    repeats_in_block: NDArray[np.int64] | None,
    has_edge_out: NDArray[np.uint8],
) -> tuple[float, float, bool, bool]:
    """Count the edges ``start..stop`` into each block of rows and mark their sources as non-dangling.

    Those into `repeats_in_block` count as often as they weigh, which tells something if all weights are counts.
    Returned are the largest weight, the sum of the weights, whether the sources ascend, and whether the weights are
    whole numbers.
    """
    largest, total, ascending, whole, last = 0.0, 0.0, True, True, np.uint64(0)
    for edge in range(np.uint64(start), np.uint64(stop)):
        source = np.uint64(src[edge])
        if source < last:  # of all edges, those of no weight too: slices are compared by what stands at their ends
            ascending = False
        last = source
        if weight is not None:
            value = float(weight[edge])
            if value == 0.0:
                continue
            largest = max(largest, value)
            total += value
            if repeats_in_block is not None:
                times = np.int64(value)
                whole &= times == value
                repeats_in_block[np.uint64(dst[edge]) >> np.uint64(block_bits)] += times
        has_edge_out[source] = 1  # threads that meet here write the same
        n_in_block[np.uint64(dst[edge]) >> np.uint64(block_bits)] += 1
    return largest, total, ascending, whole


@compiled
def scatter(  # noqa: C901 - all that is to be done with an edge while it is at hand
    src: NDArray[np.integer],
    dst: NDArray[np.integer],
    weight: NDArray[np.number] | None,
    scale: float,
    units: float,
    start: int,
    stop: int,
    block_bits: int,
    non_dangling_number: NDArray[np.int32],
    place: NDArray[np.uint64],
    source: NDArray[np.uint32],
    row: NDArray[np.integer],
    scaled: NDArray[np.floating] | None,
    out_weight: NDArray[np.float64] | None,
    to_itself: NDArray[np.float64] | None,
) -> bool:
    """Move the edges ``start..stop`` into their blocks of rows, in the order they stand in.

    Without memory for what they weigh, `scaled`, edges are repeated as often as they weigh. What they weigh, scaled, is
    added by source to `out_weight`, and what self-loops weigh to `to_itself`, where these are given. False is returned
    as soon as a scaled weight times `units` is no whole number, unless `units` is 0.
    """
    bits, rows_in_block = np.uint64(block_bits), np.uint64((1 << block_bits) - 1)
    last, total = np.uint64(0), 0.0  # edges come by source as a rule, and a sum in memory waits for the one before
    for edge in range(np.uint64(start), np.uint64(stop)):
        if weight is not None and weight[edge] == 0:
            continue
        target = np.uint64(dst[edge])
        to = place[target >> bits]
        node = np.uint64(non_dangling_number[np.uint64(src[edge])])
        value, times = 1.0, np.uint64(1)
        if weight is not None:
            value = weight[edge] * scale
            if scaled is None:
                times = np.uint64(weight[edge])
            elif value * units != np.floor(value * units):
                return False
            else:
                scaled[to] = value
        place[target >> bits] = to + times
        for at in range(to, to + times):
            source[at] = node
            row[at] = target & rows_in_block
        if out_weight is not None:
            if node != last:
                out_weight[last] += total
                last, total = node, 0.0
            total += value
            if target == np.uint64(src[edge]):
                to_itself[node] += value  # type: ignore[index]  # goes with out_weight
    if out_weight is not None:
        out_weight[last] += total
    return True


@compiled
def place_edges(
    src: NDArray[np.integer],
    dst: NDArray[np.integer],
    weight: NDArray[np.number] | None,
    non_dangling_number: NDArray[np.int32],
    block_of_row: tuple[int, NDArray[np.uint32]],
    first_row: NDArray[np.int64],
    place: NDArray[np.uint64],
    scale: float,
    source: NDArray[np.uint32],
    row: NDArray[np.int32],
    placed_weight: NDArray[np.floating] | None,
) -> None:
    """Move edges into blocks of any size: the block of a row is found in a table, by the row's upper bits."""
    bits, block_of = np.uint64(block_of_row[0]), block_of_row[1]
    for edge in range(np.uint64(src.size)):
        if weight is not None and weight[edge] == 0:
            continue
        target = np.uint64(dst[edge])
        block = block_of[target >> bits]
        to = place[block]
        place[block] = to + np.uint64(1)
        source[to] = non_dangling_number[np.uint64(src[edge])]
        row[to] = np.int64(target) - first_row[block]
        if weight is not None:
            placed_weight[to] = weight[edge] * scale  # type: ignore[index]  # None goes with None


@compiled
def counting_pass(
    shift: int,
    ends: NDArray[np.uint64],
    sources: tuple[NDArray[np.uint32], NDArray[np.uint32]],
    rows: tuple[NDArray[np.integer], NDArray[np.integer]],
    weights: tuple[NDArray[np.floating], NDArray[np.floating]] | None,
) -> None:
    """Move edges from the first array of each pair to the second, sorted by a digit, stably.

    The digit is the row if `shift` is `BY_ROW`, and else that of ``source >> shift``; it is below ``ends.size``,
    a power of two. `ends` comes as zeros and leaves as the place behind the last edge of each digit.
    """
    last_digit, one = np.uint64(ends.size - 1), np.uint64(1)
    n_edges, by_row, bits = np.uint64(rows[0].size), shift == BY_ROW, np.uint64(max(shift, 0))
    for edge in range(n_edges):
        digit = np.uint64(rows[0][edge]) if by_row else np.uint64(sources[0][edge]) >> bits
        ends[digit & last_digit] += one
    before = np.uint64(0)
    for place in range(np.uint64(ends.size)):
        before, ends[place] = before + ends[place], before
    for edge in range(n_edges):
        digit = np.uint64(rows[0][edge]) if by_row else np.uint64(sources[0][edge]) >> bits
        to = ends[digit & last_digit]
        ends[digit & last_digit] = to + one
        sources[1][to] = sources[0][edge]
        rows[1][to] = rows[0][edge]
        if weights is not None:
            weights[1][to] = weights[0][edge]

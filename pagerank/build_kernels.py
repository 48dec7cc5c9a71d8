"""The loops of the counting build, compiled; `pagerank.counting_build` says what they are for."""

import numpy as np
from numpy.typing import NDArray

from pagerank.compiled import compiled

BY_ROW = -1


@compiled
def survey(
    src: NDArray[np.integer],
    dst: NDArray[np.integer],
    weight: NDArray[np.number] | None,
    start: int,
    stop: int,
    block_bits: int,
    n_in_block: NDArray[np.int64],
    is_live: NDArray[np.uint8],
) -> tuple[float, float, bool]:
    """Count the edges ``start..stop`` into each block of rows and mark their sources as live.

    Returns
    -------
    tuple
        Largest weight, sum of the weights, and whether the sources ascend.
    """
    largest, total, ascending, last = 0.0, 0.0, True, 0
    for edge in range(start, stop):
        if weight is not None:
            value = float(weight[edge])
            if value == 0.0:
                continue
            largest = max(largest, value)
            total += value
        source = src[edge]
        if source < last:
            ascending = False
        last = source
        is_live[source] = 1  # threads that meet here write the same
        n_in_block[dst[edge] >> block_bits] += 1
    return largest, total, ascending


@compiled
def scatter(
    src: NDArray[np.integer],
    dst: NDArray[np.integer],
    weight: NDArray[np.number] | None,
    scale: float,
    unit: float,
    start: int,
    stop: int,
    block_bits: int,
    live_number: NDArray[np.int32],
    place: NDArray[np.int64],
    source: NDArray[np.int32],
    row: NDArray[np.integer],
    scaled: NDArray[np.floating] | None,
) -> bool:
    """Move the edges ``start..stop`` into their blocks of rows, in the order they stand in.

    Returns
    -------
    bool
        False as soon as a weight is no multiple of `unit`, unless `unit` is 0.
    """
    rows_in_block = (1 << block_bits) - 1
    for edge in range(start, stop):
        if weight is not None and weight[edge] == 0:
            continue
        target = dst[edge]
        to = place[target >> block_bits]
        place[target >> block_bits] = to + 1
        source[to] = live_number[src[edge]]
        row[to] = target & rows_in_block
        if weight is not None:
            value = weight[edge] * scale
            if unit > 0.0 and value / unit != np.floor(value / unit):
                return False
            scaled[to] = value  # type: ignore[index]  # None goes with None
    return True


@compiled
def place_edges(
    src: NDArray[np.integer],
    dst: NDArray[np.integer],
    weight: NDArray[np.number] | None,
    live_number: NDArray[np.int32],
    block_of_row: tuple[int, NDArray[np.int32]],
    first_row: NDArray[np.int64],
    place: NDArray[np.int64],
    scale: float,
    source: NDArray[np.int32],
    row: NDArray[np.int32],
    placed_weight: NDArray[np.floating] | None,
) -> None:
    """Move edges into blocks of any size: the block of a row is found in a table, by the row's upper bits."""
    bits, block_of = block_of_row
    for edge in range(src.size):
        if weight is not None and weight[edge] == 0:
            continue
        target = dst[edge]
        block = block_of[target >> bits]
        to = place[block]
        place[block] = to + 1
        source[to] = live_number[src[edge]]
        row[to] = target - first_row[block]
        if weight is not None:
            placed_weight[to] = weight[edge] * scale  # type: ignore[index]  # None goes with None


@compiled
def counting_pass(
    shift: int,
    ends: NDArray[np.int64],
    sources: tuple[NDArray[np.int32], NDArray[np.int32]],
    rows: tuple[NDArray[np.integer], NDArray[np.integer]],
    weights: tuple[NDArray[np.floating], NDArray[np.floating]] | None,
) -> None:
    """Move edges from the first array of each pair to the second, sorted by a digit, stably.

    The digit is the row if `shift` is `BY_ROW`, and else that of ``source >> shift``; it is below ``ends.size``,
    a power of two. `ends` comes as zeros and leaves as the place behind the last edge of each digit.
    """
    last_digit = ends.size - 1
    for edge in range(rows[0].size):
        digit = np.int64(rows[0][edge]) if shift == BY_ROW else np.int64(sources[0][edge]) >> shift
        ends[digit & last_digit] += 1
    before = 0
    for place in range(ends.size):
        before, ends[place] = before + ends[place], before
    for edge in range(rows[0].size):
        digit = np.int64(rows[0][edge]) if shift == BY_ROW else np.int64(sources[0][edge]) >> shift
        to = ends[digit & last_digit]
        ends[digit & last_digit] = to + 1
        sources[1][to] = sources[0][edge]
        rows[1][to] = rows[0][edge]
        if weights is not None:
            weights[1][to] = weights[0][edge]


@compiled
def add_strengths(
    row_start: NDArray[np.int64],
    source: NDArray[np.int32],
    weight: NDArray[np.floating] | None,
    live_number: NDArray[np.int32],
    start: int,
    stop: int,
    strength: NDArray[np.float64],
    own: NDArray[np.float64],
) -> None:
    """Add the weights into the rows ``start..stop`` to their sources: by live and by dangling row, and loops."""
    for row in range(start, stop):
        target = live_number[row]
        kind = 0 if target >= 0 else 1
        for edge in range(row_start[row], row_start[row + 1]):
            value = 1.0 if weight is None else float(weight[edge])
            strength[source[edge], kind] += value
            if source[edge] == target:
                own[target] += value

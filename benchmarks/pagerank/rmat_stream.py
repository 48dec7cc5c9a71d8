"""R-MAT graphs of any number of edges, written to Arrow files batch by batch: input for PageRank beyond memory.

It is Graph500's R-MAT, drawn by a compiled loop: a random number of 64 bits decides four levels, and nodes are
renumbered by a bijection of their bits. Parallel edges and loops stay.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

BATCH_EDGES = 1 << 22
_CORNERS = (0.57, 0.19, 0.19)
_LEVEL_BITS = 16


@njit(nogil=True)
def _fill(
    seed: int, scale: int, src: npt.NDArray[np.int32], dst: npt.NDArray[np.int32], ends: tuple[int, int, int]
) -> None:
    state = np.uint64(seed)
    mask = (1 << scale) - 1
    for edge in range(src.size):
        row, column, drawn, left = 0, 0, np.uint64(0), 0
        for _ in range(scale):
            if left == 0:
                state += np.uint64(0x9E3779B97F4A7C15)  # splitmix64
                drawn = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                drawn = (drawn ^ (drawn >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                drawn ^= drawn >> np.uint64(31)
                left = 4
            quarter = np.int64(drawn & np.uint64(0xFFFF))
            drawn >>= np.uint64(16)
            left -= 1
            row = row << 1 | (quarter >= ends[1])
            column = column << 1 | ((quarter >= ends[0] and quarter < ends[1]) or quarter >= ends[2])
        src[edge] = _scrambled(row, scale, mask)
        dst[edge] = _scrambled(column, scale, mask)


@njit(nogil=True)
def _scrambled(node: int, scale: int, mask: int) -> int:
    node = node * 0x5851F42D & mask
    node ^= node >> (scale // 2 + 1)
    return node * 0x2545F491 & mask


@dataclass(frozen=True, slots=True)
class RmatStream:
    """The edges of a folder, read again and again, in batches."""

    folder: Path

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; they are read, not mapped: mapped pages would count as memory."""
        for path in sorted(self.folder.glob("*.arrow")):
            with pa.OSFile(str(path)) as file:
                yield from pa.ipc.open_stream(file)


def write_rmat(folder: Path, scale: int, n_edges: int, n_threads: int) -> None:
    """Write the edges of an R-MAT of ``2**scale`` nodes, a file a thread at a time."""
    folder.mkdir(parents=True)
    cumulated = np.cumsum(_CORNERS) * (1 << _LEVEL_BITS)
    ends = (int(cumulated[0]), int(cumulated[1]), int(cumulated[2]))

    def write(number: int) -> None:
        size = min(BATCH_EDGES, n_edges - number * BATCH_EDGES)
        src, dst = np.empty(size, np.int32), np.empty(size, np.int32)
        _fill(number << 40, scale, src, dst, ends)
        batch = pa.record_batch([pa.array(src), pa.array(dst)], names=["src", "dst"])
        with (
            pa.OSFile(str(folder / f"{number:05d}.arrow"), "wb") as file,
            pa.ipc.new_stream(file, batch.schema) as writer,
        ):
            writer.write_batch(batch)

    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(write, range(-(-n_edges // BATCH_EDGES))))

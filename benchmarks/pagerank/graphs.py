"""The graphs, kept as weighted edges: R-MAT of three sizes, a crawl of the web, and 16 copies of that.

With each come the ranks that all others are held against. Everything has a fixed seed.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from benchmarks.harness.kept import kept_folder, real_data

COLUMNS = ("src", "dst", "weight")
REFERENCE_NAME = "reference.npy"
_SEED = 85
_EDGES_A_NODE = 16
_CORNERS = (0.57, 0.19, 0.19)  # what R-MAT's quarters get, in Graph500; the fourth gets the rest
_CHUNK_EDGES = 1 << 22
_ZIPF_EXPONENT, _MOST_WEIGHT = 2.0, 1_000
_N_COPIES, _REWIRED = 16, 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """A graph; edges are sorted by source and destination, none is there twice."""

    src: npt.NDArray[np.int64]  # shape ``(n_edges,)``, ``0..n_nodes - 1``
    dst: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float64]  # above 0
    n_nodes: int

    @property
    def n_bytes(self) -> int:
        """Memory of the three arrays."""
        return self.src.nbytes + self.dst.nbytes + self.weight.nbytes


def merged(
    src: npt.NDArray[np.int64], dst: npt.NDArray[np.int64], weight: npt.NDArray[np.float64] | None, n_nodes: int
) -> Edges:
    """Return the edges sorted and without self-loops; parallel ones are one, their weights (None: number) added."""
    key = (src * n_nodes + dst)[src != dst]
    if weight is None:
        key.sort()  # five times faster than to sort by it
    else:
        order = np.argsort(key, kind="stable")
        key, weight = key[order], weight[src != dst][order]
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    total = np.diff(first, append=key.size) if weight is None else np.add.reduceat(weight, first)
    src, dst = np.divmod(key[first], n_nodes)
    return Edges(src, dst, total.astype(np.float64), n_nodes)


def save_edges(edges: Edges, folder: Path) -> None:
    """Write the arrays to a folder that isn't there yet."""
    folder.mkdir(parents=True)
    for name in COLUMNS:
        np.save(folder / f"{name}.npy", getattr(edges, name))
    np.save(folder / "n_nodes.npy", edges.n_nodes)


def load_edges(folder: Path, *, mapped: bool = False) -> Edges:
    """Read what `save_edges` wrote, or map the files: that costs nothing until values are looked at."""
    mode: Literal["r"] | None = "r" if mapped else None
    src, dst, weight = (np.load(folder / f"{name}.npy", mmap_mode=mode) for name in COLUMNS)
    return Edges(src, dst, weight, int(np.load(folder / "n_nodes.npy")))


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph that can be made."""

    told: str
    make: Callable[[], Edges]


def rmat(scale: int) -> Edges:
    """Return Graph500's R-MAT of ``2**scale`` nodes, 16 times as many edges before parallel ones are merged.

    Weights are numbers of parallel edges; nodes are renumbered at random, as Graph500 asks.
    """
    rng = np.random.default_rng([_SEED, scale])
    n_nodes, n_edges = 1 << scale, _EDGES_A_NODE << scale
    number = rng.permutation(n_nodes)
    src, dst = np.empty(n_edges, np.int64), np.empty(n_edges, np.int64)
    upper, lower_left = sum(_CORNERS[:2]), sum(_CORNERS)
    for start in range(0, n_edges, _CHUNK_EDGES):
        chunk = slice(start, min(start + _CHUNK_EDGES, n_edges))
        rows, columns = np.zeros((2, chunk.stop - start), np.int32)
        for _ in range(scale):
            quarter = rng.random(rows.size, np.float32)
            rows += rows + (quarter >= upper)
            columns += columns + (((quarter >= _CORNERS[0]) & (quarter < upper)) | (quarter >= lower_left))
        src[chunk], dst[chunk] = number[rows], number[columns]
    return merged(src, dst, None, n_nodes)


def web() -> Edges:
    """Return the web graph cnr-2000 without its self-loops, and with Zipf's weights."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - the peers' Python may not have it

    folder = real_data("webgraph_cnr2000")
    if not folder.exists():
        sys.exit(f"no web graph at {folder}; INTEREST_GRAPH_DATA names the folder that has webgraph_cnr2000/")
    table = pq.read_table(folder)
    src, dst = (table[name].to_numpy().astype(np.int64) for name in ("src", "dst"))
    n_nodes = int(max(src.max(), dst.max())) + 1
    return merged(src, dst, _zipf(np.random.default_rng(_SEED), src.size), n_nodes)


def web_copies() -> Edges:
    """Return 16 copies of the web graph; one edge in 50 leads to any node of any copy. Weights are drawn anew."""
    rng = np.random.default_rng([_SEED, _N_COPIES])
    page = web()
    n_nodes = _N_COPIES * page.n_nodes
    first = np.arange(_N_COPIES)[:, None] * page.n_nodes
    src, dst = (first + page.src).ravel(), (first + page.dst).ravel()
    rewired = np.flatnonzero(rng.random(dst.size, np.float32) < _REWIRED)
    dst[rewired] = rng.integers(n_nodes, size=rewired.size)
    return merged(src, dst, _zipf(rng, dst.size), n_nodes)


SMALL = "rmat15"
GRAPHS = {
    SMALL: Graph("R-MAT of Graph500, small, to see that everything runs", lambda: rmat(15)),
    "rmat17": Graph("R-MAT of Graph500", lambda: rmat(17)),
    "rmat20": Graph("R-MAT of Graph500", lambda: rmat(20)),
    "rmat22": Graph("R-MAT of Graph500", lambda: rmat(22)),
    "cnr": Graph("web graph cnr-2000", web),
    "web16": Graph("16 times cnr-2000, 2 % of the edges rewired across", web_copies),
}


def graph_folder(name: str) -> Path:
    """Return the kept folder of a graph and its reference, made where it isn't there."""
    here = Path(__file__).parent
    sources = [here / module for module in ("graphs.py", "power_method.py")]
    told = f"making {name} ({GRAPHS[name].told}) and its reference"
    return kept_folder("pagerank", name, sources, told, partial(_make, name))


def _zipf(rng: np.random.Generator, size: int) -> np.ndarray:
    return np.minimum(rng.zipf(_ZIPF_EXPONENT, size), _MOST_WEIGHT).astype(np.float64)


def _make(name: str, folder: Path) -> None:
    from benchmarks.pagerank.power_method import reference  # noqa: PLC0415 - SciPy is of no use to who reads folders

    save_edges(GRAPHS[name].make(), folder)
    np.save(folder / REFERENCE_NAME, reference(load_edges(folder)))

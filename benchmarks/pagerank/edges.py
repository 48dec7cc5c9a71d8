"""Weighted edges as every contender is given them, kept as three .npy files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

COLUMNS = ("src", "dst", "weight")


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

"""What one lookup takes: milliseconds, requests and bytes of a cold key, of another one of the same file, of none.

A cold key is looked up by somebody who has just opened the files, and knows nothing of them yet; the pages of the disk
are in memory, and libraries are loaded. On S3 requests and bytes are those that came to a proxy before the server; on
the disk they are the system's calls that read, and what these read.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.harness.contender import Figures, Job
from benchmarks.tiers.counted_s3 import S3Counts
from benchmarks.tiers.picture_rows import KEY, NAME

COLD, AGAIN, MISSING = "cold", "again", "missing"
_N_KEYS, _SEED = 9, 3
_IO = Path("/proc/self/io")

Counts = Callable[[], tuple[int, int]]


class DiskCounts:
    """Tells how often this process read, and how many bytes, since it was asked the last time."""

    def __init__(self) -> None:
        self._last = self._read()

    def __call__(self) -> tuple[int, int]:
        """Return calls and bytes."""
        before, self._last = self._last, self._read()
        return self._last[0] - before[0], self._last[1] - before[1]

    def _read(self) -> tuple[int, int]:
        told = dict(line.split(": ") for line in _IO.read_text().splitlines())
        return int(told["syscr"]), int(told["rchar"])


def timed_lookups(run: Callable[[Job], Callable[[], Callable[[str], int]]], job: Job) -> Figures:
    """Look keys of every file up; return the medians, and the most requests and bytes of all lookups of a kind."""
    opener = run(job)
    counts: Counts = S3Counts() if job.variant == "S3" else DiskCounts()
    asked = _keys(job.source)
    opener()(asked[0][0])  # libraries are loaded
    took: dict[str, list[tuple[float, int, int]]] = {COLD: [], AGAIN: [], MISSING: []}
    for key, other, missing in asked:
        look = _measured(took[COLD], counts, opener, key, 1)
        _measured(took[AGAIN], counts, lambda look=look: look, other, 1)
        _measured(took[MISSING], counts, opener, missing, 0)
    figures: Figures = {}
    for kind, several in took.items():
        ms, n_requests, n_bytes = zip(*several, strict=True)
        figures |= {f"{kind}_ms": statistics.median(ms), f"{kind}_requests": statistics.median(n_requests)}
        figures |= {f"{kind}_bytes": statistics.median(n_bytes)}
        figures |= {f"{kind}_most_requests": max(n_requests), f"{kind}_most_bytes": max(n_bytes)}
    return figures


def _measured(
    took: list[tuple[float, int, int]],
    counts: Counts,
    opener: Callable[[], Callable[[str], int]],
    key: str,
    n_rows: int,
) -> Callable[[str], int]:
    """Look a key up and note what it took; return what looked it up."""
    counts()
    began = time.perf_counter()
    look = opener()
    found = look(key)
    ms = 1_000 * (time.perf_counter() - began)
    took.append((ms, *counts()))
    if found != n_rows:
        raise LookupError(f"{found} rows of {key!r} were found, not {n_rows}")
    return look


def _keys(root: Path) -> list[tuple[str, str, str]]:
    """Return keys of one file after the other: one, another of the same file, and one that isn't there."""
    random = np.random.default_rng(_SEED)
    paths = sorted((root / NAME / "full").glob("date=*/iteration=*/part-*.parquet"))
    keys = []
    for number in range(_N_KEYS):
        there = pq.read_table(paths[number % len(paths)], columns=[KEY])[KEY]
        key, other = (there[int(place)].as_py() for place in random.choice(len(there), 2, replace=False))
        keys.append((key, other, f"{key[:-1]}x"))  # no digit: nobody has it
    return keys

"""faiss: a range search for every signature in a binary index of all, then groups around leaders.

The variant is the index: ``multi_hash`` has 16 bands of 16 bits and looks each up with one flip, as PDQ's authors do;
``hash`` has one table of 22 bits and up to two flips, which misses what differs in more of these; ``flat`` compares
all with all.
"""

from collections.abc import Callable, Mapping

import faiss
import numpy as np

from benchmarks.signatures.grouped import Grouped, from_pairs
from benchmarks.signatures.line_up import OUR_DISTANCE_BITS
from benchmarks.signatures.planted import BITS, Words


def _multi_hash() -> faiss.IndexBinary:
    index = faiss.IndexBinaryMultiHash(BITS, 16, 16)
    index.nflip = 1
    return index


def _hash() -> faiss.IndexBinary:
    index = faiss.IndexBinaryHash(BITS, 22)
    index.nflip = 2
    return index


_INDEXES: Mapping[str, Callable[[], faiss.IndexBinary]] = {
    "multi_hash": _multi_hash,
    "hash": _hash,
    "flat": lambda: faiss.IndexBinaryFlat(BITS),
}


def group(words: Words, known: Words, variant: str) -> Grouped:  # noqa: ARG001 - nothing is known
    """Return the groups."""
    faiss.omp_set_num_threads(1)
    index = _INDEXES[variant]()
    packed = words.view(np.uint8)
    index.add(packed)
    starts, _, neighbours = index.range_search(packed, OUR_DISTANCE_BITS + 1)  # below, not up to
    return from_pairs(starts.astype(np.int64), neighbours)

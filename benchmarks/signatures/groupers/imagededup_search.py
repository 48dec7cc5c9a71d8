"""imagededup: its search for duplicates at its default distance, then groups around leaders; the variant is the search.

It knows hashes of 64 bits, so it is given a quarter of each signature.
"""

import warnings

import numpy as np

from benchmarks.signatures.grouped import Grouped, from_pairs
from benchmarks.signatures.imagededup_hashes import PHash
from benchmarks.signatures.planted import Words


def group(words: Words, known: Words, variant: str) -> Grouped:  # noqa: ARG001 - nothing is known
    """Return the groups."""
    hashes = {str(row): f"{word:016x}" for row, word in enumerate(words[:, 0].tolist())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # says that hashes were given
        found = PHash(verbose=False).find_duplicates(
            encoding_map=hashes, search_method=variant, num_enc_workers=0, num_dist_workers=0
        )
    neighbours = [[int(name) for name in found[str(row)]] for row in range(len(words))]
    starts = np.cumsum([0, *map(len, neighbours)])
    return from_pairs(starts, np.array([row for near in neighbours for row in near], np.int64))

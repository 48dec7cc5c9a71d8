"""imagededup: its perceptual hash of 64 bits, picture by picture."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.signatures.imagededup_hashes import PHash
from benchmarks.signatures.signed import Signed, one_view


def sign(paths: Sequence[Path], variant: str) -> Signed:  # noqa: ARG001 - there is one way
    """Return the hashes."""
    hasher = PHash(verbose=False)
    hashes = [int(hasher.encode_image(image_file=str(path)), 16) for path in paths]
    return one_view(np.array(hashes, np.uint64)[:, None])

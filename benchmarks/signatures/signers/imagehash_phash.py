"""imagehash: the perceptual hash of 64 bits, picture by picture."""

from collections.abc import Sequence
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image

from benchmarks.signatures.signed import Signed, one_view


def sign(paths: Sequence[Path], variant: str) -> Signed:  # noqa: ARG001 - there is one way
    """Return the hashes."""
    hashes = []
    for path in paths:
        with Image.open(path) as picture:
            hashes.append(imagehash.phash(picture).hash.ravel())
    return one_view(np.packbits(np.array(hashes), axis=1).view(np.uint64))

"""pdqhash, the bindings of Facebook's PDQ: 256 bits, picture by picture, from decoded RGB as its manual has it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pdqhash
from PIL import Image

from benchmarks.signatures.signed import Signed, one_view


def sign(paths: Sequence[Path], variant: str) -> Signed:  # noqa: ARG001 - there is one way
    """Return the hashes, those of poor quality, too."""
    hashes = []
    for path in paths:
        with Image.open(path) as picture:
            bits, _ = pdqhash.compute(np.asarray(picture.convert("RGB")))
        hashes.append(bits)
    return one_view(np.packbits(np.array(hashes, np.uint8), axis=1).view(np.uint64))

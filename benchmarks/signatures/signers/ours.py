"""Ours: a thumb of every file, then the signatures of all views of many thumbs at once; the variant is the decoder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.signatures.signed import Signed
from features.images.cosine_signature import SIGNATURE_WORDS, VIEWS, sign_thumbs
from features.images.decoding import decode_thumb

_AT_ONCE = 256


def sign(paths: Sequence[Path], variant: str) -> Signed:
    """Return the signatures; a picture without a thumb has no usable view."""
    parts = [_sign_some(paths[start : start + _AT_ONCE], variant) for start in range(0, len(paths), _AT_ONCE)]
    return Signed(np.concatenate([part.words for part in parts]), np.concatenate([part.usable for part in parts]))


def _sign_some(paths: Sequence[Path], decoder: str) -> Signed:
    thumbs = [decode_thumb(path.read_bytes(), decoder=decoder).thumb for path in paths]
    decoded = [row for row, thumb in enumerate(thumbs) if thumb is not None]
    words = np.zeros((len(paths), len(VIEWS), SIGNATURE_WORDS), np.uint64)
    usable = np.zeros(words.shape[:2], np.bool_)
    if decoded:
        signed = sign_thumbs(np.stack([thumbs[row] for row in decoded]))
        words[decoded], usable[decoded] = signed.signatures, signed.usable
    return Signed(words, usable)

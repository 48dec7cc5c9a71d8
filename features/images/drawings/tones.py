"""Tones: brightness, contrast or gamma, by which one drawing comes nearest to another.

A tone is a table of 256 levels. Of tones, the one that fits best is taken, so an arbitrary change of single levels is
none. What fits is found on every third pixel of every third row, which says as much and costs a ninth.
"""

import numpy as np
import numpy.typing as npt

from features.images.drawings.sketch_views import Luma

_GAMMAS = (0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.4)
_GAINS = (0.6, 1.6)
_UNCLIPPED = (8, 235)  # levels between which a tone has cut nothing off; others say little of it
_LEAST_UNCLIPPED = 0.02
_EVERY_PX = 3
_LEVELS = np.arange(256)
_CURVES = np.rint(255 * (_LEVELS / 255) ** np.array(_GAMMAS)[:, None]).astype(np.uint8)

Tables = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]


def nearest_tones(source: Luma, target: Luma) -> Tables:
    """Return the tone that brings each drawing nearest to another, ``(n, 256)``.

    Examples
    --------
    >>> ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    >>> darker = np.minimum(255, 2 + ramp * 0.8).round().astype(np.uint8)
    >>> bool((toned(ramp, nearest_tones(ramp, darker)) == darker).all())
    True
    """
    sampled = (drawings[:, 1::_EVERY_PX, 1::_EVERY_PX] for drawings in (source, target))
    flat = [some.reshape(len(some), some.shape[1] * some.shape[2]) for some in sampled]
    level, aim = flat[0].astype(np.intp), flat[1].astype(np.float32)
    best = _levelled(level, aim)
    rows = np.arange(len(level))[:, None] * len(_LEVELS)
    least = _apart(best.ravel().take(level + rows), aim)
    for curve in _CURVES:
        apart = _apart(curve.take(level), aim)
        is_nearer = apart < least
        best[is_nearer] = curve
        np.minimum(least, apart, out=least)
    return best


def toned(pixels: Luma, tones: Tables) -> Luma:
    """Return drawings in tones of their own."""
    rows = (np.arange(len(pixels)) * len(_LEVELS))[:, None, None]
    return tones.ravel().take(pixels + rows)


def _apart(levels: Tables, aim: Samples) -> Samples:
    """Return by how much levels differ in all; whole numbers that float32 holds."""
    off = levels - aim
    np.abs(off, out=off)
    return np.asarray(off.sum(axis=1))


def _levelled(level: npt.NDArray[np.intp], aim: Samples) -> Tables:
    """Return the brightness and contrast of others, by least squares over what isn't clipped.

    All sums are of whole numbers, so that any processor finds the same.
    """
    is_free = (aim > _UNCLIPPED[0]) & (aim < _UNCLIPPED[1])
    is_free |= is_free.mean(axis=1, keepdims=True) < _LEAST_UNCLIPPED
    weight = is_free.astype(np.float64)
    source, target = level * weight, aim * weight
    n_free, sum_source, sum_target = (values.sum(axis=1) for values in (weight, source, target))
    spread = (source * source).sum(axis=1) - sum_source**2 / n_free
    together = (source * target).sum(axis=1) - sum_source * sum_target / n_free
    gain = np.clip(together / np.maximum(spread, 1), *_GAINS)
    start = (sum_target - gain * sum_source) / n_free
    tables: Tables = np.rint(np.clip(gain[:, None] * _LEVELS + start[:, None], 0, 255)).astype(np.uint8)
    return tables

"""How far two drawings are apart, each seen in one of its views: in their small parts, and in their colours.

One is toned to the other first, as brightness, contrast and gamma do it, and laid over it with a tolerance of a pixel.
What is left counts where it is most: a digit on a coin is a spot of an otherwise equal picture. Of tones, the one that
fits best is taken, so an arbitrary change of single levels is none; of blurs, none or one.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from features.images.drawings.drawn_pictures import COLOURS_PX
from features.images.drawings.sketches import SKETCH_PX, Sketches, resampling

_GAMMAS = (0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.4)
_GAINS = (0.6, 1.6)
_UNCLIPPED = (8, 235)  # levels between which a tone has cut nothing off; others say little of it
_LEAST_UNCLIPPED = 0.02
_LEAST_RANGE = 32  # levels; a fainter drawing isn't stretched further
_SPOT_PX, _COLOUR_SPOT_PX = 2, 2
_CLEAR_CHROMA, _GREY_CHROMA = 16, 6  # of 128: beyond which a colour is clear, and up to which there is none
_CHROMA_GAINS = (0.5, 2.0)
_GREY = 128.0
_DECIMALS = 6  # of a difference: the last digits depend on the processor

Pixels = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Views = npt.NDArray[np.integer]


def luma_in_view(sketches: Sketches, views: Views) -> Pixels:
    """Return the luma of a view of each drawing, ``(n, 48, 48)``."""
    return _in_view(sketches.luma().astype(np.float64)[..., None], sketches, views, SKETCH_PX)[..., 0]


def chroma_in_view(sketches: Sketches, views: Views) -> Pixels:
    """Return the chroma of a view of each drawing, ``(n, 16, 16, 2)``; 0 is grey."""
    return _in_view(sketches.chroma().astype(np.float64) - _GREY, sketches, views, COLOURS_PX)


def luma_differs(one: Pixels, other: Pixels, most: Pixels, is_toned: Flags) -> Flags:
    """Say which drawings differ in some spot by more than so many levels, of the range of levels that they have.

    Parameters
    ----------
    one, other
        ``(n, side, side)``.
    most
        For each pair, in levels of 255.
    is_toned
        Which pairs may differ in tone.

    Examples
    --------
    >>> page = np.full((1, 48, 48), 255.0)
    >>> dotted = page.copy()
    >>> dotted[0, 20:30, 20:30] = 60
    >>> others = np.concatenate([dotted * 0.8 + 10, np.roll(dotted, 8, 1), page])
    >>> luma_differs(np.repeat(dotted, 3, 0), others, np.full(3, 12.0), np.ones(3, bool)).tolist()
    [False, True, True]
    """
    differs = np.ones(len(one), bool)
    for is_turned, is_blurred in ((False, False), (True, False), (False, True), (True, True)):
        left = np.flatnonzero(differs)
        source, target = (other[left], one[left]) if is_turned else (one[left], other[left])
        if is_blurred:
            source = _blurred(source)
        source = np.where(is_toned[left, None, None], toned(source, target), source)
        differs[left] = _luma_apart(source, target) > most[left]
    return differs


def _luma_apart(source: Pixels, target: Pixels) -> Pixels:
    beyond = np.maximum(target - _spread(source, np.maximum), _spread(source, np.minimum) - target)
    back = np.maximum(source - _spread(target, np.maximum), _spread(target, np.minimum) - source)
    span = np.maximum(np.ptp(target, axis=(1, 2)), _LEAST_RANGE)
    worst = _worst_spot(np.maximum(np.maximum(beyond, back), 0), _SPOT_PX)
    return np.asarray((worst * 255 / span).round(_DECIMALS))


def colour_difference(one: Pixels, other: Pixels) -> npt.NDArray[np.float64]:
    """Return by how much chroma drawings differ in the spot where they differ most; 0 where either is grey; ``(n,)``.

    Pixels are ``(n, 16, 16, 2)``. What is more or less colourful all over is the same; other colours are not.

    Examples
    --------
    >>> red, blue = np.zeros((2, 1, 16, 16, 2))
    >>> red[:, 4:8, 4:8, 1], blue[:, 4:8, 4:8, 0] = 100, 100
    >>> [colour_difference(red, other).tolist() for other in (red * 0.7, blue, np.zeros_like(red))]
    [[0.0], [100.0], [0.0]]
    """
    worst = np.maximum(_chroma_apart(one, other), _chroma_apart(other, one))
    are_coloured = np.minimum(_strongest(one), _strongest(other)) > _CLEAR_CHROMA
    return np.where(are_coloured, worst, 0.0).round(_DECIMALS)


def _chroma_apart(source: Pixels, target: Pixels) -> Pixels:
    gain = (source * target).sum(axis=(1, 2, 3)) / np.maximum((source * source).sum(axis=(1, 2, 3)), 1)
    fitted = source * np.clip(gain, *_CHROMA_GAINS)[:, None, None, None]
    worst = np.zeros(len(source))
    for channel in range(2):
        here, there = fitted[..., channel], target[..., channel]
        beyond = np.maximum(there - _spread(here, np.maximum), _spread(here, np.minimum) - there)
        back = np.maximum(here - _spread(there, np.maximum), _spread(there, np.minimum) - here)
        worst = np.maximum(worst, _worst_spot(np.maximum(np.maximum(beyond, back), 0), _COLOUR_SPOT_PX))
    return worst


def is_grey_copy(one: Pixels, other: Pixels) -> Flags:
    """Say of which pairs one has a clear colour somewhere and the other none, not even a faint one."""
    strongest, weakest = (furthest(_strongest(one), _strongest(other)) for furthest in (np.maximum, np.minimum))
    return np.asarray((strongest > _CLEAR_CHROMA) & (weakest <= _GREY_CHROMA))


def _strongest(chroma: Pixels) -> Pixels:
    return _worst_spot(np.abs(chroma).max(axis=-1), _COLOUR_SPOT_PX)


def toned(source: Pixels, target: Pixels) -> Pixels:
    """Return drawings in the tone of others: the brightness, contrast and gamma that come nearest.

    Examples
    --------
    >>> ramp = np.arange(256.0).reshape(1, 16, 16)
    >>> darker = np.minimum(255, 1.2 * ramp)
    >>> bool((abs(toned(ramp, darker) - darker) < 1e-9).all())
    True
    """
    fitted = _levelled(source, target)
    best, least = fitted, np.abs(fitted - target).mean(axis=(1, 2))
    level = np.rint(source).astype(np.int64)
    for gamma in _GAMMAS:
        curved = _curve(gamma)[level]
        error = np.abs(curved - target).mean(axis=(1, 2))
        best, least = np.where((error < least)[:, None, None], curved, best), np.minimum(error, least)
    return best


def _levelled(source: Pixels, target: Pixels) -> Pixels:
    """Return drawings in the brightness and contrast of others, by least squares over what isn't clipped."""
    is_free = (target > _UNCLIPPED[0]) & (target < _UNCLIPPED[1])
    is_free |= is_free.mean(axis=(1, 2), keepdims=True) < _LEAST_UNCLIPPED
    n_free = is_free.sum(axis=(1, 2), keepdims=True)
    mean_source, mean_target = (
        (pixels * is_free).sum(axis=(1, 2), keepdims=True) / n_free for pixels in (source, target)
    )
    off = (source - mean_source) * is_free
    spread = np.maximum((off * off).sum(axis=(1, 2), keepdims=True), 1)
    gain = np.clip((off * (target - mean_target)).sum(axis=(1, 2), keepdims=True) / spread, *_GAINS)
    return np.asarray(np.clip(gain * (source - mean_source) + mean_target, 0, 255))


@lru_cache(maxsize=len(_GAMMAS))
def _curve(gamma: float) -> Pixels:
    curve: Pixels = 255 * (np.arange(256) / 255) ** gamma
    return curve


def _in_view(pixels: Pixels, sketches: Sketches, views: Views, n_pixels: int) -> Pixels:
    """Return `pixels`, ``(n, side, side, channels)``, in the box of a view of each drawing."""
    if not views.any():
        return pixels
    boxes = (sketches.boxes(views) * n_pixels).tolist()
    rows = np.array([resampling(top, bottom, n_pixels, n_pixels) for top, bottom, _, _ in boxes])
    columns = np.array([resampling(left, right, n_pixels, n_pixels) for _, _, left, right in boxes])
    return np.asarray(np.einsum("nyr,nrsc,nxs->nyxc", rows, pixels, columns, optimize=True))


def _spread(pixels: Pixels, furthest: np.ufunc) -> Pixels:
    """Return the lowest or highest level within a pixel of each."""
    for axis in (1, 2):
        padded = np.pad(pixels, [(1, 1) if number == axis else (0, 0) for number in range(3)], mode="edge")
        size = pixels.shape[axis]
        parts = [padded.take(range(start, start + size), axis=axis) for start in range(3)]
        pixels = furthest(furthest(parts[0], parts[1]), parts[2])
    return pixels


def _blurred(pixels: Pixels) -> Pixels:
    """Return pixels blurred by a kernel of three by three."""
    for axis in (1, 2):
        padded = np.pad(pixels, [(1, 1) if number == axis else (0, 0) for number in range(3)], mode="edge")
        size = pixels.shape[axis]
        before, here, after = (padded.take(range(start, start + size), axis=axis) for start in range(3))
        pixels = (before + 2 * here + after) / 4
    return pixels


def _worst_spot(beyond: Pixels, spot_px: int) -> npt.NDArray[np.float64]:
    """Return the highest mean of any square of so many pixels; ``(n,)``."""
    windows = np.lib.stride_tricks.sliding_window_view(beyond, (spot_px, spot_px), axis=(1, 2))
    return np.asarray(windows.mean(axis=(3, 4)).max(axis=(1, 2)))

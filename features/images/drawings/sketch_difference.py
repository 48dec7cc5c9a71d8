"""How far two drawings are apart, each seen in one of its views: in their small parts, and in their colours.

One is toned to the other first, as brightness, contrast and gamma do it, and laid over it with a tolerance of a pixel.
What is left counts where it is most: a digit on a coin is a spot of an otherwise equal picture. Of blurs there is one
or none. All is done in whole numbers of 8 and 16 bits, of which a processor takes many at once; and most pairs are told
by a strip through their middle.
"""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from features.images.drawings.sketch_views import Chroma, Luma
from features.images.drawings.tones import nearest_tones, toned

_LEAST_RANGE = 32  # levels; a fainter drawing isn't stretched further
_SPOT_PX = 2
_STRIP = 3  # the part of the rows that is looked at first, one of so many
_CLEAR_CHROMA, _GREY_CHROMA = 16, 6  # of 128: beyond which a colour is clear, and up to which there is none
_CHROMA_GAINS = (0.5, 2.0)

Flags = npt.NDArray[np.bool_]
Levels = npt.NDArray[np.float64]
Pixels = TypeVar("Pixels", Luma, Chroma)


@dataclass(frozen=True, slots=True)
class MostLevels:
    """By how many levels of 255, of the range that a pair has, it may differ in a spot; each ``(n,)``.

    ``shifted`` is what is left where each pixel may lie a pixel aside, and ``in_place`` where none may: an edge that is
    scaled otherwise is soft there, and the missing stroke of a small digit isn't.
    """

    shifted: Levels
    in_place: Levels

    def take(self, rows: npt.NDArray[np.integer]) -> "MostLevels":
        """Return those of some pairs."""
        return MostLevels(self.shifted[rows], self.in_place[rows])


def luma_differs(one: Luma, other: Luma, most: MostLevels, is_toned: Flags) -> Flags:
    """Say which drawings differ in some spot by more than they may.

    Parameters
    ----------
    one, other
        ``(n, height, width)``.
    most
        For each pair.
    is_toned
        Which pairs may differ in tone.

    Examples
    --------
    >>> page = np.full((1, 48, 48), 255, np.uint8)
    >>> dotted = page.copy()
    >>> dotted[0, 20:30, 20:30] = 60
    >>> others = np.concatenate([(dotted * 0.8 + 10).astype(np.uint8), np.roll(dotted, 8, 1), page])
    >>> most = MostLevels(np.full(3, 12.0), np.full(3, 30.0))
    >>> luma_differs(np.repeat(dotted, 3, 0), others, most, np.ones(3, bool)).tolist()
    [False, True, True]
    """
    left = np.arange(len(one))
    differs = np.ones(len(one), bool)
    for is_blurred in (False, True):
        blurred = (_blurred(one[left]), _blurred(other[left])) if is_blurred else (one[left], other[left])
        kept = np.ones(len(left), bool)
        for source, target in ((blurred[0], other[left]), (blurred[1], one[left])):
            open_ = np.flatnonzero(kept)
            kept[open_] = _lies_apart(source[open_], target[open_], most.take(left[open_]), is_toned[left[open_]])
        differs[left[~kept]] = False
        left = left[kept]
    return differs


def _lies_apart(source: Luma, target: Luma, most: MostLevels, is_toned: Flags) -> Flags:
    """Say which drawings, each in the tone of the other, differ from it in a spot; a strip of them is tried first."""
    tones = np.where(is_toned[:, None], nearest_tones(source, target), np.arange(256, dtype=np.uint8))
    share = np.maximum(_range(target), _LEAST_RANGE) / 255
    within = MostLevels(most.shifted * share, most.in_place * share)
    height = source.shape[1]
    reach = height // (2 * _STRIP) + 1
    strip = slice(height // 2 - reach, height // 2 + reach)
    apart = _exceeds(toned(source[:, strip], tones), target[:, strip], within, slice(1, -1))
    left = np.flatnonzero(~apart)
    apart[left] = _exceeds(toned(source[left], tones[left]), target[left], within.take(left), slice(None))
    return apart


def _exceeds(source: Luma, target: Luma, within: MostLevels, rows: slice) -> Flags:
    """Say which pictures differ by more levels in some rows; rows beside them are their neighbours."""
    off = source.astype(np.int16) - target
    exceeds: Flags = np.maximum(_worst_spot(off), _worst_spot(-off)) > within.in_place
    left = np.flatnonzero(~exceeds)
    beyond = _beyond(source[left], target[left])[:, rows]
    exceeds[left] = _worst_spot(beyond) > within.shifted[left]
    return exceeds


def colours_differ(one: Chroma, other: Chroma, most: Levels) -> Flags:
    """Say which drawings differ by more chroma in some spot, of 128; none of which either is grey.

    Pixels are ``(n, 2, 16, 16)``. What is more or less colourful all over is the same; other colours are not.

    Examples
    --------
    >>> red, blue = np.zeros((2, 1, 2, 16, 16), np.int16)
    >>> red[:, 1, 4:8, 4:8], blue[:, 0, 4:8, 4:8] = 100, 100
    >>> [colours_differ(red, other, np.array([20.0])).tolist() for other in (red * 7 // 10, blue, np.zeros_like(red))]
    [[False], [True], [False]]
    """
    differs = np.zeros(len(one), bool)
    left = np.flatnonzero(np.minimum(_strongest(one), _strongest(other)) > _CLEAR_CHROMA)
    for source, target in ((one, other), (other, one)):
        beyond = _beyond(_as_colourful(source[left], target[left]), target[left])
        differs[left] = _worst_spot(beyond).max(axis=1) > most[left]
        left = left[~differs[left]]
    return differs


def _as_colourful(source: Chroma, target: Chroma) -> Chroma:
    """Return colours as strong, all over, as those of others."""
    here, there = (_flat(chroma).astype(np.float32) for chroma in (source, target))  # which holds the sums exactly
    gain = (here * there).sum(axis=1) / np.maximum((here * here).sum(axis=1), 1)
    fitted = here * np.clip(gain, *_CHROMA_GAINS)[:, None]
    colours: Chroma = np.rint(fitted).astype(np.int16).reshape(source.shape)
    return colours


def is_grey_copy(one: Chroma, other: Chroma) -> Flags:
    """Say of which pairs one has a clear colour somewhere and the other none, not even a faint one."""
    strongest, weakest = (furthest(_strongest(one), _strongest(other)) for furthest in (np.maximum, np.minimum))
    return np.asarray((strongest > _CLEAR_CHROMA) & (weakest <= _GREY_CHROMA))


def _strongest(chroma: Chroma) -> Levels:
    return _worst_spot(np.abs(chroma).max(axis=1))


def _range(pixels: Luma) -> npt.NDArray[np.uint8]:
    flat = _flat(pixels)
    return np.asarray(flat.max(axis=1) - flat.min(axis=1))


def _beyond(one: Pixels, other: Pixels) -> Pixels:
    """Return how far each pixel lies outside of what the other picture has within a pixel of it; of both, the more."""
    most = np.zeros_like(one)
    for here, there in ((one, other), (other, one)):
        highest, lowest = _spread(there, np.maximum), _spread(there, np.minimum)
        np.maximum(most, np.maximum(here, highest) - highest, out=most)
        np.maximum(most, lowest - np.minimum(here, lowest), out=most)
    return most


def _spread(pixels: Pixels, furthest: np.ufunc) -> Pixels:
    """Return the lowest or highest level within a pixel of each."""
    spread = np.empty_like(pixels)
    two = furthest(pixels[..., 1:, :], pixels[..., :-1, :])
    spread[..., 0, :], spread[..., -1, :] = two[..., 0, :], two[..., -1, :]
    furthest(two[..., 1:, :], two[..., :-1, :], out=spread[..., 1:-1, :])
    two = furthest(spread[..., 1:], spread[..., :-1])
    spread[..., 0], spread[..., -1] = two[..., 0], two[..., -1]
    furthest(two[..., 1:], two[..., :-1], out=spread[..., 1:-1])
    return spread


def _blurred(pixels: Luma) -> Luma:
    """Return pixels blurred by a kernel of three by three: a quarter of each neighbour, half of themselves."""
    blurred = pixels.astype(np.uint16)
    for axis in (1, 2):
        padded = np.pad(blurred, [(1, 1) if number == axis else (0, 0) for number in range(3)], mode="edge")
        rows = np.moveaxis(padded, axis, 0)
        blurred = np.moveaxis(rows[:-2] + 2 * rows[1:-1] + rows[2:], 0, axis)
    return np.ascontiguousarray(((blurred + 8) // 16).astype(np.uint8))


def _worst_spot(beyond: npt.NDArray[np.integer]) -> Levels:
    """Return the highest mean of any square of two by two; the last two axes are the picture's."""
    wide = beyond.astype(np.int16)
    columns = wide[..., 1:, :] + wide[..., :-1, :]
    squares = columns[..., 1:] + columns[..., :-1]
    worst: Levels = squares.max(axis=(-2, -1)) / _SPOT_PX**2
    return worst


def _flat(pixels: Pixels) -> Pixels:
    """Return each picture as a row, also of no pictures."""
    return pixels.reshape(len(pixels), math.prod(pixels.shape[1:]))

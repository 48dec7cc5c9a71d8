"""Which pictures are drawings: icons, letters, signs, flags, screenshots; and their colours, coarsely.

A photograph has soft steps everywhere, even where it looks plain. A drawing has plain areas of one level, and edges.
What decides is how many of the steps between neighbouring pixels are none at all, of those that are none or soft; and
that some level is common. A thing on a ground that isn't white is a photograph, too, where it is soft within or has no
level that is common; it hangs together, as text doesn't. On white lie stickers, so nothing is said of what is there.
One in thirty photographs passes for a drawing, most of them of a thing on white, and nearly all drawings do.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image

from features.images.cosine_signature import Thumbs

LEAST_PLAIN = 30  # of 100; below it a picture is no drawing
COLOURS_PX = 16

_COMMON_SHARE = 0.15  # of the pixels that have the most common level, or one within `_LEVELS_BESIDE`
_LEVELS_BESIDE = 2
_NO_STEP, _SOFT_STEPS = 1, (3, 20)  # levels of 255 up to which a step is none; from and to which it is soft
_GREY = 128
_WHITE, _GROUND_LEVELS, _GROUND_SHARE = 248, 3, 0.4  # of the pixels at the edges, which the ground takes at least
_INSIDE_SHARE = 0.15  # of the pixels, that what lies on the ground takes at least
_SOLID_SHARE = 0.6  # of these pixels, that have none of the ground beside them: of lines of text it is a half at most
# Shares of the steps within the ground: a photograph has as many soft ones at least, and at most so many that are none.
_SOFT_SHARE, _PLAIN_SHARE = 0.42, 0.25
# Or its three most common levels, with those beside them, take no more, and no more steps are none.
_N_LEVELS, _CROWDED_SHARE, _FEW_PLAIN_SHARE = 3, 0.4, 0.15

Colours = npt.NDArray[np.uint8]


def plainness(thumb: Thumbs) -> int:
    """Return how plain a thumb is, 0 to 100: the share of steps that are none, of those that are none or soft.

    It is 0 where no level is common: in most photographs, which are told at once.

    Examples
    --------
    >>> disc = np.full((64, 64), 255, np.uint8)
    >>> disc[20:44, 20:44] = 30
    >>> soft = (np.arange(64)[:, None] * 3 + np.arange(64)).astype(np.uint8)
    >>> plainness(disc), plainness(soft)
    (100, 0)
    """
    ground, n_common = _most_common(np.bincount(thumb.ravel(), minlength=256))
    if n_common < _COMMON_SHARE * thumb.size:
        return 0
    pixels = thumb.astype(np.int16)
    steps = np.maximum(np.abs(pixels[1:, :-1] - pixels[:-1, :-1]), np.abs(pixels[:-1, 1:] - pixels[:-1, :-1]))
    if ground < _WHITE and _is_photographed(thumb, steps, np.abs(pixels - ground) > _GROUND_LEVELS):
        return 0
    n_none = int((steps <= _NO_STEP).sum())
    n_soft = int(((steps >= _SOFT_STEPS[0]) & (steps <= _SOFT_STEPS[1])).sum())
    return 100 * n_none // max(n_none + n_soft, 1)


def _most_common(levels: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return the level that is most common with those beside it, and how many pixels these are."""
    common = np.convolve(levels, np.ones(2 * _LEVELS_BESIDE + 1, np.int64), "same")
    level = int(common.argmax())
    return level, int(common[level])


def _is_photographed(thumb: Thumbs, steps: npt.NDArray[np.int16], is_inside: npt.NDArray[np.bool_]) -> bool:
    """Say whether what lies on a plain ground is a photograph; `is_inside` says where that is."""
    edges = np.concatenate([is_inside[0], is_inside[-1], is_inside[:, 0], is_inside[:, -1]])
    n_inside = int(is_inside.sum())
    if edges.mean() > 1 - _GROUND_SHARE or n_inside < _INSIDE_SHARE * thumb.size:
        return False
    middle = is_inside[1:-1, 1:-1]
    is_solid = middle & is_inside[:-2, 1:-1] & is_inside[2:, 1:-1] & is_inside[1:-1, :-2] & is_inside[1:-1, 2:]
    if is_solid.sum() < _SOLID_SHARE * middle.sum():
        return False
    within = steps[is_inside[:-1, :-1]]
    n_none, n_soft = int((within <= _NO_STEP).sum()), int(((within > _NO_STEP) & (within <= _SOFT_STEPS[1])).sum())
    if n_soft >= _SOFT_SHARE * len(within) and n_none < _PLAIN_SHARE * len(within):
        return True
    levels, n_crowded = np.bincount(thumb[is_inside], minlength=256), 0
    for _ in range(_N_LEVELS):
        level, n_common = _most_common(levels)
        n_crowded += n_common
        levels[max(level - _LEVELS_BESIDE, 0) : level + _LEVELS_BESIDE + 1] = 0
    return n_crowded < _CROWDED_SHARE * n_inside and n_none < _FEW_PLAIN_SHARE * len(within)


def coarse_colours(picture: Image.Image) -> Colours:
    """Return the chroma of a loaded picture of any mode, transparent pixels white; ``(16, 16, 2)``, 128 is grey.

    Examples
    --------
    >>> coarse_colours(Image.new("RGB", (40, 30), "red"))[0, 0].tolist(), coarse_colours(Image.new("L", (9, 9))).max()
    ([84, 255], np.uint8(128))
    """
    size = COLOURS_PX, COLOURS_PX
    if picture.has_transparency_data:
        small = picture.convert("RGBA").resize(size, Image.Resampling.BOX)
        page = Image.new("RGB", size, "white")
        page.paste(small.convert("RGB"), mask=small.getchannel("A"))
        small = page
    elif picture.mode in ("RGB", "YCbCr"):
        small = picture.resize(size, Image.Resampling.BOX)
    elif picture.mode in ("P", "PA", "CMYK", "LAB", "HSV", "RGBX"):
        small = picture.convert("RGB").resize(size, Image.Resampling.BOX)
    else:
        return np.full((*size, 2), _GREY, np.uint8)
    return np.asarray(small.convert("YCbCr"))[:, :, 1:]

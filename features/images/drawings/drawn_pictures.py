"""Which pictures are drawings: icons, letters, signs, flags, screenshots; and their colours, coarsely.

A photograph has soft steps everywhere, even where it looks plain. A drawing has plain areas of one level, and edges.
What decides is how many of the steps between neighbouring pixels are none at all, of those that are none or soft; and
that some level is common. What is soft within on a ground that isn't white is a photograph, too: stickers lie on white.
One in twenty photographs passes for a drawing, a thing on a plain ground, and nearly all drawings do.
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
# Shares of the steps within the ground: a photograph has as many soft ones at least, and at most so many that are none.
_SOFT_SHARE, _PLAIN_SHARE = 0.42, 0.25

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
    levels = np.bincount(thumb.ravel(), minlength=256)
    common = np.convolve(levels, np.ones(2 * _LEVELS_BESIDE + 1, np.int64), "same")
    ground = int(common.argmax())
    if common[ground] < _COMMON_SHARE * thumb.size:
        return 0
    pixels = thumb.astype(np.int16)
    steps = np.maximum(np.abs(pixels[1:, :-1] - pixels[:-1, :-1]), np.abs(pixels[:-1, 1:] - pixels[:-1, :-1]))
    is_none, is_soft = steps <= _NO_STEP, (steps >= _SOFT_STEPS[0]) & (steps <= _SOFT_STEPS[1])
    is_ground = np.abs(pixels - ground) <= _GROUND_LEVELS
    edges = np.concatenate([is_ground[0], is_ground[-1], is_ground[:, 0], is_ground[:, -1]])
    is_inside = ~is_ground[:-1, :-1]
    if ground < _WHITE and edges.mean() >= _GROUND_SHARE and is_inside.mean() >= _INSIDE_SHARE:
        n_soft, n_none, n_inside = (
            (flags & is_inside).sum() for flags in (steps <= _SOFT_STEPS[1], is_none, is_inside)
        )
        if n_soft - n_none >= _SOFT_SHARE * n_inside and n_none < _PLAIN_SHARE * n_inside:
            return 0
    n_none = int(is_none.sum())
    return 100 * n_none // max(n_none + int(is_soft.sum()), 1)


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

"""The same picture at another size, in a plain frame, or a part of it.

Centre crops are counted in both ways that people count them: 10 % of the side in all leaves nine tenths of it, 10 %
from each side leaves eight.
"""

from functools import partial

from PIL import Image, ImageOps

from benchmarks.signatures.edits.edit import Edit, Group, as_jpeg

_FACTORS = (0.25, 0.5, 0.75, 1.5, 2.0)
_STRETCH = 1.1
_PERCENTS = (1, 2, 3, 5)  # of the shorter side, on each side
_COLOURS = ("white", "black", "teal")
_CENTRE_PERCENTS = (2, 5, 8, 10, 12)
_ONE_SIDE_PERCENTS = (5, 10)
_SIDES = ("left", "bottom")


def scaled(picture: Image.Image, across: float, down: float) -> Image.Image:
    """Return a picture with its width and height multiplied."""
    size = max(1, round(picture.width * across)), max(1, round(picture.height * down))
    return picture.resize(size, Image.Resampling.BICUBIC)


def resize(picture: Image.Image, factor: float) -> bytes:
    """Scale both sides alike."""
    return as_jpeg(scaled(picture, factor, factor))


def stretch(picture: Image.Image, factor: float) -> bytes:
    """Scale the width alone."""
    return as_jpeg(scaled(picture, factor, 1.0))


RESIZES = (
    *(Edit(f"resize {factor:g}x", Group.RESIZE, partial(resize, factor=factor)) for factor in _FACTORS),
    Edit(f"stretch {_STRETCH:g}x across", Group.RESIZE, partial(stretch, factor=_STRETCH)),
)


def framed(picture: Image.Image, percent: float, colour: str) -> bytes:
    """Put a frame of one width around a picture, one pixel at least."""
    width_px = max(1, round(min(picture.size) * percent / 100))
    return as_jpeg(ImageOps.expand(picture, width_px, colour))


BORDERS = tuple(
    Edit(f"border {percent} % {colour}", Group.BORDER, partial(framed, percent=percent, colour=colour))
    for percent in _PERCENTS
    for colour in _COLOURS
)


def cut(picture: Image.Image, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Image.Image:
    """Return a picture without so many percent of its width or height on each side."""
    width, height = picture.size
    box = (width * left / 100, height * top / 100, width * (1 - right / 100), height * (1 - bottom / 100))
    return picture.crop(tuple(map(round, box)))


def crop_centre(picture: Image.Image, percent_each: float) -> bytes:
    """Cut the same percentage from each of the four sides."""
    return as_jpeg(cut(picture, percent_each, percent_each, percent_each, percent_each))


def crop_side(picture: Image.Image, side: str, percent: float) -> bytes:
    """Cut from one side alone."""
    return as_jpeg(cut(picture, **{side: percent}))


CROPS = (
    *(
        Edit(f"crop {percent} % in all", Group.CROP, partial(crop_centre, percent_each=percent / 2))
        for percent in _CENTRE_PERCENTS
    ),
    *(
        Edit(f"crop {percent} % each side", Group.CROP_EACH, partial(crop_centre, percent_each=percent))
        for percent in _CENTRE_PERCENTS
    ),
    *(
        Edit(f"crop {percent} % {side}", Group.CROP_ONE_SIDE, partial(crop_side, side=side, percent=percent))
        for side in _SIDES
        for percent in _ONE_SIDE_PERCENTS
    ),
)

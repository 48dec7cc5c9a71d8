"""A part of the picture.

Centre crops are counted in both ways that people count them: 10 % of the side in all leaves nine tenths of it, 10 %
from each side leaves eight.
"""

from functools import partial

from PIL import Image

from benchmarks.signatures.edits.edit import Edit, Group, as_jpeg

_CENTRE_PERCENTS = (2, 5, 8, 10, 12)
_ONE_SIDE_PERCENTS = (5, 10)
_SIDES = ("left", "bottom")


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

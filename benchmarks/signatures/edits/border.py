"""The whole picture in a plain frame."""

from functools import partial

from PIL import Image, ImageOps

from benchmarks.signatures.edits.edit import Edit, Group, as_jpeg

_PERCENTS = (1, 2, 3, 5)  # of the shorter side, on each side
_COLOURS = ("white", "black", "teal")


def framed(picture: Image.Image, percent: float, colour: str) -> bytes:
    """Put a frame of one width around a picture, one pixel at least."""
    width_px = max(1, round(min(picture.size) * percent / 100))
    return as_jpeg(ImageOps.expand(picture, width_px, colour))


BORDERS = tuple(
    Edit(f"border {percent} % {colour}", Group.BORDER, partial(framed, percent=percent, colour=colour))
    for percent in _PERCENTS
    for colour in _COLOURS
)

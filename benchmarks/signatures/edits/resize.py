"""The same picture at another size."""

from functools import partial

from PIL import Image

from benchmarks.signatures.edits.edit import Edit, Group, as_jpeg

_FACTORS = (0.25, 0.5, 0.75, 1.5, 2.0)
_STRETCH = 1.1


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

"""The same pixels in another file."""

from functools import partial

from PIL import Image

from benchmarks.signatures.edits.edit import Edit, Group, as_file, as_jpeg

_JPEG_QUALITIES = (10, 20, 50, 75, 90)
_WEBP_QUALITIES = (30, 80)


def png(picture: Image.Image) -> bytes:
    """Keep all pixels as they are."""
    return as_file(picture, "PNG")


def webp(picture: Image.Image, quality: int) -> bytes:
    """Save as lossy WebP."""
    return as_file(picture, "WEBP", quality=quality)


RE_ENCODES = (
    *(Edit(f"jpeg q{quality}", Group.RE_ENCODE, partial(as_jpeg, quality=quality)) for quality in _JPEG_QUALITIES),
    Edit("png", Group.RE_ENCODE, png),
    *(Edit(f"webp q{quality}", Group.RE_ENCODE, partial(webp, quality=quality)) for quality in _WEBP_QUALITIES),
)

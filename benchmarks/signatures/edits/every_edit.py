"""All edits, in the order of the table; here those of a picture that was posted again, and edits beyond scope."""

from PIL import Image, ImageOps

from benchmarks.signatures.edits.edit import Edit, Group, as_jpeg
from benchmarks.signatures.edits.frames import BORDERS, CROPS, RESIZES, cut, scaled
from benchmarks.signatures.edits.pixels import RE_ENCODES, TONES
from benchmarks.signatures.edits.writing import WRITINGS, marked

_CROP_PERCENT, _FACTOR, _TEXT, _TEXT_PERCENT, _JPEG_QUALITY = 3, 0.7, "seen on a board", 5, 60
_DEGREES = 2


def repost(picture: Image.Image) -> bytes:
    """Crop, scale, mark and compress."""
    part = cut(picture, _CROP_PERCENT, _CROP_PERCENT, _CROP_PERCENT, _CROP_PERCENT)
    return as_jpeg(marked(scaled(part, _FACTOR, _FACTOR), _TEXT, _TEXT_PERCENT, "corner"), _JPEG_QUALITY)


def rotate(picture: Image.Image) -> bytes:
    """Turn by two degrees; the corners become black."""
    return as_jpeg(picture.rotate(_DEGREES, Image.Resampling.BICUBIC))


def mirror(picture: Image.Image) -> bytes:
    """Swap left and right."""
    return as_jpeg(ImageOps.mirror(picture))


REPOSTS = (Edit("crop, resize, text, q60", Group.REPOST, repost),)
BEYOND_SCOPE = (Edit(f"rotate {_DEGREES} degrees", Group.BEYOND, rotate), Edit("mirror", Group.BEYOND, mirror))
EDITS = (*RE_ENCODES, *RESIZES, *TONES, *BORDERS, *CROPS, *WRITINGS, *REPOSTS, *BEYOND_SCOPE)

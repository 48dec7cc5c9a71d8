"""Any colour mode as luma of 8 bits, as somebody sees the picture on a white page."""

import numpy as np
import numpy.typing as npt
from PIL import Image

# The white of a picture of more than 8 bits is the first of these that none of its pixels exceeds: fractions, bytes,
# 12 bits of a camera, 16 bits. Pillow itself clips at 255, which leaves a 16-bit picture white all over.
_WHITES = (1, 255, 4_095, 65_535)
_WIDE_MODES = ("I", "F")  # and all those that begin with I;16


def luma(picture: Image.Image) -> Image.Image:
    """Return a decoded picture in mode ``L``.

    Parameters
    ----------
    picture
        A loaded picture of any mode.

    Returns
    -------
    Image
        Of the same size. Transparent pixels are white, whatever colour is stored under them.

    Examples
    --------
    >>> luma(Image.new("RGBA", (1, 1), (255, 0, 0, 0))).getpixel((0, 0))
    255
    >>> luma(Image.new("I;16", (1, 1), 0x80FF)).getpixel((0, 0))
    128
    """
    if picture.mode == "L" and "transparency" not in picture.info:
        return picture
    if picture.mode in _WIDE_MODES or picture.mode.startswith("I;16"):
        return Image.fromarray(_narrowed(np.asarray(picture)))
    if picture.has_transparency_data:
        return _on_white(picture)
    if picture.mode == "LAB":
        picture = picture.convert("RGB")  # Pillow knows no direct way
    return picture.convert("L")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode not in ("LA", "RGBA"):
        picture = picture.convert("RGBA")
    page = Image.new("L", picture.size, 255)
    page.paste(picture.convert("L"), mask=picture.getchannel("A"))
    return page


def _narrowed(pixels: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    scaled = pixels.astype(np.float32)
    if pixels.dtype.kind == "f":
        np.nan_to_num(scaled, copy=False, posinf=0, neginf=0)
    brightest = float(scaled.max())
    whites = _WHITES if pixels.dtype.kind == "f" else _WHITES[1:]
    white = next((white for white in whites if brightest <= white), brightest)
    # 256 even steps: of 16 bits the high byte is left, as in the same picture saved with 8.
    scaled *= 256 / (white + 1) if white > 1 else 255
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)

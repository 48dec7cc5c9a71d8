"""The same picture in another file, or with other colours, light or sharpness; every pixel stays in its place."""

from functools import partial

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from benchmarks.signatures.edits.edit import Edit, Group, as_file, as_jpeg

_JPEG_QUALITIES = (10, 20, 50, 75, 90)
_WEBP_QUALITIES = (30, 80)
_DOWN, _UP = 0.7, 1.3
_GAMMA_DOWN, _GAMMA_UP = 0.7, 1.4
_BLUR_PX = 2
_SHARPEN_PX, _SHARPEN_PERCENT = 2, 150
_NOISE_LEVELS = 12  # standard deviation, of 255
_NOISE_SEED = 12
_WHITE = 255


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


def grey(picture: Image.Image) -> bytes:
    """Take the colours out."""
    return as_jpeg(picture.convert("L"))


def saturation(picture: Image.Image, factor: float) -> bytes:
    """Make colours weaker or stronger."""
    return as_jpeg(ImageEnhance.Color(picture).enhance(factor))


def contrast(picture: Image.Image, factor: float) -> bytes:
    """Draw all pixels towards the mean grey or away from it."""
    return as_jpeg(ImageEnhance.Contrast(picture).enhance(factor))


def brightness(picture: Image.Image, factor: float) -> bytes:
    """Multiply all pixels; what becomes too light is clipped."""
    return as_jpeg(ImageEnhance.Brightness(picture).enhance(factor))


def gamma(picture: Image.Image, exponent: float) -> bytes:
    """Make the middle tones darker (above 1) or lighter."""
    curve = [round(_WHITE * (level / _WHITE) ** exponent) for level in range(_WHITE + 1)]
    return as_jpeg(picture.point(curve * len(picture.getbands())))


def blur(picture: Image.Image) -> bytes:
    """Blur with a Gaussian of 2 pixels."""
    return as_jpeg(picture.filter(ImageFilter.GaussianBlur(_BLUR_PX)))


def sharpen(picture: Image.Image) -> bytes:
    """Sharpen strongly with an unsharp mask."""
    return as_jpeg(picture.filter(ImageFilter.UnsharpMask(_SHARPEN_PX, _SHARPEN_PERCENT)))


def noise(picture: Image.Image) -> bytes:
    """Add the noise of a poor sensor to each channel."""
    pixels = np.asarray(picture, np.float64)
    noisy = pixels + np.random.default_rng(_NOISE_SEED).normal(0, _NOISE_LEVELS, pixels.shape)
    return as_jpeg(Image.fromarray(np.clip(np.rint(noisy), 0, _WHITE).astype(np.uint8)))


TONES = (
    Edit("grey", Group.TONE, grey),
    Edit("saturation down", Group.TONE, partial(saturation, factor=_DOWN)),
    Edit("saturation up", Group.TONE, partial(saturation, factor=_UP)),
    Edit("contrast down", Group.TONE, partial(contrast, factor=_DOWN)),
    Edit("contrast up", Group.TONE, partial(contrast, factor=_UP)),
    Edit("brightness down", Group.TONE, partial(brightness, factor=_DOWN)),
    Edit("brightness up", Group.TONE, partial(brightness, factor=_UP)),
    Edit("gamma down", Group.TONE, partial(gamma, exponent=_GAMMA_DOWN)),
    Edit("gamma up", Group.TONE, partial(gamma, exponent=_GAMMA_UP)),
    Edit(f"blur {_BLUR_PX} px", Group.TONE, blur),
    Edit("sharpen", Group.TONE, sharpen),
    Edit(f"noise {_NOISE_LEVELS}", Group.TONE, noise),
)

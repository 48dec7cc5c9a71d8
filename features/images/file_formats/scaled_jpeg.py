"""Scaled decoding of JPEG: of each block of 8 x 8 pixels only the low frequencies become pixels, at a fraction of time.

Pillow does it; so does the optional simplejpeg, with a libjpeg-turbo of its own and less around it.
"""

from PIL import Image, ImageFile

from joins.errors import FeatureError

# Twice the thumb: at half of that, the scaled picture differs from the whole one in the signature's own frequencies.
LEAST_SIDE_PX = 128

_SCALES = (8, 4, 2)  # that libjpeg is fast at


class MissingDecoderError(FeatureError):
    """An optional decoder was asked for and is not installed."""


def check_simplejpeg() -> None:
    """Raise a `MissingDecoderError` unless simplejpeg is installed."""
    try:
        import simplejpeg  # noqa: F401, PLC0415 - optional
    except ImportError as error:
        raise MissingDecoderError(
            "it needs the package simplejpeg, which is not installed",
            where="decoder='simplejpeg'",
            remedy="install it, or use 'pillow'",
        ) from error


def draft(picture: ImageFile.ImageFile) -> None:
    """Tell Pillow to decode an opened JPEG as luma, scaled down to no less than ``LEAST_SIDE_PX`` a side.

    Other formats are left as they are.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (1104, 736)).save(file, "JPEG")
    >>> picture = Image.open(file)
    >>> draft(picture)
    >>> picture.size, picture.mode
    ((276, 184), 'L')
    """
    picture.draft("L", (LEAST_SIDE_PX, LEAST_SIDE_PX))


def simplejpeg_luma(content: bytes, width_px: int, height_px: int) -> Image.Image | None:
    """Decode a JPEG, in colour or grey, with simplejpeg to the size that `draft` decodes it to, in mode ``L``.

    None where simplejpeg finds anything to object to: a cut file, a damaged place. It does not tell which; Pillow does.
    """
    import simplejpeg  # noqa: PLC0415 - optional

    least = min(width_px, height_px) // LEAST_SIDE_PX
    scale = next((scale for scale in _SCALES if scale <= least), 1)
    try:
        grey = simplejpeg.decode_jpeg(
            content, "GRAY", min_height=-(-height_px // scale), min_width=-(-width_px // scale)
        )
    except ValueError:
        return None
    return Image.fromarray(grey[:, :, 0])

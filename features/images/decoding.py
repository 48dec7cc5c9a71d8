"""Decodes a picture to a thumb of 64 x 64 luma pixels: all that its signature needs.

JPEG is decoded scaled, pictures are turned upright by their EXIF, laid on white where they are transparent, and 16 bits
become 8. What cannot be decoded ends as a status, never as an exception or as the thumb of half a picture.

What this does not do: say what is flat (`features.images.cosine_signature`), or stop what takes too long
(`features.images.guarded_workers`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageFile, JpegImagePlugin

from features.images.cosine_signature import THUMB_PX
from features.images.drawings.drawn_pictures import COLOURS_PX, LEAST_PLAIN, Colours, coarse_colours, plainness
from features.images.file_formats.formats import Plugin, WatchedFile, failure_status, recognised_plugin
from features.images.file_formats.png_chunks import without_profile_and_texts
from features.images.file_formats.scaled_jpeg import check_simplejpeg, draft, simplejpeg_luma
from features.images.signed_picture import SignatureStatus

JpegDecoder = Literal["pillow", "simplejpeg"]

MAX_PIXELS = 64_000_000  # decoded, a picture takes up to 4 bytes a pixel: 256 MB
SCALED_JPEG_ALLOWANCE = 4  # so many times more pixels may a JPEG have that is decoded scaled, line by line
LEAST_SIDE_PX = 16  # a signature has 16 frequencies a side; a smaller picture has not
MAX_ASPECT = 20  # long infographics stay below; of what is beyond, a thumb shows stripes

_ANIMATED_FORMATS = ("GIF", "WEBP", "PNG", "AVIF")  # several pictures in a TIFF are pages
_PLAIN_RANGE = 16  # luma levels; the first frame of an animation that has fewer is black, white or fading in

# The white of a picture of more than 8 bits is the first of these that none of its pixels exceeds: fractions, bytes,
# 12 bits of a camera, 16 bits. Pillow itself clips at 255, which leaves a 16-bit picture white all over.
_WHITES = (1, 255, 4_095, 65_535)
_MOST_OVEREXPOSED = 16.0  # times white
_WIDE_MODES = ("I", "F")  # and all those that begin with I;16

# What cameras note in the EXIF: 1 is upright, 2 to 8 say how to mirror and turn what they stored.
_MIRRORED = (2, 4, 5, 7)
_QUARTER_TURNS = {2: 0, 3: 2, 4: 2, 5: 1, 6: 3, 7: 3, 8: 1}  # anticlockwise, after mirroring


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """The thumb of a picture, or why there is none.

    The status is ok where there is a thumb, even if it is flat; the thumb is luma, ``(64, 64)``, whatever the shape of
    the picture. The size is as the header says it, before turning; None where no header could be read. Of an animation
    the thumb is of the first frame, or, if that is plain, of the middle one. Colours, ``(16, 16, 2)``, are those of a
    drawing alone (`features.images.drawings`).
    """

    status: SignatureStatus
    thumb: npt.NDArray[np.uint8] | None = None
    width_px: int | None = None
    height_px: int | None = None
    is_animated: bool = False
    colours: Colours | None = None


def decode_thumb(content: bytes, *, max_pixels: int = MAX_PIXELS, decoder: JpegDecoder = "pillow") -> DecodedPicture:
    """Decode a picture to a thumb; any bytes end as a status, and none as an exception.

    `content` is the whole file, whose format is recognised by its first bytes. A picture whose header says more than
    `max_pixels` is refused without being decoded. A JPEG may have four times as many, unless it is progressive: then
    all of it is held in memory at once. Thumbs of ``pillow`` and ``simplejpeg`` are the same, bit for bit, where both
    carry a libjpeg-turbo of the same arithmetic; the latter is up to 1.15 times as fast, and a `MissingDecoderError`
    where it is not installed.

    Notes
    -----
    Fewer than 16 pixels a side are too small, and a side more than 20 times the other is too thin.

    No setting of Pillow is changed. Where the program has set ``ImageFile.LOAD_TRUNCATED_IMAGES``, Pillow hides
    truncation from us too; and an AVIF file that is cut counts as corrupt, for its decoder does not say which. A JPEG
    that is damaged inside, and whole, is decoded: libjpeg goes on behind the damage, and browsers show it.

    A JPEG of 736 x 1104 takes about 2.3 ms, most of them for Huffman decoding, and less than a megabyte.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> Image.linear_gradient("L").save(file, "PNG")
    >>> decoded = decode_thumb(file.getvalue())
    >>> decoded.thumb.shape, decoded.thumb[[0, 31, 63], 0].tolist(), decoded.width_px
    ((64, 64), [2, 126, 253], 256)
    >>> str(decode_thumb(file.getvalue()[:300]).status), str(decode_thumb(b"<html>404</html>").status)
    ('truncated', 'not_an_image')
    """
    if decoder == "simplejpeg":
        check_simplejpeg()
    if not content:
        return DecodedPicture(SignatureStatus.EMPTY)
    plugin = recognised_plugin(content)
    if plugin is None:
        return DecodedPicture(SignatureStatus.NOT_AN_IMAGE)
    return _decode(content, plugin, max_pixels, decoder)


def _decode(content: bytes, plugin: Plugin, max_pixels: int, decoder: JpegDecoder) -> DecodedPicture:
    file = WatchedFile(without_profile_and_texts(content))
    size: tuple[int, int] | tuple[None, None] = (None, None)
    try:
        # Image.open would warn of large pictures before it tells their size; the plugin only tells.
        picture = plugin(file, "")
        size = picture.size
        refusal = _refusal(picture, max_pixels)
        if refusal is not None:
            return DecodedPicture(refusal, None, *size)
        is_animated = picture.format in _ANIMATED_FORMATS and getattr(picture, "is_animated", False)
        thumb = _thumb(_decoded_luma(picture, content, decoder))
        if is_animated and _is_plain(thumb):
            thumb = _middle_frame(picture, max_pixels)
        colours = _colours(picture, content) if plainness(thumb) >= LEAST_PLAIN else None
        colours = None if colours is None else _turned_upright(colours, picture)
        thumb = _turned_upright(thumb, picture)
    except Exception as error:  # noqa: BLE001 - decoders of ten formats raise what they like on bytes of strangers
        return DecodedPicture(failure_status(error, file), None, *size)
    return DecodedPicture(SignatureStatus.OK, thumb, *size, is_animated, colours)


def _refusal(picture: ImageFile.ImageFile, max_pixels: int) -> SignatureStatus | None:
    short, long = sorted(picture.size)
    is_scaled = picture.format == "JPEG" and "progressive" not in picture.info
    if short * long > max_pixels * (SCALED_JPEG_ALLOWANCE if is_scaled else 1):
        return SignatureStatus.TOO_MANY_PIXELS
    if long > MAX_ASPECT * short:
        return SignatureStatus.TOO_THIN
    return SignatureStatus.TOO_SMALL if short < LEAST_SIDE_PX else None


def _decoded_luma(picture: ImageFile.ImageFile, content: bytes, decoder: JpegDecoder) -> Image.Image:
    if picture.format == "JPEG":
        if decoder == "simplejpeg" and picture.mode != "CMYK":  # inks become grey in ways of their own
            decoded = simplejpeg_luma(content, *picture.size)
            if decoded is not None:
                return decoded
        draft(picture)
    picture.load()
    return _luma(picture)


def _middle_frame(picture: ImageFile.ImageFile, max_pixels: int) -> npt.NDArray[np.uint8]:
    picture.seek(picture.n_frames // 2)  # type: ignore[attr-defined]
    if picture.width * picture.height > max_pixels:  # a frame of a GIF may be larger than its header says
        msg = f"a frame has {picture.width * picture.height:,} pixels; allowed are {max_pixels:,}"
        raise Image.DecompressionBombError(msg)
    picture.load()
    return _thumb(_luma(picture))


def _colours(picture: ImageFile.ImageFile, content: bytes) -> Colours:
    """Return the colours of a decoded picture; a JPEG was decoded as luma, and is decoded once more, smaller."""
    if picture.format != "JPEG" or picture.mode == "CMYK":
        return coarse_colours(picture)
    again = JpegImagePlugin.JpegImageFile(WatchedFile(content), "")
    again.draft("YCbCr", (2 * COLOURS_PX, 2 * COLOURS_PX))
    again.load()
    return coarse_colours(again)


def _thumb(grey: Image.Image) -> npt.NDArray[np.uint8]:
    # For signatures as good as Lanczos, at a third of its time.
    return np.asarray(grey.resize((THUMB_PX, THUMB_PX), Image.Resampling.HAMMING))


def _is_plain(thumb: npt.NDArray[np.uint8]) -> bool:
    return int(thumb.max()) - int(thumb.min()) < _PLAIN_RANGE


def _luma(picture: Image.Image) -> Image.Image:
    """Return a loaded picture of any mode in mode ``L``, transparent pixels white, whatever lies under them."""
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
    if pixels.dtype.kind == "f" and brightest <= _MOST_OVEREXPOSED:
        white = 1.0  # a photograph whose lights exceed white a little; of 255 levels so few would be black
    # 256 even steps: of 16 bits the high byte is left, as in the same picture saved with 8.
    scaled *= 256 / (white + 1) if white > 1 else 255
    return np.clip(scaled, 0, 255, out=scaled).astype(np.uint8)


def _turned_upright(thumb: npt.NDArray[np.uint8], picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Return a thumb as the EXIF of its picture says that it is to be seen; as it is where that says nonsense."""
    if "exif" not in picture.info:  # most pictures of the web
        return thumb
    exif = Image.Exif()  # not the picture's own, which falls back to XMP; browsers leave that alone
    try:
        exif.load(picture.info["exif"])
        orientation = exif.get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - a broken note of the camera makes no broken picture
        return thumb
    if not isinstance(orientation, int) or orientation not in _QUARTER_TURNS:
        return thumb
    if orientation in _MIRRORED:
        thumb = thumb[:, ::-1]
    return np.ascontiguousarray(np.rot90(thumb, _QUARTER_TURNS[orientation]))

"""The image signature of one picture: what makes pins with the same picture one PinJoin.

The signature is the 64-bit perceptual hash of the imagehash library (``phash``), bit for bit, so that signatures
made elsewhere with imagehash meet ours. Re-encoding and resizing leave it alone or change a few of its bits.

What this does not do: open files, group near-equal signatures, turn pictures by their EXIF orientation, or repair
truncated ones (half a picture has a signature, and it is the wrong one).
"""

import io
from dataclasses import dataclass
from enum import StrEnum

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

MAX_PIXELS = 64_000_000  # decoded, a picture takes up to 4 bytes a pixel: 256 MB

# Pictures of the web. Pillow knows more formats, and some of them start a program to decode.
PICTURE_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    Jpeg2KImagePlugin.Jpeg2KImageFile.format,
)

PREFIX_BYTES = 16  # what Pillow's plugins recognise their format by


class SignatureStatus(StrEnum):
    """How the bytes of a picture turned out."""

    OK = "ok"  # there is a signature
    EMPTY = "empty"  # no bytes
    NOT_AN_IMAGE = "not_an_image"  # begins like none of PICTURE_FORMATS: a web page, a film, a text
    TOO_MANY_PIXELS = "too_many_pixels"  # refused by its header, not decoded
    TRUNCATED = "truncated"  # begins like a picture and ends too early
    CORRUPT = "corrupt"  # begins like a picture, is long enough, and cannot be decoded


@dataclass(frozen=True, slots=True)
class ImageSignature:
    """The signature of one picture, or why there is none.

    Attributes
    ----------
    signature
        16 lower-case hex digits, as ``str(imagehash.phash(picture))`` writes them; None unless the status is ok.
    status
        How the bytes turned out.
    width_px, height_px
        Size as the header says it; None where no header could be read.
    """

    signature: str | None
    status: SignatureStatus
    width_px: int | None = None
    height_px: int | None = None


def image_signature(content: bytes, *, max_pixels: int = MAX_PIXELS) -> ImageSignature:
    """Return the signature of a picture from the bytes of its file.

    Parameters
    ----------
    content
        The whole file. Its format is recognised by its first bytes; a name plays no part.
    max_pixels
        Pictures whose header says more pixels than this are refused without being decoded.

    Returns
    -------
    ImageSignature
        For any bytes whatever: a bad picture ends as a status, never as an exception.

    Notes
    -----
    The picture becomes 32 x 32 grey pixels; of their cosine transform the 8 x 8 lowest frequencies against
    their median are the 64 bits. Of an animation the first frame counts, colours under transparency count as
    they are stored, and 16-bit grey is clipped, all as imagehash has it. A plain picture of any colour has
    the signature ``8000000000000000``, or ``0000000000000000`` when it is black.

    No setting of Pillow is changed. Where the program has set ``ImageFile.LOAD_TRUNCATED_IMAGES``, Pillow hides
    truncation from us too; and an AVIF file that is cut counts as corrupt, for its decoder does not say which.

    A JPEG of 0.8 megapixels takes about 10 ms and 4 bytes a pixel. The same bytes give the same signature for
    one version of Pillow; another version may round its resampling otherwise and change a few bits.

    References
    ----------
    .. [1] N. Krawetz, "Looks like it", hackerfactor.com, 2011.
    .. [2] J. Buchner, imagehash, https://github.com/JohannesBuchner/imagehash

    Examples
    --------
    >>> import imagehash
    >>> file = io.BytesIO()
    >>> picture = Image.linear_gradient("L").rotate(30)
    >>> picture.save(file, "PNG")
    >>> made = image_signature(file.getvalue())
    >>> made.signature == str(imagehash.phash(picture)), made.width_px, made.height_px
    (True, 256, 256)
    >>> image_signature(b"<html>404</html>").status
    <SignatureStatus.NOT_AN_IMAGE: 'not_an_image'>
    """
    if not content:
        return ImageSignature(None, SignatureStatus.EMPTY)
    plugin = _recognised_format(content)
    if plugin is None:
        return ImageSignature(None, SignatureStatus.NOT_AN_IMAGE)
    file = _WatchedFile(content)
    width_px, height_px = None, None
    try:
        # Image.open would warn of large pictures before it tells their size; the plugin only tells.
        picture = Image.OPEN[plugin][0](file, "")
        width_px, height_px = picture.size
        if width_px * height_px > max_pixels:
            return ImageSignature(None, SignatureStatus.TOO_MANY_PIXELS, width_px, height_px)
        signature = _perceptual_hash(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return ImageSignature(None, SignatureStatus.TOO_MANY_PIXELS, width_px, height_px)
    except Exception:  # noqa: BLE001 - decoders of eight formats raise what they like on bytes of strangers
        status = SignatureStatus.TRUNCATED if _ended_early(file) else SignatureStatus.CORRUPT
        return ImageSignature(None, status, width_px, height_px)
    return ImageSignature(signature, SignatureStatus.OK, width_px, height_px)


class _WatchedFile(io.BytesIO):
    """Bytes in memory that remember whether somebody asked for more than there are."""

    ran_out = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes from where the last call ended."""
        piece = super().read(size)
        # MAXBLOCK is how Pillow asks for "the next block, if there is one"; other sizes it needs in full.
        if size is not None and len(piece) < size and (size != ImageFile.MAXBLOCK or not piece):
            self.ran_out = True
        return piece


def _recognised_format(content: bytes) -> str | None:
    prefix = content[:PREFIX_BYTES]
    for name in PICTURE_FORMATS:
        if name is not None:
            accept = Image.OPEN[name][1]
            if accept is not None and accept(prefix) is True:  # a text says why this Pillow cannot read it
                return name
    return None


def _perceptual_hash(picture: Image.Image) -> str:
    picture.load()
    # Grey does not need it, and Pillow warns of a palette with transparency when it is turned into grey.
    picture.info.pop("transparency", None)
    # Imported here: it brings scipy and wavelets along, and workers that build joins never hash a picture.
    import imagehash  # noqa: PLC0415

    return str(imagehash.phash(picture))


def _ended_early(file: _WatchedFile) -> bool:
    content = file.getvalue()
    # WebP is decoded from one piece, so nobody asks for more; its second word says how long it should be.
    riff_ended_early = content[:4] == b"RIFF" and int.from_bytes(content[4:8], "little") + 8 > len(content)
    return file.ran_out or riff_ended_early

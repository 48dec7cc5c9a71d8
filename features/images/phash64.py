"""The 64-bit perceptual hash of the imagehash library, bit for bit, so that hashes made elsewhere meet ours.

It sees pictures as imagehash does: not turned by their EXIF, colours under transparency as they are stored, 16-bit grey
clipped, the first frame of an animation; and it needs the whole picture, decoded at full size. Every plain picture of a
brightness has the same hash.

What this does not do: repair truncated pictures (half a picture has a hash, and it is the wrong one).
"""

from dataclasses import dataclass

from PIL import Image

from features.images.decoding import MAX_PIXELS
from features.images.formats import WatchedFile, failure_status, recognised_plugin
from features.images.statuses import SignatureStatus


@dataclass(frozen=True, slots=True)
class HashedPicture:
    """The perceptual hash of a picture, or why there is none; the status is never flat, too small or too thin.

    The hash is 16 lower-case hex digits, as ``str(imagehash.phash(picture))`` writes them, and the size as the header
    says it; None where no header could be read.
    """

    phash64: str | None
    status: SignatureStatus
    width_px: int | None = None
    height_px: int | None = None


def phash64(content: bytes, *, max_pixels: int = MAX_PIXELS) -> HashedPicture:
    """Return the perceptual hash of a picture; any bytes end as a status, and none as an exception.

    A picture whose header says more than `max_pixels` is refused without being decoded.

    Notes
    -----
    The picture becomes 32 x 32 grey pixels; of their cosine transform the 8 x 8 lowest frequencies against their median
    are the 64 bits. A plain picture of any colour has the hash ``8000000000000000``, or ``0000000000000000`` when it is
    black. A JPEG of 0.8 megapixels takes about 10 ms and 4 bytes a pixel.

    References
    ----------
    .. [1] N. Krawetz, "Looks like it", hackerfactor.com, 2011.
    .. [2] J. Buchner, imagehash, https://github.com/JohannesBuchner/imagehash

    Examples
    --------
    >>> import imagehash, io
    >>> file = io.BytesIO()
    >>> picture = Image.linear_gradient("L").rotate(30)
    >>> picture.save(file, "PNG")
    >>> hashed = phash64(file.getvalue())
    >>> hashed.phash64 == str(imagehash.phash(picture)), hashed.width_px, hashed.height_px
    (True, 256, 256)
    """
    if not content:
        return HashedPicture(None, SignatureStatus.EMPTY)
    plugin = recognised_plugin(content)
    if plugin is None:
        return HashedPicture(None, SignatureStatus.NOT_AN_IMAGE)
    # Imported here: it brings scipy and wavelets along, and workers that build joins never hash a picture.
    from imagehash import phash  # noqa: PLC0415

    file = WatchedFile(content)
    size: tuple[int, int] | tuple[None, None] = (None, None)
    try:
        picture = plugin(file, "")
        size = picture.size
        if picture.width * picture.height > max_pixels:
            return HashedPicture(None, SignatureStatus.TOO_MANY_PIXELS, *size)
        hashed = str(phash(_loaded(picture)))
    except Exception as error:  # noqa: BLE001 - decoders of nine formats raise what they like on bytes of strangers
        return HashedPicture(None, failure_status(error, file), *size)
    return HashedPicture(hashed, SignatureStatus.OK, *size)


def _loaded(picture: Image.Image) -> Image.Image:
    picture.load()
    # Grey does not need it, and Pillow warns of a palette with transparency when it is turned into grey.
    picture.info.pop("transparency", None)
    return picture

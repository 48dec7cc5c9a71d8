"""The 64-bit perceptual hash of the imagehash library, bit for bit, so that hashes made elsewhere meet ours.

It sees pictures as imagehash does: not turned by their EXIF, colours under transparency as they are stored, 16-bit grey
clipped, the first frame of an animation; and it needs the whole picture, decoded at full size. Every plain picture of a
brightness has the same hash.

What this does not do: repair truncated pictures (half a picture has a hash, and it is the wrong one).
"""

from PIL import Image

from features.images.decoding import MAX_PIXELS
from features.images.file_formats.formats import WatchedFile, failure_status, recognised_plugin
from features.images.file_formats.png_chunks import without_profile_and_texts
from features.images.signed_picture import SignatureStatus, SignedPicture


def phash64(content: bytes, *, max_pixels: int = MAX_PIXELS) -> SignedPicture:
    """Return the perceptual hash of a picture; any bytes end as a status, and none as an exception.

    The hash is 16 lower-case hex digits, as ``str(imagehash.phash(picture))`` writes them. A picture whose header says
    more than `max_pixels` is refused without being decoded. The status is never flat, too small or too thin.

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
        return SignedPicture(SignatureStatus.EMPTY)
    plugin = recognised_plugin(content)
    if plugin is None:
        return SignedPicture(SignatureStatus.NOT_AN_IMAGE)
    # Imported here: it brings scipy and wavelets along, and workers that build joins never hash a picture.
    from imagehash import phash  # noqa: PLC0415

    file = WatchedFile(without_profile_and_texts(content))
    size: tuple[int, int] | tuple[None, None] = (None, None)
    try:
        picture = plugin(file, "")
        size = picture.size
        if picture.width * picture.height > max_pixels:
            return SignedPicture(SignatureStatus.TOO_MANY_PIXELS, *size)
        hashed = str(phash(_loaded(picture)))
    except Exception as error:  # noqa: BLE001 - decoders of nine formats raise what they like on bytes of strangers
        return SignedPicture(failure_status(error, file), *size)
    return SignedPicture(SignatureStatus.OK, *size, phash64=hashed)


def _loaded(picture: Image.Image) -> Image.Image:
    picture.load()
    # Grey does not need it, and Pillow warns of a palette with transparency when it is turned into grey.
    picture.info.pop("transparency", None)
    return picture

"""The image signature of one picture: what tells that two files show the same picture.

``dct256``, the default, is 256 bits of a picture as somebody sees it; re-encoding, resizing and toning change a few of
them. ``phash64`` is the perceptual hash of the imagehash library, bit for bit, for those who have such hashes already.

What this does not do: open files, compare signatures (`features.same_picture`), look at crops and within borders
(`features.images.cosine_signature`), or stop a picture that takes too long (`features.images.guarded_workers`).
"""

from dataclasses import dataclass

from features.images.decoding import MAX_PIXELS, JpegDecoder
from features.images.picture_signing import SignatureAlgorithm, sign_here
from features.images.signed_picture import SignatureStatus


@dataclass(frozen=True, slots=True)
class ImageSignature:
    """The signature of one picture, or why there is none.

    Attributes
    ----------
    signature
        Lower-case hex digits: 64 of ``dct256``, 16 of ``phash64``; None unless the status is ok.
    status
        How the bytes turned out.
    width_px, height_px
        Size as the header says it; None where no header could be read.
    quality
        0 to 100, how much there is to see; a picture below 20 is flat. None where nothing was decoded, and of
        ``phash64``, which has no such notion.
    """

    signature: str | None
    status: SignatureStatus
    width_px: int | None = None
    height_px: int | None = None
    quality: int | None = None


def image_signature(
    content: bytes,
    *,
    algorithm: SignatureAlgorithm = "dct256",
    max_pixels: int = MAX_PIXELS,
    decoder: JpegDecoder = "pillow",
) -> ImageSignature:
    """Return the signature of a picture from the bytes of its file.

    Parameters
    ----------
    content
        The whole file. Its format is recognised by its first bytes; a name plays no part.
    algorithm
        ``dct256``, the signature of the whole view of `features.images.cosine_signature`; or ``phash64``, which is
        imagehash's (`features.images.phash64`).
    max_pixels
        Pictures whose header says more pixels than this are refused without being decoded. A JPEG of ``dct256`` that is
        not progressive may have four times as many.
    decoder
        What decodes JPEG for ``dct256``: ``pillow``, or the optional ``simplejpeg``.

    Returns
    -------
    ImageSignature
        For any bytes whatever: a bad picture ends as a status, never as an exception.

    Raises
    ------
    MissingDecoderError
        If simplejpeg is asked for and not installed.

    Notes
    -----
    The digits of ``dct256`` are the 32 bytes as they lie in the four words of ``SignedThumbs.signatures``, first byte
    first, and in each byte the highest bit first. Half of the bits are set, so distances are even; the same picture
    differs in about 32 bits or fewer, another one rarely in less than 80.

    The same bytes give the same signature for one version of Pillow; another version may round its resampling otherwise
    and change a few bits.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.radial_gradient("L").rotate(30).save(file, "PNG")
    >>> made = image_signature(file.getvalue())
    >>> len(made.signature), str(made.status), made.width_px, made.height_px, made.quality
    (64, 'ok', 256, 256, 100)
    >>> len(image_signature(file.getvalue(), algorithm="phash64").signature)
    16
    >>> image_signature(b"<html>404</html>").status
    <SignatureStatus.NOT_AN_IMAGE: 'not_an_image'>
    """
    (made,) = sign_here([content], algorithm=algorithm, max_pixels=max_pixels, decoder=decoder)
    signature = made.phash64
    if made.signatures is not None and made.status is SignatureStatus.OK:
        signature = made.signatures[0].tobytes().hex()
    return ImageSignature(signature, made.status, made.width_px, made.height_px, made.quality)

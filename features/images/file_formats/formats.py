"""The formats of pictures that are read, told by their first bytes, and how a file of one that fails is judged.

Pillow knows more formats, and some of them start a program to decode. HEIC is read where pillow-heif is installed.
"""

import io
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import find_spec
from types import MappingProxyType

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from features.images.signed_picture import SignatureStatus

Plugin = Callable[["WatchedFile", str], ImageFile.ImageFile]

# The classes themselves, not what Image.open would call: that looks for more pictures behind a JPEG, and warns.
PICTURE_FORMATS: Mapping[str, Plugin] = MappingProxyType(
    {
        "JPEG": JpegImagePlugin.JpegImageFile,
        "PNG": PngImagePlugin.PngImageFile,
        "WEBP": WebPImagePlugin.WebPImageFile,
        "GIF": GifImagePlugin.GifImageFile,
        "AVIF": AvifImagePlugin.AvifImageFile,
        "BMP": BmpImagePlugin.BmpImageFile,
        "TIFF": TiffImagePlugin.TiffImageFile,
        "JPEG2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
        "PPM": PpmImagePlugin.PpmImageFile,
    }
)

# PBM, PGM and PPM, as text and as bytes, and PFM of one channel. What begins with these letters and goes on as a word
# is a text; Pillow takes it, and formats of its own, for one of these.
_PNM = re.compile(rb"P[1-6f][\s#]")

PREFIX_BYTES = 16  # what Pillow's plugins recognise their format by

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"})
_BRAND_BYTES = 4
_MAX_FTYP_BYTES = 256  # a dozen brands; a longer box is none


class WatchedFile(io.BytesIO):
    """Bytes in memory that remember whether somebody asked for more than there are."""

    ran_out = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes from where the last call ended."""
        piece = super().read(size)
        # These are how Pillow asks for "the next block, if there is one"; other sizes it needs in full. SAFEBLOCK is
        # one where a PNM is read as text; JPEG 2000 asks for as much, once, and fails where it needs more than comes.
        is_block = size == ImageFile.MAXBLOCK or (size == ImageFile.SAFEBLOCK and bytes(self.getbuffer()[:1]) == b"P")
        if size is not None and len(piece) < size and (not is_block or not piece):
            self.ran_out = True
        return piece


def recognised_plugin(content: bytes) -> Plugin | None:
    """Return what opens a picture, told by its first bytes; None where it is no picture that is read.

    Examples
    --------
    >>> recognised_plugin(b"GIF89a, and so on").__name__
    'GifImageFile'
    >>> recognised_plugin(b"P6 640 480 255 ").__name__
    'PpmImageFile'
    >>> recognised_plugin(b"<html>404</html>") is None, recognised_plugin(b"P2P networks") is None
    (True, True)
    """
    if _is_heic(content):  # before AVIF, which takes any file of the container they share
        return _heif_plugin()
    prefix = content[:PREFIX_BYTES]
    if prefix.startswith(b"P"):  # no other format does
        return PICTURE_FORMATS["PPM"] if _PNM.match(prefix) else None
    for name, plugin in PICTURE_FORMATS.items():
        accept = Image.OPEN[name][1]
        if accept is not None and accept(prefix) is True:  # a text says why this Pillow cannot read it
            return plugin
    return None


def failure_status(error: Exception, file: WatchedFile) -> SignatureStatus:
    """Return what became of a picture whose decoder, which raises what it likes on bytes of strangers, failed.

    Examples
    --------
    >>> file = WatchedFile(b"GIF89a")
    >>> file.read(100), str(failure_status(OSError("broken"), file))
    (b'GIF89a', 'truncated')
    """
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return SignatureStatus.TOO_MANY_PIXELS
    if isinstance(error, MemoryError):
        return SignatureStatus.OUT_OF_MEMORY
    return SignatureStatus.TRUNCATED if _ended_early(file) else SignatureStatus.CORRUPT


def _ended_early(file: WatchedFile) -> bool:
    content = file.getvalue()
    # WebP is decoded from one piece, so nobody asks for more; its second word says how long it should be.
    riff_ended_early = content[:4] == b"RIFF" and int.from_bytes(content[4:8], "little") + 8 > len(content)
    return file.ran_out or riff_ended_early


def _is_heic(content: bytes) -> bool:
    if content[4:8] != b"ftyp":
        return False
    brands = content[8 : min(int.from_bytes(content[:4], "big"), _MAX_FTYP_BYTES)]
    return any(brands[at : at + _BRAND_BYTES] in _HEIC_BRANDS for at in range(0, len(brands), _BRAND_BYTES))


@lru_cache(maxsize=1)
def _heif_plugin() -> Plugin | None:
    if find_spec("pillow_heif") is None:
        return None
    # Imported here: it is optional. Its class is used as it is, so Pillow's own table of formats stays untouched.
    from pillow_heif import HeifImageFile  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415

    plugin: Plugin = HeifImageFile
    return plugin

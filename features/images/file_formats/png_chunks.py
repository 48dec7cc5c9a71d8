"""A PNG without its colour profile and texts: nothing of them is needed for a thumb, and they may be of any size.

Printing profiles and the notes of image generators are megabytes long and compressed, a thousandfold if somebody means
harm. Pillow inflates them while it opens a file, and refuses the picture when they exceed its limit. Here they are left
out before Pillow sees them, and nothing of them is inflated.

A file is judged as it was before: only a whole chunk is left out whose checksum is right. What is cut, lies about its
length or stands in the middle of the pixels stays for Pillow to object to. The EXIF, which tells how a picture is
turned, stays as well; so does what follows the end of the picture, which nobody reads.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

_MAGIC = b"\x89PNG\r\n\x1a\n"
_NOT_NEEDED = frozenset({b"iCCP", b"tEXt", b"zTXt", b"iTXt"})
_PIXELS = frozenset({b"IDAT", b"fdAT"})
_HEADER = struct.Struct(">I4s")  # how many bytes, and the name of what they are
_LENGTH_BYTES, _CHECKSUM_BYTES = 4, 4


class _Chunk(NamedTuple):
    """A whole chunk: its name, and where in the file it begins and ends, header and checksum included."""

    name: bytes
    start: int
    end: int


def without_profile_and_texts(content: bytes) -> bytes:
    """Return the file of a picture without what makes a PNG large and no thumb needs; other formats as they are.

    Parameters
    ----------
    content
        The whole file, of any format.

    Returns
    -------
    bytes
        The same object where there is nothing to leave out.

    Notes
    -----
    Takes a microsecond a chunk, of which most pictures have less than a hundred.

    Examples
    --------
    >>> import io
    >>> from PIL import Image, PngImagePlugin
    >>> plain, noted, note = io.BytesIO(), io.BytesIO(), PngImagePlugin.PngInfo()
    >>> note.add_text("prompt", "a cat " * 200_000, zip=True)
    >>> Image.linear_gradient("L").save(plain, "PNG")
    >>> Image.linear_gradient("L").save(noted, "PNG", pnginfo=note)
    >>> without_profile_and_texts(noted.getvalue()) == plain.getvalue()
    True
    """
    if not content.startswith(_MAGIC):
        return content
    left_out = _left_out(content)
    if not left_out:
        return content
    starts = [0, *(chunk.end for chunk in left_out)]
    ends = [*(chunk.start for chunk in left_out), len(content)]
    view = memoryview(content)
    return b"".join(view[start:end] for start, end in zip(starts, ends, strict=True))


def _left_out(content: bytes) -> list[_Chunk]:
    left_out: list[_Chunk] = []
    is_after_pixels = cuts_pixels = False
    for chunk in _chunks(content):
        if chunk.name in _NOT_NEEDED and _is_sound(content, chunk):
            left_out.append(chunk)
            cuts_pixels = is_after_pixels
        elif chunk.name in _PIXELS and cuts_pixels:
            return []  # no decoder goes on behind such a gap, and without it this one would
        else:
            is_after_pixels, cuts_pixels = chunk.name in _PIXELS, False
    return left_out


def _chunks(content: bytes) -> Iterator[_Chunk]:
    """Yield the chunks of a PNG up to its end, or to where a chunk is longer than what there is."""
    start = len(_MAGIC)
    while start + _HEADER.size <= len(content):
        n_bytes, name = _HEADER.unpack_from(content, start)
        end = start + _HEADER.size + n_bytes + _CHECKSUM_BYTES
        if end > len(content) or name == b"IEND":
            return
        yield _Chunk(name, start, end)
        start = end


def _is_sound(content: bytes, chunk: _Chunk) -> bool:
    name, checksum = chunk.start + _LENGTH_BYTES, chunk.end - _CHECKSUM_BYTES
    stated = int.from_bytes(content[checksum : chunk.end], "big")
    return zlib.crc32(memoryview(content)[name:checksum]) == stated

"""Decodes and signs some pictures, all at once, in the process that is asked; each ends as a row or a status.

What this does not do: stop a picture that takes too long (`features.images.guarded_workers`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeVar

import numpy as np

from features.images.cosine_signature import sign_thumbs
from features.images.decoding import MAX_PIXELS, DecodedPicture, JpegDecoder, decode_thumb
from features.images.drawings.sketches import sketch_of
from features.images.phash64 import phash64
from features.images.signed_picture import SignatureStatus, SignedPicture

SignatureAlgorithm = Literal["dct256", "phash64"]
Picture = TypeVar("Picture")
PictureDecoder = Callable[[bytes], DecodedPicture]


def sign_here(
    contents: Sequence[bytes],
    *,
    algorithm: SignatureAlgorithm = "dct256",
    max_pixels: int = MAX_PIXELS,
    decoder: JpegDecoder | PictureDecoder = "pillow",
) -> list[SignedPicture]:
    """Decode and sign pictures in this process, in their order.

    ``phash64`` are the hashes of imagehash alone, which have their own way to decode. The decoder is what decodes JPEG,
    or a function of one's own that decodes any picture. For `max_pixels` see `features.images.decoding.decode_thumb`.

    Examples
    --------
    >>> [str(picture.status) for picture in sign_here([b"", b"<html>404</html>"])]
    ['empty', 'not_an_image']
    """
    if algorithm == "phash64":
        return [phash64(content, max_pixels=max_pixels) for content in contents]
    if callable(decoder):
        return _signed([decoder(content) for content in contents])
    return _signed([decode_thumb(content, max_pixels=max_pixels, decoder=decoder) for content in contents])


def in_chunks(
    pictures: Iterable[Picture], n_bytes_of: Callable[[Picture], int], most_pictures: int, most_bytes: int
) -> Iterator[list[Picture]]:
    """Cut pictures into chunks of so many and so many bytes at most; a larger picture is a chunk by itself.

    Examples
    --------
    >>> list(in_chunks([b"one", b"two", b"three", b"4"], len, 2, 6))
    [[b'one', b'two'], [b'three', b'4']]
    """
    chunk: list[Picture] = []
    n_bytes = 0
    for picture in pictures:
        if chunk and (len(chunk) == most_pictures or n_bytes + n_bytes_of(picture) > most_bytes):
            yield chunk
            chunk, n_bytes = [], 0
        chunk.append(picture)
        n_bytes += n_bytes_of(picture)
    if chunk:
        yield chunk


def _signed(pictures: Sequence[DecodedPicture]) -> list[SignedPicture]:
    """Sign all thumbs at once, and put each to its picture; a picture without a usable whole view is flat."""
    thumbs = [picture.thumb for picture in pictures if picture.thumb is not None]
    signed = sign_thumbs(np.stack(thumbs)) if thumbs else None
    made: list[SignedPicture] = []
    row = 0
    for picture in pictures:
        plain = picture.status, picture.width_px, picture.height_px, picture.is_animated
        if signed is None or picture.thumb is None:
            made.append(SignedPicture(*plain))
            continue
        status = picture.status if signed.usable[row, 0] else SignatureStatus.FLAT
        views = signed.signatures[row], signed.usable[row]
        sketch = None
        if picture.colours is not None:
            sketch = sketch_of(picture.thumb, picture.colours, signed.content[row])
        made.append(SignedPicture(status, *plain[1:], int(signed.quality[row]), *views, sketch))
        row += 1
    return made

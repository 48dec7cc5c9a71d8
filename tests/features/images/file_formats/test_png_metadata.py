"""PNG with large profiles and texts: read as the same picture, without inflating what no thumb needs."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from features.images import decoding
from features.images.decoding import decode_thumb
from features.images.file_formats.png_chunks import without_profile_and_texts
from features.images.image_signature import image_signature

_MAGIC = b"\x89PNG\r\n\x1a\n"
_LARGE = np.random.default_rng(1).bytes(1 << 20) + b"profile" * 100_000


def _photo(seed: int = 0) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    return Image.fromarray(coarse).resize((160, 128), Image.Resampling.BICUBIC)


def _encoded(picture_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    _photo().save(file, picture_format, **options)
    return file.getvalue()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _chunks(content: bytes) -> list[bytes]:
    """Cut a sound PNG into its chunks."""
    return list(_each_chunk(content))


def _each_chunk(content: bytes) -> Iterator[bytes]:
    at = len(_MAGIC)
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        yield content[at:end]
        at = end


def _file(*chunks: bytes) -> bytes:
    return _MAGIC + b"".join(chunks)


PLAIN = _encoded("PNG")
HEAD, *PIXELS, END = _chunks(PLAIN)
PIXEL_BYTES = b"".join(chunk[8:-4] for chunk in PIXELS)
FIRST_HALF, SECOND_HALF = (
    _chunk(b"IDAT", half) for half in (PIXEL_BYTES[: len(PIXEL_BYTES) // 2], PIXEL_BYTES[len(PIXEL_BYTES) // 2 :])
)
LARGE_CHUNKS = {
    "profile": _chunk(b"iCCP", b"printer\0\0" + zlib.compress(_LARGE)),
    "text": _chunk(b"tEXt", b"prompt\0" + _LARGE),
    "compressed text": _chunk(b"zTXt", b"prompt\0\0" + zlib.compress(_LARGE)),
    "Unicode text": _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _LARGE),
    "compressed Unicode text": _chunk(b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(_LARGE)),
    "65 texts of a megabyte": b"".join(_chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(1 << 20))) for _ in range(65)),
}


@pytest.mark.parametrize("large", LARGE_CHUNKS.values(), ids=LARGE_CHUNKS)
@pytest.mark.parametrize("algorithm", ["dct256", "phash64"])
def test_a_large_profile_or_text_changes_nothing(large: bytes, algorithm: str) -> None:
    plain = image_signature(PLAIN, algorithm=algorithm)
    assert plain.signature is not None
    assert image_signature(_file(HEAD, large, *PIXELS, END), algorithm=algorithm) == plain
    assert image_signature(_file(HEAD, *PIXELS, large, END), algorithm=algorithm) == plain


def test_a_bomb_in_a_profile_is_not_inflated() -> None:
    bomb = zlib.compress(bytes(256 << 20), 1)
    content = _file(HEAD, _chunk(b"iCCP", b"printer\0\0" + bomb), _chunk(b"zTXt", b"note\0\0" + bomb), *PIXELS, END)
    tracemalloc.start()
    signature = image_signature(content)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert signature == image_signature(PLAIN)
    assert most_bytes < 4 << 20


def test_large_notes_beside_the_frames_of_an_animation_change_nothing() -> None:
    frames = [_photo(seed) for seed in (1, 2, 3)]
    file = io.BytesIO()
    Image.new("RGB", (160, 128)).save(file, "PNG", save_all=True, append_images=frames, duration=50)
    chunks = _chunks(file.getvalue())
    noted = [
        piece for chunk in chunks for piece in ((LARGE_CHUNKS["profile"], chunk) if b"fcTL" in chunk else (chunk,))
    ]
    decoded, plain = decode_thumb(_file(*noted)), decode_thumb(file.getvalue())
    assert plain.is_animated
    assert decoded.is_animated
    assert np.array_equal(decoded.thumb, plain.thumb)


def test_a_picture_with_a_large_profile_is_turned_as_its_exif_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = _encoded("PNG", exif=exif)
    head, *rest = _chunks(turned)
    noted = decode_thumb(_file(head, LARGE_CHUNKS["profile"], LARGE_CHUNKS["text"], *rest))
    assert np.array_equal(noted.thumb, decode_thumb(turned).thumb)
    assert not np.array_equal(noted.thumb, decode_thumb(PLAIN).thumb)


CORRUPT = {
    "a checksum is wrong": _file(HEAD, LARGE_CHUNKS["profile"][:-1] + b"\0", *PIXELS, END),
    "a text divides the pixels": _file(HEAD, FIRST_HALF, LARGE_CHUNKS["text"], SECOND_HALF, END),
    "a name is no name": _file(HEAD, LARGE_CHUNKS["text"], _chunk(b"\0\0\0\0", b""), *PIXELS, END),
    "Apple's own kind": _file(
        _chunk(b"CgBI", bytes(4)), HEAD, LARGE_CHUNKS["text"], _chunk(b"IDAT", PIXEL_BYTES[2:-4]), END
    ),
}


@pytest.mark.parametrize("content", CORRUPT.values(), ids=CORRUPT)
def test_what_is_broken_stays_corrupt(content: bytes) -> None:
    assert str(decode_thumb(content).status) == "corrupt"


@pytest.mark.parametrize("n_bytes", [0, 4, 11, 12, 40, 5_000, 1_000_000])
def test_a_file_that_ends_inside_a_profile_is_truncated(n_bytes: int) -> None:
    content = _file(HEAD, LARGE_CHUNKS["profile"][:n_bytes])
    assert str(decode_thumb(content).status) == "truncated"


@pytest.mark.parametrize("stated", [2**31 - 1, 2**32 - 1, len(LARGE_CHUNKS["text"])])
def test_a_length_that_lies_is_not_believed(stated: int) -> None:
    content = _file(HEAD, struct.pack(">I", stated) + LARGE_CHUNKS["text"][4:], *PIXELS, END)
    assert without_profile_and_texts(content) is content
    assert str(decode_thumb(content).status) in ("truncated", "corrupt")


def test_what_follows_the_end_is_not_looked_at() -> None:
    content = PLAIN + LARGE_CHUNKS["text"] + b"and more"
    assert without_profile_and_texts(content) is content
    assert np.array_equal(decode_thumb(content).thumb, decode_thumb(PLAIN).thumb)


def test_the_two_halves_of_the_pixels_are_one_picture() -> None:
    content = _file(HEAD, LARGE_CHUNKS["text"], FIRST_HALF, SECOND_HALF, LARGE_CHUNKS["text"], END)
    assert without_profile_and_texts(content) == _file(HEAD, FIRST_HALF, SECOND_HALF, END)
    assert np.array_equal(decode_thumb(content).thumb, decode_thumb(PLAIN).thumb)


OTHER_FORMATS: dict[str, Callable[[], bytes]] = {
    "JPEG, profile": lambda: _encoded("JPEG", icc_profile=_LARGE),
    "JPEG, comments": lambda: b"\xff\xd8" + (b"\xff\xfe\xff\xff" + b"x" * 65_533) * 100 + _encoded("JPEG")[2:],
    "WebP, profile": lambda: _encoded("WEBP", icc_profile=_LARGE),
    "WebP, XMP": lambda: _encoded("WEBP", xmp=_LARGE),
    "TIFF, profile": lambda: _encoded("TIFF", icc_profile=_LARGE),
    "TIFF, tags": lambda: _encoded("TIFF", tiffinfo={270: "x" * 5_000_000, 700: _LARGE}),
    "GIF, comment": lambda: _encoded("GIF", comment=_LARGE),
    "AVIF, profile": lambda: _encoded("AVIF", icc_profile=_LARGE, xmp=_LARGE),
}


@pytest.mark.parametrize("content", OTHER_FORMATS.values(), ids=OTHER_FORMATS)
def test_other_formats_are_read_with_as_much_beside_the_picture(content: Callable[[], bytes]) -> None:
    noted = image_signature(content())
    plain = image_signature(PLAIN)
    assert noted.signature is not None
    assert plain.signature is not None
    assert (int(noted.signature, 16) ^ int(plain.signature, 16)).bit_count() <= 10


SMALL_NOTES = _file(
    HEAD,
    _chunk(b"iCCP", b"p\0\0" + zlib.compress(b"profile")),
    FIRST_HALF,
    SECOND_HALF,
    _chunk(b"tEXt", b"note\0text"),
    END,
)


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, len(SMALL_NOTES) - 1), byte=st.integers(0, 255), keep=st.integers(0, len(SMALL_NOTES)))
def test_a_damaged_file_is_judged_as_pillow_judges_it(at: int, byte: int, keep: int) -> None:
    content = bytearray(SMALL_NOTES)
    content[at] = byte
    damaged = bytes(content[:keep])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "without_profile_and_texts", bytes)
        by_pillow = decode_thumb(damaged)
    assert decode_thumb(damaged).status is by_pillow.status

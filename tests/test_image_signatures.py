"""Image signatures: imagehash's perceptual hash bit for bit, and a status for anything that is no picture."""

import io
import os
import struct
import zlib
from pathlib import Path

import imagehash
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from features.image_signatures import MAX_PIXELS, ImageSignature, SignatureStatus, image_signature

PHOTOS = Path(os.environ.get("INTEREST_GRAPH_DATA", "")) / "photos"


def _photo(width_px: int = 80, height_px: int = 60, seed: int = 0) -> Image.Image:
    """Return noise over a slope: no two frequencies tie, as in a photograph."""
    rng = np.random.default_rng(seed)
    slope = np.add.outer(np.arange(height_px), np.arange(width_px))[:, :, None] * [1.0, 0.7, 0.3]
    return Image.fromarray(((slope + rng.integers(0, 60, (height_px, width_px, 3))) % 256).astype(np.uint8))


def _encoded(picture: Image.Image, picture_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, picture_format, **options)
    return file.getvalue()


def _png_header(width_px: int, height_px: int) -> bytes:
    """Return a PNG that says how large it is and holds next to nothing."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_the_signature_is_that_of_imagehash(picture_format: str) -> None:
    content = _encoded(_photo(), picture_format)
    with Image.open(io.BytesIO(content)) as picture:
        expected = str(imagehash.phash(picture))
    assert image_signature(content) == ImageSignature(expected, SignatureStatus.OK, 80, 60)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode_is_that_of_imagehash(mode: str) -> None:
    picture = Image.linear_gradient("L").convert("I;16") if mode == "I;16" else _photo().convert(mode)
    content = _encoded(picture, "TIFF")
    with Image.open(io.BytesIO(content)) as reopened:
        assert reopened.mode == mode
        assert image_signature(content).signature == str(imagehash.phash(reopened))


@pytest.mark.filterwarnings("default::UserWarning")
def test_a_palette_with_transparency_is_that_of_imagehash_without_its_warning() -> None:
    content = _encoded(_photo().quantize(200), "PNG", transparency=bytes(range(200)))
    with Image.open(io.BytesIO(content)) as reopened, pytest.warns(UserWarning, match="Transparency"):
        expected = str(imagehash.phash(reopened))
    assert image_signature(content).signature == expected


@settings(max_examples=25, deadline=None)
@given(width_px=st.integers(1, 90), height_px=st.integers(1, 90), seed=st.integers(0, 9))
def test_pictures_of_any_size_have_the_signature_of_imagehash(width_px: int, height_px: int, seed: int) -> None:
    picture = _photo(width_px, height_px, seed)
    expected = ImageSignature(str(imagehash.phash(picture)), SignatureStatus.OK, width_px, height_px)
    assert image_signature(_encoded(picture, "PNG")) == expected


def test_a_picture_keeps_its_signature_when_saved_without_loss() -> None:
    signatures = {image_signature(_encoded(_photo(), name)).signature for name in ("PNG", "BMP", "TIFF")}
    assert len(signatures) == 1


def test_a_picture_nearly_keeps_its_signature_when_saved_again() -> None:
    hashes = [
        imagehash.hex_to_hash(image_signature(_encoded(_photo(), *how)).signature or "")
        for how in (("PNG",), ("JPEG",))
    ]
    assert hashes[0] - hashes[1] <= 8


def test_plain_pictures_share_a_signature() -> None:
    plain = [image_signature(_encoded(Image.new("RGB", (40, 40), colour), "PNG")) for colour in ("white", "red")]
    assert {picture.signature for picture in plain} == {"8000000000000000"}
    assert image_signature(_encoded(Image.new("RGB", (40, 40)), "PNG")).signature == "0" * 16


def test_the_first_frame_of_an_animation_counts() -> None:
    first, second = _photo(seed=1), _photo(seed=2)
    animation = _encoded(first.quantize(), "GIF", save_all=True, append_images=[second.quantize()])
    assert image_signature(animation).signature == image_signature(_encoded(first.quantize(), "GIF")).signature


def test_photographs_have_the_signature_of_imagehash() -> None:
    paths = sorted(PHOTOS.glob("*/*.jpg"))
    if not paths:
        pytest.skip(f"no photographs at {PHOTOS}/*/*.jpg; INTEREST_GRAPH_DATA names the folder that has photos/")
    for path in paths:
        with Image.open(path) as picture:
            expected = ImageSignature(str(imagehash.phash(picture)), SignatureStatus.OK, *picture.size)
        assert image_signature(path.read_bytes()) == expected, path.name


def test_no_bytes_are_empty() -> None:
    assert image_signature(b"") == ImageSignature(None, SignatureStatus.EMPTY)


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><html><title>404</title></html>",
        b"not a picture",
        b"\0",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",  # Pillow would start Ghostscript for it
        b"\xff\xd8",  # too little to be told apart
    ],
)
def test_what_is_no_picture_is_told_by_its_first_bytes(content: bytes) -> None:
    assert image_signature(content) == ImageSignature(None, SignatureStatus.NOT_AN_IMAGE)


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_cut_picture_is_truncated(picture_format: str, share: float) -> None:
    content = _encoded(_photo(400, 300), picture_format)
    cut = image_signature(content[: int(len(content) * share)])
    assert (cut.signature, cut.status) == (None, SignatureStatus.TRUNCATED)


def test_a_truncated_picture_still_tells_its_size() -> None:
    content = _encoded(_photo(), "JPEG")
    assert image_signature(content[: len(content) - 200]) == ImageSignature(None, SignatureStatus.TRUNCATED, 80, 60)


def test_a_damaged_picture_is_corrupt() -> None:
    content = bytearray(_encoded(_photo(), "PNG"))
    middle = len(content) // 2
    content[middle : middle + 8] = b"\xff" * 8  # the checksum of the chunk no longer fits
    assert image_signature(bytes(content)) == ImageSignature(None, SignatureStatus.CORRUPT, 80, 60)


def test_a_text_that_begins_like_a_bitmap_has_no_signature() -> None:
    text = image_signature(b"BM" + b"W cars are built in Munich. " * 9)
    assert (text.signature, text.status) == (None, SignatureStatus.TRUNCATED)  # its "header" promises gigabytes


@pytest.mark.parametrize("side_px", [9_000, 12_000, 60_000])
def test_too_many_pixels_are_refused_from_the_header(side_px: int) -> None:
    refused = image_signature(_png_header(side_px, side_px))
    assert refused == ImageSignature(None, SignatureStatus.TOO_MANY_PIXELS, side_px, side_px)


def test_the_pixel_limit_is_allowed_and_one_more_is_not() -> None:
    content = _encoded(_photo(80, 60), "PNG")
    assert image_signature(content, max_pixels=4_800).status is SignatureStatus.OK
    assert image_signature(content, max_pixels=4_799).status is SignatureStatus.TOO_MANY_PIXELS


def test_no_setting_of_pillow_is_changed() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK)
    image_signature(_encoded(_photo(), "JPEG")[:-100])
    image_signature(_png_header(30_000, 30_000))
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK)
    assert MAX_PIXELS == 64_000_000


BEGINNINGS = st.sampled_from(
    [b"", *(_encoded(_photo(), name) for name in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"))]
)


@settings(max_examples=150, deadline=None)
@given(beginning=BEGINNINGS, keep=st.integers(0, 400), rest=st.binary(max_size=200))
@example(beginning=b"", keep=0, rest=b"\x89PNG\r\n\x1a\n")
def test_no_bytes_at_all_raise(beginning: bytes, keep: int, rest: bytes) -> None:
    result = image_signature(beginning[:keep] + rest)
    assert (result.signature is None) == (result.status is not SignatureStatus.OK)

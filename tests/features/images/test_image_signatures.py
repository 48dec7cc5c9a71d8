"""Image signatures: 256 bits of our own, or imagehash's perceptual hash bit for bit, and a status for any file.

What becomes of files that are hard to decode is in test_picture_decoding.
"""

import hashlib
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

from features.images.cosine_signature import sign_thumbs
from features.images.decoding import MAX_PIXELS, decode_thumb
from features.images.image_signature import ImageSignature, image_signature
from features.images.signed_picture import SignatureStatus

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


def _phash64(content: bytes, **options: int) -> ImageSignature:
    return image_signature(content, algorithm="phash64", **options)


def _distance(one: str | None, other: str | None) -> int:
    assert one is not None
    assert other is not None
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_the_signature_is_that_of_the_whole_view_byte_for_byte() -> None:
    content = _encoded(_photo(), "PNG")
    signed = sign_thumbs(decode_thumb(content).thumb[None])
    made = image_signature(content)
    assert made == ImageSignature(made.signature, SignatureStatus.OK, 80, 60, int(signed.quality[0]))
    assert bytes.fromhex(made.signature or "") == signed.signatures[0, 0].tobytes()
    assert int(made.signature or "", 16).bit_count() == 128


def test_golden_signatures_of_a_golden_file() -> None:
    """Notice that libraries or code make other bits: then give ALGORITHM a new number, or accept it and mend this."""
    content = (Path(__file__).parents[2] / "golden" / "waves.jpg").read_bytes()
    made = image_signature(content)
    assert made.signature == "a8d478920b138519cc2f90f11f44371bcfcc5a55a529554abd55b556eaaad5d5"
    assert _phash64(content).signature == "ffc080828f8f9d99"
    views = sign_thumbs(decode_thumb(content).thumb[None]).signatures
    assert hashlib.blake2b(views.tobytes(), digest_size=8).hexdigest() == "ebbaee8f773ee7ef"


def test_signatures_are_the_same_alone_and_among_others() -> None:
    thumbs = np.stack([decode_thumb(_encoded(_photo(seed=seed), "PNG")).thumb for seed in range(20)])
    together = sign_thumbs(thumbs)
    alone = np.concatenate([sign_thumbs(thumb[None]).signatures for thumb in thumbs])
    assert (together.signatures == alone).all()


@pytest.mark.parametrize("size", [(40, 30), (80, 60), (640, 480), (60, 80)])
def test_a_picture_keeps_its_signature_when_resized_and_saved_again(size: tuple[int, int]) -> None:
    smooth = _photo(32, 24).resize((320, 240), Image.Resampling.BICUBIC)
    again = smooth.resize(size, Image.Resampling.LANCZOS)
    kept = image_signature(_encoded(again, "JPEG", quality=80)).signature
    assert _distance(image_signature(_encoded(smooth, "PNG")).signature, kept) <= 32


def test_different_pictures_have_different_signatures() -> None:
    one, other = (image_signature(_encoded(_photo(seed=seed), "PNG")).signature for seed in (1, 2))
    assert _distance(one, other) > 80


def test_a_plain_picture_is_flat_and_has_a_quality() -> None:
    plain = image_signature(_encoded(Image.new("RGB", (40, 40), "red"), "PNG"))
    assert plain == ImageSignature(None, SignatureStatus.FLAT, 40, 40, 0)


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM"])
def test_phash64_is_that_of_imagehash(picture_format: str) -> None:
    content = _encoded(_photo(), picture_format)
    with Image.open(io.BytesIO(content)) as picture:
        expected = str(imagehash.phash(picture))
    assert _phash64(content) == ImageSignature(expected, SignatureStatus.OK, 80, 60)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode_is_that_of_imagehash(mode: str) -> None:
    picture = Image.linear_gradient("L").convert("I;16") if mode == "I;16" else _photo().convert(mode)
    content = _encoded(picture, "TIFF")
    with Image.open(io.BytesIO(content)) as reopened:
        assert reopened.mode == mode
        assert _phash64(content).signature == str(imagehash.phash(reopened))


@pytest.mark.filterwarnings("default::UserWarning")
def test_a_palette_with_transparency_is_that_of_imagehash_without_its_warning() -> None:
    content = _encoded(_photo().quantize(200), "PNG", transparency=bytes(range(200)))
    with Image.open(io.BytesIO(content)) as reopened, pytest.warns(UserWarning, match="Transparency"):
        expected = str(imagehash.phash(reopened))
    assert _phash64(content).signature == expected


@settings(max_examples=25, deadline=None)
@given(width_px=st.integers(1, 90), height_px=st.integers(1, 90), seed=st.integers(0, 9))
def test_pictures_of_any_size_have_the_signature_of_imagehash(width_px: int, height_px: int, seed: int) -> None:
    picture = _photo(width_px, height_px, seed)
    expected = ImageSignature(str(imagehash.phash(picture)), SignatureStatus.OK, width_px, height_px)
    assert _phash64(_encoded(picture, "PNG")) == expected


def test_a_picture_keeps_its_signature_when_saved_without_loss() -> None:
    signatures = {_phash64(_encoded(_photo(), name)).signature for name in ("PNG", "BMP", "TIFF")}
    assert len(signatures) == 1


def test_a_picture_nearly_keeps_its_signature_when_saved_again() -> None:
    hashes = [
        imagehash.hex_to_hash(_phash64(_encoded(_photo(), *how)).signature or "") for how in (("PNG",), ("JPEG",))
    ]
    assert hashes[0] - hashes[1] <= 8


def test_plain_pictures_share_a_phash64() -> None:
    plain = [_phash64(_encoded(Image.new("RGB", (40, 40), colour), "PNG")) for colour in ("white", "red")]
    assert {picture.signature for picture in plain} == {"8000000000000000"}
    assert _phash64(_encoded(Image.new("RGB", (40, 40)), "PNG")).signature == "0" * 16


def test_the_first_frame_of_an_animation_counts() -> None:
    first, second = _photo(seed=1), _photo(seed=2)
    animation = _encoded(first.quantize(), "GIF", save_all=True, append_images=[second.quantize()])
    assert _phash64(animation).signature == _phash64(_encoded(first.quantize(), "GIF")).signature


def test_photographs_have_the_signature_of_imagehash() -> None:
    paths = sorted(PHOTOS.glob("*/*.jpg"))
    if not paths:
        pytest.skip(f"no photographs at {PHOTOS}/*/*.jpg; INTEREST_GRAPH_DATA names the folder that has photos/")
    for path in paths:
        with Image.open(path) as picture:
            expected = ImageSignature(str(imagehash.phash(picture)), SignatureStatus.OK, *picture.size)
        assert _phash64(path.read_bytes()) == expected, path.name


def test_no_bytes_are_empty() -> None:
    assert _phash64(b"") == ImageSignature(None, SignatureStatus.EMPTY)


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
    assert _phash64(content) == ImageSignature(None, SignatureStatus.NOT_AN_IMAGE)


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "JPEG2000"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_cut_picture_is_truncated(picture_format: str, share: float) -> None:
    content = _encoded(_photo(400, 300), picture_format)
    cut = _phash64(content[: int(len(content) * share)])
    assert (cut.signature, cut.status) == (None, SignatureStatus.TRUNCATED)


def test_a_truncated_picture_still_tells_its_size() -> None:
    content = _encoded(_photo(), "JPEG")
    assert _phash64(content[: len(content) - 200]) == ImageSignature(None, SignatureStatus.TRUNCATED, 80, 60)


def test_a_damaged_picture_is_corrupt() -> None:
    content = bytearray(_encoded(_photo(), "PNG"))
    middle = len(content) // 2
    content[middle : middle + 8] = b"\xff" * 8  # the checksum of the chunk no longer fits
    assert _phash64(bytes(content)) == ImageSignature(None, SignatureStatus.CORRUPT, 80, 60)


def test_a_text_that_begins_like_a_bitmap_has_no_signature() -> None:
    text = _phash64(b"BM" + b"W cars are built in Munich. " * 9)
    assert (text.signature, text.status) == (None, SignatureStatus.TRUNCATED)  # its "header" promises gigabytes


@pytest.mark.parametrize("side_px", [9_000, 12_000, 60_000])
def test_too_many_pixels_are_refused_from_the_header(side_px: int) -> None:
    refused = _phash64(_png_header(side_px, side_px))
    assert refused == ImageSignature(None, SignatureStatus.TOO_MANY_PIXELS, side_px, side_px)


def test_the_pixel_limit_is_allowed_and_one_more_is_not() -> None:
    content = _encoded(_photo(80, 60), "PNG")
    assert _phash64(content, max_pixels=4_800).status is SignatureStatus.OK
    assert _phash64(content, max_pixels=4_799).status is SignatureStatus.TOO_MANY_PIXELS


def test_no_setting_of_pillow_is_changed() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK)
    _phash64(_encoded(_photo(), "JPEG")[:-100])
    _phash64(_png_header(30_000, 30_000))
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK)
    assert MAX_PIXELS == 64_000_000


BEGINNINGS = st.sampled_from(
    [b"", *(_encoded(_photo(), name) for name in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"))]
)


@settings(max_examples=150, deadline=None)
@given(beginning=BEGINNINGS, keep=st.integers(0, 400), rest=st.binary(max_size=200))
@example(beginning=b"", keep=0, rest=b"\x89PNG\r\n\x1a\n")
def test_no_bytes_at_all_raise_in_compatibility_mode(beginning: bytes, keep: int, rest: bytes) -> None:
    result = _phash64(beginning[:keep] + rest)
    assert (result.signature is None) == (result.status is not SignatureStatus.OK)

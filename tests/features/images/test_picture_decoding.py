"""Decoding pictures to thumbs: every file ends as a status, and the thumb is what somebody sees."""

import io
import struct
import sys
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile, ImageOps

from features.images.decoding import DecodedPicture, JpegDecoder, decode_thumb
from features.images.file_formats import formats
from features.images.file_formats.scaled_jpeg import MissingDecoderError
from features.images.image_signature import image_signature
from features.images.signed_picture import SignatureStatus


def _photo(width_px: int = 400, height_px: int = 300, seed: int = 0) -> Image.Image:
    """Return soft blotches of colour: a photograph out of focus, with all frequencies that a signature looks at."""
    coarse = np.random.default_rng(seed).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    return Image.fromarray(coarse).resize((width_px, height_px), Image.Resampling.BICUBIC)


def _encoded(picture: Image.Image, picture_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, picture_format, **options)
    return file.getvalue()


def _cut(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def _png(header: bytes, pixels: bytes) -> bytes:
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def _large_png(side_px: int) -> bytes:
    """Return the header of a PNG and next to nothing behind it."""
    return _png(struct.pack(">IIBBBBB", side_px, side_px, 8, 0, 0, 0, 0), b"\0")


def _small_file_of_100_megapixels() -> bytes:
    rows = b"\0" * (1 + 10_000 // 8) * 10_000
    return _png(struct.pack(">IIBBBBB", 10_000, 10_000, 1, 0, 0, 0, 0), rows)


def _with_bad_checksum() -> bytes:
    content = bytearray(_encoded(_photo(), "PNG"))
    middle = len(content) // 2
    content[middle : middle + 8] = b"\xff" * 8
    return bytes(content)


def _damaged_inside() -> bytes:
    content = bytearray(_encoded(_photo(), "JPEG"))
    middle = len(content) // 2
    content[middle : middle + 64] = np.random.default_rng(0).bytes(64).replace(b"\xff", b"\0")
    return bytes(content)


def _transparent() -> bytes:
    picture = _photo().convert("RGBA")
    picture.putalpha(0)
    return _encoded(picture, "PNG")


def _animation(picture_format: str, *frames: Image.Image) -> bytes:
    return _encoded(frames[0], picture_format, save_all=True, append_images=frames[1:], duration=50)


def _thumb(content: bytes, decoder: JpegDecoder = "pillow") -> np.ndarray:
    decoded = decode_thumb(content, decoder=decoder)
    assert decoded.status is SignatureStatus.OK
    assert decoded.thumb is not None
    return decoded.thumb


def _distance(one: bytes, other: bytes) -> int:
    signatures = [image_signature(content).signature for content in (one, other)]
    assert None not in signatures
    return (int(signatures[0], 16) ^ int(signatures[1], 16)).bit_count()


JPEG, PNG = _encoded(_photo(), "JPEG"), _encoded(_photo(), "PNG")
PROGRESSIVE = _encoded(_photo(), "JPEG", progressive=True)
HEIC_BEGINNING = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)
BLACK = Image.new("RGB", (400, 300))

BAD_FILES = {
    "empty": (b"", "empty"),
    "text": (b"not a picture", "not_an_image"),
    "one byte": (b"\0", "not_an_image"),
    "web page": (b"<!DOCTYPE html><html><title>404</title></html>", "not_an_image"),
    "document": (b"%PDF-1.7", "not_an_image"),
    "PostScript, for which Pillow starts a program": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9",
        "not_an_image",
    ),
    **{f"JPEG cut at {share}": (_cut(JPEG, share), "truncated") for share in (0.05, 0.5, 0.9, 0.99)},
    **{f"PNG cut at {share}": (_cut(PNG, share), "truncated") for share in (0.05, 0.5, 0.9, 0.99)},
    **{f"progressive cut at {share}": (_cut(PROGRESSIVE, share), "truncated") for share in (0.1, 0.5, 0.9)},
    "JPEG without its last byte": (JPEG[:-1], "truncated"),
    "WebP cut": (_cut(_encoded(_photo(), "WEBP"), 0.5), "truncated"),
    "GIF cut": (_cut(_encoded(_photo().quantize(), "GIF"), 0.5), "truncated"),
    "AVIF cut": (_cut(_encoded(_photo(), "AVIF"), 0.5), "corrupt"),
    "animation cut in its black first frame": (_animation("GIF", BLACK, _photo())[:900], "truncated"),
    "bad checksum": (_with_bad_checksum(), "corrupt"),
    "JPEG header and noise": (JPEG[:3] + np.random.default_rng(0).bytes(4_000), "corrupt"),
    "100 megapixels in few kilobytes": (_small_file_of_100_megapixels(), "too_many_pixels"),
    "196 megapixels": (_large_png(14_000), "too_many_pixels"),
    "400 megapixels": (_large_png(20_000), "too_many_pixels"),
    "one pixel": (_encoded(Image.new("RGB", (1, 1), "red"), "PNG"), "too_small"),
    "15 pixels a side": (_encoded(_photo(15, 40), "PNG"), "too_small"),
    "a line": (_encoded(Image.new("RGB", (1, 3_000), "red"), "PNG"), "too_thin"),
    "a strip": (_encoded(_photo(2_001, 100), "PNG"), "too_thin"),
    "one colour": (_encoded(Image.new("RGB", (400, 300), "teal"), "JPEG"), "flat"),
    "transparent all over": (_transparent(), "flat"),
    "animation of black frames": (_animation("WEBP", BLACK, BLACK, Image.new("RGB", (400, 300), "navy")), "flat"),
}

GOOD_FILES = {
    "damaged inside": _damaged_inside(),
    "16 pixels a side": _encoded(_photo(16, 40), "PNG"),
    "twenty times as wide as high": _encoded(_photo(2_000, 100), "PNG"),
    "CMYK": _encoded(_photo().convert("CMYK"), "JPEG"),
    **{
        name: _encoded(_photo(), name)
        for name in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM")
    },
}


@pytest.mark.parametrize(("content", "status"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_ends_as_a_status_and_has_no_signature(content: bytes, status: str) -> None:
    made = image_signature(content)
    assert (str(made.status), made.signature) == (status, None)
    if status != "flat":
        assert (str(decode_thumb(content).status), decode_thumb(content).thumb) == (status, None)


@pytest.mark.parametrize("content", GOOD_FILES.values(), ids=GOOD_FILES)
def test_a_file_that_browsers_show_has_a_thumb(content: bytes) -> None:
    thumb = _thumb(content)
    assert (thumb.shape, thumb.dtype) == ((64, 64), np.uint8)
    assert image_signature(content).status is SignatureStatus.OK


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "CMYK"])
def test_the_format_hardly_matters(name: str) -> None:
    assert _distance(GOOD_FILES[name], PNG) <= 10


def test_a_large_picture_of_few_bytes_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: ImageFile.ImageFile) -> None:
        raise AssertionError("it was decoded")

    content = _small_file_of_100_megapixels()
    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert len(content) < 20_000
    refused = decode_thumb(content)
    assert refused == DecodedPicture(SignatureStatus.TOO_MANY_PIXELS, None, 10_000, 10_000)
    assert decode_thumb(PNG).status is SignatureStatus.CORRUPT  # what load raises would be seen


def test_a_jpeg_may_have_four_times_the_pixels_unless_it_is_progressive() -> None:
    assert decode_thumb(PNG, max_pixels=120_000).status is SignatureStatus.OK
    assert decode_thumb(PNG, max_pixels=119_999).status is SignatureStatus.TOO_MANY_PIXELS
    assert decode_thumb(JPEG, max_pixels=30_000).status is SignatureStatus.OK
    assert decode_thumb(JPEG, max_pixels=29_999).status is SignatureStatus.TOO_MANY_PIXELS
    assert decode_thumb(PROGRESSIVE, max_pixels=119_999).status is SignatureStatus.TOO_MANY_PIXELS


def test_too_little_memory_is_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_: ImageFile.ImageFile) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert decode_thumb(PNG) == DecodedPicture(SignatureStatus.OUT_OF_MEMORY, None, 400, 300)


def test_a_cut_file_still_tells_its_size() -> None:
    assert decode_thumb(_cut(JPEG, 0.9)) == DecodedPicture(SignatureStatus.TRUNCATED, None, 400, 300)


def test_no_setting_of_pillow_is_changed() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK, sorted(Image.OPEN))
    for content, _ in BAD_FILES.values():
        decode_thumb(content)
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, ImageFile.MAXBLOCK, sorted(Image.OPEN))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_is_turned_as_its_exif_says(name: str, orientation: int) -> None:
    turns = Image.Transpose
    stored_by = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_90,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_270,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = _photo().transpose(stored_by[orientation])
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95}}.get(name, {})
    content = _encoded(stored, name, exif=exif, **options)
    with Image.open(io.BytesIO(content)) as reopened:
        assert ImageOps.exif_transpose(reopened).size == (400, 300)
    assert _distance(content, PNG) <= 2
    assert _distance(_encoded(stored, name, **options), PNG) > 80


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0nonsense", b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x63\0\0\0\0\0\0"]
)
def test_a_broken_note_of_the_camera_breaks_no_picture(exif: bytes) -> None:
    content = _encoded(_photo(), "JPEG", exif=exif)
    assert exif in content
    assert np.array_equal(_thumb(content), _thumb(JPEG))


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_the_first_frame_counts(picture_format: str) -> None:
    content = _animation(picture_format, _photo(seed=1), _photo(seed=2), _photo(seed=3))
    still = _encoded(_photo(seed=1), picture_format)
    assert decode_thumb(content).is_animated
    assert not decode_thumb(still).is_animated
    assert _distance(content, still) <= 10


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_that_begins_plain_the_middle_frame_counts(picture_format: str) -> None:
    content = _animation(picture_format, BLACK, _photo(seed=1), _photo(seed=2), _photo(seed=3))
    assert decode_thumb(content).is_animated
    assert _distance(content, _encoded(_photo(seed=2), picture_format)) <= 10


def test_pages_are_no_animation() -> None:
    assert not decode_thumb(_animation("TIFF", _photo(seed=1), _photo(seed=2))).is_animated


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_colours_under_transparency_do_not_matter(mode: str) -> None:
    left = Image.new("L", (400, 300), 255)
    left.paste(0, (0, 0, 200, 300))
    thumbs = []
    for hidden in (_photo(seed=1), _photo(seed=2)):
        picture = Image.composite(_photo(), hidden, left).convert(mode)
        picture.putalpha(left)
        thumbs.append(_thumb(_encoded(picture, "PNG")))
    seen = Image.composite(_photo(), Image.new("RGB", (400, 300), "white"), left)
    assert np.array_equal(thumbs[0], thumbs[1])
    assert np.array_equal(thumbs[0], _thumb(_encoded(seen, "PNG")))


def test_a_transparent_colour_of_a_palette_is_white() -> None:
    palette = _photo().quantize(8)
    content = _encoded(palette, "PNG", transparency=3)
    colours = np.array(palette.convert("RGB"))
    colours[np.array(palette) == 3] = 255
    assert (np.array(palette) == 3).sum() > 1_000
    assert np.array_equal(_thumb(content), _thumb(_encoded(Image.fromarray(colours), "PNG")))


def test_a_transparent_grey_is_white() -> None:
    bars = Image.fromarray(np.repeat(np.arange(16, dtype=np.uint8) * 16, 4).reshape(1, 64).repeat(64, axis=0))
    seen = bars.point(lambda grey: 255 if grey == 48 else grey)
    assert np.array_equal(_thumb(_encoded(bars, "PNG", transparency=48)), _thumb(_encoded(seen, "PNG")))


GREY = _photo().convert("L")
WIDE = {
    "16 bits, PNG": ("PNG", lambda grey: grey.astype(np.uint16) * 257),
    "16 bits, TIFF": ("TIFF", lambda grey: grey.astype(np.uint16) * 256),
    "12 bits in 16": ("TIFF", lambda grey: grey.astype(np.uint16) * 16),
    "32 bits that hold 16": ("TIFF", lambda grey: grey.astype(np.int32) * 257),
    "32 bits that hold 8": ("TIFF", lambda grey: grey.astype(np.int32)),
    "fractions": ("TIFF", lambda grey: grey.astype(np.float32) / np.float32(255)),
    "floats that hold 8 bits": ("TIFF", lambda grey: grey.astype(np.float32)),
}


@pytest.mark.parametrize(("picture_format", "widen"), WIDE.values(), ids=WIDE)
def test_grey_of_more_than_8_bits_is_scaled_not_clipped(
    picture_format: str, widen: Callable[[np.ndarray], np.ndarray]
) -> None:
    wide = _encoded(Image.fromarray(widen(np.asarray(GREY))), picture_format)
    with Image.open(io.BytesIO(wide)) as reopened:
        assert reopened.mode in ("I;16", "I", "F")
    narrow = _encoded(GREY, "PNG")
    assert _distance(wide, narrow) == 0
    assert np.abs(_thumb(wide).astype(int) - _thumb(narrow)).max() <= 1


def test_numbers_that_are_none_are_black() -> None:
    pixels = np.asarray(GREY).astype(np.float32)
    pixels[:40] = np.nan
    pixels[40:80] = np.inf
    dark = np.asarray(GREY).copy()
    dark[:80] = 0
    assert np.array_equal(
        _thumb(_encoded(Image.fromarray(pixels), "TIFF")), _thumb(_encoded(Image.fromarray(dark), "PNG"))
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "LAB"])
def test_every_colour_mode_has_a_thumb(mode: str) -> None:
    if mode == "LAB":
        grey = Image.new("L", GREY.size, 128)
        picture = Image.merge("LAB", (GREY, grey, grey))
    else:
        picture = _photo().convert(mode)
    content = _encoded(picture, "TIFF")
    with Image.open(io.BytesIO(content)) as reopened:
        assert reopened.mode == mode
    assert _distance(content, PNG) <= 40


def test_heic_is_no_image_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    formats._heif_plugin.cache_clear()
    assert decode_thumb(HEIC_BEGINNING).status is SignatureStatus.NOT_AN_IMAGE
    formats._heif_plugin.cache_clear()


def test_heic_is_read_with_its_package() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(_photo()).save(file)
    assert _distance(file.getvalue(), PNG) <= 10
    assert decode_thumb(_cut(file.getvalue(), 0.5)).thumb is None


def test_a_decoder_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    with pytest.raises(MissingDecoderError, match="needs the package simplejpeg, which is not installed"):
        decode_thumb(JPEG, decoder="simplejpeg")


@pytest.mark.parametrize("size", [(130, 100), (260, 300), (517, 1_031), (1_500, 1_100), (60, 20)])
def test_both_decoders_of_jpeg_make_the_same_thumb(size: tuple[int, int]) -> None:
    pytest.importorskip("simplejpeg")
    content = _encoded(_photo(*size), "JPEG")
    difference = _thumb(content).astype(int) - _thumb(content, "simplejpeg")
    assert np.abs(difference).max() <= 1


def test_both_decoders_judge_every_file_alike() -> None:
    pytest.importorskip("simplejpeg")
    for name, (content, _) in BAD_FILES.items():
        assert decode_thumb(content, decoder="simplejpeg").status is decode_thumb(content).status, name
    for name, content in GOOD_FILES.items():
        assert np.abs(_thumb(content).astype(int) - _thumb(content, "simplejpeg")).max() <= 1, name


BEGINNINGS = st.sampled_from([b"", *GOOD_FILES.values(), HEIC_BEGINNING])


@settings(max_examples=150, deadline=None)
@given(beginning=BEGINNINGS, keep=st.integers(0, 400), rest=st.binary(max_size=200))
def test_no_bytes_at_all_raise(beginning: bytes, keep: int, rest: bytes) -> None:
    decoded = decode_thumb(beginning[:keep] + rest)
    assert (decoded.thumb is None) == (decoded.status is not SignatureStatus.OK)


@pytest.mark.parametrize("brightest", [1.0, 1.0001, 4.0])
def test_float_pictures_may_exceed_white_a_little(brightest: float) -> None:
    waves = 0.5 + 0.5 * np.sin(np.arange(128) / 5) * np.cos(np.arange(128) / 7)[:, None]
    file = io.BytesIO()
    Image.fromarray((waves * brightest).astype(np.float32)).save(file, "TIFF")
    assert image_signature(file.getvalue()).status is SignatureStatus.OK

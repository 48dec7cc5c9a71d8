"""PBM, PGM, PPM and PFM: as text and as bytes, told from texts that begin alike; nothing of them is taken on trust."""

import io

import numpy as np
import pytest
from PIL import Image

from features.images.decoding import decode_thumb
from features.images.image_signature import image_signature
from features.images.signed_picture import SignatureStatus

SIDE_PX = 40
ROWS = np.add.outer(np.arange(SIDE_PX) * 4, np.arange(SIDE_PX) * 2) % 251
BITS = (ROWS // 32 % 2).astype(np.uint8)


def _text(magic: str, numbers: np.ndarray, white: int | None) -> bytes:
    head = f"{magic}\n# made by hand\n{SIDE_PX} {SIDE_PX}\n" + (f"{white}\n" if white else "")
    return (head + "\n".join(" ".join(map(str, row)) for row in numbers.tolist()) + "\n").encode()


def _bytes(magic: str, content: bytes, white: str) -> bytes:
    return f"{magic} {SIDE_PX} {SIDE_PX} {white}\n".encode() + content


GREY = _text("P2", ROWS, 255)
FILES = {
    "P1, bits as text": _text("P1", BITS, None),
    "P2, grey as text": GREY,
    "P3, colours as text": _text("P3", np.repeat(ROWS, 3, axis=1), 255),
    "P4, bits": f"P4\n{SIDE_PX} {SIDE_PX}\n".encode() + np.packbits(BITS, axis=1).tobytes(),
    "P5, grey": _bytes("P5", ROWS.astype(np.uint8).tobytes(), "255"),
    "P5, grey of 16 bits": _bytes("P5", (ROWS * 257).astype(">u2").tobytes(), "65535"),
    "P6, colours": _bytes("P6", np.repeat(ROWS, 3, axis=1).astype(np.uint8).tobytes(), "255"),
    "Pf, fractions from below": _bytes("Pf", (ROWS[::-1] / 255).astype("<f4").tobytes(), "-1.0"),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_all_kinds_are_pictures(content: bytes) -> None:
    made = image_signature(content)
    assert (made.status, made.width_px, made.height_px) == (SignatureStatus.OK, SIDE_PX, SIDE_PX)


@pytest.mark.parametrize("name", [name for name in FILES if "bits as text" not in name and "P4" not in name])
def test_the_same_levels_are_the_same_thumb_however_they_are_written(name: str) -> None:
    thumb, expected = (decode_thumb(content).thumb for content in (FILES[name], GREY))
    assert thumb is not None
    assert expected is not None
    assert np.abs(thumb.astype(int) - expected).max() <= 1


def test_black_is_black_in_a_bitmap() -> None:
    black_left = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    black_left[:, : SIDE_PX // 2] = 1
    thumb = decode_thumb(_text("P1", black_left, None)).thumb
    assert thumb is not None
    assert (thumb[0, 0], thumb[0, -1]) == (0, 255)


@pytest.mark.parametrize(
    "text", [b"P", b"P2", b"P2P networks", b"P6ck", b"PyRGBA 4 4", b"P7\nWIDTH 4\n", b"P0CMYK 4 4 255\n"]
)
def test_what_only_begins_alike_is_no_picture(text: bytes) -> None:
    assert decode_thumb(text).status is SignatureStatus.NOT_AN_IMAGE


BAD_FILES = {
    "cut in its header": (b"P6\n40", SignatureStatus.TRUNCATED),
    "cut in its pixels": (FILES["P6, colours"][:-900], SignatureStatus.TRUNCATED),
    "cut in its text": (GREY[: len(GREY) // 2], SignatureStatus.TRUNCATED),
    "a word among its levels": (GREY.replace(b" 100 ", b" hundred ", 1), SignatureStatus.CORRUPT),
    "a level above its white": (GREY.replace(b" 100 ", b" 1000 ", 1), SignatureStatus.CORRUPT),
    "white is nought": (b"P5 40 40 0\n" + bytes(1_600), SignatureStatus.CORRUPT),
    "larger than any picture": (b"P6 99999 99999 255\n", SignatureStatus.TOO_MANY_PIXELS),
    "smaller than a signature": (b"P5 3 3 255\n" + bytes(9), SignatureStatus.TOO_SMALL),
}


@pytest.mark.parametrize(("content", "status"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_ends_as_a_status(content: bytes, status: SignatureStatus) -> None:
    assert decode_thumb(content).status is status


def test_what_pillow_writes_is_read() -> None:
    file = io.BytesIO()
    Image.fromarray(ROWS.astype(np.uint8)).save(file, "PPM")
    assert image_signature(file.getvalue()).status is SignatureStatus.OK

"""The doors of pictures: files that are none any more, and what ``same-picture`` and ``group-pictures`` say of them."""

import io
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from features.images.image_signature import image_signature
from features.images.picture_signing import sign_here
from tests.fuzzing.door import BrokenPropertyError, Door
from tests.fuzzing.inputs.choices import Choices, built_by
from tests.fuzzing.inputs.damage import damaged
from workflows.commands.pictures import compared_files, grouped_sources

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "JPEG2000", "AVIF", "PPM")
_MODES = ("RGB", "L", "P", "1", "RGBA", "LA", "CMYK", "I;16")
_SIDE_PX = 24
_ENTROPY_BYTES = 64
_NAMES = ("a.png", "b.jpg", "c", "é.gif", "-", "d#e.png", "a b.png", "%41.png")
_OTHER_NAMES = ("missing.png", "folder", "a.png/b", "", " ", "http://x", "pack.parquet#x", "\0", "a" * 300)


@cache
def _sound(picture_format: str, mode: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (_SIDE_PX, _SIDE_PX, 3)).astype(np.uint8)
    picture, file = (
        Image.fromarray(pixels).convert("L").convert(mode) if mode == "I;16" else Image.fromarray(pixels).convert(mode),
        io.BytesIO(),
    )
    note = PngImagePlugin.PngInfo()
    note.add_text("note", "text", zip=True)
    options = {"pnginfo": note, "icc_profile": b"profile"} if picture_format == "PNG" else {}
    try:
        picture.save(file, picture_format, **options)
    except (OSError, ValueError, KeyError):  # no such mode in this format
        return _sound(picture_format, "RGB")
    return file.getvalue()


def _picture(choices: Choices) -> bytes:
    content = _sound(choices.pick(_FORMATS), choices.pick(_MODES) if choices.chance(0.3) else "RGB")
    return damaged(content, choices, 0.95)


def _sign(content: bytes, _folder: Path) -> None:
    algorithm = "phash64" if content[-1:] < b"\x10" else "dct256"
    made = image_signature(content, algorithm=algorithm)
    if (made.signature is None) == (made.status == "ok"):
        raise BrokenPropertyError(f"status {made.status} with signature {made.signature}")


def _lay_picture(content: bytes, folder: Path) -> None:
    (folder / "picture").write_bytes(content)


Named = list[tuple[str, bytes]]


def _named_pictures(choices: Choices) -> tuple[Named, list[str]]:
    named = [(name, _picture(choices)) for name in _NAMES[: 1 + choices.below(3)]]
    asked = [choices.pick((*(name for name, _ in named), *_OTHER_NAMES)) for _ in range(2)]
    return named, asked


def _compare(given: tuple[Named, list[str]], folder: Path) -> None:
    _lay_named(given, folder)
    asked = [str(folder / name) if name and "://" not in name else name for name in given[1]]
    signer = partial(sign_here)
    grouped_sources(asked, signer, 32)
    compared_files(asked[0], asked[1], signer, 32)


def _lay_named(given: tuple[Named, list[str]], folder: Path) -> None:
    (folder / "folder").mkdir()
    for name, content in given[0]:
        (folder / name).write_bytes(content)


PICTURE_BYTES = Door("picture bytes", built_by(_picture, _ENTROPY_BYTES), _sign, 200, _lay_picture, a_second=500)
SAME_PICTURE = Door(
    "same-picture", built_by(_named_pictures, 3 * _ENTROPY_BYTES), _compare, 20, _lay_named, a_second=100
)

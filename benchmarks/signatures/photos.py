"""Photographs to try signatures on: a folder's, and some of them that are one photograph already.

The set of flowers holds photographs twice, once with other colours or with a light leak. They must not count as wrong
pairs, and no contender may say which they are: what decides is the correlation of their detail, the picture less its
blur, which knows neither light nor colour. Bursts, shots a moment apart, stay different photographs.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from benchmarks.harness.kept import real_data

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".ppm", ".pgm", ".pbm"}
SAME_DETAIL = 0.8  # flowers: four pairs of one photograph are above 0.91, the nearest two shots of a burst at 0.34
_SIDE_PX, _BLUR_PX = 64, 2

Numbers = npt.NDArray[np.int64]


def photo_folder(name: str) -> Path:
    """Return a folder of photographs that the project doesn't hold, whether it is there or not."""
    return real_data("photos") / name


def photo_options(n_photos: int) -> dict[str, dict[str, Any]]:
    """Return the options of a benchmark of photographs."""
    return {
        "--photos": {"type": int, "default": n_photos, "help": "how many, evenly spread (default: %(default)s)"},
        "--folder": {"type": Path, "default": photo_folder("flowers"), "help": "where they lie, also in folders below"},
    }


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a folder and of all below it, by name; an error that ends the run where there are none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return found or sys.exit(f"no pictures in {folder}; INTEREST_GRAPH_DATA names the folder that has photos/")


def evenly_chosen(pictures: Sequence[Path], n_pictures: int) -> list[Path]:
    """Return so many pictures, evenly spread: every second one where there are twice as many."""
    n_chosen = min(n_pictures, len(pictures))
    return [pictures[number * len(pictures) // n_chosen] for number in range(n_chosen)]


def opened(path: Path) -> Image.Image:
    """Return a picture as people see it: turned as its EXIF says, RGB, on white where it is transparent.

    Raises
    ------
    OSError
        Where it can't be decoded.
    """
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    ground = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(ground, picture).convert("RGB")


def same_photo(pictures: Sequence[Path]) -> Numbers:
    """Return a number for each picture, equal where they are one photograph: that of the first of them."""
    detail = np.stack([_detail(path) for path in pictures])
    alike = detail @ detail.T >= SAME_DETAIL
    number = np.arange(len(pictures))
    for row in range(len(pictures)):
        joined = np.isin(number, number[: row + 1][alike[row, : row + 1]])
        joined[row] = True
        number[joined] = number[joined].min()
    return number


def _detail(path: Path) -> npt.NDArray[np.float32]:
    small = opened(path).convert("L").resize((_SIDE_PX, _SIDE_PX), Image.Resampling.LANCZOS)
    blurred = small.filter(ImageFilter.GaussianBlur(_BLUR_PX))
    detail = (np.asarray(small, np.float32) - np.asarray(blurred, np.float32)).ravel()
    return detail / max(float(np.linalg.norm(detail)), 1.0)

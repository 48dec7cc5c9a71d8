"""What a view of a sketch shows: its luma and its chroma, laid out as those of the whole are."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from features.images.drawings.drawn_pictures import COLOURS_PX
from features.images.drawings.sketches import SKETCH_PX, Sketches, resampling

_GREY = 128

Luma = npt.NDArray[np.uint8]
Chroma = npt.NDArray[np.int16]
Views = npt.NDArray[np.integer]
Scaling = npt.NDArray[np.float32]


def luma_in_view(sketches: Sketches, views: Views) -> Luma:
    """Return the luma of a view of each drawing, ``(n, 48, 48)``."""
    luma = sketches.luma()
    for rows, box in _boxes_of_crops(sketches, views):
        luma[rows] = _in_box(luma[rows], box, SKETCH_PX)
    return luma


def chroma_in_view(sketches: Sketches, views: Views) -> Chroma:
    """Return the chroma of a view of each drawing, ``(n, 2, 16, 16)``; 0 is grey."""
    chroma = sketches.chroma().transpose(0, 3, 1, 2).astype(np.int16)
    for rows, box in _boxes_of_crops(sketches, views):
        chroma[rows] = _in_box(chroma[rows], box, COLOURS_PX)
    return np.ascontiguousarray(chroma - np.int16(_GREY))


def _boxes_of_crops(
    sketches: Sketches, views: Views
) -> list[tuple[npt.NDArray[np.int64], tuple[float, float, float, float]]]:
    """Return the boxes of all views but the whole, each with the rows that are seen in it."""
    crops = np.flatnonzero(views)
    if not len(crops):
        return []
    boxes, number = np.unique(sketches.take(crops).boxes(views[crops]), axis=0, return_inverse=True)
    number = number.ravel()
    order = np.argsort(number, kind="stable")
    rows = np.split(crops[order], np.cumsum(np.bincount(number))[:-1])
    return [(some, (box[0], box[1], box[2], box[3])) for some, box in zip(rows, boxes.tolist(), strict=True)]


def _in_box(
    pixels: npt.NDArray[np.integer], box: tuple[float, float, float, float], n_pixels: int
) -> npt.NDArray[np.float32]:
    rows, columns = _scaling(*box[:2], n_pixels), _scaling(*box[2:], n_pixels)
    return np.rint(rows @ (pixels.astype(np.float32) @ columns.T))


@lru_cache(maxsize=4096)
def _scaling(start: float, end: float, n_pixels: int) -> Scaling:
    """Return what scales so much of the side of a sketch to all of it, ``(n_pixels, n_pixels)``."""
    return resampling(start * n_pixels, end * n_pixels, n_pixels, n_pixels).astype(np.float32)

"""Sketches: of a drawing what its signature doesn't tell, its small parts and its colours, in 2.8 kB.

A photograph has none. The sketch of a drawing is its thumb at 48 x 48, its chroma at 16 x 16, how plain it is, and
where the content within its border lies, so that any of its views can be laid over a view of another drawing.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.images.cosine_signature import THUMB_PX, VIEWS, Thumbs, view_boxes
from features.images.drawings.drawn_pictures import COLOURS_PX, LEAST_PLAIN, Colours, plainness
from joins.arrow.chunks import one_array
from joins.arrow.fields import described

SKETCH_PX = 48
SKETCH_FIELD = described(
    "sketch", pa.binary(), "what tells drawings of one signature apart: small parts and colours; null of photographs"
)

_GREY, _GREY_CHROMA = 128, 6  # and up to how far from it there is no colour
_AT_ONCE = 65_536  # pictures, where many are looked at; 0.5 kB each
_EIGHTHS = 8  # borders end at eighths of a pixel of the thumb
_N_LUMA, _N_CHROMA = SKETCH_PX**2, 2 * COLOURS_PX**2
_STARTS = np.cumsum([0, 1, 4, _N_LUMA, _N_CHROMA])  # plainness, box, luma, chroma
SKETCH_BYTES = int(_STARTS[-1])

Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]


def sketch_of(thumb: Thumbs, colours: Colours, box: npt.NDArray[np.float64]) -> bytes | None:
    """Return the sketch of a drawing from its thumb, its chroma and the box of its content; None of a photograph.

    Examples
    --------
    >>> thumb = np.full((64, 64), 255, np.uint8)
    >>> thumb[20:44, 20:44] = 30
    >>> len(sketch_of(thumb, np.full((16, 16, 2), 128, np.uint8), np.array([0, 64, 0, 64])))
    2821
    """
    plain = plainness(thumb)
    if plain < LEAST_PLAIN:
        return None
    luma = resampling(0, THUMB_PX, SKETCH_PX, THUMB_PX)
    small = np.rint(luma @ thumb.astype(np.float64) @ luma.T).astype(np.uint8)
    corners = np.array([box[0], THUMB_PX - box[1], box[2], THUMB_PX - box[3]])  # how far the border reaches in: 0 to 25
    edges = np.rint(corners * _EIGHTHS).astype(np.uint8)
    parts = (np.array([plain], np.uint8), edges, small, np.ascontiguousarray(colours))
    return b"".join(part.tobytes() for part in parts)


@lru_cache(maxsize=4096)
def resampling(start: float, end: float, n_parts: int, n_pixels: int) -> npt.NDArray[np.float64]:
    """Return the matrix, ``(n_parts, n_pixels)``, that averages the pixels in each part of `start` to `end`."""
    edges = np.linspace(start, end, n_parts + 1)
    pixel = np.arange(n_pixels)
    covered = np.clip(np.minimum(pixel + 1, edges[1:, None]) - np.maximum(pixel, edges[:-1, None]), 0, 1)
    weights: npt.NDArray[np.float64] = covered / covered.sum(axis=1, keepdims=True)
    weights.flags.writeable = False
    return weights


@dataclass(frozen=True, slots=True)
class Sketches:
    """The sketches of pictures: ``number`` is the row of each picture in ``stored``, ``(n, 2821)`` bytes, or -1."""

    number: Ints
    stored: Bytes

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> "Sketches":
        """Return those of some pictures."""
        return Sketches(self.number[rows], self.stored)

    @property
    def is_there(self) -> npt.NDArray[np.bool_]:
        """Say which pictures have one."""
        return self.number >= 0

    def plainness(self) -> Bytes:
        """Return how plain pictures are, 0 to 100; 0 without a sketch."""
        return np.where(self.is_there, self._part(0)[:, 0], np.uint8(0))

    def luma(self) -> Bytes:
        """Return the luma of pictures, all of which have a sketch; ``(n, 48, 48)``."""
        return self._part(2).reshape(-1, SKETCH_PX, SKETCH_PX)

    def chroma(self) -> Bytes:
        """Return the chroma of pictures, all of which have a sketch; ``(n, 16, 16, 2)``."""
        return self._part(3).reshape(-1, COLOURS_PX, COLOURS_PX, 2)

    def are_grey(self) -> npt.NDArray[np.bool_]:
        """Say which pictures have a sketch without any colour: grey copies of drawings, and drawings in black."""
        is_grey = self.is_there.copy()
        for start in range(0, len(self), _AT_ONCE):
            rows = start + np.flatnonzero(is_grey[start : start + _AT_ONCE])
            chroma = self.take(rows).chroma().astype(np.int16) - _GREY
            is_grey[rows] = (np.abs(chroma) <= _GREY_CHROMA).all(axis=(1, 2, 3))
        return is_grey

    def have_border(self) -> npt.NDArray[np.bool_]:
        """Say which pictures, all of which have a sketch, have a plain border."""
        return np.asarray(self._part(1).any(axis=1))

    def boxes(self, views: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        """Return the box of a view of each picture, as shares of its height and width; ``(n, 4)``."""
        inset = self._part(1) / _EIGHTHS
        trimmed = np.stack([inset[:, 0], THUMB_PX - inset[:, 1], inset[:, 2], THUMB_PX - inset[:, 3]], axis=1)
        boxes = np.where((views == VIEWS.index("trimmed"))[:, None], trimmed, view_boxes()[views])
        return np.asarray(boxes / THUMB_PX)

    def _part(self, part: int) -> Bytes:
        if not len(self.stored):
            return np.zeros((len(self.number), int(_STARTS[part + 1] - _STARTS[part])), np.uint8)
        return self.stored[self.number, _STARTS[part] : _STARTS[part + 1]]


def sketches_of(column: pa.ChunkedArray) -> Sketches:
    """Return the sketches of a column.

    Examples
    --------
    >>> sketches = sketches_of(pa.chunked_array([[None, b"d" * SKETCH_BYTES]], pa.binary()))
    >>> sketches.is_there.tolist(), sketches.plainness().tolist()
    ([False, True], [0, 100])
    """
    is_there = column.is_valid().to_numpy()
    number = np.where(is_there, np.cumsum(is_there) - 1, -1).astype(np.int32)
    there = one_array(column.drop_null().cast(pa.binary(SKETCH_BYTES)))
    stored = np.frombuffer(there.buffers()[1] or b"", np.uint8)[there.offset * SKETCH_BYTES :]
    return Sketches(number, stored[: len(there) * SKETCH_BYTES].reshape(-1, SKETCH_BYTES))


def no_sketches(n_pictures: int) -> Sketches:
    """Return the sketches of so many photographs: none."""
    return Sketches(np.full(n_pictures, -1, np.int32), np.empty((0, SKETCH_BYTES), np.uint8))

"""The signature of a picture from its thumb: the signs of its lowest cosine frequencies, for the whole and its crops.

A picture is looked at in several *views*: whole, without a plain border, and without so much of each side. A view is a
box on the thumb, and its signature the product of the thumb with cosines that are laid over the box, so that no view
is ever resampled. The idea of 256 signs is PDQ's [1]_; views by windowed cosines, and a picture being the same when
the whole of one meets a view of the other, are ours.

What this does not do: decode files (`features.images.decoding`) or decide what is the same (`features.same_picture`).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

THUMB_PX = 64
SIGNATURE_BITS = 256
SIGNATURE_WORDS = 4  # of 64 bits
ALGORITHM = "dct256/2"  # the number rises when something else is made of the same picture

# Share of the width and of the height that a crop lacks, half of it on each side. A crop of any size up to 25 % lies
# within 2.5 % of one of these, most within 2 %, where nearly all real ones are still within the radius.
_CROPS = (0.04, 0.08, 0.12, 0.16, 0.20, 0.25)
VIEWS = ("whole", "trimmed", "crop_04", "crop_08", "crop_12", "crop_16", "crop_20", "crop_25")
N_MAIN_VIEWS = 2  # whole and trimmed: one of two views that meet must be one of these

LEAST_QUALITY = 20  # of 100; below it a view is flat, and flat views are all alike

# The lowest frequencies, which survive most, make up the bands that near signatures are found by: bytes 0 to 17, three
# a band. Neighbouring frequencies, which err together, are dealt to different bands.
N_BANDS = 6
BAND_BITS = 24

_MAX_BORDER_PX = 24  # of 64, on each side
_TOLERANCE = 10  # grey levels of 255 by which pixels of a border may differ: JPEG leaves a few
_PLAIN_SHARE = 0.95  # of the pixels of a row that must lie within the tolerance
_EDGE_SHARE = 0.5  # of the pixels of the first two rows inside that must not
_STEPS_A_PX = 8  # a border ends at a multiple of 1 / 8 px, so that few boxes are different

_SIDE = 16  # frequencies a side
_SCALE = 2**14  # cosines are rounded to 1 / _SCALE: then all sums are whole numbers below 2**53
_PDQ_QUALITY_UNIT = 90.0  # gradient steps of 1 % that are worth one point of quality [1]_

Thumbs = npt.NDArray[np.uint8]
Signatures = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SignedThumbs:
    """The signatures of some pictures.

    Attributes
    ----------
    signatures
        Shape ``(n_pictures, n_views, 4)``; the 256 bits of each view, low frequencies first (`_bit_order`); zero
        where the view is not usable.
    usable
        Shape ``(n_pictures, n_views)``. A view is left out that is flat, or, trimmed, the same as the whole.
        A picture whose whole view is left out is flat.
    quality
        Shape ``(n_pictures,)``, 0 to 100: how much there is to see, in the whole and within its border.
    content
        Shape ``(n_pictures, 4)``: top, bottom, left and right of what lies within the border, in pixels of the thumb.
    """

    signatures: Signatures
    usable: Flags
    quality: npt.NDArray[np.uint8]
    content: Boxes


def sign_thumbs(thumbs: Thumbs) -> SignedThumbs:
    """Return the signatures of all views of some thumbs, luma of any pictures scaled to 64 x 64; in their order.

    Each depends on its own thumb alone.

    Notes
    -----
    Bit ``(u, v)``, for frequencies 1 to 16, says whether ``sum cos(u, y) thumb[y, x] cos(v, x)`` is above the median
    of the 256. Half of the bits are set, so all distances are even. Cosines are rounded to whole numbers and the sums
    are exact in float64, so the bits are the same on any processor and for any number of thumbs at once.
    About 0.2 ms a picture.

    References
    ----------
    .. [1] Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019.

    Examples
    --------
    >>> waves = (127 + 99 * np.sin(np.arange(64) / 3) * np.cos(np.arange(64) / 5)[:, None]).astype(np.uint8)
    >>> signed = sign_thumbs(np.stack([waves, np.full((64, 64), 7, np.uint8)]))
    >>> signed.signatures.shape, signed.usable[:, 0].tolist(), signed.quality.tolist()
    ((2, 8, 4), [True, False], [100, 0])
    """
    boxes = _boxes_of_views(thumbs)
    signatures = np.empty((*boxes.shape[:2], SIGNATURE_WORDS), np.uint64)
    quality = _quality(thumbs, boxes)
    usable = quality >= LEAST_QUALITY
    # What is plain within its border is plain: the border's edge alone would pass for a picture.
    whole_quality = quality[:, :N_MAIN_VIEWS].min(axis=1)
    usable[:, 0] = whole_quality >= LEAST_QUALITY
    usable[:, 1:] &= usable[:, :1]
    usable[:, 1] &= (boxes[:, 1] != boxes[:, 0]).any(axis=1)
    pixels = thumbs.astype(np.float64)
    for view in range(len(VIEWS)):
        signatures[:, view] = _signs(_frequencies(pixels, boxes[:, view]))
    signatures[~usable] = 0
    return SignedThumbs(signatures, usable, whole_quality.astype(np.uint8), boxes[:, 1])


def view_boxes() -> Boxes:
    """Return top, bottom, left and right of each view of a picture without border, in pixels; ``(n_views, 4)``."""
    margins = [0.0, 0.0, *(share / 2 * THUMB_PX for share in _CROPS)]
    return np.array([[margin, THUMB_PX - margin] * 2 for margin in margins])


def _boxes_of_views(thumbs: Thumbs) -> Boxes:
    """Return top, bottom, left and right of each view, in pixels of the thumb; ``(n_pictures, n_views, 4)``."""
    boxes = np.repeat(view_boxes()[None], len(thumbs), axis=0)
    boxes[:, 1] = _content_boxes(thumbs)
    return boxes


def _content_boxes(thumbs: Thumbs) -> Boxes:
    """Return the box inside the plain border of each thumb: a frame, bars, the white of a page; ``(n_pictures, 4)``.

    Only what has a straight edge is a border. A thing that is shown on a plain ground touches the edge of its box at a
    few points; cutting to that box would make things of one outline look alike.
    """
    sideways = thumbs.transpose(0, 2, 1)
    top, bottom, left, right = (_border_px(rows) for rows in (thumbs, thumbs[:, ::-1], sideways, sideways[:, ::-1]))
    return np.stack([top, THUMB_PX - bottom, left, THUMB_PX - right], axis=1)


def _border_px(thumbs: Thumbs) -> npt.NDArray[np.float64]:
    """Return how far the border reaches in from the first row of each thumb, in pixels.

    The row in which it ends is a mixture: how much of it is border follows from how far it is from the border's grey,
    against the row inside of it.
    """
    rows = thumbs[:, : _MAX_BORDER_PX + 2].astype(np.int16)
    grey = np.sort(rows[:, 0], axis=1)[:, rows.shape[2] // 2]
    distance = np.abs(rows - grey[:, None, None])
    differs = (distance > _TOLERANCE).mean(axis=2)
    is_plain = np.minimum.accumulate(differs <= 1 - _PLAIN_SHARE, axis=1)
    n_plain = np.minimum(is_plain.sum(axis=1), _MAX_BORDER_PX)
    picture = np.arange(len(thumbs))
    last, inside = distance[picture, n_plain].mean(axis=1), distance[picture, n_plain + 1].mean(axis=1)
    mixed = 1 - last / np.maximum(inside, 1)
    border_px = n_plain + np.clip(np.rint(mixed * _STEPS_A_PX) / _STEPS_A_PX, 0, 1)
    has_edge = np.maximum(differs[picture, n_plain], differs[picture, n_plain + 1]) >= _EDGE_SHARE
    return np.where((n_plain > 0) & has_edge, border_px, 0.0)


def _frequencies(pixels: npt.NDArray[np.float64], boxes: Boxes) -> npt.NDArray[np.float64]:
    """Return the lowest frequencies of a box on each thumb, ``(n_pictures, 16, 16)``."""
    if len(boxes) and (boxes == boxes[0]).all():
        top, bottom, left, right = boxes[0].tolist()
        rows, columns = _cosines(top, bottom), _cosines(left, right)
    else:
        shape = (-1, _SIDE, THUMB_PX)
        rows = np.array([_cosines(top, bottom) for top, bottom in boxes[:, :2].tolist()]).reshape(shape)
        columns = np.array([_cosines(left, right) for left, right in boxes[:, 2:].tolist()]).reshape(shape)
    frequencies: npt.NDArray[np.float64] = rows @ pixels @ columns.swapaxes(-1, -2)
    return frequencies


@lru_cache(maxsize=4096)
def _cosines(start: float, end: float) -> npt.NDArray[np.float64]:
    """Return cosines of frequencies 1 to 16 over the pixels from `start` to `end`, whole numbers, ``(16, 64)``."""
    covered = _coverage(start, end)
    first = np.maximum(np.arange(THUMB_PX), start)
    middle = first + covered / 2 - start
    waves = np.cos(np.pi * np.arange(1, _SIDE + 1)[:, None] * middle / (end - start))
    cosines: npt.NDArray[np.float64] = np.rint(_SCALE * waves * covered)
    cosines.flags.writeable = False
    return cosines


def _coverage(start: float | Boxes, end: float | Boxes) -> npt.NDArray[np.float64]:
    """Return how much of each pixel lies between `start` and `end`, 0 to 1."""
    pixel = np.arange(THUMB_PX)
    covered: npt.NDArray[np.float64] = np.clip(np.minimum(pixel + 1, end) - np.maximum(pixel, start), 0, 1)
    return covered


def _signs(frequencies: npt.NDArray[np.float64]) -> Signatures:
    values = frequencies.reshape(-1, SIGNATURE_BITS)
    above = values > np.median(values, axis=1, keepdims=True)
    packed: Signatures = np.packbits(above.take(_BIT_ORDER, axis=1), axis=1).view(np.uint64)
    return packed


def _bit_order() -> npt.NDArray[np.int64]:
    """Return the frequency ``16 (u - 1) + v - 1`` of each bit: by growing ``max(u, v)``, dealt to the bands in turn."""
    frequencies = sorted(range(SIGNATURE_BITS), key=lambda number: (max(divmod(number, _SIDE)), number))
    in_bands = N_BANDS * BAND_BITS
    dealt = np.array(frequencies[:in_bands]).reshape(BAND_BITS, N_BANDS).T.ravel()
    return np.concatenate([dealt, frequencies[in_bands:]])


_BIT_ORDER = _bit_order()


def _quality(thumbs: Thumbs, boxes: Boxes) -> npt.NDArray[np.float64]:
    """Return how strongly neighbouring pixels differ inside each view, 0 to 100 as PDQ counts; per picture and view."""
    pixels = thumbs.astype(np.int16)
    steps = np.zeros(thumbs.shape, np.float64)
    steps[:, :-1] += np.abs(np.diff(pixels, axis=1)) * 100 // 255
    steps[:, :, :-1] += np.abs(np.diff(pixels, axis=2)) * 100 // 255
    low, high = boxes[..., 0::2, None], boxes[..., 1::2, None]
    covered = _coverage(low, high)  # picture, view, axis, pixel
    inside = np.einsum("pvy,pyx,pvx->pv", covered[:, :, 0], steps, covered[:, :, 1], optimize=True)
    share = (high - low)[..., 0].prod(axis=2) / THUMB_PX**2
    points: npt.NDArray[np.float64] = np.minimum(100.0, inside / share // _PDQ_QUALITY_UNIT)
    return points

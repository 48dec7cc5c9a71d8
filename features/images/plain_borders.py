"""Finds the plain border around a picture on its thumb: a frame, bars above and below, the white of a page.

Only what has a straight edge is a border. A thing that is shown on a plain ground touches the edge of its box at a few
points; cutting to that box would make things of one outline look alike.
"""

import numpy as np
import numpy.typing as npt

MAX_BORDER_PX = 24  # of 64, on each side
_TOLERANCE = 10  # grey levels of 255 by which pixels of a border may differ: JPEG leaves a few
_PLAIN_SHARE = 0.95  # of the pixels of a row that must lie within the tolerance
_EDGE_SHARE = 0.5  # of the pixels of the first two rows inside that must not
_STEPS_A_PX = 8  # a border ends at a multiple of 1 / 8 px, so that few boxes are different

Thumbs = npt.NDArray[np.uint8]


def content_boxes(thumbs: Thumbs) -> npt.NDArray[np.float64]:
    """Return top, bottom, left and right of what is inside the plain border of each thumb.

    Parameters
    ----------
    thumbs
        Luma, ``(n_pictures, side_px, side_px)``.

    Returns
    -------
    ndarray
        ``(n_pictures, 4)``, in pixels; the whole thumb where there is no border.

    Notes
    -----
    A border ends within a pixel: the row in which it ends is a mixture, and how much of it is border follows from how
    far it is from the border's grey, against the row inside of it.

    Examples
    --------
    >>> thumb = np.random.default_rng(1).integers(0, 200, (1, 64, 64), dtype=np.uint8)
    >>> thumb[:, :5] = thumb[:, :, -3:] = 255
    >>> content_boxes(thumb).tolist()
    [[5.0, 64.0, 0.0, 61.0]]
    """
    side_px = thumbs.shape[1]
    sideways = thumbs.transpose(0, 2, 1)
    top, bottom, left, right = (_border_px(rows) for rows in (thumbs, thumbs[:, ::-1], sideways, sideways[:, ::-1]))
    return np.stack([top, side_px - bottom, left, side_px - right], axis=1)


def _border_px(thumbs: Thumbs) -> npt.NDArray[np.float64]:
    """Return how far the border reaches in from the first row of each thumb, in pixels."""
    rows = thumbs[:, : MAX_BORDER_PX + 2].astype(np.int16)
    grey = np.sort(rows[:, 0], axis=1)[:, rows.shape[2] // 2]
    distance = np.abs(rows - grey[:, None, None])
    differs = (distance > _TOLERANCE).mean(axis=2)
    is_plain = np.minimum.accumulate(differs <= 1 - _PLAIN_SHARE, axis=1)
    n_plain = np.minimum(is_plain.sum(axis=1), MAX_BORDER_PX)
    picture = np.arange(len(thumbs))
    last, inside = distance[picture, n_plain].mean(axis=1), distance[picture, n_plain + 1].mean(axis=1)
    mixed = 1 - last / np.maximum(inside, 1)
    border_px = n_plain + np.clip(np.rint(mixed * _STEPS_A_PX) / _STEPS_A_PX, 0, 1)
    has_edge = np.maximum(differs[picture, n_plain], differs[picture, n_plain + 1]) >= _EDGE_SHARE
    return np.where((n_plain > 0) & has_edge, border_px, 0.0)

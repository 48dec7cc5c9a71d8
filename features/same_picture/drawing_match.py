"""Whether near pictures are the same where drawings are among them: their sketches must agree, too.

Photographs within the radius are the same picture. Drawings need not be: a coin of another value, a red light and a
green one, the letters i and l have nearly the same lowest frequencies, and a crop of a drawing may show hardly
anything. So of drawings

- the wholes or the views that met must agree in their small parts, the more closely the plainer they are;
- where both are coloured, in their colours; a grey copy has the very luma of its original;
- the smallest crops of both say nothing: the wholes must agree;
- a crop counts that shows something: not a bar or a plain area, which is in many drawings.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.images.cosine_signature import N_MAIN_VIEWS, Flags
from features.images.drawings.drawn_pictures import LEAST_PLAIN
from features.images.drawings.sketch_difference import MostLevels, Pixels, colours_differ, is_grey_copy, luma_differs
from features.images.drawings.sketch_views import Luma, chroma_in_view, luma_in_view
from features.images.drawings.sketches import Sketches
from features.same_picture.views import MIDDLE_VIEW, TRIMMED_VIEW

# By how many levels of 255, and by how much chroma of 128, drawings that are so plain may differ in a spot.
_PLAIN = (LEAST_PLAIN, 75, 92)
_MOST_LEVELS = (24.0, 15.0, 8.0)
_MOST_CHROMA = (22.0, 17.0, 14.0)
_MORE_LEVELS = 8.0  # in crops, which lie over each other less exactly
_MOST_IN_PLACE = 26.0  # levels; of wholes, and of what lies within borders, that are no photographs
# Of 100: few photographs of something on a plain ground are as plain as that, and none as this.
_HARDLY_PHOTOGRAPHED, _SURELY_DRAWN = 80, 90
# Such a share of the height and the width isn't looked at on each side: a thin frame, and what a border leaves, lie
# there; of what may be a photograph, above and below as much as watermarks take.
_EDGES, _EDGES_OF_PHOTOGRAPHS = (0.02, 0.02), (0.15, 0.02)
_EQUAL_LEVELS = 8  # no pixel of equal drawings differs by more

_LEAST_SHOWN = 0.02  # of a crop's variance that is neither of its rows nor of its columns
_AT_ONCE = 256  # pairs; 0.6 MB for each array of them, which a processor's cache holds

Ints = npt.NDArray[np.integer]
Levels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of drawings and the views in which they are compared."""

    one: Sketches
    other: Sketches
    view: Ints
    other_view: Ints

    def take(self, rows: Ints | Flags) -> "_Pairs":
        return _Pairs(self.one.take(rows), self.other.take(rows), self.view[rows], self.other_view[rows])


def drawings_agree(one: Sketches, other: Sketches, view: Ints, other_view: Ints) -> Flags:
    """Say which pairs of near pictures are the same picture, as far as sketches say.

    Parameters
    ----------
    one, other
        The sketches of the two pictures of each pair, ``(n,)``.
    view, other_view
        The numbers of the views that are near.

    Returns
    -------
    numpy.ndarray
        True for all pairs of photographs. Of a drawing and a picture that is none, unless their wholes met: that may be
        a noisy copy, while the crop of a drawing may be anything.

    Notes
    -----
    About 20 us a pair of drawings; nothing for photographs.
    """
    are_drawn = one.is_there & other.is_there
    is_drawn = np.maximum(one.plainness(), other.plainness()) >= _SURELY_DRAWN
    agree: Flags = ~is_drawn | ((view < N_MAIN_VIEWS) & (other_view < N_MAIN_VIEWS))
    pairs = _Pairs(one, other, view, other_view)
    rows = np.flatnonzero(are_drawn)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        agree[some] = _agree(pairs.take(some))
    return agree


def equal_drawings(one: Sketches, other: Sketches) -> Flags:
    """Say which pairs of pictures of equal signatures are copies: photographs both, or drawings of equal sketches."""
    equal: Flags = one.is_there == other.is_there
    rows = np.flatnonzero(one.is_there & other.is_there)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        equal[some] = _nearly_equal(one.take(some), other.take(some))
    return equal


def _nearly_equal(one: Sketches, other: Sketches) -> Flags:
    equal = _are_near(one.chroma(), other.chroma())
    left = np.flatnonzero(equal)
    equal[left] = _are_near(one.take(left).luma(), other.take(left).luma())
    return equal


def _are_near(one: Levels, other: Levels) -> Flags:
    apart = np.maximum(one, other) - np.minimum(one, other)
    return np.asarray(apart.max(axis=tuple(range(1, apart.ndim))) <= _EQUAL_LEVELS)


def _agree(pairs: _Pairs) -> Flags:
    agree = _nearly_equal(pairs.one, pairs.other)
    whole = np.zeros_like(pairs.view)
    agree[~agree] = _views_agree(_Pairs(pairs.one, pairs.other, whole, whole).take(~agree))
    have_crops = (pairs.view > 0) | (pairs.other_view > 0)
    in_middle = (pairs.view == MIDDLE_VIEW) & (pairs.other_view == MIDDLE_VIEW)
    left = ~agree & have_crops & ~in_middle
    agree[left] = _views_agree(_within_both_borders(pairs.take(left)))
    return agree


def _within_both_borders(pairs: _Pairs) -> _Pairs:
    """Compare what lies within a border to what lies within the other's, where it has one, and not to a crop of it."""
    view, other_view = (
        np.where((theirs == TRIMMED_VIEW) & (views >= N_MAIN_VIEWS) & sketches.have_border(), TRIMMED_VIEW, views)
        for sketches, views, theirs in (
            (pairs.one, pairs.view, pairs.other_view),
            (pairs.other, pairs.other_view, pairs.view),
        )
    )
    return _Pairs(pairs.one, pairs.other, view, other_view)


def _views_agree(pairs: _Pairs) -> Flags:
    plain = np.minimum(pairs.one.plainness(), pairs.other.plainness())
    agree = np.zeros(len(plain), bool)
    for some, edges in ((plain < _HARDLY_PHOTOGRAPHED, _EDGES_OF_PHOTOGRAPHS), (plain >= _HARDLY_PHOTOGRAPHED, _EDGES)):
        if some.any():
            agree[some] = _insides_agree(pairs.take(some), plain[some], edges)
    return agree


def _insides_agree(pairs: _Pairs, plain: Ints, edges: tuple[float, float]) -> Flags:
    most_levels, most_chroma = (np.interp(plain, _PLAIN, limits) for limits in (_MOST_LEVELS, _MOST_CHROMA))
    are_crops = np.maximum(pairs.view, pairs.other_view) >= N_MAIN_VIEWS
    in_place = np.where(are_crops | (plain < _HARDLY_PHOTOGRAPHED), np.inf, _MOST_IN_PLACE)
    most = MostLevels(most_levels + _MORE_LEVELS * are_crops, in_place)
    colours = [
        _inside(chroma_in_view(sketches, views), edges)
        for sketches, views in ((pairs.one, pairs.view), (pairs.other, pairs.other_view))
    ]
    agree = ~colours_differ(colours[0], colours[1], most_chroma)
    left = np.flatnonzero(agree)
    # A grey copy of a drawing has its very luma; one of a photograph on a plain ground may be in another tone as well.
    is_toned = ~is_grey_copy(*(chroma[left] for chroma in colours)) | (plain[left] < _SURELY_DRAWN)
    agree[left] = _luma_agrees(pairs.take(left), most.take(left), is_toned, edges)
    return agree


def _luma_agrees(pairs: _Pairs, most: MostLevels, is_toned: Flags, edges: tuple[float, float]) -> Flags:
    one, other = luma_in_view(pairs.one, pairs.view), luma_in_view(pairs.other, pairs.other_view)
    agree = ~luma_differs(_inside(one, edges), _inside(other, edges), most, is_toned)
    for luma, view in ((one, pairs.view), (other, pairs.other_view)):
        left = np.flatnonzero(agree & (view >= N_MAIN_VIEWS))
        agree[left] = _shows_something(luma[left])
    return agree


def _inside(pixels: Pixels, edges: tuple[float, float]) -> Pixels:
    """Return pictures without so much of each side; their last two axes are the height and the width."""
    rows, columns = (math.ceil(pixels.shape[-1] * share) for share in edges)
    return np.ascontiguousarray(pixels[..., rows:-rows, columns:-columns])


def _shows_something(luma: Luma) -> Flags:
    """Say which views show more than rows or columns of one level each."""
    centred = luma - luma.mean(axis=(1, 2), keepdims=True)
    beyond = centred - centred.mean(axis=1, keepdims=True) - centred.mean(axis=2, keepdims=True)
    shown = (beyond**2).sum(axis=(1, 2)) / np.maximum((centred**2).sum(axis=(1, 2)), 1)
    return np.asarray(shown >= _LEAST_SHOWN)

"""Groups pictures around leaders: every member is near the leader of its group, and no two leaders are near.

A leader is the first picture of its group and stays so: leaders are only ever added, members never move. So a group
is a star and can't drift from picture to picture, as connected neighbours do, and yesterday's groups are today's.
A picture that is near several leaders joins the nearest, and the pair of leaders is noted: they may be one picture.

New pictures first meet the leaders that were known. What is left takes its turn in blocks that grow with the number of
new leaders: a block meets these, and what is still left decides among itself, the first come leading. A block in which
too many pictures may be alike, such as a hundred thousand variants of one that isn't known yet, is taken in halves: its
first leaders then take up the rest. Given the same pictures in the same order, the groups are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from features.images.cosine_signature import Flags
from features.same_picture.drawing_match import drawings_agree
from features.same_picture.near_pictures import NearPictures, Search, combine, near_pictures
from features.same_picture.near_views import Effort
from features.same_picture.views import SignedPictures

DEFAULT_RADIUS = 32  # bits of 256; see docs/signatures.md
_FIRST_BLOCK = 1_024  # pictures, which may all be near each other: a million pairs
_TURNS_AT_ONCE = 512
_MOST_CANDIDATES = 30_000_000  # in one band of a larger block, before it is halved

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grouping:
    """What became of new pictures, by row.

    Each joins the leader whose number is ``leader``: below ``n_known`` one that was known, from there on one of
    ``new_leaders``, the rows of those pictures in the order in which they became leaders. ``distance`` is in bits, and
    ``view`` and ``leader_view`` are the numbers of the views that met; all three are 0 for leaders.

    ``bridges`` are pairs of leaders that one picture is near to: ``sought`` is the row of the picture, ``found`` the
    number of a leader that isn't its own. ``effort`` is what the search went through, and ``n_halved`` how often a
    block was halved, for too many of it may be alike.
    """

    leader: Ints
    distance: npt.NDArray[np.int16]
    view: npt.NDArray[np.int8]
    leader_view: npt.NDArray[np.int8]
    new_leaders: Ints
    n_known: int
    bridges: NearPictures
    effort: Effort
    n_halved: int


def group_around_leaders(
    pictures: SignedPictures, known: SignedPictures, radius: int = DEFAULT_RADIUS, search: Search = near_pictures
) -> Grouping:
    """Give every picture a leader, known or new.

    No picture is flat; they come in the order in which they may become leaders, what should lead first. ``known`` are
    the leaders of earlier days, oldest first. Pictures within the radius, in bits, are the same; drawings if they agree
    as well (`features.same_picture.drawing_match`). Another search may work on several bands side by side, or on a
    cluster.

    Notes
    -----
    Time grows with the pictures times the leaders that share a band with each (about one for each band and bit), memory
    with the leaders: 32 bytes a view and 20 a view for the index of one band.

    Examples
    --------
    >>> words = np.array([[0, 0, 0, 0], [2**40 - 1, 0, 0, 0], [3, 0, 0, 0]], np.uint64)
    >>> pictures = SignedPictures.photographs(words[:, None], np.ones((3, 1), bool))
    >>> nobody = pictures.take(np.empty(0, int))
    >>> grouping = group_around_leaders(pictures, nobody)
    >>> grouping.leader.tolist(), grouping.distance.tolist(), grouping.new_leaders.tolist()
    ([0, 1, 0], [0, 0, 2], [0, 1])
    """
    return _Fold(pictures, known, radius, search).run()


class _Fold:
    """The pictures, their leaders so far and what is still open."""

    def __init__(self, pictures: SignedPictures, known: SignedPictures, radius: int, search: Search) -> None:
        self._pictures, self._known, self._radius, self._search = pictures, known, radius, search
        n = len(pictures)
        self._leader = np.full(n, -1, np.int64)
        self._distance, self._views = np.zeros(n, np.int16), np.zeros((2, n), np.int8)
        self._new_leaders = [np.empty(0, np.int64)]
        self._bridges: list[NearPictures] = []
        self._effort, self._n_halved = Effort(), 0

    def run(self) -> Grouping:
        """Group everything."""
        every = np.arange(len(self._pictures))
        if len(self._known):
            self._meet(every, self._known, 0)
        rest = self._open(every)
        start, size = 0, _FIRST_BLOCK
        while start < len(rest):
            block = rest[start : start + size]
            if not self._take_in(block):
                size = max(_FIRST_BLOCK, len(block) // 2)
                continue
            start += len(block)
            size = max(_FIRST_BLOCK, sum(map(len, self._new_leaders)) // 2)
        return self._grouping()

    def _take_in(self, block: Ints) -> bool:
        """Give the pictures of a block their leaders; False if too many may be alike."""
        leaders = self._pictures.take(np.concatenate(self._new_leaders))
        if len(leaders):
            self._meet(self._open(block), leaders, len(self._known))
        rest = self._open(block)
        pictures = self._pictures.take(rest)
        most = _MOST_CANDIDATES if len(block) > _FIRST_BLOCK else None
        near = self._search(pictures, pictures, self._radius, most)
        if near.effort.gave_up:
            self._n_halved += 1
            return False
        self._effort += near.effort
        near = near.take(near.sought != near.found)
        leads = first_come(near, len(rest), lambda pairs: _agree(near.take(pairs), pictures, pictures))
        number = len(self._known) + len(leaders) + np.cumsum(leads) - 1
        new = rest[leads]
        self._leader[new] = number[leads]
        self._new_leaders.append(new)
        joins = near.take(leads[near.found] & ~leads[near.sought])
        joins = joins.take(_agree(joins, pictures, pictures))
        self._join(rest, replace(joins, found=number[joins.found]))
        return True

    def _meet(self, rows: Ints, leaders: SignedPictures, first_number: int) -> None:
        pictures = self._pictures.take(rows)
        near = self._search(pictures, leaders, self._radius, None)
        self._effort += near.effort
        near = near.take(_agree(near, pictures, leaders))
        self._join(rows, replace(near, found=near.found + np.int64(first_number)))

    def _join(self, rows: Ints, near: NearPictures) -> None:
        """Let pictures join the nearest of their leaders; the others that they are near to are bridges."""
        nearest = near.nearest()
        row = rows[nearest.sought]
        self._leader[row], self._distance[row] = nearest.found, nearest.distance
        self._views[0, row], self._views[1, row] = nearest.sought_view, nearest.found_view
        is_other = near.found != self._leader[rows[near.sought]]
        others = near.take(is_other)
        self._bridges.append(replace(others, sought=rows[others.sought]))

    def _open(self, rows: Ints) -> Ints:
        return rows[self._leader[rows] < 0]

    def _grouping(self) -> Grouping:
        return Grouping(
            self._leader,
            self._distance,
            self._views[0],
            self._views[1],
            np.concatenate(self._new_leaders),
            len(self._known),
            combine(self._bridges),
            self._effort,
            self._n_halved,
        )


def _agree(near: NearPictures, sought: SignedPictures, indexed: SignedPictures) -> Flags:
    """Say which near pictures are the same where drawings are among them."""
    one, other = sought.sketches.take(near.sought), indexed.sketches.take(near.found)
    return drawings_agree(one, other, near.sought_view, near.found_view)


def first_come(near: NearPictures, n_pictures: int, agree: Callable[[Ints], Flags] | None = None) -> Flags:
    """Return who leads when everyone takes their turn and leads unless a leader is near.

    Pairs of near pictures come both ways round, none with itself, sorted by the one that was sought; pictures are
    numbered in the order of their turns. `agree` says which pairs of `near` are the same picture; all are without it.
    It is asked about many pairs at once, hardly more than those with leaders.

    Examples
    --------
    A chain of three: the first leads, the second follows it, the third is near no leader.

    >>> chain = NearPictures(*(np.array(c) for c in ([0, 1, 1, 2], [1, 0, 2, 1], [2] * 4, [0] * 4, [0] * 4)), Effort())
    >>> first_come(chain, 3).tolist()
    [True, False, True]
    """
    every = np.flatnonzero(near.found < near.sought)
    starts = np.arange(0, n_pictures, _TURNS_AT_ONCE)
    cuts = np.searchsorted(near.sought[every], [*starts, n_pictures])
    leads = np.ones(n_pictures, bool)
    for start, low, high in zip(starts.tolist(), cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        pair = every[low:high]
        later, before = near.sought[pair], near.found[pair]
        is_known = before < start
        to_leader = pair[is_known & leads[before]]
        leads[near.sought[to_leader if agree is None else to_leader[agree(to_leader)]]] = False
        pair = pair[~is_known & leads[later] & leads[before]]
        pair = pair if agree is None else pair[agree(pair)]
        _follow(leads[start : start + _TURNS_AT_ONCE], near.sought[pair] - start, near.found[pair] - start)
    return leads


def _follow(leads: Flags, later: Ints, before: Ints) -> None:
    """Let those who may lead decide in their turns, given the pairs of them that are the same; done in place."""
    # A round decides on everyone whose earlier neighbours are decided; rounds are as many as a chain is long.
    while len(later):
        waits = np.zeros(len(leads), bool)
        waits[later] = True
        follows = later[~waits[before]]
        leads[follows] = False
        pending = leads[later] & leads[before] & waits[before]
        later, before = later[pending], before[pending]

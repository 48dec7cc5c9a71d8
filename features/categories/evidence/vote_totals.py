"""The sums of the votes on pictures, with one vote an owner.

Boards of one owner that show the same picture are not independent of each other: a careless owner would confirm
himself. So they have one vote between them, and it is left out of the evidence about each of them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.categories.evidence.voting_boards import Votes
from joins.arrow.groups import Floats, Ints, offsets_of

BLOCK_CELLS = 2**20  # of pictures by categories that votes are added up in at once


@dataclass(frozen=True, slots=True)
class ShownPictures:
    """Distinct pairs of picture and board, as numbers, sorted by picture, then board; and the boards, by number.

    Boards are numbered by partition, then id. ``known`` ones are among those that may vote; ``owner`` is equal where
    the owner is.
    """

    picture: Ints
    board: Ints
    n_pictures: int
    board_ids: Ints
    partition: Ints
    known: npt.NDArray[np.bool_]
    owner: Ints
    votes: Votes


@dataclass(frozen=True, slots=True)
class VoteTotals:
    """The votes that are evidence about each board, for each picture it shows: pairs sorted by source, then board.

    A source is the evidence of a picture about some boards: all votes, or all but those of an owner who has several
    boards that show it. Sources below ``n_pictures`` are the pictures with all their votes.

    ``n_voters`` owners vote in a source, and ``rest`` millionths of their votes are spread by the prior. Its votes, by
    category, stand from ``first_vote[source]`` to that of the next.
    """

    source: Ints
    board: Ints
    n_voters: Ints
    rest: Ints
    first_vote: Ints
    category: npt.NDArray[np.int16]
    votes: Ints


@dataclass(frozen=True, slots=True)
class _Shared:
    """Groups of boards of one owner that show the same picture: two or more each, sorted by picture.

    ``pairs`` are positions among the pairs of picture and board, ``group`` their groups; ``picture`` is by group.
    """

    pairs: Ints
    group: Ints
    picture: Ints


def vote_totals(shown: ShownPictures, n_categories: int) -> VoteTotals:
    """Add up the votes on each picture, and without the vote of each owner who has several boards that show it.

    Notes
    -----
    O(pairs log pairs) time; sums are exact. A vote that boards share is rounded down to whole millionths for each.
    """
    shared = _shared(shown)
    n_groups, n_sources = len(shared.picture), shown.n_pictures + len(shared.picture)
    voter = shown.votes.voter[shown.board].astype(np.int64)
    n_sharing = np.ones(len(shown.board), np.int64)  # boards that have one vote between them
    n_sharing[shared.pairs] = np.maximum(np.bincount(shared.group, voter[shared.pairs]), 1)[shared.group]
    mass = shown.votes.mass[shown.board] // n_sharing[:, None]
    rest = shown.votes.rest[shown.board] // n_sharing

    def summed(values: Floats | Ints) -> Ints:
        of_picture = np.bincount(shown.picture, values, shown.n_pictures)
        of_group = np.bincount(shared.group, values[shared.pairs], n_groups)
        of_source: Ints = np.rint(np.concatenate([of_picture, of_picture[shared.picture] - of_group])).astype(np.int64)
        return of_source

    keys, votes_cast = _cast(shown, shared, mass, n_categories)
    source = shown.picture.copy()
    source[shared.pairs] = shown.n_pictures + shared.group
    order = np.argsort(source, kind="stable") if n_groups else np.arange(len(source))
    of_source, category = np.divmod(keys, n_categories)
    return VoteTotals(
        source[order],
        shown.board[order],
        summed(voter / n_sharing),
        summed(rest),
        offsets_of(np.bincount(of_source, minlength=n_sources)),
        category.astype(np.int16),
        votes_cast,
    )


def _shared(shown: ShownPictures) -> _Shared:
    """Find where boards of one owner show the same picture; only owners of several boards are looked at."""
    numbers, owner, n_boards = np.unique(shown.owner, return_inverse=True, return_counts=True)
    several = np.flatnonzero((n_boards > 1)[owner][shown.board])
    key = shown.picture[several] * len(numbers) + owner[shown.board[several]]
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    sizes = np.diff(starts, append=len(key))
    pairs = several[order][np.repeat(sizes > 1, sizes)]
    sizes, starts = sizes[sizes > 1], starts[sizes > 1]
    return _Shared(pairs, np.repeat(np.arange(len(sizes)), sizes), shown.picture[several[order[starts]]])


def _cast(shown: ShownPictures, shared: _Shared, mass: npt.NDArray[np.int32], n_categories: int) -> tuple[Ints, Ints]:
    """Return source times ``n_categories`` plus category of all votes, ascending, and the votes."""
    category = shown.votes.category[shown.board]
    of_pictures, of_groups = [np.empty((2, 0))], [np.empty((2, 0))]

    def cells(number: Ints, pairs: Ints | slice, n_rows: int) -> Floats:
        total = np.zeros(n_rows * n_categories)
        for code, part in zip(category[pairs].T, mass[pairs].T, strict=True):
            total += np.bincount(number * n_categories + code, part, len(total))
        return total.reshape(n_rows, n_categories)

    def entries(first: int, total: Floats) -> Floats:
        at = np.flatnonzero(total)
        return np.stack([at + first * n_categories, total.ravel()[at]])

    step = max(1, BLOCK_CELLS // n_categories)
    for start in range(0, shown.n_pictures, step):
        stop = min(start + step, shown.n_pictures)
        here = slice(*np.searchsorted(shown.picture, [start, stop]))
        total = cells(shown.picture[here] - start, here, stop - start)
        of_pictures.append(entries(start, total))
        first, last = np.searchsorted(shared.picture, [start, stop])
        if first < last:
            within = slice(*np.searchsorted(shared.group, [first, last]))
            own = cells(shared.group[within] - first, shared.pairs[within], last - first)
            of_groups.append(entries(shown.n_pictures + first, total[shared.picture[first:last] - start] - own))
    keys, votes = np.concatenate([*of_pictures, *of_groups], axis=1).astype(np.int64)
    return keys, votes

"""The sums of the votes on pictures, in which boards of one owner count as far as they don't copy each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.categories.evidence.board_sketches import Sketches
from features.categories.evidence.owner_shares import SharingBoards, owner_shares
from features.categories.evidence.shown_pictures import ShownPictures
from features.categories.evidence.voting_boards import VOTE, Votes
from joins.arrow.groups import Floats, Ints, offsets_of
from joins.arrow.ordering import order_of

BLOCK_CELLS = 2**20  # of pictures by categories that votes are added up in at once

Whole = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class SharedByOwners:
    """Groups of boards of one owner that show the same picture: two or more each, sorted by picture.

    ``pairs`` are positions among the pairs of picture and board, ``group`` their groups; ``picture`` is by group.
    """

    pairs: Ints
    group: Ints
    picture: Ints


@dataclass(frozen=True, slots=True)
class ShowingBoards:
    """What the boards of some shown pictures vote for, by their numbers, and whose they are.

    ``shared`` are the pictures that several boards of one owner show. ``sketches`` are those of all boards, of which
    ``row`` names these.
    """

    shared: SharedByOwners
    votes: Votes
    row: Ints
    sketches: Sketches | None


@dataclass(frozen=True, slots=True)
class VoteTotals:
    """The votes that are evidence about each board, for each picture it shows: pairs sorted by source, then board.

    A source is the evidence of a picture about some boards: about those of all owners, or about those of an owner who
    has several boards that show it. Sources below ``n_pictures`` are the pictures as all others see them.

    ``n_voters`` is what the votes in a source add up to, in millionths of a vote, and ``rest`` of them are spread by
    the prior. ``own_share`` is the part of its own vote that each board of the source finds among them, in millionths.
    The votes, by category, stand from ``first_vote[source]`` to that of the next.
    """

    source: Ints
    board: Ints
    n_voters: Ints
    own_share: Ints
    rest: Ints
    first_vote: Ints
    category: npt.NDArray[np.int16]
    votes: Ints


def vote_totals(shown: ShownPictures, boards: ShowingBoards, n_categories: int) -> VoteTotals:
    """Add up the votes on each picture, and once more for each owner who has several boards that show it.

    Notes
    -----
    O(pairs log pairs) time; sums are exact. A share of a vote is rounded down to whole millionths.
    """
    shared = boards.shared
    n_groups, n_sources = len(shared.picture), shown.n_pictures + len(shared.picture)
    shares = owner_shares(_sharing_boards(shown, boards, shared), n_groups)
    share = np.full(len(shown.board), VOTE)
    share[shared.pairs] = shares.to_others[shared.group]

    def counted(values: Whole) -> tuple[Ints, Ints]:
        """Return what each pair adds to its picture, and what of it those of a group don't see."""
        to_others = _part(values, share)
        return to_others, to_others[shared.pairs] - _part(values[shared.pairs], shares.to_own[shared.group])

    def summed(values: Whole) -> Ints:
        to_others, unseen = counted(values)
        of_picture = np.bincount(shown.picture, to_others, shown.n_pictures)
        of_group = np.bincount(shared.group, unseen, n_groups)
        of_source: Ints = np.rint(np.concatenate([of_picture, of_picture[shared.picture] - of_group])).astype(np.int64)
        return of_source

    keys, votes_cast = _cast(shown, boards, shared, counted(boards.votes.mass[shown.board]), n_categories)
    source = shown.picture.astype(np.int64)
    source[shared.pairs] = shown.n_pictures + shared.group
    order = order_of(source, equal="stable")
    of_source, category = np.divmod(keys, n_categories)
    return VoteTotals(
        source[order],
        shown.board[order],
        summed(boards.votes.voter[shown.board] * VOTE),
        np.concatenate([np.full(shown.n_pictures, VOTE), shares.to_own]),
        summed(boards.votes.rest[shown.board]),
        offsets_of(np.bincount(of_source, minlength=n_sources)),
        category.astype(np.int16),
        votes_cast,
    )


def shared_by_owners(shown: ShownPictures, owners: Ints) -> SharedByOwners:
    """Find where boards of one owner show the same picture; ``owners`` are numbers, of each board one.

    Only owners of several boards are looked at.
    """
    numbers, owner, n_boards = np.unique(owners, return_inverse=True, return_counts=True)
    several = np.flatnonzero((n_boards > 1)[owner][shown.board])
    key = shown.picture[several].astype(np.int64) * len(numbers) + owner[shown.board[several]]
    order = order_of(key, equal="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    sizes = np.diff(starts, append=len(key))
    pairs = several[order][np.repeat(sizes > 1, sizes)]
    sizes, starts = sizes[sizes > 1], starts[sizes > 1]
    return SharedByOwners(pairs, np.repeat(np.arange(len(sizes)), sizes), shown.picture[several[order[starts]]])


def _sharing_boards(shown: ShownPictures, boards: ShowingBoards, shared: SharedByOwners) -> SharingBoards:
    board = shown.board[shared.pairs]
    sketches = boards.sketches.of_rows(boards.row[board]) if boards.sketches else None
    return SharingBoards(shared.group, shown.board_ids[board], boards.votes.of(board), sketches)


def _part(values: Whole, share: Ints) -> Ints:
    return (values.T.astype(np.int64) * share // VOTE).T


def _cast(
    shown: ShownPictures, boards: ShowingBoards, shared: SharedByOwners, counted: tuple[Ints, Ints], n_categories: int
) -> tuple[Ints, Ints]:
    """Return source times ``n_categories`` plus category of all votes, ascending, and the votes.

    ``counted`` is what each pair adds to its picture, and what of it those of a group don't see.
    """
    category = boards.votes.category[shown.board]
    of_pictures, of_groups = [np.empty((2, 0))], [np.empty((2, 0))]

    def cells(number: Ints, category: npt.NDArray[np.int16], mass: Ints, n_rows: int) -> Floats:
        total = np.zeros(n_rows * n_categories)
        for code, part in zip(category.T, mass.T, strict=True):
            total += np.bincount(number * n_categories + code, part, len(total))
        return total.reshape(n_rows, n_categories)

    def entries(first: int, total: Floats) -> Floats:
        at = np.flatnonzero(total)
        return np.stack([at + first * n_categories, total.ravel()[at]])

    step = max(1, BLOCK_CELLS // n_categories)
    for start in range(0, shown.n_pictures, step):
        stop = min(start + step, shown.n_pictures)
        here = slice(*np.searchsorted(shown.picture, [start, stop]))
        total = cells(shown.picture[here].astype(np.int64) - start, category[here], counted[0][here], stop - start)
        of_pictures.append(entries(start, total))
        first, last = np.searchsorted(shared.picture, [start, stop])
        if first < last:
            within = slice(*np.searchsorted(shared.group, [first, last]))
            pairs, group = shared.pairs[within], shared.group[within] - first
            unseen = cells(group, category[pairs], counted[1][within], last - first)
            of_groups.append(entries(shown.n_pictures + first, total[shared.picture[first:last] - start] - unseen))
    keys, votes = np.concatenate([*of_pictures, *of_groups], axis=1).astype(np.int64)
    return keys, votes

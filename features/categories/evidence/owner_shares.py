"""How much the votes count that boards of one owner cast on the same picture: as far as they don't copy each other.

Boards of one owner that show the same picture may be copies of one board, filed in one go: a careless owner would
confirm himself. Or they are boards of their own, filed one by one: then each is a witness. Two things tell which.
Copies share other pictures, too, and copies that were filed in one go have one label. So the degree to which the
boards of a group copy each other is the overlap of their other pictures, less as far as their votes contradict each
other.

From it follows the weight of a vote by the design effect of clustered samples (Kish, "Survey Sampling", 1965). The
overlap and its bounds are our reconstruction.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.categories.evidence.board_sketches import Sketches
from features.categories.evidence.voting_boards import VOTE, Votes
from joins.arrow.groups import Floats, Ints, weight_of_groups
from joins.arrow.hashing import key_hash

NO_COPY, COPY = 0.2, 0.5  # of the other pictures of the smaller board that the larger one shows as well
SEPARATE = 0.15  # of the pairs of boards that vote for different categories: from here on they were filed one by one
FEWEST = 3  # boards whose votes are compared: of two, the other's vote would count where it differs, and only there
AGREEING_PAIRS = 3.0  # pairs that agree, which every group is taken to have on top: few votes prove little


@dataclass(frozen=True, slots=True)
class SharingBoards:
    """Boards of one owner that show the same picture, two or more a group, in any order; each array has one entry each.

    ``group`` is the number of the group. Without ``sketches`` nothing is known of the other pictures.
    """

    group: Ints
    board_ids: Ints
    votes: Votes
    sketches: Sketches | None


@dataclass(frozen=True, slots=True)
class OwnerShares:
    """The share of its vote, in millionths, with which each voting board of a group counts; by group.

    ``to_others`` is for boards of other owners, ``to_own`` for each other board of the group.
    """

    to_others: Ints
    to_own: Ints


def owner_shares(boards: SharingBoards, n_groups: int) -> OwnerShares:
    """Weigh the votes of boards that share their owner and a picture.

    Notes
    -----
    With n voting boards that copy each other to the degree rho, 0 to 1, a vote counts ``m = 1 / (1 + (n - 1) rho)``
    for boards of others, so that copies have one vote between them, and ``m (1 - rho)`` for the others of the group,
    so that copies don't confirm each other. Whole millionths, and the same in any order of the boards. O(boards log
    boards).

    Examples
    --------
    Without sketches, boards of one owner are taken for copies:

    >>> art_and_food = Votes(np.array([[0], [1]]), np.array([[VOTE], [VOTE]]), np.zeros(2, int))
    >>> pair = SharingBoards(np.zeros(2, int), np.array([7, 8]), art_and_food, None)
    >>> owner_shares(pair, 1)
    OwnerShares(to_others=array([500000]), to_own=array([0]))
    """
    n_voting = np.bincount(boards.group, boards.votes.voter, n_groups).astype(np.int64)
    copied = copied_share(boards, n_groups)
    to_others = VOTE * VOTE // (VOTE + np.maximum(n_voting - 1, 0) * copied)
    return OwnerShares(to_others, to_others * (VOTE - copied) // VOTE)


def copied_share(boards: SharingBoards, n_groups: int) -> Ints:
    """Return the degree to which the boards of each group copy each other, in millionths.

    Each board is compared with the next by the hash of its id, the last with the first: n pairs instead of all, which
    no order of the rows changes.
    """
    if boards.sketches is None:
        return np.full(n_groups, VOTE)
    order = np.lexsort((key_hash(pa.array(boards.board_ids)), boards.group))
    group, sizes = boards.group[order], np.bincount(boards.group, minlength=n_groups)
    following = np.arange(1, len(group) + 1)
    following[np.cumsum(sizes) - 1] -= sizes
    left, right = order, order[following]
    overlap = _copying(boards.sketches.overlap(left, right))

    def summed(values: Floats) -> Floats:
        return weight_of_groups(group, np.rint(values * VOTE), n_groups)

    voted = boards.votes.first_category
    compared = (voted[left] >= 0) & (voted[right] >= 0) & (sizes[group] >= FEWEST)
    weight = np.maximum(overlap, 0.0) * compared
    differing = summed(weight * (voted[left] != voted[right]))
    one_by_one = differing / (summed(weight) + AGREEING_PAIRS * VOTE) / SEPARATE
    copied = np.clip(summed(overlap) / sizes, 0, VOTE) * np.maximum(1 - one_by_one, 0)
    return np.rint(copied).astype(np.int64)


def _copying(overlap: Floats) -> Floats:
    """Return 0 for an overlap that says nothing and 1 for copies; below 0 where chance took it below `NO_COPY`."""
    return np.minimum((overlap - NO_COPY) / (COPY - NO_COPY), 1.0)

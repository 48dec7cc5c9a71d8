"""Folds of owners: the labels of one are hidden while evidence about its boards is gathered.

All boards of an owner lie in one fold, because an owner's boards would tell of each other's labels.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from features.categories.evidence.voting_boards import Bools, VotingBoards
from joins.arrow.groups import Ints
from joins.arrow.hashing import key_hash

N_FOLDS: Final = 4
_FOLD_BITS, _HALF_BITS = np.uint64(32), np.uint64(40)  # apart from those that name a partition or choose a sample


@dataclass(frozen=True, slots=True)
class OwnerFolds:
    """In which fold of owners each board lies.

    Parameters
    ----------
    fold
        int64, shape ``(n_boards,)``: 0 to ``N_FOLDS - 1``.
    is_second_half
        bool, shape ``(n_boards,)``: in which half of its fold, for fitting on one half and judging by the other.
    """

    fold: Ints
    is_second_half: Bools


def owner_folds(voters: VotingBoards) -> OwnerFolds:
    """Share owners out among the folds, by a hash of the smallest id of an owner's boards.

    Examples
    --------
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = LabelledBoards(np.arange(1, 6), ("art",), np.zeros(5, np.int64))
    >>> owners = pa.table({"board_id": [2, 5], "user_id": ["Ann", "Ann"]})
    >>> owner_folds(voting_boards(owner_voters(boards, owners))).fold.tolist()
    [0, 2, 0, 2, 2]
    """
    _, first, owner = np.unique(voters.owners, return_index=True, return_inverse=True)
    hashes = key_hash(pa.array(voters.board_ids[first]))[owner]
    return OwnerFolds(
        (hashes >> _FOLD_BITS).astype(np.int64) % N_FOLDS, (hashes >> _HALF_BITS & np.uint64(1)).astype(np.bool_)
    )

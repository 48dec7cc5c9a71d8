"""Folds of owners: the labels of one are hidden while evidence about its boards is gathered.

All boards of an owner lie in one fold, because an owner's boards would tell of each other's labels.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from features.categories.evidence.voting_boards import Bools
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


def owner_folds(owners: Ints) -> OwnerFolds:
    """Share owners out among the folds, by a hash of their numbers: of the smallest id of an owner's boards.

    ``owners`` are the owners of some boards, as `owner_numbers` gives them; no other board changes their folds.

    Examples
    --------
    >>> from features.categories.evidence.voters import owner_numbers
    >>> owners = pa.table({"board_id": [2, 5], "user_id": ["Ann", "Ann"]})
    >>> owner_folds(owner_numbers(np.arange(1, 6), owners)).fold.tolist()
    [0, 2, 0, 2, 2]
    """
    hashes = key_hash(pa.array(owners))
    return OwnerFolds(
        (hashes >> _FOLD_BITS).astype(np.int64) % N_FOLDS, (hashes >> _HALF_BITS & np.uint64(1)).astype(np.bool_)
    )

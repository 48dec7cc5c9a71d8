"""Labelled boards chosen by the hash of their ids: told row by row, and found without having all boards at hand.

Hashes spread evenly. So of n labelled boards, those m of the smallest hashes lie most likely below a bound that follows
from n and m alone. Tasks return what lies below it, a few more than m boards together, however many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.casting.owner_folds import N_FOLDS, owner_folds
from features.categories.evidence.voting_boards import Bools
from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints
from joins.arrow.hashing import key_hash

ALL_HASHES: Final = 2**64 - 1
_SURE = 6.0  # standard errors that a bound is above the one that is expected to have enough boards below it

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class HashedBoards:
    """Labelled boards, all whose hashes are at most ``last_hash``, in any order.

    Each has the ``hashes`` of its id, its label, a code, and the number of its owner.
    """

    last_hash: int
    hashes: Hashes
    labels: Ints
    owners: Ints

    @classmethod
    def joined(cls, parts: Sequence["HashedBoards"]) -> "HashedBoards":
        """Put those of several partitions together, of which there is at least one."""
        arrays = ([getattr(part, name) for part in parts] for name in ("hashes", "labels", "owners"))
        return cls(parts[0].last_hash, *map(np.concatenate, arrays))

    def of(self, rows: Ints) -> "HashedBoards":
        """Return some of them."""
        return HashedBoards(self.last_hash, self.hashes[rows], self.labels[rows], self.owners[rows])


class LabelledVoters(Protocol):
    """Boards with labels, be they in partitions."""

    @property
    def n_labelled(self) -> Ints:
        """Labelled boards of each fold of owners."""

    def hashed(self, last_hash: int) -> HashedBoards:
        """Return all labelled boards up to a hash, or to a higher one that costs no more."""


@dataclass(frozen=True, slots=True)
class ChosenBoards:
    """The labelled boards of the first ``n_folds`` folds whose ids have hashes up to ``last_hash``."""

    last_hash: int
    n_folds: int = N_FOLDS

    def of(self, votes: pa.Table) -> Bools:
        """Return which boards of a table of votes they are."""
        labelled = one_array(votes["owner_category"]).is_valid().to_numpy(zero_copy_only=False)
        up_to = key_hash(votes["board_id"]) <= np.uint64(self.last_hash)
        chosen: Bools = labelled & up_to & (folds_of(votes) < self.n_folds)
        return chosen


def folds_of(votes: pa.Table) -> Ints:
    """Return the fold of owners of each board in a table of votes."""
    return owner_folds(votes["owner"].to_numpy()).fold


def smallest_hashes(voters: LabelledVoters, most: int, n_folds: int = N_FOLDS) -> HashedBoards:
    """Return the labelled boards of the first folds with the smallest hashes, ascending: ``most``, or all there are.

    ``last_hash`` is that of the last of them, by which `ChosenBoards` knows them.
    """
    enough, last_hash = min(most, int(voters.n_labelled[:n_folds].sum())), 0
    while True:
        found = voters.hashed(last_hash)
        found = found.of(np.flatnonzero(owner_folds(found.owners).fold < n_folds))
        if len(found.hashes) >= enough:
            break
        last_hash = min(2 * found.last_hash + 1, ALL_HASHES)  # as good as never
    smallest = found.of(np.argsort(found.hashes)[:enough])
    return HashedBoards(int(smallest.hashes[-1]) if enough else 0, smallest.hashes, smallest.labels, smallest.owners)


def likely_last_hash(n_labelled: int, most: int) -> int:
    """Return a bound below which ``most`` of so many boards surely lie, in each fold of owners and not many more.

    Examples
    --------
    >>> likely_last_hash(100, 200) == ALL_HASHES, likely_last_hash(10**9, 8000) / ALL_HASHES * 10**9 // 1
    (True, 34150.0)
    """
    wanted = N_FOLDS * (most + _SURE * most**0.5 + 1)
    return ALL_HASHES if wanted >= n_labelled else int(wanted / n_labelled * ALL_HASHES)


def hashed_boards(votes: pa.Table, last_hash: int = ALL_HASHES) -> HashedBoards:
    """Return the labelled boards of a table of votes whose hashes are at most so large."""
    rows = np.flatnonzero(ChosenBoards(last_hash).of(votes))
    labels = one_array(votes["owner_category"]).indices.fill_null(-1).to_numpy().astype(np.int64)
    hashes = key_hash(votes["board_id"])
    return HashedBoards(last_hash, hashes[rows], labels[rows], votes["owner"].to_numpy()[rows])


def n_labelled_of_folds(votes: pa.Table) -> Ints:
    """Return how many labelled boards of a table of votes lie in each fold."""
    labelled = one_array(votes["owner_category"]).is_valid().to_numpy(zero_copy_only=False)
    return np.bincount(folds_of(votes)[labelled], minlength=N_FOLDS)

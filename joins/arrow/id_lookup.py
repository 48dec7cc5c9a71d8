"""Finding ids among many: the position of each of a million ids among hundreds of thousands, whatever numbers they are.

Ids lie in buckets by the hash that names parts too (`joins.arrow.hashing`), twice as many buckets as ids, so that one
look or two find each. Of 130,000 ids among 400,000 that takes 2 ms, where a binary search takes 35 ms.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from joins.arrow.groups import Ints
from joins.arrow.hashing import splitmix64
from joins.arrow.ordering import order_by_partition
from joins.errors import TablesDisagreeError

_BITS = 64


@dataclass(frozen=True, slots=True)
class IdLookup:
    """Ids in buckets; `of` makes it.

    Parameters
    ----------
    starts
        int64, shape ``(n_buckets + 1,)``: where each bucket begins.
    ids, rows
        int64, shape ``(n_ids + 1,)``, by bucket: the ids, and their positions where they came from. One entry more than
        there are ids, so that a look past the last is no error.
    """

    starts: Ints
    ids: Ints
    rows: Ints

    @classmethod
    def of(cls, ids: Ints) -> "IdLookup":
        """Prepare distinct ids, in any order, for being looked up.

        Examples
        --------
        >>> IdLookup.of(np.array([5, 7, 2**62])).find(np.array([7, 6, 2**62, 7])).tolist()
        [1, -1, 2, 1]
        """
        shift = _BITS - max(1, len(ids).bit_length() + 1)
        bucket = _buckets(ids, shift)
        rows = order_by_partition(bucket)
        starts = np.concatenate([[0], np.cumsum(np.bincount(bucket, minlength=1 << _BITS - shift))])
        return cls(starts, np.append(ids[rows], 0), np.append(rows, 0))

    def find(self, ids: Ints) -> Ints:
        """Return the position of each id, -1 where it isn't among those that were prepared."""
        bucket = _buckets(ids, _BITS + 1 - len(self.starts).bit_length())
        at, end = self.starts[bucket], self.starts[bucket + 1]
        rows = np.where((self.ids[at] == ids) & (at < end), self.rows[at], -1)
        left = np.flatnonzero(rows < 0)
        while len(left := left[at[left] + 1 < end[left]]):
            at[left] += 1
            there = self.ids[at[left]] == ids[left]
            rows[left[there]] = self.rows[at[left[there]]]
            left = left[~there]
        return rows

    def rows_of(self, ids: Ints, what: str) -> Ints:
        """Return the position of each id; ``what`` names the ids in the error.

        Raises
        ------
        TablesDisagreeError
            If an id isn't known: the tables don't belong together.
        """
        rows = self.find(ids)
        unknown = rows < 0
        if unknown.any():
            raise TablesDisagreeError(
                f"{np.unique(ids[unknown]).size:,} {what} are not among the {len(self.ids) - 1:,} given "
                f"(first: {ids[unknown][0]})",
                remedy="pass tables of the same version",
            )
        return rows


def _buckets(ids: Ints, shift: int) -> Ints:
    hashes: npt.NDArray[np.uint64] = splitmix64(np.ascontiguousarray(ids).view(np.uint64))
    return (hashes >> np.uint64(shift)).view(np.int64)

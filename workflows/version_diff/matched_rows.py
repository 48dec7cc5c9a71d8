"""Which rows of two tables belong together: by their key and, where several rows have a key, by their order in it.

Where a key has another number of rows than before, nobody can say which of them are the old ones. Such rows are
counted, and compared with none.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from joins.arrow.groups import groups_of_sorted

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many keys and rows are in both tables, in the first alone, or in the second alone."""

    n_keys_gone: int = 0
    n_keys_new: int = 0
    n_keys_recounted: int = 0  # that have another number of rows
    n_rows_gone: int = 0
    n_rows_new: int = 0
    n_rows_uncompared: int = 0  # of keys with another number of rows, the smaller of both numbers

    def __add__(self, other: "KeyCounts") -> "KeyCounts":
        return KeyCounts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Matched:
    """Rows that belong together, ``before[i]`` of the first table and ``after[i]`` of the second; and all others."""

    before: Rows
    after: Rows
    counts: KeyCounts


def matched_rows(before: pa.ChunkedArray | pa.Array, after: pa.ChunkedArray | pa.Array) -> Matched:
    """Match the rows of two tables by their keys.

    Parameters
    ----------
    before, after
        Key columns without nulls, of one type; rows of equal keys stand together.

    Examples
    --------
    >>> matched = matched_rows(pa.array([1, 2, 4, 4]), pa.array([2, 3, 4, 4]))
    >>> matched.before.tolist(), matched.after.tolist()
    ([1, 2, 3], [0, 2, 3])
    >>> matched.counts.n_rows_gone, matched.counts.n_rows_new
    (1, 1)
    """
    one, other = one_array(before), one_array(after)
    groups, groups_after = groups_of_sorted(one), groups_of_sorted(other)
    keys, keys_after = one.take(pa.array(groups.starts)), other.take(pa.array(groups_after.starts))
    place = pc.index_in(keys, value_set=keys_after)
    mine = np.flatnonzero(place.is_valid().to_numpy(zero_copy_only=False))
    theirs = place.drop_null().to_numpy(zero_copy_only=False).astype(np.int64)
    sizes, sizes_after = groups.sizes[mine], groups_after.sizes[theirs]
    same = sizes == sizes_after
    most, least = np.maximum(sizes, sizes_after), np.minimum(sizes, sizes_after)
    counts = KeyCounts(
        n_keys_gone=len(groups) - len(mine),
        n_keys_new=len(groups_after) - len(theirs),
        n_keys_recounted=int((~same).sum()),
        n_rows_gone=int(len(one) - sizes.sum() + (most - sizes_after).sum()),
        n_rows_new=int(len(other) - sizes_after.sum() + (most - sizes).sum()),
        n_rows_uncompared=int(least[~same].sum()),
    )
    rows = _rows_from(groups.starts[mine][same], sizes[same])
    return Matched(rows, _rows_from(groups_after.starts[theirs][same], sizes[same]), counts)


def _rows_from(starts: Rows, sizes: Rows) -> Rows:
    """Return the rows of groups, one after the other."""
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows: Rows = np.repeat(starts, sizes) + within
    return rows

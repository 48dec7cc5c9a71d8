"""Keys: what must stand once does, and how the keys of two versions are compared without reading either again.

Rows of a part are sorted by key, and equal keys lie in one part, so repeated keys are neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints, groups_of_sorted
from joins.arrow.hashing import key_hash
from workflows.checks.summaries import Faults

_HALF = np.uint64(32)
_MOST_NUMBERS = 2**63


@dataclass(frozen=True, slots=True)
class RepeatedRows:
    """Finds rows that agree with another one of their part in some columns, which must name a row together.

    Examples
    --------
    >>> print(RepeatedRows(("board_id",))(pa.table({"board_id": [3, 7, 7, 9]})))
    1 row (first: board_id 7)
    """

    columns: tuple[str, ...]

    def __call__(self, table: pa.Table) -> Faults:
        """Return how many rows are one too many."""
        first = groups_of_sorted(table[self.columns[0]]).number
        values = [_values(table[name]) for name in self.columns[1:]]
        if _ascend(first, *values):  # as they mostly do, and nothing is left to sort
            return Faults()
        codes = [np.unique(column, return_inverse=True)[1] for column in values]
        if _are_distinct(first, codes):
            return Faults()
        order = np.lexsort((*reversed(codes), first)) if codes else np.arange(len(first))
        again = np.ones(max(0, len(order) - 1), bool)
        for column in (first, *codes):
            again &= column[order][1:] == column[order][:-1]
        rows = order[1:][again]
        if not len(rows):
            return Faults()
        row = int(rows.min())
        return Faults(len(rows), ", ".join(f"{name} {table[name][row].as_py()!r}" for name in self.columns))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Adds up half a hash of every value of a column, or of a field of its list: equal for equal values in any order.

    A value too few, too many or changed shows; that two such faults cancel out is as likely as one in four thousand
    millions. ``distinct`` counts equal neighbours once: the keys of a dataset with several rows each.

    Examples
    --------
    >>> boards = pa.table({"board_id": [7, 7, 9]})
    >>> other_order = pa.table({"board_id": [9, 7]})
    >>> Fingerprint("board_id", distinct=True)(boards) == Fingerprint("board_id")(other_order)
    True
    """

    column: str
    field: str = ""
    distinct: bool = False

    def __call__(self, table: pa.Table) -> int:
        """Return the sum over a table."""
        values = one_array(table[self.column])
        if self.field:
            values = values.flatten().field(self.field)
        if self.distinct:
            values = values.take(pa.array(groups_of_sorted(values).starts))
        return added_halves(key_hash(values.drop_null()))


def added_halves(hashes: npt.NDArray[np.uint64]) -> int:
    """Return the sum of the upper halves of hashes, which fits whatever their number."""
    return int((hashes >> _HALF).sum())


def _ascend(*columns: Ints) -> bool:
    """Return whether each row is larger than the one before in the first column in which they differ."""
    ascends, agrees = np.zeros(max(0, len(columns[0]) - 1), bool), True
    for column in columns:
        ascends |= agrees & (column[1:] > column[:-1])
        agrees = agrees & (column[1:] == column[:-1])
    return bool(ascends.all())


def _are_distinct(first: Ints, codes: Sequence[Ints]) -> bool:
    """Return whether no two rows agree in all columns; False as well where one number can't hold all of a row."""
    numbers, n_numbers = first, int(first.max(initial=0)) + 1
    for code in codes:
        n_codes = int(code.max(initial=0)) + 1
        n_numbers *= n_codes
        if n_numbers >= _MOST_NUMBERS:
            return False
        numbers = numbers * n_codes + code
    ordered = np.sort(numbers)
    return bool((ordered[1:] != ordered[:-1]).all())


def _values(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return integers as they are, and a number for each text."""
    array = one_array(column)
    if pa.types.is_integer(array.type):
        numbers: npt.NDArray[np.int64] = array.to_numpy(zero_copy_only=False)
        return numbers
    codes: npt.NDArray[np.int64] = array.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return codes

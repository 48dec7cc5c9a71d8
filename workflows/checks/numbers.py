"""Numbers in columns: those that can't be, and sums that other datasets are compared with."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from joins.arrow.hashing import key_hash
from workflows.checks.keys import added_halves
from workflows.checks.summaries import Faults, Total

_NO_TEXT = "\0"  # what stands for null, which isn't the empty text


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """Finds rows with a number in some columns that is below or above what it may be, or no number; null is none.

    Examples
    --------
    >>> ranks = pa.table({"board_id": [1, 2], "page_rank": [0.5, float("nan")]})
    >>> print(OutOfRange("board_id", {"page_rank": (0.0, 1.0)})(ranks))
    1 row (first: page_rank nan of board_id 2)
    """

    key: str
    ranges: dict[str, tuple[float, float]]  # both ends are allowed

    def __call__(self, table: pa.Table) -> Faults:
        """Return how many numbers are out of range."""
        return sum((self._of(table, name, *ends) for name, ends in self.ranges.items()), Faults())

    def _of(self, table: pa.Table, name: str, low: float, high: float) -> Faults:
        values = table[name].to_numpy()
        bad = np.flatnonzero(~((values >= low) & (values <= high)) & table[name].is_valid().to_numpy())
        if not len(bad):
            return Faults()
        row = int(bad[0])
        return Faults(len(bad), f"{name} {values[row]} of {self.key} {table[self.key][row].as_py()!r}")


@dataclass(frozen=True, slots=True)
class Sum:
    """Adds up some columns, of the rows where another one is above zero if one is given.

    Examples
    --------
    >>> boards = pa.table({"n_pins": [2, 0], "page_rank": [0.25, 0.75]})
    >>> Sum("n_pins")(boards), Sum("page_rank", where="n_pins")(boards)
    (2, 0.25)
    """

    columns: tuple[str, ...]
    where: str = ""

    def __init__(self, *columns: str, where: str = "") -> None:
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "where", where)

    def __call__(self, table: pa.Table) -> Total:
        """Return the sum over a table; 0 of none."""
        rows = table.select([*self.columns, *filter(None, [self.where])])
        if self.where:
            rows = rows.filter(pc.greater(rows[self.where], 0))
        return sum(_sum(rows[name]) for name in self.columns)


@dataclass(frozen=True, slots=True)
class NotNull:
    """Counts the rows that have a value in a column.

    Examples
    --------
    >>> NotNull("parent_board_id")(pa.table({"parent_board_id": [7, None]}))
    1
    """

    column: str

    def __call__(self, table: pa.Table) -> int:
        """Return the count over a table."""
        return int(pc.count(table[self.column]).as_py())


@dataclass(frozen=True, slots=True)
class Members:
    """Counts the members of the lists in a column.

    Examples
    --------
    >>> Members("pins")(pa.table({"pins": [[5, 6], [], None]}))
    2
    """

    column: str

    def __call__(self, table: pa.Table) -> int:
        """Return the count over a table."""
        return int(pc.sum(pc.list_value_length(table[self.column]), min_count=0).as_py())


@dataclass(frozen=True, slots=True)
class TextsByKey:
    """Adds up half a hash of each key with its text in a column: equal where equal keys have equal texts.

    Examples
    --------
    >>> one = pa.table({"id": [1, 2], "category": ["a", None]})
    >>> other = pa.table({"id": [1, 2], "category": [None, "a"]})
    >>> TextsByKey("id", "category")(one) == TextsByKey("id", "category")(other)
    False
    """

    key: str
    column: str

    def __call__(self, table: pa.Table) -> int:
        """Return the sum over a table."""
        texts: npt.NDArray[np.uint64] = key_hash(one_array(table[self.column]).fill_null(_NO_TEXT).dictionary_encode())
        return added_halves(key_hash(table[self.key]) * (texts | np.uint64(1)))


def _sum(values: pa.ChunkedArray) -> Total:
    if pa.types.is_floating(values.type):
        return float(values.to_numpy().sum())
    return int(pc.sum(values, min_count=0).as_py())

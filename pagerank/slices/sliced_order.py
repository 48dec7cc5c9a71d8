"""The order of ranks that lie in slices, and the rows that are published: by counting values, range after range.

A range of values is worked on as a whole, each value once, however many boards share it: boards that nobody saves
from all have the same rank. A slice then looks its ranks up in one range after the other.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from joins.arrow.ordering import order_from_counts, order_of
from joins.arrow.value_ranges import Ranges, counted_up_to
from joins.engine.kept_tables import KeptTables
from pagerank.board_ranks import BOARD_RANKS
from pagerank.slices.sliced_boards import REPIN_COUNTS
from pagerank.slices.sliced_sweep import RANK

VALUES = pa.schema(
    [
        pa.field("value", pa.float64(), nullable=False),
        pa.field("n_boards", pa.int64(), nullable=False),  # of a slice that have it as their rank
        pa.field("range", pa.int64(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class ValuesOfSlice:
    """Reads the values that the ranks of a slice have, each once; picklable."""

    ranks: KeptTables
    ranges: Ranges

    def __call__(self, number: int) -> pa.Table:
        """Return `VALUES`, by ascending value."""
        values, n_boards = np.unique(self.ranks.read(number)[RANK].to_numpy(), return_counts=True)
        return pa.table([values, n_boards, self.ranges.of(values)], schema=VALUES)


def counted_values(values: pa.Table) -> tuple[pa.Table, int]:
    """Return how many boards of a range have a rank up to each of its values, and how many boards it has.

    Examples
    --------
    >>> values = pa.table([[0.5, 0.7, 0.5], [1, 1, 2], [0, 0, 0]], schema=VALUES)
    >>> counted, n_boards = counted_values(values)
    >>> counted.to_pydict(), n_boards
    ({'value': [0.5, 0.7], 'n_up_to': [3, 4]}, 4)
    """
    n_boards = values["n_boards"].to_numpy()
    distinct, n_up_to, _ = counted_up_to(values["value"].to_numpy(), n_boards)
    return pa.table({"value": distinct, "n_up_to": n_up_to}), int(n_boards.sum())


@dataclass(frozen=True, slots=True)
class RankedRows:
    """Reads a slice as rows that are published; picklable.

    Parameters
    ----------
    boards
        `pagerank.slices.sliced_boards.SLICE_OF_BOARDS` by slice.
    ranks
        The ranks by slice, in the order of the boards.
    values
        What `counted_values` returns, by range.
    ranges
        The ranges, and in `n_in_ranges` how many boards have a rank in each.
    """

    boards: KeptTables
    ranks: KeptTables
    values: KeptTables
    ranges: Ranges
    n_in_ranges: tuple[int, ...]

    def __call__(self, number: int) -> pa.Table:
        """Return rows of `pagerank.board_ranks.BOARD_RANKS`, by ascending board."""
        boards, ranks = self.boards.read(number), self.ranks.read(number)[RANK].to_numpy()
        n_boards, n_not_above = sum(self.n_in_ranges), self._not_above(ranks)
        order, percentile = order_from_counts(n_not_above, n_boards)
        counts = (boards[name] for name in REPIN_COUNTS)
        return pa.table([boards["board_id"], ranks, order, percentile, *counts], schema=BOARD_RANKS)

    def _not_above(self, ranks: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return how many of all boards have a rank that is no higher than each."""
        by_rank = order_of(ranks)
        n_not_above = np.zeros(ranks.size, np.int64)
        ends = np.cumsum(np.bincount(self.ranges.of(ranks), minlength=self.ranges.n))
        start = n_below = 0
        for number, (end, n_in_range) in enumerate(zip(ends.tolist(), self.n_in_ranges, strict=True)):
            if end > start:
                counted, rows = self.values.read(number), by_rank[start:end]
                places = np.searchsorted(counted["value"].to_numpy(), ranks[rows])
                n_not_above[rows] = n_below + counted["n_up_to"].to_numpy()[places]
            start, n_below = end, n_below + n_in_range
        return n_not_above


def rows_of_part(rows: pa.Table) -> pa.Table:
    """Return the rows of one partition of what is published, by ascending board.

    Examples
    --------
    >>> rows = pa.table([[7, 5], [0.4, 0.6], [2, 1], [0.5, 1.0], [0, 1], [1, 0], [0, 0]], schema=BOARD_RANKS)
    >>> rows_of_part(rows)["board_id"].to_pylist()
    [5, 7]
    """
    return rows.take(pa.array(order_of(rows["board_id"].to_numpy())))

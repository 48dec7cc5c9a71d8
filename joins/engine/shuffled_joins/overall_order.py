"""The order of all rows of all partitions by a number: by sorting the numbers, or range by range where they are many.

A step returns the numbers of each partition, or a sample of them. Where they are too many to be held, they travel to
the range of numbers that they fall into, each distinct one once a partition. There they are counted, and how many
numbers of the range are up to each travels back to the partition that it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.value_ranges import Ranges, counted_up_to, cut
from joins.engine.kept_tables import KeptTables
from joins.engine.step import PartitionStep, Shuffled, numbers_themselves

Floats = npt.NDArray[np.float64]

VALUES_A_RANGE = 2**20  # of 32 bytes
SAMPLED = 64  # values of a partition
PLACES = pa.schema(
    [
        pa.field("value", pa.float64()),
        pa.field("n_up_to", pa.int64()),  # of the numbers of its range
        pa.field("range", pa.int64()),
        pa.field("partition", pa.int64()),  # that it goes back to
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class ValuesOrSample:
    """The numbers of a partition, or where they are many, a sample of them; and how many there are."""

    values: Floats
    n_values: int

    @property
    def is_whole(self) -> bool:
        """Whether they are all."""
        return len(self.values) == self.n_values


@dataclass(frozen=True, slots=True)
class KeptWithValues:
    """The sink of a step that builds tables whose rows are to be put in order by one of their columns.

    Parameters
    ----------
    tables, values
        Keep the tables, and the distinct numbers of each where these are too many to be returned.
    column
        The column with the numbers, float64 without null or NaN.
    most_returned_bytes
        Size of the numbers of a partition that are returned whole.
    """

    tables: KeptTables
    values: KeptTables
    column: str
    most_returned_bytes: int

    def __call__(self, number: int, built: pa.Table) -> ValuesOrSample:
        """Keep the table of a partition and return its numbers."""
        self.tables(number, (built, None))
        values: Floats = built[self.column].to_numpy()
        if values.nbytes <= self.most_returned_bytes:
            return ValuesOrSample(values, len(values))
        distinct = self.keep_values(number, values)
        return ValuesOrSample(distinct[:: max(1, distinct.size // SAMPLED)][: len(values) - 1].copy(), len(values))

    def keep_values(self, number: int, values: Floats) -> Floats:
        """Keep and return the distinct numbers of a partition, ascending."""
        distinct, n_of_each = np.unique(values, return_counts=True)
        self.values(number, (pa.table({"value": distinct, "n": n_of_each}), None))
        return distinct


@dataclass(frozen=True, slots=True)
class ValuesInRanges:
    """Reads the distinct numbers of a partition with the range that each falls into; picklable."""

    values: KeptTables
    ranges: Ranges

    def __call__(self, number: int) -> pa.Table:
        """Return the numbers."""
        kept = self.values.read(number)
        ranges = self.ranges.of(kept["value"].to_numpy())
        return kept.append_column("range", pa.array(ranges)).append_column(
            "partition", pa.array(np.full(kept.num_rows, number))
        )


def places_in_range(values: pa.Table) -> tuple[pa.Table, int]:
    """Return how many numbers of a range are up to each of them, by `PLACES`, and how many it has.

    Examples
    --------
    >>> values = pa.table({"value": [0.5, 0.7, 0.5], "n": [1, 1, 2], "range": [0, 0, 0], "partition": [0, 0, 1]})
    >>> places, n_values = places_in_range(values)
    >>> places["n_up_to"].to_pylist(), n_values
    ([3, 4, 3], 4)
    """
    n_of_each = values["n"].to_numpy()
    _, n_up_to, place = counted_up_to(values["value"].to_numpy(), n_of_each)
    columns = [values["value"], pa.array(n_up_to[place]), values["range"], values["partition"]]
    return pa.table(columns, schema=PLACES), int(n_of_each.sum())


def ranges_of(partitions: Sequence[ValuesOrSample]) -> Ranges:
    """Return ranges that hold about so many of the numbers of all partitions."""
    n_values = sum(one.n_values for one in partitions)
    sample = np.concatenate([one.values[:: max(1, one.values.size // SAMPLED)] for one in partitions])
    return cut(sample, max(1, -(-n_values // VALUES_A_RANGE)))


def places_step(values: KeptTables, n_partitions: int, ranges: Ranges, kept: KeptTables) -> PartitionStep[int]:
    """Return the step that counts the numbers of each range, keeps their places and returns how many there are."""
    read = ValuesInRanges(values, ranges)
    shuffled = {"values": Shuffled(read, n_partitions, "range")}
    return PartitionStep(ranges.n, {}, places_in_range, kept, shuffled, numbers_themselves)


def places_by_partition(kept: KeptTables, n_ranges: int) -> Shuffled:
    """Return the places that the step kept, to be split by the number of the partition that they go back to."""
    return Shuffled(kept.read, n_ranges, "partition", numbers_themselves)

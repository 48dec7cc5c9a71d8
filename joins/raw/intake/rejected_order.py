"""The order of all rejected rows, which depends on their content alone, found by steps: their numbers follow from it.

Few rows are ordered by one task and make one part. Many are cut into ranges first: each shard is sampled, the samples
give the bounds, rows travel to their range and are sorted there. Ranges then follow each other, so the number of a row
is its place in its range after all ranges before.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Protocol, TypeVar

import numpy as np
import pyarrow as pa

from joins.engine.kept_tables import KeptShards, KeptTables
from joins.engine.places import Place
from joins.engine.step import PartitionInput, PartitionStep, Shuffled, hand_over, numbers_themselves
from joins.raw.intake.accepted_rows import SortedBy
from joins.raw.intake.rejected_rows import REJECTED_ORDER, numbered

Result = TypeVar("Result")
ROWS_A_RANGE = 2**18  # of about 300 bytes
_SAMPLES_A_RANGE = 256
_RANGE = "range"
PlaceInOrder = tuple[str, str, bool, int, bytes]  # of a row in the order: table, reason, key (nulls last), content


class RunStep(Protocol):
    """Runs a step, which is told by some words and reads so many rows."""

    def __call__(self, what: str, step: PartitionStep[Result], n_rows: int) -> list[Result]:
        """Return what the sink returned, in partition order."""
        ...


@dataclass(frozen=True, slots=True)
class OrderedRejected:
    """How the parts of ``rejected_rows`` are built: a function of rows that are split by their number."""

    build: Callable[[pa.Table], pa.Table]
    n_parts: int
    rows: Shuffled


@dataclass(frozen=True, slots=True)
class SampleRows:
    """Takes every ``every``-th row of a shard, in the order; of few rows the one in the middle."""

    every: int

    def __call__(self, rows: pa.Table) -> list[PlaceInOrder]:
        """Return the places of the sample."""
        ordered, n_rows = numbered(rows), rows.num_rows
        return _places(ordered.take(pa.array(np.arange(min(self.every, n_rows) // 2, n_rows, self.every))))


@dataclass(frozen=True, slots=True)
class RangesOfShards:
    """Reads rejected rows of a shard, each with the number of its range."""

    read: PartitionInput
    bounds: tuple[PlaceInOrder, ...]  # the first row of each range but the first

    def __call__(self, shard: int) -> pa.Table:
        """Return the rows in the order, with ``range``."""
        ordered = numbered(self.read(shard)).drop_columns("row_number")
        place_of = partial(_place, ordered)
        starts = [bisect_left(range(ordered.num_rows), bound, key=place_of) for bound in self.bounds]
        sizes = np.diff([0, *starts, ordered.num_rows])
        return ordered.append_column(_RANGE, pa.array(np.repeat(np.arange(len(sizes)), sizes)))


@dataclass(frozen=True, slots=True)
class NumberedRanges:
    """Reads the rows of a range with their numbers."""

    read: PartitionInput
    firsts: tuple[int, ...]  # the number of the first row of each range

    def __call__(self, number: int) -> pa.Table:
        """Return the rows."""
        return numbered(self.read(number), self.firsts[number])


def order_rejected(rejected: KeptShards, n_rows: int, run: RunStep, folder: Place) -> OrderedRejected:
    """Return how rejected rows of all shards are put in one order; ``folder`` keeps ranges where there are several."""
    n_ranges = max(1, -(-n_rows // ROWS_A_RANGE))
    if n_ranges == 1:
        return OrderedRejected(number_rejected, 1, rejected.by("reason"))
    sampling = SampleRows(max(1, ROWS_A_RANGE // _SAMPLES_A_RANGE))
    samples = run(
        "sampling rejected rows", PartitionStep(len(rejected), {"rows": rejected}, sampling, hand_over), n_rows
    )
    places = sorted(place for one in samples for place in one)
    bounds = tuple(places[len(places) * number // n_ranges] for number in range(1, n_ranges))
    kept = KeptTables(folder)
    ranges = {"rejected": Shuffled(RangesOfShards(rejected, bounds), len(rejected), _RANGE)}
    step = PartitionStep(n_ranges, {}, _without_range, kept, ranges, numbers_themselves)
    sizes = run("ordering rejected rows", step, n_rows)
    firsts = tuple(accumulate(sizes[:-1], initial=0))
    return OrderedRejected(_by_number, n_ranges, Shuffled(NumberedRanges(kept.read, firsts), n_ranges, "row_number"))


def number_rejected(rejected: pa.Table) -> pa.Table:
    """Order and number all rejected rows."""
    return numbered(rejected)


def _by_number(rejected: pa.Table) -> pa.Table:
    return SortedBy("row_number")(rejected)


def _without_range(rejected: pa.Table) -> tuple[pa.Table, int]:
    return rejected.drop_columns(_RANGE), rejected.num_rows


def _places(rows: pa.Table) -> list[PlaceInOrder]:
    """Return what orders rows as `numbered` does: texts by their UTF-8 bytes, a null after all numbers."""
    found = zip(*(rows[name].to_pylist() for name in REJECTED_ORDER), strict=True)
    return [(table, reason, key is None, key or 0, content.encode()) for table, reason, key, content in found]


def _place(ordered: pa.Table, row: int) -> PlaceInOrder:
    return _places(ordered.slice(row, 1))[0]

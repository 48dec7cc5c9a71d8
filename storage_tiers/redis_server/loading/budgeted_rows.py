"""Which rows of a dataset fit into its budget, and where the hashes of the keys of the others lie.

To choose, all rows are encoded once to be measured, and those that are kept once more to be sent. That takes time where
a budget is set, and neither disk nor the memory for all values.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.chunks import one_array
from joins.engine.ordered_map import ordered_map
from storage_tiers.budget import Budget, Trimmed
from storage_tiers.redis_server.loading.part_rows import PartRows
from storage_tiers.trimming.most_important import importance_column, keep_most_important, rank_rows
from storage_tiers.trimming.trimmed_keys import key_hashes
from storage_tiers.versioned.datasets import Dataset


@dataclass(frozen=True, slots=True)
class ChosenRows:
    """The rows that are kept of a dataset that is larger than its budget."""

    kept: tuple[npt.NDArray[np.bool_], ...]  # of each part, by row
    hashes: npt.NDArray[np.uint64]  # of the keys left out, sorted
    trimmed: Trimmed


@dataclass(frozen=True, slots=True)
class MeasuredPart:
    """What the choice goes by: the keys of a part, the bytes of each row, and how important it is."""

    keys: list[bytes]
    encoded_bytes: npt.NDArray[np.int64]
    importance: pa.Array | None


@dataclass(frozen=True, slots=True)
class PartMeasurer:
    """Encodes a part to see how large its rows are."""

    rows: PartRows
    importance: str | None

    def __call__(self, number: int) -> MeasuredPart:
        """Measure one part."""
        keys, sizes = list[bytes](), list[int]()
        for block_keys, values in self.rows.blocks(number):
            keys += block_keys
            sizes += (len(key) + len(value) for key, value in zip(block_keys, values, strict=True))
        importance = one_array(self.rows.reader(number)[self.importance]) if self.importance else None
        return MeasuredPart(keys, np.array(sizes, np.int64), importance)


def choose_rows(
    dataset: Dataset,
    rows: PartRows,
    tier_name: str,
    budget: Budget,
    overhead_bytes: int,
    pool: Executor,
    n_threads: int,
) -> ChosenRows | None:
    """Choose the most important rows that fit into a budget; None where all of them do.

    ``overhead_bytes`` is what a row takes on the server beside its key and value.

    Raises DatasetError if the budget says ``fail``, the dataset has no importance, or not even one row fits.
    """
    measurer = PartMeasurer(rows, importance_column(dataset))
    parts = list(ordered_map(measurer, range(dataset.n_parts), pool, n_threads))
    row_bytes = np.concatenate([part.encoded_bytes for part in parts]) + overhead_bytes
    keys = [key for part in parts for key in part.keys]
    importance = pa.concat_arrays([part.importance for part in parts]) if measurer.importance else None
    kept = keep_most_important(
        dataset, tier_name, budget, lambda: rank_rows(importance, pa.array(keys, pa.large_binary())), row_bytes
    )
    if kept is None:
        return None
    ends = np.cumsum([len(part.keys) for part in parts])
    masks = tuple(kept.is_kept[start:end] for start, end in pairwise([0, *ends.tolist()]))
    left_out = (keys[place] for place in np.flatnonzero(~kept.is_kept).tolist())
    return ChosenRows(masks, key_hashes(left_out), kept.trimmed)

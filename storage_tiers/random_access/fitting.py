"""Which rows of a version are written under its budget, so that the LMDB file and the hashes of left-out keys fit."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Budget
from storage_tiers.random_access.lmdb_pages import file_bytes
from storage_tiers.random_access.runs import Run
from storage_tiers.trimming.most_important import (
    Kept,
    Ranking,
    check_may_trim,
    most_that_fit,
    rank_rows,
    too_small,
)
from storage_tiers.versioned.datasets import Dataset

_NEARLY = 1.01  # up to so many times the budget all rows are written and measured, as a reckoning may be a little off


class Fitting:
    """Chooses rows of runs that fit into a budget, fewer ones each time that the file came out too large.

    Parameters
    ----------
    dataset, tier
        What is loaded, and the tier's name, for errors.
    budget
        What it may take.
    runs
        Its encoded rows, with their sizes.
    commit_rows
        After how many rows the load commits.
    """

    def __init__(self, dataset: Dataset, tier: str, budget: Budget, runs: Sequence[Run], commit_rows: int) -> None:
        self._dataset, self._tier, self._budget, self._commit_rows = dataset, tier, budget, commit_rows
        self._limit = self._target = budget.n_bytes or 0
        sizes = [run.sizes for run in runs if run.sizes]
        self._ends = np.cumsum([run.n_rows for run in runs])[:-1]
        self._keys = pa.chunked_array([one.keys for one in sizes], pa.large_binary())
        self._by_key = pc.sort_indices(self._keys).to_numpy()
        lengths = pc.binary_length(self._keys).to_numpy()
        self._key_bytes = lengths[self._by_key]
        self._value_bytes = np.concatenate([one.value_bytes for one in sizes])[self._by_key]
        self._importance = pa.chunked_array([one.importance for one in sizes])

    def first_choice(self) -> Kept | None:
        """Return which rows are written first, in the order of the runs; None: all of them."""
        needed = file_bytes(self._key_bytes, self._value_bytes, self._commit_rows)
        return None if needed <= _NEARLY * self._limit else self._chosen(needed)

    def fits(self, n_bytes: int) -> bool:
        """Return whether what was written is within the budget."""
        return n_bytes <= self._limit

    def next_choice(self, before: Kept | None, n_bytes: int) -> Kept:
        """Return which rows to write after a choice came out at so many bytes, more than the budget."""
        if before:
            self._target -= n_bytes - self._limit
        return self._chosen(n_bytes)

    def of_runs(self, kept: Kept) -> list[npt.NDArray[np.bool_]]:
        """Return which rows of each run are kept."""
        return np.split(kept.is_kept, self._ends)

    def left_out(self, kept: Kept) -> list[bytes]:
        """Return the keys of the rows that are left out."""
        keys: list[bytes] = self._keys.filter(pa.array(~kept.is_kept)).to_pylist()
        return keys

    @cached_property
    def _ranking(self) -> Ranking:
        return rank_rows(self._importance.take(pa.array(self._by_key)))

    def _chosen(self, needed_bytes: int) -> Kept:
        check_may_trim(self._dataset, self._tier, self._budget, needed_bytes)
        n_rows = len(self._by_key)
        n_kept = most_that_fit(n_rows, self._size_of, self._target)
        if not n_kept:
            raise too_small(self._dataset, self._tier, self._limit, self._size_of(min(1, n_rows)))
        kept = self._ranking.keep(n_kept, self._limit)
        is_kept = np.empty_like(kept.is_kept)
        is_kept[self._by_key] = kept.is_kept
        return Kept(is_kept, kept.trimmed)

    def _size_of(self, n_kept: int) -> int:
        """Return about how many bytes the most important rows take, and the hashes of the others."""
        is_kept = np.zeros(len(self._by_key), np.bool_)
        is_kept[self._ranking.order[:n_kept]] = True
        in_file = file_bytes(self._key_bytes[is_kept], self._value_bytes[is_kept], self._commit_rows)
        return in_file + BYTES_OF_A_TRIMMED_KEY * (len(self._by_key) - n_kept)

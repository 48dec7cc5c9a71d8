"""Loading a table under a budget: its most important rows, as many as the server really has room for in it.

How many bytes a row takes on the server is known when it is there: long values are compressed, rows are aligned, and
pages are whole. So rows are chosen by an estimate, loaded and measured, and chosen again by what was measured, until
the table is full and not over. Without a budget everything is loaded once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Budget
from storage_tiers.postgresql.columns.binary_rows import encoded_blocks
from storage_tiers.postgresql.columns.storable_text import without_nul
from storage_tiers.postgresql.records import Record
from storage_tiers.postgresql.sessions import Session
from storage_tiers.postgresql.table_copying import copy_rows, index_rows, look_up, record_of, table_bytes
from storage_tiers.random_access.keys import encode_keys
from storage_tiers.trimming.most_important import Kept, Ranking, importance_column, keep_most_important, rank_rows
from storage_tiers.trimming.trimmed_keys import key_hashes
from storage_tiers.versioned.datasets import Dataset

HASHES_A_BLOCK = 4_096
_FULL = 0.9  # of a budget: then it isn't chosen again for the rest
_MOST_REFILLS = 2
_AT_LEAST_SMALLER = 1.03  # each time that it was over, so that it ends
_ROW_BYTES = 44  # of a row beside its values: pointer, head, place in the index
_FIXED_BYTES = 7 * 8_192  # of a table with an index: the pages that even one row needs


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table that was loaded, and the hashes of the keys that were left out, sorted."""

    record: Record
    left_out: npt.NDArray[np.uint64]

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """Yield the hashes in blocks, with the first of each."""
        for start in range(0, len(self.left_out), HASHES_A_BLOCK):
            block = self.left_out[start : start + HASHES_A_BLOCK]
            yield int(block[0]), block.tobytes()


def load_under(
    session: Session, table: str, dataset: Dataset, budget: Budget, n_threads: int, on_rows: Callable[[int], None]
) -> Loaded:
    """Make a table, whose name is given as SQL writes it, of a dataset's rows; the caller has a transaction.

    Raises DatasetError if a value or a type can't be held, the dataset doesn't fit and may not be trimmed, or rows that
    are read back aren't those that were sent.
    """
    choice = _Choice(dataset, budget)
    kept = choice.first()
    while True:
        copied = copy_rows(session, table, dataset, kept.is_kept if kept else None, n_threads, on_rows)
        index_rows(session, table, dataset, copied.longest_key_bytes)
        n_bytes, _ = table_bytes(session, table)
        again = choice.after(kept, n_bytes)
        if again is kept:
            break
        kept = again
        session.run(f"DROP TABLE {table}")
    look_up(session, table, dataset, copied.sample)
    record = record_of(session, table, dataset, copied)
    if not kept:
        return Loaded(record, np.zeros(0, np.uint64))
    left_out = _hashes_left_out(dataset, kept)
    n_bytes = record.n_bytes + BYTES_OF_A_TRIMMED_KEY * len(left_out)
    return Loaded(replace(record, n_bytes=n_bytes, trimmed=kept.trimmed), left_out)


class _Choice:
    """Which rows are loaded, by an estimate of their sizes that is mended by what was measured."""

    def __init__(self, dataset: Dataset, budget: Budget) -> None:
        self._dataset, self._budget = dataset, budget
        self._sizes = np.zeros(0, np.int64)
        self._factor, self._n_refills = 1.0, 0

    def first(self) -> Kept | None:
        """Return the rows to begin with; None for all of them."""
        if self._budget.n_bytes is None:
            return None
        self._sizes = _estimated_sizes(self._dataset)
        return None if self._budget.on_over == "fail" else self._kept()

    def after(self, kept: Kept | None, n_bytes: int) -> Kept | None:
        """Return the rows to load in place of those that were kept and took so many bytes; the same ones to be done."""
        limit = self._budget.n_bytes
        if limit is None:
            return kept
        n_left_out = kept.trimmed.n_left_out if kept else 0
        is_over = n_bytes + BYTES_OF_A_TRIMMED_KEY * n_left_out > limit
        if not is_over and (kept is None or n_bytes >= _FULL * limit or self._n_refills == _MOST_REFILLS):
            return kept
        self._n_refills += not is_over
        estimated = int((self._sizes[kept.is_kept] if kept else self._sizes).sum())
        measured = max(1, n_bytes - _FIXED_BYTES) / max(1, estimated)
        self._factor = max(measured, self._factor * _AT_LEAST_SMALLER) if is_over else min(measured, self._factor)
        again = self._kept()
        if not is_over and again and kept and again.trimmed.n_rows <= kept.trimmed.n_rows:
            return kept
        return again

    def _kept(self) -> Kept | None:
        sizes = np.ceil(self._sizes * self._factor).astype(np.int64)
        return keep_most_important(self._dataset, "postgresql", self._budget, self._ranking, sizes, _FIXED_BYTES)

    def _ranking(self) -> Ranking:
        key, importance = self._dataset.manifest.key, importance_column(self._dataset)
        rows = self._dataset.to_table([key, *([importance] if importance else [])])
        return rank_rows(rows[importance or key], rows[key])


def _estimated_sizes(dataset: Dataset) -> npt.NDArray[np.int64]:
    """Return how many bytes each row may take, part after part."""
    sizes = [np.zeros(0, np.int64)]
    for rows in dataset.iter_parts():
        storable, _ = without_nul(rows, dataset.manifest.key)
        sizes += [row_bytes + _ROW_BYTES for _, row_bytes in encoded_blocks(storable)]
    return np.concatenate(sizes)


def _hashes_left_out(dataset: Dataset, kept: Kept) -> npt.NDArray[np.uint64]:
    keys = dataset.to_table([dataset.manifest.key])[dataset.manifest.key]
    left_out = keys.filter(pa.array(~kept.is_kept)).combine_chunks()
    return key_hashes(encode_keys(left_out, dataset.manifest.key))

"""Which rows of a dataset stay where it is larger than its budget: the most important ones, until the budget is full.

Rows without importance, or whose importance is no number, come last. Of equally important ones those of smaller keys
come first. Rows are taken in this order as long as they fit: a small row behind one that doesn't fit is left out as
well, so that one importance, the cut-off, tells kept rows from others.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY, Budget, Trimmed, in_units
from storage_tiers.errors import DatasetError
from storage_tiers.versioned.datasets import Dataset

_UNITS = {"MB": 10**6, "kB": 10**3, "B": 1}  # in which a budget is proposed that is large enough


@dataclass(frozen=True, slots=True)
class Kept:
    """Which rows stay, in the order in which they were given, and what that comes to."""

    is_kept: npt.NDArray[np.bool_]
    trimmed: Trimmed


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows in order of importance; see `rank_rows`."""

    values: pa.Array  # the importance of each row, in the order in which rows were given; null: none
    order: npt.NDArray[np.int64]  # the places of the rows, the most important first

    def keep(self, n_rows: int, budget_bytes: int) -> Kept:
        """Keep so many rows, one at least, and say what share of all importance they have.

        What is below zero or without end counts as nothing in the share.
        """
        is_kept = np.zeros(len(self.order), np.bool_)
        is_kept[self.order[:n_rows]] = True
        amounts = self.values.cast(pa.float64(), safe=False).fill_null(0).to_numpy(zero_copy_only=False)
        counted = np.where(np.isfinite(amounts) & (amounts > 0), amounts, 0.0)
        whole = float(counted.sum())
        share = min(1.0, float(counted[is_kept].sum()) / whole) if whole else 1.0
        least = int(self.order[n_rows - 1])
        has_importance = self.values[least].is_valid and bool(np.isfinite(amounts[least]))
        cut_off = float(amounts[least]) if has_importance else None
        return Kept(is_kept, Trimmed(budget_bytes, len(self.order), n_rows, share, cut_off))


def rank_rows(importance: pa.Array | pa.ChunkedArray, keys: pa.Array | pa.ChunkedArray | None = None) -> Ranking:
    """Order rows by descending importance, equal ones by ascending key.

    Parameters
    ----------
    importance
        Numbers, shape ``(n_rows,)``, with or without nulls.
    keys
        The key of each row: numbers, text or bytes. None: rows are given in order of their keys.

    Examples
    --------
    >>> rank_rows(pa.array([0.5, None, 0.7, 0.5])).order.tolist()
    [2, 0, 3, 1]
    >>> rank_rows(pa.array([0.5, 0.7, 0.5]), pa.array([b"z", b"m", b"a"])).order.tolist()
    [1, 2, 0]
    """
    values = one_array(importance)
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if keys is None:
        order = pc.array_sort_indices(values, order="descending")  # nulls last
    else:
        by = [("importance", "descending"), ("key", "ascending")]
        rows = pa.table({"importance": values, "key": one_array(keys)})
        order = pc.sort_indices(rows, sort_keys=by)
    return Ranking(values, order.to_numpy().astype(np.int64))


def most_that_fit(n_rows: int, size_of: Callable[[int], int], budget_bytes: int) -> int:
    """Return how many rows fit; none where not even one does.

    ``size_of`` tells the bytes that so many rows take, together with the hashes of those that are left out.

    Examples
    --------
    >>> most_that_fit(10, lambda n: 100 * n, 350)
    3
    """
    fits, too_many = 0, n_rows + 1
    while fits + 1 < too_many:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if size_of(middle) <= budget_bytes else (fits, middle)
    return fits


def keep_most_important(
    dataset: Dataset,
    tier: str,
    budget: Budget,
    ranking: Callable[[], Ranking],
    row_bytes: npt.NDArray[np.int64],
    fixed_bytes: int = 0,
) -> Kept | None:
    """Choose the rows of a dataset that stay under a budget; None where all of them do.

    For tiers in which a row takes what it takes, whatever rows are beside it.

    Parameters
    ----------
    dataset, tier
        What is loaded, and the name of the tier, for errors.
    budget
        What it may take.
    ranking
        Orders the rows; called only where there are too many.
    row_bytes
        What each row takes, all that the tier adds to it included, in the ranking's order of rows; over 8 each.
    fixed_bytes
        What the tier takes beside rows and the hashes of keys that were left out.

    Raises
    ------
    DatasetError
        If all rows don't fit and the budget says ``fail``, or if not even one does.
    """
    needed = fixed_bytes + int(row_bytes.sum())
    if budget.n_bytes is None or needed <= budget.n_bytes:
        return None
    check_may_trim(dataset, tier, budget, needed)
    ranked = ranking()
    so_far = np.concatenate([[0], np.cumsum(row_bytes[ranked.order])])

    def size_of(n_rows: int) -> int:
        return fixed_bytes + int(so_far[n_rows]) + BYTES_OF_A_TRIMMED_KEY * (len(row_bytes) - n_rows)

    n_kept = most_that_fit(len(row_bytes), size_of, budget.n_bytes)
    if not n_kept:
        raise too_small(dataset, tier, budget.n_bytes, size_of(1))
    return ranked.keep(n_kept, budget.n_bytes)


def importance_column(dataset: Dataset) -> str | None:
    """Return the column that says how important rows are; None where the schema names none that holds numbers."""
    schema = dataset.schema
    name = (schema.metadata or {}).get(b"importance", b"").decode()
    if name not in schema.names:
        return None
    type_ = schema.field(name).type
    is_number = pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_)
    return name if is_number else None


def check_may_trim(dataset: Dataset, tier: str, budget: Budget, needed_bytes: int) -> None:
    """Raise DatasetError where a dataset that is larger than its budget may not, or can't be, trimmed."""
    limit, larger = budget.n_bytes or 0, _enough(needed_bytes)
    problem = f"it takes {in_units(needed_bytes)}, more than its budget of {in_units(limit)}"
    more_room = f"give it room ({dataset.name}:{larger} in [tiers] {tier})"
    if budget.on_over == "fail":
        remedy = f"{more_room}, or let it be trimmed (on_over_budget = trim)"
        raise DatasetError(problem, where=_where(dataset, tier), remedy=remedy)
    if importance_column(dataset) is None:
        why = f"{problem}, and no column says which rows are important, to trim it by"
        raise DatasetError(why, where=_where(dataset, tier), remedy=f"{more_room}, or leave it out of the tier")


def too_small(dataset: Dataset, tier: str, budget_bytes: int, one_row_bytes: int) -> DatasetError:
    """Return the error of a budget into which not even the most important row fits."""
    why = f"its budget of {in_units(budget_bytes)} is too small for even one of {dataset.n_rows:,} rows"
    takes = f"that takes {in_units(one_row_bytes)}, with {BYTES_OF_A_TRIMMED_KEY} bytes for each key that is left out"
    remedy = f"give it more ({dataset.name}:{_enough(one_row_bytes)} in [tiers] {tier})"
    return DatasetError(f"{why}; {takes}", where=_where(dataset, tier), remedy=remedy)


def _where(dataset: Dataset, tier: str) -> str:
    return f"{dataset.name} {dataset.version} in {tier}"


def _enough(n_bytes: int) -> str:
    """Return a budget, as it is written in settings, that is a little larger than a number of bytes."""
    unit, size = next((unit, size) for unit, size in _UNITS.items() if n_bytes >= size or size == 1)
    return f"{n_bytes // size + 1}{unit}"

"""Which rows moved most between two versions: by places in the order, by importance, and from one category to another.

The place is the field ``rank_order``, the importance the one that the schema's metadata names, the category the field
``category``, where both versions have it. Of each kind only the few that moved most are kept, so that parts can be
looked at one after the other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workflows.version_diff.changed_values import Column, differs, is_measured, sizes_of_changes

PLACE, CATEGORY = "rank_order", "category"
_IMPORTANCE = b"importance"  # in the metadata of a schema

Key = int | str
CategoryPair = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Move:
    """A row that moved: its key, and what it had before and has now."""

    key: Key
    before: int | float
    after: int | float
    size: float


@dataclass(frozen=True, slots=True)
class CategoryMove:
    """A row that has another category; its importance is that of now, where there is one."""

    key: Key
    before: str | None
    after: str | None
    importance: float | None = None


@dataclass(frozen=True, slots=True)
class MovingFields:
    """The names of the fields that tell of moves; None where the versions don't both have such."""

    place: str | None = None
    importance: str | None = None
    category: str | None = None

    @property
    def names(self) -> list[str]:
        """The fields that there are."""
        return list(dict.fromkeys(filter(None, (self.place, self.importance, self.category))))


@dataclass(frozen=True, slots=True)
class Moves:
    """The rows that moved most, of each kind the farthest first."""

    by_places: list[Move] = field(default_factory=list)
    by_importance: list[Move] = field(default_factory=list)
    categories: list[CategoryMove] = field(default_factory=list)
    n_by_categories: Counter[CategoryPair] = field(default_factory=Counter)  # rows, by category before and after


def moving_fields(before: pa.Schema, after: pa.Schema) -> MovingFields:
    """Return which fields tell of moves."""
    importance = (after.metadata or {}).get(_IMPORTANCE, b"").decode()

    def measured(name: str) -> str | None:
        is_there = name in before.names and name in after.names
        return name if is_there and all(is_measured(schema.field(name).type) for schema in (before, after)) else None

    has_category = all(CATEGORY in schema.names and _is_text(schema.field(CATEGORY).type) for schema in (before, after))
    return MovingFields(measured(PLACE), measured(importance), CATEGORY if has_category else None)


def moves_between(before: pa.Table, after: pa.Table, key: str, fields: MovingFields, n_most: int) -> Moves:
    """Find the rows that moved most of rows that stand beside each other in two tables of equal length.

    Examples
    --------
    >>> before = pa.table({"board_id": [1, 2, 3], "rank_order": [1, 2, 3], "category": ["art", "art", None]})
    >>> after = pa.table({"board_id": [1, 2, 3], "rank_order": [3, 2, 1], "category": ["art", "food", None]})
    >>> moves = moves_between(before, after, "board_id", MovingFields("rank_order", None, "category"), 1)
    >>> moves.by_places
    [Move(key=1, before=1, after=3, size=2.0)]
    >>> moves.categories
    [CategoryMove(key=2, before='art', after='food', importance=None)]
    """
    keys = after[key]
    by_places = _moved(keys, before, after, fields.place, n_most)
    by_importance = _moved(keys, before, after, fields.importance, n_most)
    if fields.category is None:
        return Moves(by_places, by_importance)
    rows = np.flatnonzero(differs(before[fields.category], after[fields.category]))
    pairs = Counter(zip(_values(before[fields.category], rows), _values(after[fields.category], rows), strict=True))
    return Moves(by_places, by_importance, _recategorized(before, after, key, fields, rows, n_most), pairs)


def farthest(found: Iterable[Moves], n_most: int) -> Moves:
    """Return the moves of several parts as those of all, again only the farthest of each kind."""
    parts = list(found)
    return Moves(
        nsmallest(n_most, (move for one in parts for move in one.by_places), _order),
        nsmallest(n_most, (move for one in parts for move in one.by_importance), _order),
        nsmallest(n_most, (move for one in parts for move in one.categories), _order_of_categories),
        sum((one.n_by_categories for one in parts), Counter[CategoryPair]()),
    )


def _moved(keys: Column, before: pa.Table, after: pa.Table, name: str | None, n_most: int) -> list[Move]:
    if name is None:
        return []
    sizes = np.nan_to_num(sizes_of_changes(before[name], after[name]))
    rows = _largest(sizes, n_most)
    return sorted(
        (
            Move(keys[row].as_py(), before[name][row].as_py(), after[name][row].as_py(), float(sizes[row]))
            for row in rows.tolist()
        ),
        key=_order,
    )


def _largest(sizes: npt.NDArray[np.float64], n_most: int) -> npt.NDArray[np.intp]:
    """Return the rows of the largest sizes above 0; of equal ones the first."""
    rows = np.flatnonzero(sizes > 0)
    return rows[np.argsort(-sizes[rows], kind="stable")[:n_most]]


def _recategorized(
    before: pa.Table, after: pa.Table, key: str, fields: MovingFields, rows: npt.NDArray[np.intp], n_most: int
) -> list[CategoryMove]:
    """Return the most important of the rows that have another category."""
    if fields.importance:
        importance = np.nan_to_num(after[fields.importance].take(pa.array(rows)).to_numpy().astype(np.float64))
        rows = rows[np.argsort(-importance, kind="stable")[:n_most]]
    rows = rows[:n_most]
    weights = _values(after[fields.importance], rows) if fields.importance else [None] * len(rows)
    columns = (_values(after[key], rows), _values(before[CATEGORY], rows), _values(after[CATEGORY], rows), weights)
    return [CategoryMove(*cells) for cells in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray, rows: npt.NDArray[np.intp]) -> list[Any]:
    values: list[Any] = column.take(pa.array(rows)).to_pylist()
    return values


def _order(move: Move) -> tuple[float, str]:
    return -move.size, str(move.key)


def _order_of_categories(move: CategoryMove) -> tuple[float, str]:
    return -(move.importance or 0.0), str(move.key)


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_dictionary(type_))


def named_pairs(counted: Mapping[CategoryPair, int], n_most: int) -> list[tuple[str | None, str | None, int]]:
    """Return the most frequent moves between categories: before, after, rows."""
    ordered = sorted(counted.items(), key=lambda one: (-one[1], str(one[0])))
    return [(before, after, n_rows) for (before, after), n_rows in ordered[:n_most]]

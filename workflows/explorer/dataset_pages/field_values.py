"""What is counted of the values of one field of a version: how many, which are frequent, how numbers are spread.

A version never changes, so that what was counted once is kept; its digest says which version it was.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.versions import VersionPlace
from workflows.explorer.dataset_pages.row_tables import is_number
from workflows.explorer.version_rows import answer, answered_rows, column_sql

MOST_VALUES = 30
_KEPT = 512  # answers
_LONG_DAYS = 400  # over which months are counted, not days

Kind = Literal["number", "time", "list", "text"]


@dataclass(frozen=True, slots=True)
class Spread:
    """What is counted of a field: values that are there, distinct ones (estimated), and numbers in order."""

    n_values: int
    n_null: int
    n_distinct: int
    least: object
    median: object
    most: object
    mean: float | None
    is_whole: bool  # whether all values are whole numbers

    @property
    def n_all(self) -> int:
        """Values and nulls."""
        return self.n_values + self.n_null


def kind_of(type_: pa.DataType) -> Kind:
    """Return ``number``, ``time``, ``list`` (whose lengths are numbers) or ``text`` (whatever else there is)."""
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return "list"
    if pa.types.is_temporal(type_):
        return "time"
    return "number" if is_number(type_) else "text"


def _values_sql(dataset: Dataset, path: str, kind: Kind) -> str:
    """Return what selects the values of a field as ``value``, one a row: lengths of lists, each field of structs."""
    column, top = column_sql(dataset, path), dataset.schema.field(path.partition(".")[0]).type
    rows = "{rows}"
    if "." in path and (pa.types.is_list(top) or pa.types.is_large_list(top)):
        column, rows = "entry", f"(SELECT unnest({column}) AS entry FROM {{rows}})"  # noqa: S608 - as above
    if kind == "list":
        column = f"len({column})"
    elif kind == "text" and "." not in path and pa.types.is_struct(top):
        column = f"{column}::VARCHAR"
    return f"SELECT {column} AS value FROM {rows}"  # noqa: S608 - as above


@functools.lru_cache(maxsize=_KEPT)
def spread_of(place: VersionPlace, _digest: str, path: str, kind: Kind) -> Spread:
    """Count the values of a field, and put its numbers in order."""
    dataset = open_version(place)
    middle = "NULL, NULL, false"
    if kind in ("number", "list"):
        middle = "median(value), avg(value)::DOUBLE, coalesce(bool_and(value::DOUBLE = floor(value::DOUBLE)), false)"
    ordered = f"min(value), max(value), {middle}"
    query = (
        f"SELECT count(value), count(*) - count(value), approx_count_distinct(value), {ordered} "  # noqa: S608
        f"FROM ({_values_sql(dataset, path, kind)})"
    )
    n_values, n_null, n_distinct, least, most, median, mean, is_whole = (
        column[0].as_py() for column in answer(dataset, query).columns
    )
    return Spread(n_values, n_null, min(n_distinct, n_values), least, median, most, mean, is_whole)


@functools.lru_cache(maxsize=_KEPT)
def frequent_values(place: VersionPlace, _digest: str, path: str, kind: Kind) -> Sequence[tuple[object, int]]:
    """Return the most frequent values of a field with how often each is there, null among them."""
    dataset = open_version(place)
    query = (
        f"SELECT value, count(*) AS n FROM ({_values_sql(dataset, path, kind)}) "  # noqa: S608
        f"GROUP BY value ORDER BY n DESC, value NULLS LAST LIMIT {MOST_VALUES}"
    )
    return [(value, n) for value, n in answered_rows(dataset, query)]


@functools.lru_cache(maxsize=_KEPT)
def counts_between(place: VersionPlace, _digest: str, path: str, kind: Kind, edges: tuple[float, ...]) -> Sequence[int]:
    """Count the values between edges; what lies on the last edge, or beyond the ends, is in the bin beside it."""
    dataset, inner = open_version(place), edges[1:-1]
    cases = "".join(f"WHEN value::DOUBLE < ? THEN {number} " for number in range(len(inner)))
    numbered = f"CASE {cases}ELSE {len(inner)} END" if inner else "0"
    query = (
        f"SELECT {numbered} AS bin, count(*) AS n FROM ({_values_sql(dataset, path, kind)}) "  # noqa: S608 - as above
        "WHERE isfinite(value::DOUBLE) GROUP BY bin"
    )
    found = dict(map(tuple, answered_rows(dataset, query, list(inner))))
    return [found.get(number, 0) for number in range(len(edges) - 1)]


@functools.lru_cache(maxsize=_KEPT)
def counts_over_time(place: VersionPlace, _digest: str, path: str, *, n_days: int) -> tuple[str, list[tuple[str, int]]]:
    """Count the values of each day, or of each month where there are many days; which of them, and the counts."""
    dataset, step = open_version(place), "month" if n_days > _LONG_DAYS else "day"
    query = (
        f"SELECT strftime(date_trunc('{step}', value), '%Y-%m-%d') AS begin, count(*) AS n "  # noqa: S608
        f"FROM ({_values_sql(dataset, path, 'time')}) WHERE value IS NOT NULL GROUP BY begin ORDER BY begin"
    )
    return step, [(value, n) for value, n in answered_rows(dataset, query)]

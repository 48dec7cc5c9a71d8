"""Columns that features of several kinds share: when pins were made; rank order and percentile among all there are.

As for boards (`pagerank.board_ranks`), the most important picture or user has rank order 1, equal ones share a place,
and the percentile is the share of those that are no more important.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from joins.arrow.fields import described
from joins.arrow.groups import Floats, Ints
from joins.arrow.ordering import order_from_counts, order_of, rank_order
from joins.arrow.shared_fields import PERCENTILE, RANK_ORDER

_TIME = pa.timestamp("ms", tz="UTC")
TIMES_OF_PINS = (
    described("first_pinned_at", _TIME, "earliest of its pins; null where no pin tells", "UTC"),
    described("last_pinned_at", _TIME, "latest of its pins; null where no pin tells", "UTC"),
)
ORDER = (RANK_ORDER, PERCENTILE)
AFTER = "importance"


def pinned_between(created_at: pa.ChunkedArray, group: Ints, n_groups: int) -> tuple[pa.Array, pa.Array]:
    """Return the earliest and the latest time of each group of pins; null where no pin tells its time."""
    dated = np.flatnonzero(created_at.is_valid().to_numpy())
    times = created_at.cast(pa.int64()).fill_null(0).to_numpy()[dated]
    first = np.full(n_groups, np.iinfo(np.int64).max)
    last = np.full(n_groups, np.iinfo(np.int64).min)
    np.minimum.at(first, group[dated], times)
    np.maximum.at(last, group[dated], times)
    undated = np.bincount(group[dated], minlength=n_groups) == 0
    return pa.array(first, pa.int64(), mask=undated).cast(_TIME), pa.array(last, pa.int64(), mask=undated).cast(_TIME)


def ordered_schema(features: pa.Schema) -> pa.Schema:
    """Return a schema of features with the order behind their importance."""
    fields = list(features)
    place = features.get_field_index(AFTER) + 1
    return pa.schema([*fields[:place], *ORDER, *fields[place:]])


def with_order(features: pa.Table, all_importance: Floats) -> pa.Table:
    """Return features with their rank order and percentile.

    Parameters
    ----------
    features
        With a column ``importance``.
    all_importance
        Shape ``(n,)``, ascending: of all pictures, or all users, those of the features among them.

    Returns
    -------
    pyarrow.Table
        Of `ordered_schema`, in the order of the features.

    Examples
    --------
    >>> two = pa.table({"user_id": [7, 8], "importance": [0.5, 0.2]})
    >>> with_order(two, np.array([0.1, 0.2, 0.2, 0.5])).to_pylist()[1]
    {'user_id': 8, 'importance': 0.2, 'rank_order': 2, 'percentile': 0.75}
    """
    return _with_columns(features, *rank_order(features[AFTER].to_numpy(), all_importance))


@dataclass(frozen=True, slots=True)
class WithOrderByRanges:
    """Does the same where importance was counted range by range; picklable.

    Parameters
    ----------
    n_in_ranges
        How many pictures, or users, have an importance in each of some ascending ranges.
    """

    n_in_ranges: tuple[int, ...]

    def __call__(self, features: pa.Table, places: pa.Table) -> pa.Table:
        """Return features as `with_order` does.

        ``places`` says in ``n_up_to`` how many of a ``range`` are up to a ``value``, of each that the features have.

        Examples
        --------
        >>> two = pa.table({"user_id": [7, 8], "importance": [0.5, 0.2]})
        >>> places = pa.table({"value": [0.2, 0.5], "n_up_to": [3, 1], "range": [0, 1]})
        >>> WithOrderByRanges((3, 1))(two, places)["rank_order"].to_pylist()
        [1, 2]
        """
        values = places["value"].to_numpy()
        n_below = np.cumsum(self.n_in_ranges) - self.n_in_ranges
        n_not_above = n_below[places["range"].to_numpy()] + places["n_up_to"].to_numpy()
        by_value = order_of(values)
        place = by_value[np.searchsorted(values[by_value], features[AFTER].to_numpy())]
        return _with_columns(features, *order_from_counts(n_not_above[place], sum(self.n_in_ranges)))


def _with_columns(features: pa.Table, order: Ints, percentile: Floats) -> pa.Table:
    columns = dict(zip(features.column_names, features.columns, strict=True))
    columns |= {"rank_order": order, "percentile": percentile}
    schema = ordered_schema(features.schema)
    return pa.table([columns[name] for name in schema.names], schema=schema)

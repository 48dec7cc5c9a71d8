"""Columns that features of several kinds share: when pins were made; rank order and percentile among all there are.

As for boards (`pagerank.board_ranks`), the most important picture or user has rank order 1, equal ones share a place,
and the percentile is the share of those that are no more important.
"""

import numpy as np
import pyarrow as pa

from joins.arrow.fields import described
from joins.arrow.groups import Floats, Ints
from joins.arrow.ordering import rank_order
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


def with_importance(features: pa.Table) -> tuple[pa.Table, Floats]:
    """Return features, and their importance by itself."""
    return features, features[AFTER].to_numpy()


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
    order, percentile = rank_order(features[AFTER].to_numpy(), all_importance)
    columns = dict(zip(features.column_names, features.columns, strict=True))
    columns |= {"rank_order": order, "percentile": percentile}
    schema = ordered_schema(features.schema)
    return pa.table([columns[name] for name in schema.names], schema=schema)

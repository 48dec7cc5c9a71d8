"""Rank order and percentile beside the importance of pictures and users, among all there are.

As for boards (`pagerank.board_ranks`): the most important has rank order 1, equal ones share a place, and the
percentile is the share of those that are no more important.
"""

import pyarrow as pa

from joins.arrow.groups import Floats
from joins.arrow.ordering import rank_order
from joins.arrow.shared_fields import PERCENTILE, RANK_ORDER

ORDER = (RANK_ORDER, PERCENTILE)
AFTER = "importance"


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
    >>> import numpy as np
    >>> two = pa.table({"user_id": [7, 8], "importance": [0.5, 0.2]})
    >>> with_order(two, np.array([0.1, 0.2, 0.2, 0.5])).to_pylist()[1]
    {'user_id': 8, 'importance': 0.2, 'rank_order': 2, 'percentile': 0.75}
    """
    order, percentile = rank_order(features[AFTER].to_numpy(), all_importance)
    columns = dict(zip(features.column_names, features.columns, strict=True))
    columns |= {"rank_order": order, "percentile": percentile}
    schema = ordered_schema(features.schema)
    return pa.table([columns[name] for name in schema.names], schema=schema)

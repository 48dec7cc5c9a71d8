"""Rows that share an id: identical ones collapse, conflicting ones are rejected, all of them.

The ids that stand more than once are found first, from the id column alone; in a second pass only the rows with such
an id, normally few, are brought together and compared.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.intake.rejected_rows import DUPLICATE_CONFLICTING, DUPLICATE_IDENTICAL


def repeated_ids(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the ids that stand more than once, ascending.

    Examples
    --------
    >>> repeated_ids(np.array([5, 3, 5, 4, 3, 5])).tolist()
    [3, 5]
    """
    ordered = np.sort(ids)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def with_ids(rows: pa.Table, key: str, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which rows have one of the given ascending ids, shape ``(n_rows,)``."""
    if not len(ids):
        return np.zeros(rows.num_rows, dtype=bool)
    keys = rows[key].to_numpy()
    place = np.minimum(np.searchsorted(ids, keys), len(ids) - 1)
    return np.asarray(ids[place] == keys)


def settle_duplicates(rows: pa.Table, key: str) -> tuple[pa.Table, pa.Table, pa.Array]:
    """Decide on rows that share an id in column ``key``; every row of each id is there, in any order.

    Returns
    -------
    tuple
        Accepted rows, one for each id whose rows are identical, sorted by id; rejected rows, further copies before
        conflicting ones; and why each was rejected.
    """
    names = rows.schema.names
    copies = rows.group_by(names, use_threads=False).aggregate([([], "count_all")])
    variants = copies.group_by(key, use_threads=False).aggregate([([], "count_all")])
    contested = pc.is_in(copies[key], value_set=variants.filter(pc.greater(variants["count_all"], 1))[key])
    accepted = copies.filter(pc.invert(contested)).select(names)
    further = _repeated(copies.filter(pc.invert(contested)), less=1, names=names)
    conflicting = _repeated(copies.filter(contested), less=0, names=names)
    rejected = pa.concat_tables([further, conflicting])
    reasons = [DUPLICATE_IDENTICAL] * further.num_rows + [DUPLICATE_CONFLICTING] * conflicting.num_rows
    return accepted.cast(rows.schema).sort_by(key), rejected.cast(rows.schema), pa.array(reasons, pa.string())


def _repeated(copies: pa.Table, *, less: int, names: list[str]) -> pa.Table:
    times = copies["count_all"].to_numpy() - less
    return copies.select(names).take(pa.array(np.repeat(np.arange(copies.num_rows), times)))

"""When the pins of a group were made: the first and the last of them."""

import numpy as np
import pyarrow as pa

from joins.arrow.fields import described
from joins.arrow.groups import Ints

_TIME = pa.timestamp("ms", tz="UTC")
TIMES_OF_PINS = (
    described("first_pinned_at", _TIME, "earliest of its pins; null where no pin tells", "UTC"),
    described("last_pinned_at", _TIME, "latest of its pins; null where no pin tells", "UTC"),
)


def pinned_between(created_at: pa.ChunkedArray, group: Ints, n_groups: int) -> tuple[pa.Array, pa.Array]:
    """Return the earliest and the latest time of each group; null where no pin tells its time.

    Parameters
    ----------
    created_at
        timestamp[ms, UTC], shape ``(n_pins,)``.
    group
        The group of each pin, in any order, shape ``(n_pins,)``.
    n_groups
        Number of groups.
    """
    dated = np.flatnonzero(created_at.is_valid().to_numpy())
    times = created_at.cast(pa.int64()).fill_null(0).to_numpy()[dated]
    first = np.full(n_groups, np.iinfo(np.int64).max)
    last = np.full(n_groups, np.iinfo(np.int64).min)
    np.minimum.at(first, group[dated], times)
    np.maximum.at(last, group[dated], times)
    undated = np.bincount(group[dated], minlength=n_groups) == 0
    return pa.array(first, pa.int64(), mask=undated).cast(_TIME), pa.array(last, pa.int64(), mask=undated).cast(_TIME)

"""The times that a calendar can tell: years 1 to 9999, as Python, SQL and ISO 8601 know them.

A timestamp column holds far more. What lies outside is a slip of units (microseconds taken for milliseconds), and
most readers fail on it.
"""

import pyarrow as pa
import pyarrow.compute as pc

_FIRST_MS = -62_135_596_800_000  # 0001-01-01 00:00:00.000
_LAST_MS = 253_402_300_799_999  # 9999-12-31 23:59:59.999


def outside_calendar(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which times no calendar can tell, shape ``(n,)``; a null is none of them.

    Parameters
    ----------
    times
        timestamp[ms, UTC], shape ``(n,)``.

    Examples
    --------
    >>> times = pa.chunked_array([[0, 2**60, None]]).cast(pa.timestamp("ms", tz="UTC"))
    >>> outside_calendar(times).to_pylist()
    [False, True, False]
    """
    ms = times.cast(pa.int64()).fill_null(0)
    return pc.or_(pc.less(ms, _FIRST_MS), pc.greater(ms, _LAST_MS))


def as_text(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write times in ISO form, and those that no calendar can tell as milliseconds since 1970.

    Examples
    --------
    >>> as_text(pa.chunked_array([[0, 2**60]]).cast(pa.timestamp("ms", tz="UTC"))).to_pylist()
    ['1970-01-01 00:00:00.000Z', '1152921504606846976']
    """
    return pc.if_else(outside_calendar(times), times.cast(pa.int64()).cast(pa.string()), times.cast(pa.string()))

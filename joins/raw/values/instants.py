"""Instants as this project holds them: whole milliseconds, UTC."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.schemas import TIMESTAMP

_DIGITS_OF_FRACTION = 9
_FIRST_S, _LAST_S = -62_135_596_800, 253_402_300_799  # years 1 to 9999
BEYOND_CALENDAR = "no calendar reaches that far"
_PER_MS = {"us": 1_000, "ns": 1_000_000}


class Times(NamedTuple):
    """Instants, and how many of them lost a fraction of a millisecond that wasn't zero."""

    values: pa.Array  # timestamp[ms, UTC]
    n_cut: int


def in_milliseconds(instants: pa.Array) -> Times:
    """Return timestamps or dates of any unit, cut to milliseconds towards the past; without a zone they are UTC.

    pyarrow's own cast cuts towards 1970, so that a text and a timestamp of the same time would differ.

    Examples
    --------
    >>> times = in_milliseconds(pa.array([-1, 5_000, None], pa.timestamp("us")))
    >>> times.values.cast(pa.int64()).to_pylist(), times.n_cut
    ([-1, 5, None], 1)
    """
    values, was_cut = floored(instants)
    return Times(values, int(np.count_nonzero(was_cut)))


def floored(instants: pa.Array) -> tuple[pa.Array, npt.NDArray[np.bool_]]:
    """Return what `in_milliseconds` does, and which instants lost a fraction, shape ``(n,)``."""
    type_ = instants.type
    if not pa.types.is_timestamp(type_) or type_.unit not in _PER_MS:
        try:
            return pc.cast(instants, TIMESTAMP), np.zeros(len(instants), bool)
        except pa.ArrowInvalid as error:
            raise ValueError(BEYOND_CALENDAR) from error
    counts = pc.cast(instants, pa.int64())
    whole: npt.NDArray[np.int64] = pc.fill_null(counts, 0).to_numpy()
    per_ms = _PER_MS[type_.unit]
    milliseconds = whole // per_ms
    mask = pc.is_null(counts).to_numpy(zero_copy_only=False) if counts.null_count else None
    return pc.cast(pa.array(milliseconds, mask=mask), TIMESTAMP), milliseconds * per_ms != whole


def time_text(time: pa.Array | pa.ChunkedArray) -> str:
    """Return a timestamp or date, the only value of an array, for people; beyond the year 9999 Arrow's text is wrong.

    Examples
    --------
    >>> time_text(pa.array([0], pa.timestamp("ms"))), time_text(pa.array([2**60], pa.timestamp("ms")))
    ('1970-01-01 00:00:00.000', '1,152,921,504,606,846 s since 1970')
    """
    whole = pc.cast(time, options=pc.CastOptions(pa.timestamp("s"), allow_time_truncate=True))
    seconds = pc.cast(whole, pa.int64())[0].as_py()
    text: str = pc.cast(time, pa.string())[0].as_py()
    return text if _FIRST_S <= seconds <= _LAST_S else f"{seconds:,} s since 1970"


def with_fractions(seconds: pa.Array, fractions: pa.Array) -> Times:
    """Return whole seconds since 1970, int64, with fractions: texts of a point and at most nine digits, or empty ones.

    Examples
    --------
    >>> times = with_fractions(pa.array([5, 5, None]), pa.array([".25", "", None]))
    >>> times.values.cast(pa.int64()).to_pylist(), times.n_cut
    ([5250, 5000, None], 0)
    """
    digits = pc.utf8_rpad(pc.utf8_slice_codeunits(fractions, 1), _DIGITS_OF_FRACTION, "0")
    nanoseconds = pc.fill_null(pc.cast(digits, pa.int64()), 0)
    milliseconds = pc.divide(nanoseconds, _PER_MS["ns"])
    n_cut = pc.sum(pc.not_equal(pc.multiply(milliseconds, _PER_MS["ns"]), nanoseconds)).as_py() or 0
    counts = pc.add(pc.multiply(seconds, 1_000), milliseconds)
    return Times(pc.cast(counts, TIMESTAMP), n_cut)

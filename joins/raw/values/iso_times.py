"""Texts of ISO 8601 to instants, and of the few other spellings that can mean one thing only.

The date stands in front as YYYY-MM-DD. ``T`` or one blank parts it from the time: hours, minutes and seconds as far as
they go, with a fraction of a second behind ``.`` or ``,``. A zone may follow: ``Z``, ``UTC``, ``GMT``, ``+02``,
``+0200`` or ``+02:00``. pyarrow reads this and nothing laxer: no 30 February, no hour 24, no second 60, no ``EST``.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.schemas import TIMESTAMP
from joins.raw.values.instants import Times, floored
from joins.raw.values.plain import parsed

_NOTHING = pa.scalar(None, pa.string())
_ZONED = r"[T ]\S+(Z|[+-]\d\d(:?\d\d)?)$"
_SHAPE = r"^\d{4}-\d\d-\d\d([T ]\d\d(:\d\d){0,2}(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?)?$"
_N_OF_DATE = 10  # characters
_FORM = (
    "a time is YYYY-MM-DD, with hh:mm:ss and a zone such as Z or +02:00 behind it or without; "
    "for another form the mapping gives its format"
)
_MICROSECONDS = r"(\.\d{6})\d+"
_LOST_BELOW_MICROSECONDS = r"\.\d{6}\d*[1-9]"
# BigQuery writes "... UTC", Ruby a blank before the zone, Python's logging a comma.
_USUAL_SPELLINGS = (
    (r"(\d) *(?i:Z|UTC|GMT|UT)$", r"\1Z"),
    (r"(\d) +([+-]\d\d(:?\d\d)?)$", r"\1\2"),
    (r"(:\d\d),(\d+)", r"\1.\2"),
    (r"^(\d{4}-\d\d-\d\d)t", r"\1T"),
)


def read_iso(texts: pa.Array) -> Times:
    """Return texts without blanks around them as instants; without a zone they are UTC. ValueError tells of others.

    Examples
    --------
    >>> times = read_iso(pa.array(["2011-01-01T10:00:00+02:00", "2011-01-01", "2011-01-01 10:00:00.1234 UTC"]))
    >>> times.values.cast(pa.string()).to_pylist(), times.n_cut
    (['2011-01-01 08:00:00.000Z', '2011-01-01 00:00:00.000Z', '2011-01-01 10:00:00.123Z'], 1)
    """
    instants = _strict(texts)
    for pattern, replacement in _USUAL_SPELLINGS:
        if instants is None:  # what most sources hold takes no regular expression at all
            texts = pc.replace_substring_regex(texts, pattern=pattern, replacement=replacement)
            instants = _strict(texts)
    if instants is not None:
        return _times(instants)
    finer = pc.fill_null(pc.match_substring_regex(texts, _LOST_BELOW_MICROSECONDS), fill_value=False)
    texts = pc.replace_substring_regex(texts, pattern=_MICROSECONDS, replacement=r"\1")
    try:
        return _times(_zoned_or_not(texts), finer.to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid as error:
        raise ValueError("no calendar has that day" if _has_impossible_day(texts) else _FORM) from error


def _has_impossible_day(texts: pa.Array) -> bool:
    """Return whether a text is written as a time should be, and no calendar has its day."""
    shaped = texts.filter(pc.match_substring_regex(texts, _SHAPE))
    return parsed(pc.utf8_slice_codeunits(shaped, 0, _N_OF_DATE), pa.date32()) is None


def _strict(texts: pa.Array) -> pa.Array | None:
    """Return texts of which all have a zone or none, and at most six digits of a fraction; None if there are others."""
    for unit in ("ms", "us"):
        for zone in (None, "UTC"):
            instants = parsed(texts, pa.timestamp(unit, zone))
            if instants is not None:
                return instants
    return None


def _zoned_or_not(texts: pa.Array) -> pa.Array:
    zoned = pc.fill_null(pc.match_substring_regex(texts, _ZONED), fill_value=False)
    with_zone = pc.cast(pc.if_else(zoned, texts, _NOTHING), pa.timestamp("us", "UTC"))
    without = pc.cast(pc.if_else(zoned, _NOTHING, texts), pa.timestamp("us"))
    return pc.coalesce(with_zone, pc.cast(without, pa.timestamp("us", "UTC")))


def _times(instants: pa.Array, finer: np.ndarray | bool = False) -> Times:
    values, was_cut = floored(instants)
    return Times(pc.cast(values, TIMESTAMP), int(np.count_nonzero(was_cut | finer)))

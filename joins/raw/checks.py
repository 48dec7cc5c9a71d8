"""Checks of raw rows in the types of the raw schema: what can be accepted, and why the rest is set aside.

Only what makes a row unusable is a reason; a category spelled oddly or a board nobody has heard of is not. A
batch comes back split in two, and every row that was read is in exactly one of the halves.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from joins.raw.schemas import RawTable

Reason = str
_Rule = Callable[[pa.Table], pa.Array]

NO_PICTURE = "no_picture"
BAD_SIGNATURE = "image_signature_not_hex"
_HEX = "0123456789abcdef"
# The times that a calendar can tell: years 1 to 9999, as Python, SQL and ISO 8601 know them. A timestamp holds far
# more; what lies outside is a slip of units (microseconds taken for milliseconds), and most readers fail on it.
_FIRST_MS = -62_135_596_800_000  # 0001-01-01 00:00:00.000
_LAST_MS = 253_402_300_799_999  # 9999-12-31 23:59:59.999


def normalised(batch: pa.Table) -> pa.Table:
    """Write signatures in lower case without blanks around them, and empty signatures and categories as null."""
    for name in ("image_signature", "image", "category"):
        if name in batch.schema.names:
            text = pc.utf8_trim_whitespace(batch[name])
            text = pc.utf8_lower(text) if name == "image_signature" else text
            text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
            batch = batch.set_column(batch.schema.get_field_index(name), name, text)
    return batch


def split_by_rules(batch: pa.Table, raw: RawTable) -> tuple[pa.Table, pa.Table, pa.Array]:
    """Split a conformed batch into accepted rows, rejected rows, and the first rule that each of those breaks."""
    reasons = pa.nulls(batch.num_rows, pa.string())
    for reason, broken in _rules(raw):
        reasons = pc.if_else(pc.and_(reasons.is_null(), broken(batch)), reason, reasons)
    if reasons.null_count == batch.num_rows:
        return batch, batch.slice(0, 0), reasons.slice(0, 0)
    bad = reasons.is_valid()
    return batch.filter(pc.invert(bad)), batch.filter(bad), reasons.filter(bad)


def outside_calendar(times: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which times, timestamp[ms, UTC], no calendar can tell; a null is none of them.

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


def _rules(raw: RawTable) -> list[tuple[Reason, _Rule]]:
    required = [field.name for field in raw.schema if not field.nullable]
    rules: list[tuple[Reason, _Rule]] = [(f"{name}_is_null", _is_null(name)) for name in required]
    if "image_signature" in raw.schema.names:
        rules += [(BAD_SIGNATURE, _not_hex), (NO_PICTURE, _has_no_picture)]
    times = [field.name for field in raw.schema if pa.types.is_timestamp(field.type)]
    return rules + [(f"{name}_out_of_range", _out_of_range(name)) for name in times]


def _is_null(name: str) -> _Rule:
    return lambda batch: one_array(batch[name].is_null())


def _out_of_range(name: str) -> _Rule:
    return lambda batch: one_array(outside_calendar(batch[name]))


def _not_hex(batch: pa.Table) -> pa.Array:
    signatures = batch["image_signature"]
    others = pc.ascii_trim(
        signatures, _HEX
    )  # none are left of digits alone, in a quarter of a regular expression's time
    return one_array(pc.or_(pc.not_equal(others, ""), pc.equal(signatures, "")).fill_null(fill_value=False))


def _has_no_picture(batch: pa.Table) -> pa.Array:
    return one_array(pc.and_(batch["image_signature"].is_null(), batch["image"].is_null()))

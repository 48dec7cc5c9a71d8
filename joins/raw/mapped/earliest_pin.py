"""The rule "the earliest pin of a picture is the parent of its later pins", for sources that record no repins.

It is a reconstruction: who really saved from whom isn't known, only who came first. The repin chains it gives
are therefore one deep, and every later board counts as saving from the board that had the picture first.

A pin of 1956, of 9999 or of day zero of some clock wasn't saved then, and nothing tells when it was. It is left out: no
parent of other pins, and without a parent. A pin without a time counts as a later one, as sources without any time say
by their order alone which pin came first.
"""

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import GrowingTable
from joins.raw.mapped.earliest_pin_counts import EarliestPinCounts
from joins.raw.values import time_text, unlikely_times

_LAST = np.iinfo(np.int64).max  # a pin without a time comes after those with one


def earliest_pins(pins: pa.Table, picture: str, date: dt.date) -> pa.Table:
    """Return ``pin_id``, ``created_at`` and ``picture`` of the pin of every picture that is smallest by (time, id).

    The result is sorted by time (none last), then pin id. Passed over are rows without pin id or picture, and those
    whose time can't be in a snapshot of ``date``. O(n log n) time.

    Examples
    --------
    >>> pins = pa.table({"pin_id": [3, 2, 1], "created_at": pa.nulls(3, pa.timestamp("ms")), "image": ["a", "b", "a"]})
    >>> earliest_pins(pins, "image", dt.date(2026, 11, 20)).select(["pin_id", "image"]).to_pylist()
    [{'pin_id': 1, 'image': 'a'}, {'pin_id': 2, 'image': 'b'}]
    """
    pins = pins.select(["pin_id", "created_at", picture])
    before_1990, after_date = _left_out(pins, picture, date)
    is_under_rule = pc.and_not(_has_picture(pins, picture), pc.or_(before_1990, after_date))
    pins = pins.filter(is_under_rule).combine_chunks()
    times = pc.fill_null(pc.cast(pins["created_at"], pa.int64()), int(_LAST)).to_numpy()
    order = np.lexsort((pins["pin_id"].to_numpy(), times))
    codes = pc.dictionary_encode(pins[picture]).combine_chunks().indices.to_numpy()
    _, first = np.unique(codes[order], return_index=True)
    return pins.take(order[np.sort(first)])


def earliest_pins_of_stream(tables: Iterable[pa.Table], picture: str, date: dt.date) -> pa.Table:
    """Return the earliest pin of every picture in a stream of pins, of one table at least; as `earliest_pins` of all.

    It takes memory for one table and, at most twice, the pictures seen so far.
    """
    earliest = GrowingTable(lambda pins: earliest_pins(pins, picture, date))
    for table in tables:
        earliest.add(table.select(["pin_id", "created_at", picture]))
    return earliest.compacted()


def with_earliest_as_parent(pins: pa.Table, earliest: pa.Table, picture: str, date: dt.date) -> pa.Table:
    """Return the pins with ``parent_pin_id`` set to the earliest pin of their picture, as `earliest_pins` found it.

    The parent is null for the earliest pin itself, for a pin without picture, and for one whose time can't be.

    Examples
    --------
    >>> pins = pa.table({"pin_id": [3, 2, 1], "created_at": pa.nulls(3, pa.timestamp("ms")), "image": ["a", "b", "a"],
    ...                  "parent_pin_id": pa.nulls(3, pa.int64())})
    >>> date = dt.date(2026, 11, 20)
    >>> earliest = earliest_pins(pins, "image", date)
    >>> with_earliest_as_parent(pins, earliest, "image", date)["parent_pin_id"].to_pylist()
    [1, None, None]
    """
    position = pc.index_in(pins[picture], value_set=earliest[picture].combine_chunks(), skip_nulls=True)
    parent = earliest["pin_id"].combine_chunks().take(position)
    has_none = pc.or_(pc.equal(parent, pins["pin_id"]), pc.or_(*_left_out(pins, picture, date)))
    parent = pc.if_else(has_none, pa.scalar(None, pa.int64()), parent)
    return pins.set_column(pins.schema.get_field_index("parent_pin_id"), "parent_pin_id", parent)


def count_pins_of_rule(pins: pa.Table, picture: str, date: dt.date) -> EarliestPinCounts:
    """Count the pins that the rule is about, those with id and picture, and how many of them it leaves out.

    Examples
    --------
    >>> times = pa.array(["1956-03-01", "2011-03-01", None]).cast(pa.timestamp("ms"))
    >>> pins = pa.table({"pin_id": [3, 2, 1], "created_at": times, "image": ["a", "b", "a"]})
    >>> counts = count_pins_of_rule(pins, "image", dt.date(2026, 11, 20))
    >>> counts.n_pins, counts.n_left_out, counts.n_without_time, counts.example
    (3, 1, 1, 'pin 3: 1956-03-01 00:00:00.000')
    """
    has_picture = _has_picture(pins, picture)
    before_1990, after_date = _left_out(pins, picture, date)
    first = pc.index(pc.or_(before_1990, after_date), pa.scalar(value=True)).as_py()
    example = "" if first < 0 else f"pin {pins['pin_id'][first]}: {time_text(pins['created_at'].slice(first, 1))}"
    return EarliestPinCounts(
        n_pins=_n_true(has_picture),
        n_before_1990=_n_true(before_1990),
        n_after_date=_n_true(after_date),
        n_without_time=_n_true(pc.and_(has_picture, pc.is_null(pins["created_at"]))),
        example=example,
    )


def _left_out(pins: pa.Table, picture: str, date: dt.date) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return which pins with id and picture have a time before 1990, and which one after a snapshot of ``date``."""
    has_picture = _has_picture(pins, picture)
    early, late = (pc.fill_null(which, fill_value=False) for which in unlikely_times(pins["created_at"], date))
    return pc.and_(has_picture, early), pc.and_(has_picture, late)


def _has_picture(pins: pa.Table, picture: str) -> pa.ChunkedArray:
    return pc.and_(pc.is_valid(pins["pin_id"]), pc.is_valid(pins[picture]))


def _n_true(which: pa.ChunkedArray) -> int:
    return int(pc.sum(which).as_py() or 0)

"""The rule "the earliest pin of a picture is the parent of its later pins", for sources that record no repins.

It is a reconstruction: who really saved from whom isn't known, only who came first. The repin chains it gives
are therefore one deep, and every later board counts as saving from the board that had the picture first.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import GrowingTable

_LAST = np.iinfo(np.int64).max  # a pin without a time comes after those with one


def earliest_pins(pins: pa.Table, picture: str) -> pa.Table:
    """Return ``pin_id``, ``created_at`` and ``picture`` of the pin of every picture that is smallest by (time, id).

    The result is sorted by time (none last), then pin id; rows without pin id or picture are passed over. O(n log n)
    time.

    Examples
    --------
    >>> pins = pa.table({"pin_id": [3, 2, 1], "created_at": pa.nulls(3, pa.timestamp("ms")), "image": ["a", "b", "a"]})
    >>> earliest_pins(pins, "image").select(["pin_id", "image"]).to_pylist()
    [{'pin_id': 1, 'image': 'a'}, {'pin_id': 2, 'image': 'b'}]
    """
    pins = pins.select(["pin_id", "created_at", picture])
    pins = pins.filter(pc.and_(pc.is_valid(pins["pin_id"]), pc.is_valid(pins[picture]))).combine_chunks()
    times = pc.fill_null(pc.cast(pins["created_at"], pa.int64()), int(_LAST)).to_numpy()
    order = np.lexsort((pins["pin_id"].to_numpy(), times))
    codes = pc.dictionary_encode(pins[picture]).combine_chunks().indices.to_numpy()
    _, first = np.unique(codes[order], return_index=True)
    return pins.take(order[np.sort(first)])


def earliest_pins_of_stream(tables: Iterable[pa.Table], picture: str) -> pa.Table:
    """Return the earliest pin of every picture in a stream of pins, of one table at least; as `earliest_pins` of all.

    It takes memory for one table and, at most twice, the pictures seen so far.
    """
    earliest = GrowingTable(lambda pins: earliest_pins(pins, picture))
    for table in tables:
        earliest.add(table.select(["pin_id", "created_at", picture]))
    return earliest.compacted()


def with_earliest_as_parent(pins: pa.Table, earliest: pa.Table, picture: str) -> pa.Table:
    """Return the pins with ``parent_pin_id`` set to the earliest pin of their picture, as `earliest_pins` found it.

    The parent of the earliest pin itself, and of a pin without picture, is null.

    Examples
    --------
    >>> pins = pa.table({"pin_id": [3, 2, 1], "created_at": pa.nulls(3, pa.timestamp("ms")), "image": ["a", "b", "a"],
    ...                  "parent_pin_id": pa.nulls(3, pa.int64())})
    >>> with_earliest_as_parent(pins, earliest_pins(pins, "image"), "image")["parent_pin_id"].to_pylist()
    [1, None, None]
    """
    position = pc.index_in(pins[picture], value_set=earliest[picture].combine_chunks(), skip_nulls=True)
    parent = earliest["pin_id"].combine_chunks().take(position)
    is_earliest = pc.equal(parent, pins["pin_id"])
    parent = pc.if_else(is_earliest, pa.scalar(None, pa.int64()), parent)
    return pins.set_column(pins.schema.get_field_index("parent_pin_id"), "parent_pin_id", parent)

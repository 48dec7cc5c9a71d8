"""The raw pins that every join holds: what users typed in, one struct a pin, in ``pin_id`` order."""

import pyarrow as pa

from joins.arrow.chunks import one_array
from joins.arrow.fields import described, unset_in_light
from joins.arrow.ordering import order_by, order_by_text
from joins.arrow.shared_fields import IMAGE_SIGNATURE
from joins.errors import JoinError
from joins.raw.schemas import PINS
from joins.small_structs import Ints, list_of, lists_of

MAX_COLUMN_BYTES = 2**31 - 1  # offsets of strings and lists have 32 bits, in Arrow as in what Parquet reads back

ACCEPTED_PINS = pa.schema([IMAGE_SIGNATURE, *(field for field in PINS if field.name != "image_signature")])


def pins_column(without: str) -> pa.Field:
    """Return the field of a join's raw pins, without the column that is the join's own key."""
    struct = pa.struct([field for field in ACCEPTED_PINS if field.name != without])
    return unset_in_light(described("pins", list_of(struct), "the raw pins, in `pin_id` order", source="raw"))


def pin_lists(pins: pa.Table, counts: Ints, without: str) -> pa.Array:
    """Wrap pins that lie key after key into one list a key.

    Raises
    ------
    JoinError
        If a column of the partition holds more text than a list of Arrow can address: one key's pins can't be cut.
    """
    struct = pins_column(without).type.value_type
    largest = max(struct, key=lambda field: pins[field.name].nbytes)
    if pins[largest.name].nbytes > MAX_COLUMN_BYTES:
        raise JoinError(
            f"the {pins.num_rows:,} pins of one partition hold {pins[largest.name].nbytes / 2**30:.1f} GiB of "
            f"{largest.name}; a join addresses {MAX_COLUMN_BYTES / 2**30:.0f} GiB; look for a key with tens of "
            f"millions of pins, and shorten {largest.name} or leave that key out of the snapshot"
        )
    values = pa.StructArray.from_arrays([one_array(pins[field.name]) for field in struct], fields=list(struct))
    return lists_of(values, counts, struct)


def sorted_pins(pins: pa.Table, key: str) -> pa.Table:
    """Sort pins by a key, then ``pin_id``."""
    return pins.take(pa.array(order_by(pins[key].to_numpy(), pins["pin_id"].to_numpy())))


def sorted_by_picture(pins: pa.Table) -> pa.Table:
    """Sort pins by ``(image_signature, pin_id)``, the order of facts."""
    signatures = one_array(pins["image_signature"])
    return pins.take(pa.array(order_by_text(signatures, pins["pin_id"].to_numpy())))

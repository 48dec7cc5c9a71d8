"""What the three joins share: their columns, and the raw pins that they hold, one struct a pin in ``pin_id`` order.

Pins are split by board or by user with the small struct of their picture beside them. Facts and features of pictures
have the same partitions, so that struct needs no lookup and no shuffle of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from joins.arrow.fields import described, unset_in_light
from joins.arrow.groups import Ints
from joins.arrow.ordering import order_by, order_by_text
from joins.arrow.shared_fields import IMAGE_SIGNATURE
from joins.errors import JoinError
from joins.raw.schemas import PINS
from joins.small_structs import PIN_JOIN_STRUCT, as_structs, group_of_pins, list_of, lists_of

MAX_COLUMN_BYTES = 2**31 - 1  # offsets of strings and lists have 32 bits, in Arrow as in what Parquet reads back

ACCEPTED_PINS = pa.schema([IMAGE_SIGNATURE, *(field for field in PINS if field.name != "image_signature")])


def pins_column(without: str) -> pa.Field:
    """Return the field of a join's raw pins, without the column that is the join's own key."""
    struct = pa.struct([field for field in ACCEPTED_PINS if field.name != without])
    return unset_in_light(described("pins", list_of(struct), "the raw pins, in `pin_id` order", source="raw"))


@dataclass(frozen=True, slots=True)
class JoinLayout:
    """The columns of a join: key, the owner's own, features, raw pins, members of the other joins.

    Parameters
    ----------
    key
        What the rows of the join stand for.
    members
        The columns in which it holds the other two joins.
    raw
        The columns that the owner of a board or a user typed in.
    """

    key: str
    members: tuple[pa.Field, ...]
    raw: tuple[pa.Field, ...] = ()

    def schema(self, features: pa.Schema) -> pa.Schema:
        """Return the schema of the join around its features."""
        others = [field for field in features if field.name != self.key]
        pins = pins_column(without=self.key)
        return pa.schema([features.field(self.key), *self.raw, *others, pins, *self.members])

    def table(
        self, pins: pa.Table, features: pa.Table, members: Sequence[pa.Array], raw_rows: pa.Table | None = None
    ) -> pa.Table:
        """Put a partition of the join together, in the order of ``features``; ``pins`` are sorted by its key."""
        keys, names = features[self.key], [field.name for field in self.raw]
        columns = [
            keys,
            *(owner_columns(raw_rows, keys, self.key, names) if raw_rows is not None else ()),
            *features.drop_columns([self.key]).columns,
            pin_lists(pins, features["n_pins"].to_numpy(), without=self.key),
            *members,
        ]
        return pa.table(columns, schema=self.schema(features.schema))


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
            f"{largest.name}; a join addresses {MAX_COLUMN_BYTES / 2**30:.0f} GiB",
            remedy=f"look for a key with tens of millions of pins, and shorten {largest.name} or leave that key out of "
            "the snapshot",
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


def owner_columns(raw: pa.Table, keys: pa.ChunkedArray, key: str, names: Sequence[str]) -> list[pa.ChunkedArray]:
    """Return columns of the raw table in the order of ``keys``; null where a key has no raw row.

    Examples
    --------
    >>> raw = pa.table({"board_id": [7, 5], "name": ["b", "a"]})
    >>> owner_columns(raw, pa.chunked_array([[5, 6, 7]]), "board_id", ["name"])[0].to_pylist()
    ['a', None, 'b']
    """
    row = pc.index_in(keys, value_set=raw[key])
    return [raw[name].take(row) for name in names]


def with_pin_join(pins: pa.Table, pin_features: pa.Table) -> pa.Table:
    """Give each pin the small struct of its picture, in a column ``pin_join``; both are sorted by picture.

    Raises
    ------
    JoinError
        If pins and features aren't of the same version.
    """
    picture = group_of_pins(pins, pin_features, "image_signature")
    structs = as_structs(pin_features, PIN_JOIN_STRUCT)
    return pins.append_column(pa.field("pin_join", PIN_JOIN_STRUCT, nullable=False), structs.take(pa.array(picture)))

"""Pins with the small struct of their picture: what is split by board or user for the other two joins.

Facts and features of pictures have the same partitions, so the struct needs no lookup and no shuffle of its own.
"""

import pyarrow as pa

from joins.pin_groups import group_of_pins
from joins.small_structs import PIN_JOIN_STRUCT, as_structs


def with_pin_join(pins: pa.Table, pin_features: pa.Table) -> pa.Table:
    """Give each pin the small struct of its picture, in a column ``pin_join``.

    Parameters
    ----------
    pins
        Facts sorted by picture.
    pin_features
        Features of the same pictures, sorted by ``image_signature``.

    Raises
    ------
    JoinError
        If pins and features aren't of the same version.
    """
    picture = group_of_pins(pins, pin_features, "image_signature")
    structs = as_structs(pin_features, PIN_JOIN_STRUCT)
    return pins.append_column(pa.field("pin_join", PIN_JOIN_STRUCT, nullable=False), structs.take(pa.array(picture)))

"""PinJoin: no longer one pin, but all pins with the same image signature."""

import pyarrow as pa

from joins.arrow.fields import described, required, unset_in_light
from joins.pin_lists import JoinLayout
from joins.small_structs import BOARD_JOIN_STRUCT, USER_JOIN_STRUCT, Dimension, group_of_pins, list_of

_LAYOUT = JoinLayout(
    key="image_signature",
    members=(
        required("boards", list_of(BOARD_JOIN_STRUCT), "its boards", source="other join"),
        unset_in_light(described("users", list_of(USER_JOIN_STRUCT), "who pinned it", source="other join")),
    ),
)


def pin_join_schema(features: pa.Schema) -> pa.Schema:
    """Return the schema of PinJoins around their features; light unsets the raw pins and the users."""
    return _LAYOUT.schema(features)


def build_pin_joins(pins: pa.Table, features: pa.Table, boards: Dimension, users: Dimension) -> pa.Table:
    """Build the PinJoins of one hash partition.

    Parameters
    ----------
    pins
        Facts of the partition, sorted by ``(image_signature, pin_id)``.
    features
        Features of the same pictures, sorted by ``image_signature``.
    boards, users
        All boards and all users, from ``board_dimension`` and ``user_dimension`` of their features.

    Returns
    -------
    pyarrow.Table
        ``pin_join_schema``, one row a picture, sorted by ``image_signature``.

    Raises
    ------
    JoinError
        If pins and features aren't of the same version.

    Notes
    -----
    ``O(n log n)`` in the pins of the partition; lists keep the order of ``pin_id`` or of importance, so the result
    doesn't depend on how many partitions there are.
    """
    picture = group_of_pins(pins, features, _LAYOUT.key)
    lists = [
        lookup.lists(picture, pins[column].to_numpy(), features.num_rows, f"values of {column} on these pins")
        for lookup, column in ((boards, "board_id"), (users, "user_id"))
    ]
    return _LAYOUT.table(pins, features, lists)

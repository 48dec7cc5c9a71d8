"""UserJoin: a user with what they typed in, their features, their boards and their pictures."""

import numpy as np
import pyarrow as pa

from joins.arrow.fields import described, required, unset_in_light
from joins.arrow.id_lookup import IdLookup
from joins.pin_lists import JoinLayout, sorted_pins
from joins.raw.schemas import USERS
from joins.small_structs import BOARD_JOIN_STRUCT, PIN_JOIN_STRUCT, Dimension, group_of_pins, list_of, picture_lists

_LAYOUT = JoinLayout(
    key="user_id",
    raw=tuple(USERS.field(name) for name in ("username", "country", "created_at")),
    members=(
        required("boards", list_of(BOARD_JOIN_STRUCT), "boards owned or pinned on", source="other join"),
        unset_in_light(described("pin_joins", list_of(PIN_JOIN_STRUCT), "the pictures", source="other join")),
    ),
)


def user_join_schema(features: pa.Schema) -> pa.Schema:
    """Return the schema of UserJoins around their features; light unsets raw pins and pictures."""
    return _LAYOUT.schema(features)


def build_user_joins(
    pins: pa.Table, raw_users: pa.Table, owned_boards: pa.Table, features: pa.Table, boards: Dimension
) -> pa.Table:
    """Build the UserJoins of one hash partition.

    Parameters
    ----------
    pins
        Facts of these users with the small struct of their picture in ``pin_join``, in any order.
    raw_users
        Accepted rows of these users.
    owned_boards
        ``user_id`` and ``board_id`` of the boards these users own.
    features
        Features of all users of the partition, with and without pins, sorted by ``user_id``.
    boards
        All boards, from ``board_dimension`` of their features.

    Returns
    -------
    pyarrow.Table
        ``user_join_schema``, sorted by ``user_id``. ``boards`` are those the user owns or pinned on.
    """
    pins = sorted_pins(pins, _LAYOUT.key)
    user, n_users = group_of_pins(pins, features, _LAYOUT.key), features.num_rows
    pictures = picture_lists(pins["pin_join"], user, n_users)
    owner = IdLookup.of(features["user_id"].to_numpy()).rows_of(owned_boards["user_id"].to_numpy(), "owners")
    board_ids = np.concatenate([pins["board_id"].to_numpy(), owned_boards["board_id"].to_numpy()])
    held = boards.lists(np.concatenate([user, owner]), board_ids, n_users, "boards of these users")
    return _LAYOUT.table(pins, features, [held, pictures], raw_users)

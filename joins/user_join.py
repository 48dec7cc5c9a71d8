"""UserJoin: a user with what they typed in, their features, their boards and their pictures."""

import numpy as np
import pyarrow as pa

from joins.arrow.fields import described, required, unset_in_light
from joins.arrow.groups import rows_of
from joins.pin_lists import owner_columns, pin_lists, pins_column, sorted_pins
from joins.raw.schemas import USERS
from joins.small_structs import (
    BOARD_JOIN_STRUCT,
    PIN_JOIN_STRUCT,
    Dimension,
    distinct_members,
    group_of_pins,
    list_of,
    picture_places,
)

KEY = "user_id"
_RAW = tuple(USERS.field(name) for name in ("username", "country", "created_at"))


def user_join_schema(features: pa.Schema) -> pa.Schema:
    """Return the schema of UserJoins around their features; light unsets raw pins and pictures."""
    return pa.schema(
        [
            features.field(KEY),
            *_RAW,
            *[field for field in features if field.name != KEY],
            pins_column(without=KEY),
            required("boards", list_of(BOARD_JOIN_STRUCT), "boards owned or pinned on", source="other join"),
            unset_in_light(described("pin_joins", list_of(PIN_JOIN_STRUCT), "the pictures", source="other join")),
        ]
    )


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
    pins = sorted_pins(pins, KEY)
    user = group_of_pins(pins, features, KEY)
    n_users = features.num_rows
    picture, structs = picture_places(pins["pin_join"])
    pictures = distinct_members(user, picture, n_users, len(structs))
    owner = rows_of(features[KEY].to_numpy(), owned_boards[KEY].to_numpy(), "owners")
    board_ids = np.concatenate([pins["board_id"].to_numpy(), owned_boards["board_id"].to_numpy()])
    places = boards.places_of(board_ids, "boards of these users")
    held = distinct_members(np.concatenate([user, owner]), places, n_users, len(boards.ids))
    columns = [
        features[KEY],
        *owner_columns(raw_users, features[KEY], KEY, [field.name for field in _RAW]),
        *features.drop_columns([KEY]).columns,
        pin_lists(pins, features["n_pins"].to_numpy(), without=KEY),
        held.lists(boards.structs_at(held.places), BOARD_JOIN_STRUCT),
        pictures.lists(structs.take(pa.array(pictures.places)), PIN_JOIN_STRUCT),
    ]
    return pa.table(columns, schema=user_join_schema(features.schema))

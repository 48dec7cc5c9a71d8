"""BoardJoin: a board with what its owner typed in, its features, its pictures and its users."""

import pyarrow as pa

from joins.arrow.fields import described, required, unset_in_light
from joins.pin_lists import owner_columns, pin_lists, pins_column, sorted_pins
from joins.raw.schemas import BOARDS
from joins.small_structs import (
    PIN_JOIN_STRUCT,
    USER_JOIN_STRUCT,
    Dimension,
    distinct_members,
    group_of_pins,
    list_of,
    picture_places,
)

KEY = "board_id"
_RAW = (
    described("user_id", pa.int64(), "the owner; null: pins name this board, but no row describes it", "", "raw"),
    BOARDS.field("name"),
    unset_in_light(BOARDS.field("description")),
    BOARDS.field("created_at"),
)


def board_join_schema(features: pa.Schema) -> pa.Schema:
    """Return the schema of BoardJoins around their features; light unsets raw pins, users and description."""
    return pa.schema(
        [
            features.field(KEY),
            *_RAW,
            *[field for field in features if field.name != KEY],
            pins_column(without=KEY),
            required("pin_joins", list_of(PIN_JOIN_STRUCT), "its pictures", source="other join"),
            unset_in_light(described("users", list_of(USER_JOIN_STRUCT), "who pinned on it", source="other join")),
        ]
    )


def build_board_joins(pins: pa.Table, raw_boards: pa.Table, features: pa.Table, users: Dimension) -> pa.Table:
    """Build the BoardJoins of one hash partition.

    Parameters
    ----------
    pins
        Facts on these boards with the small struct of their picture in ``pin_join``, in any order.
    raw_boards
        Accepted rows of these boards.
    features
        Features of all boards of the partition, with and without pins, sorted by ``board_id``.
    users
        All users, from ``user_dimension`` of their features.

    Returns
    -------
    pyarrow.Table
        ``board_join_schema``, sorted by ``board_id``. ``users`` are those who pinned on the board.
    """
    pins = sorted_pins(pins, KEY)
    board = group_of_pins(pins, features, KEY)
    n_boards = features.num_rows
    picture, structs = picture_places(pins["pin_join"])
    pictures = distinct_members(board, picture, n_boards, len(structs))
    pinners = distinct_members(
        board, users.places_of(pins["user_id"].to_numpy(), "users of these pins"), n_boards, len(users.ids)
    )
    columns = [
        features[KEY],
        *owner_columns(raw_boards, features[KEY], KEY, [field.name for field in _RAW]),
        *features.drop_columns([KEY]).columns,
        pin_lists(pins, features["n_pins"].to_numpy(), without=KEY),
        pictures.lists(structs.take(pa.array(pictures.places)), PIN_JOIN_STRUCT),
        pinners.lists(users.structs_at(pinners.places), USER_JOIN_STRUCT),
    ]
    return pa.table(columns, schema=board_join_schema(features.schema))

"""BoardJoin: a board with what its owner typed in, its features, its pictures and its users."""

import pyarrow as pa

from joins.arrow.fields import described, required, unset_in_light
from joins.pin_lists import JoinLayout, sorted_pins
from joins.raw.schemas import BOARDS
from joins.small_structs import PIN_JOIN_STRUCT, USER_JOIN_STRUCT, Dimension, group_of_pins, list_of, picture_lists

_LAYOUT = JoinLayout(
    key="board_id",
    raw=(
        described("user_id", pa.int64(), "the owner; null: pins name this board, but no row describes it", "", "raw"),
        BOARDS.field("name"),
        unset_in_light(BOARDS.field("description")),
        BOARDS.field("created_at"),
    ),
    members=(
        required("pin_joins", list_of(PIN_JOIN_STRUCT), "its pictures", source="other join"),
        unset_in_light(described("users", list_of(USER_JOIN_STRUCT), "who pinned on it", source="other join")),
    ),
)


def board_join_schema(features: pa.Schema) -> pa.Schema:
    """Return the schema of BoardJoins around their features; light unsets raw pins, users and description."""
    return _LAYOUT.schema(features)


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
    pins = sorted_pins(pins, _LAYOUT.key)
    board, n_boards = group_of_pins(pins, features, _LAYOUT.key), features.num_rows
    pictures = picture_lists(pins["pin_join"], board, n_boards)
    pinners = users.lists(board, pins["user_id"].to_numpy(), n_boards, "users of these pins")
    return _LAYOUT.table(pins, features, [pictures, pinners], raw_boards)

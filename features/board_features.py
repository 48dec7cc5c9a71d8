"""The derived features of a board: its rank, its corrected category and what its pins add up to."""

import numpy as np
import pyarrow as pa

from features.shared_columns import TIMES_OF_PINS, pinned_between
from joins.arrow.groups import Ints, codes_of, count_of_groups, distinct_pairs, rows_of
from joins.errors import FeatureError

CATEGORY_PROBABILITIES = pa.list_(
    pa.field(
        "item",
        pa.struct(
            [pa.field("category", pa.string(), nullable=False), pa.field("probability", pa.float32(), nullable=False)]
        ),
        nullable=False,
    )
)
BOARD_FEATURES = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),
        pa.field("page_rank", pa.float64(), nullable=False),
        pa.field("rank_order", pa.int64(), nullable=False),  # 1 = the most important board
        pa.field("percentile", pa.float64(), nullable=False),
        pa.field("owner_category", pa.string()),  # as the owner filed it
        pa.field("category", pa.string()),  # corrected, kept or filled
        pa.field("category_confidence", pa.float64()),
        pa.field("category_changed", pa.bool_(), nullable=False),
        pa.field("category_filled", pa.bool_(), nullable=False),
        pa.field("categories", CATEGORY_PROBABILITIES),
        pa.field("n_pins", pa.int64(), nullable=False),
        pa.field("n_repins", pa.int64(), nullable=False),  # pins on it that were saved from some other pin
        pa.field("n_pictures", pa.int64(), nullable=False),
        pa.field("n_users", pa.int64(), nullable=False),  # who pinned on it
        pa.field("n_repins_given", pa.int64(), nullable=False),  # saved from other boards
        pa.field("n_repins_received", pa.int64(), nullable=False),  # saved by other boards
        *TIMES_OF_PINS,
    ]
)


def board_features(ranks: pa.Table, categories: pa.Table, pins: pa.Table) -> pa.Table:
    """Put together the features of some boards.

    Parameters
    ----------
    ranks
        ``board_id``, ``page_rank``, ``rank_order``, ``percentile``, ``n_repins_given`` and ``n_repins_received``,
        one row for each board, sorted by ``board_id``: this table says which boards there are.
    categories
        ``board_id``, ``owner_category``, ``category``, ``confidence``, ``changed``, ``filled``, ``distribution``,
        of the same boards in the same order.
    pins
        ``board_id``, ``user_id``, ``image_signature``, ``parent_board_id`` and ``created_at`` of all pins on them,
        in any order.

    Returns
    -------
    pyarrow.Table
        ``BOARD_FEATURES``, sorted by ``board_id``; boards without pins have counts of zero.

    Raises
    ------
    FeatureError
        If ranks and categories hold different boards, or a pin is on none of them.
    """
    board_ids: Ints = ranks["board_id"].to_numpy()
    if not np.array_equal(board_ids, categories["board_id"].to_numpy()):
        raise FeatureError(
            f"{len(board_ids)} boards have ranks and {categories.num_rows} have categories; "
            "both tables must hold the same boards in the same order"
        )
    board = rows_of(board_ids, pins["board_id"].to_numpy(), "boards of pins")
    n_boards = len(board_ids)
    is_repin = pins["parent_board_id"].is_valid().to_numpy()
    columns = {
        "board_id": ranks["board_id"],
        **{name: ranks[name] for name in ("page_rank", "rank_order", "percentile")},
        **{name: ranks[name] for name in ("n_repins_given", "n_repins_received")},
        **{name: categories[name] for name in ("owner_category", "category")},
        **{f"category_{name}": categories[name] for name in ("confidence", "changed", "filled")},
        "categories": categories["distribution"],
        "n_pins": np.bincount(board, minlength=n_boards),
        "n_repins": np.bincount(board[is_repin], minlength=n_boards),
        "n_pictures": count_of_groups(distinct_pairs(board, codes_of(pins["image_signature"])), n_boards),
        "n_users": count_of_groups(distinct_pairs(board, pins["user_id"].to_numpy()), n_boards),
    }
    times = pinned_between(pins["created_at"], board, n_boards)
    columns |= {field.name: column for field, column in zip(TIMES_OF_PINS, times, strict=True)}
    return pa.table([columns[name] for name in BOARD_FEATURES.names], schema=BOARD_FEATURES)

"""The derived features of a board: its rank, its corrected category and what its pins add up to.

Counts follow from the pins alone, so a later iteration takes them over from the one before.
"""

import numpy as np
import pyarrow as pa

from features.shared_columns import TIMES_OF_PINS, pinned_between
from joins.arrow.fields import described, required
from joins.arrow.groups import Ints, codes_of, count_of_groups, distinct_pairs
from joins.arrow.id_lookup import IdLookup
from joins.arrow.shared_fields import (
    BOARD_ID,
    CATEGORY_PROBABILITY,
    OWNER_CATEGORY,
    PAGE_RANK,
    PERCENTILE,
    RANK_ORDER,
    REPINS_BETWEEN_BOARDS,
)
from joins.errors import FeatureError

_COUNTS = (
    required("n_pins", pa.int64(), "pins on it", "pins"),
    required("n_repins", pa.int64(), "those saved from some other pin", "pins"),
    required("n_pictures", pa.int64(), "distinct pictures", "pictures"),
    required("n_users", pa.int64(), "who pinned on it", "users"),
)
BOARD_COUNTS = pa.schema([BOARD_ID, *_COUNTS, *TIMES_OF_PINS])
CATEGORY_PROBABILITIES = pa.list_(pa.field("item", CATEGORY_PROBABILITY, nullable=False))
BOARD_FEATURES = pa.schema(
    [
        BOARD_ID,
        PAGE_RANK,
        RANK_ORDER,
        PERCENTILE,
        OWNER_CATEGORY,
        described("category", pa.string(), "corrected, kept or filled; null: nothing can be said"),
        described("category_confidence", pa.float64(), "calibrated probability that the category is right", "0 to 1"),
        required("category_changed", pa.bool_(), "the owner's category was overruled"),
        required("category_filled", pa.bool_(), "the owner gave none"),
        described("categories", CATEGORY_PROBABILITIES, "the three most probable categories"),
        *_COUNTS,
        *REPINS_BETWEEN_BOARDS,
        *TIMES_OF_PINS,
    ]
)


def board_counts(board_ids: Ints, pins: pa.Table) -> pa.Table:
    """Count what is pinned on some boards, as ``BOARD_COUNTS``; ids ascend, and pins are as for `board_features`."""
    board = IdLookup.of(board_ids).rows_of(pins["board_id"].to_numpy(), "boards of pins")
    n_boards = len(board_ids)
    is_repin = pins["parent_board_id"].is_valid().to_numpy()
    pictures = distinct_pairs(board, codes_of(pins["image_signature"]))
    users = distinct_pairs(board, pins["user_id"].to_numpy())
    first, last = pinned_between(pins["created_at"], board, n_boards)
    columns = {
        "board_id": board_ids,
        "n_pins": np.bincount(board, minlength=n_boards),
        "n_repins": np.bincount(board[is_repin], minlength=n_boards),
        "n_pictures": count_of_groups(pictures, n_boards),
        "n_users": count_of_groups(users, n_boards),
        "first_pinned_at": first,
        "last_pinned_at": last,
    }
    return pa.table([columns[name] for name in BOARD_COUNTS.names], schema=BOARD_COUNTS)


def board_features(
    ranks: pa.Table, categories: pa.Table, pins: pa.Table | None = None, previous: pa.Table | None = None
) -> pa.Table:
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
        in any order; not needed where ``previous`` is given.
    previous
        ``BOARD_COUNTS`` of the same boards, as the iteration before counted them.

    Returns
    -------
    pyarrow.Table
        ``BOARD_FEATURES``, sorted by ``board_id``; boards without pins have counts of zero.

    Raises
    ------
    FeatureError
        If ranks, categories or ``previous`` hold different boards, or a pin is on none of them.
    """
    board_ids: Ints = ranks["board_id"].to_numpy()
    counts = previous if pins is None else board_counts(board_ids, pins)
    if counts is None:
        raise FeatureError("neither pins nor earlier counts are given", where="board features")
    for what, table in (("categories", categories), ("earlier counts", counts)):
        if not np.array_equal(board_ids, table["board_id"].to_numpy()):
            raise FeatureError(
                f"{len(board_ids)} boards have ranks and {table.num_rows} have {what}, or others",
                where="board features",
                remedy="pass tables of one version, with the same boards in the same order",
            )
    columns = {
        **{name: ranks[name] for name in ("board_id", "page_rank", "rank_order", "percentile")},
        **{name: ranks[name] for name in ("n_repins_given", "n_repins_received")},
        **{name: categories[name] for name in ("owner_category", "category")},
        **{f"category_{name}": categories[name] for name in ("confidence", "changed", "filled")},
        "categories": categories["distribution"],
        **{name: counts[name] for name in BOARD_COUNTS.names[1:]},
    }
    return pa.table([columns[name] for name in BOARD_FEATURES.names], schema=BOARD_FEATURES)

"""The derived features of a user: importance, interests and what the user's pins add up to."""

import numpy as np
import pyarrow as pa

from features.board_influence import CATEGORY_SHARES, BoardInfluence, category_columns
from features.shared_columns import TIMES_OF_PINS, pinned_between
from joins.arrow.fields import described, required
from joins.arrow.groups import Floats, Ints, Pairs, codes_of, count_of_groups, distinct_pairs, weight_of_groups
from joins.arrow.id_lookup import IdLookup
from joins.arrow.shared_fields import USER_ID

USER_FEATURES = pa.schema(
    [
        USER_ID,
        required("importance", pa.float64(), "what the pins carry, and PageRank of own empty boards", "sums to 1"),
        described("category", pa.string(), "the strongest interest"),
        described("category_confidence", pa.float32(), "the share of that interest", "0 to 1"),
        described("interests", CATEGORY_SHARES, "up to 5 categories, weighed by pins, the largest first"),
        required("n_pins", pa.int64(), "pins of the user", "pins"),
        required("n_repins", pa.int64(), "those saved from some other pin", "pins"),
        required("n_boards", pa.int64(), "boards owned or pinned on", "boards"),
        required("n_pictures", pa.int64(), "distinct pictures", "pictures"),
        required("n_repins_given", pa.int64(), "pins saved from other users", "pins"),
        required("n_repins_received", pa.int64(), "pins other users saved from this one", "pins"),
        *TIMES_OF_PINS,
    ]
)


def user_features(
    users: pa.Table,
    owned_boards: pa.Table,
    pins: pa.Table,
    received: pa.Table,
    boards: BoardInfluence,
) -> pa.Table:
    """Compute the features of some users.

    Parameters
    ----------
    users
        ``user_id`` of the users that handed in a row of their own; owners and pinners without one are added.
    owned_boards
        ``user_id`` and ``board_id`` of the boards these users own.
    pins
        ``user_id``, ``board_id``, ``image_signature``, ``parent_user_id`` and ``created_at`` of all their pins.
    received
        ``user_id``, ``parent_user_id`` and ``n_repins``: who saved how often from these users (``parent_user_id``).
    boards
        What all boards pass on, from ``board_influence`` of their features.

    Returns
    -------
    pyarrow.Table
        ``USER_FEATURES``, sorted by ``user_id``.

    Raises
    ------
    FeatureError
        If a board or a user saved from isn't in the other tables.

    Notes
    -----
    A user's importance is what their pins carry (a board's PageRank spread evenly over its pins) plus the rank of
    the boards they own that have no pin, so that importance sums to the same over boards and users. Interests are
    the categories of the boards they pin on, weighed by pins.
    """
    user_ids = _all_users(users, owned_boards, pins)
    n_users = len(user_ids)
    rows = IdLookup.of(user_ids)
    user, owner = (rows.find(table["user_id"].to_numpy()) for table in (pins, owned_boards))
    owned = boards.rows_of(owned_boards["board_id"])
    pinned = distinct_pairs(user, boards.rows_of(pins["board_id"]))
    held = distinct_pairs(np.concatenate([pinned.group, owner]), np.concatenate([pinned.member, owned]))
    pins_of_pair = pinned.n_rows.astype(np.float64)
    category, confidence, interests = category_columns(pinned.group, pinned.member, pins_of_pair, boards.votes, n_users)
    parent_user = pins["parent_user_id"]
    is_repin = parent_user.is_valid().to_numpy()
    from_others = is_repin & (parent_user.fill_null(0).to_numpy() != user_ids[user])
    columns = {
        "user_id": user_ids,
        "importance": _importance(pinned, owner, owned, boards, n_users),
        "category": category,
        "category_confidence": confidence,
        "interests": interests,
        "n_pins": np.bincount(user, minlength=n_users),
        "n_repins": np.bincount(user[is_repin], minlength=n_users),
        "n_boards": count_of_groups(held, n_users),
        "n_pictures": count_of_groups(distinct_pairs(user, codes_of(pins["image_signature"])), n_users),
        "n_repins_given": np.bincount(user[from_others], minlength=n_users),
        "n_repins_received": _received(rows, n_users, received),
    }
    times = pinned_between(pins["created_at"], user, n_users)
    columns |= {field.name: column for field, column in zip(TIMES_OF_PINS, times, strict=True)}
    return pa.table([columns[name] for name in USER_FEATURES.names], schema=USER_FEATURES)


def _all_users(users: pa.Table, owned_boards: pa.Table, pins: pa.Table) -> Ints:
    ids = [chunk for table in (users, owned_boards, pins) for chunk in table["user_id"].chunks]
    all_ids: Ints = pa.chunked_array(ids, pa.int64()).unique().sort().to_numpy()
    return all_ids


def _importance(pinned: Pairs, owner: Ints, owned: Ints, influence: BoardInfluence, n_users: int) -> Floats:
    carried = pinned.n_rows * influence.importance_of_a_pin[pinned.member]
    return weight_of_groups(pinned.group, carried, n_users) + weight_of_groups(
        owner, influence.importance_if_empty[owned], n_users
    )


def _received(rows: IdLookup, n_users: int, received: pa.Table) -> Ints:
    saver, parent = received["user_id"].to_numpy(), received["parent_user_id"].to_numpy()
    others = saver != parent
    user = rows.rows_of(parent[others], "users saved from")
    return weight_of_groups(user, received["n_repins"].to_numpy()[others], n_users).astype(np.int64)

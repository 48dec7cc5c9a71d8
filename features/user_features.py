"""The derived features of a user: importance, interests and what the user's pins add up to.

Counts follow from the pins alone, so a later iteration takes them over from the one before.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.board_influence import CATEGORY_SHARES, BoardInfluence, category_columns
from features.shared_columns import TIMES_OF_PINS, pinned_between
from joins.arrow.fields import described, required
from joins.arrow.groups import Floats, Ints, Pairs, codes_of, count_of_groups, distinct_pairs, weight_of_groups
from joins.arrow.id_lookup import IdLookup
from joins.arrow.shared_fields import USER_ID
from joins.errors import FeatureError

USER_COUNTS = pa.schema(
    [
        USER_ID,
        required("n_pins", pa.int64(), "pins of the user", "pins"),
        required("n_repins", pa.int64(), "those saved from some other pin", "pins"),
        required("n_boards", pa.int64(), "boards owned or pinned on", "boards"),
        required("n_pictures", pa.int64(), "distinct pictures", "pictures"),
        required("n_repins_given", pa.int64(), "pins saved from other users", "pins"),
        required("n_repins_received", pa.int64(), "pins other users saved from this one", "pins"),
        *TIMES_OF_PINS,
    ]
)
USER_FEATURES = pa.schema(
    [
        USER_ID,
        required("importance", pa.float64(), "what the pins carry, and PageRank of own empty boards", "sums to 1"),
        described("category", pa.string(), "the strongest interest"),
        described("category_confidence", pa.float32(), "the share of that interest", "0 to 1"),
        described("interests", CATEGORY_SHARES, "up to 5 categories, weighed by pins, the largest first"),
        *list(USER_COUNTS)[1:],
    ]
)


def user_features(
    owned_boards: pa.Table,
    pins: pa.Table,
    boards: BoardInfluence,
    users: pa.Table | None = None,
    received: pa.Table | None = None,
    previous: pa.Table | None = None,
) -> pa.Table:
    """Compute the features of some users.

    Parameters
    ----------
    owned_boards
        ``user_id`` and ``board_id`` of the boards these users own.
    pins
        ``user_id``, ``board_id``, ``image_signature``, ``parent_user_id`` and ``created_at`` of all their pins; the
        first two are enough where ``previous`` is given.
    boards
        What all boards pass on, from ``board_influence`` of their features.
    users
        ``user_id`` of the users that handed in a row of their own; owners and pinners without one are added.
    received
        ``user_id``, ``parent_user_id`` and ``n_repins``: who saved how often from these users (``parent_user_id``).
    previous
        ``USER_COUNTS`` of all these users, as the iteration before counted them; it takes the place of both.

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
    user_ids = _all_users(*([users, owned_boards, pins] if previous is None else [previous]))
    rows, n_users = IdLookup.of(user_ids), len(user_ids)
    user, owner = (rows.rows_of(table["user_id"].to_numpy(), "users") for table in (pins, owned_boards))
    owned = boards.rows_of(owned_boards["board_id"])
    pinned = distinct_pairs(user, boards.rows_of(pins["board_id"]))
    held = Held(user, pinned, owner, owned)
    if previous is None:
        previous = _counts(user_ids, pins, held, _received(rows, n_users, received))
    pins_of_pair = pinned.n_rows.astype(np.float64)
    category, confidence, interests = category_columns(pinned.group, pinned.member, pins_of_pair, boards.votes, n_users)
    columns = {
        "importance": _importance(held, boards, n_users),
        "category": category,
        "category_confidence": confidence,
        "interests": interests,
        **{name: previous[name] for name in USER_COUNTS.names},
    }
    return pa.table([columns[name] for name in USER_FEATURES.names], schema=USER_FEATURES)


@dataclass(frozen=True, slots=True)
class Held:
    """What users pin on and own, by position of user and board.

    ``user`` is that of each pin, ``pinned`` the distinct pairs of user and board; ``owner`` owns the board ``owned``.
    """

    user: Ints
    pinned: Pairs
    owner: Ints
    owned: Ints


def _counts(user_ids: Ints, pins: pa.Table, held: Held, received: Ints) -> pa.Table:
    n_users, user = len(user_ids), held.user
    parent_user = pins["parent_user_id"]
    is_repin = parent_user.is_valid().to_numpy()
    from_others = is_repin & (parent_user.fill_null(0).to_numpy() != user_ids[user])
    boards = distinct_pairs(
        np.concatenate([held.pinned.group, held.owner]), np.concatenate([held.pinned.member, held.owned])
    )
    counts = [
        user_ids,
        np.bincount(user, minlength=n_users),
        np.bincount(user[is_repin], minlength=n_users),
        count_of_groups(boards, n_users),
        count_of_groups(distinct_pairs(user, codes_of(pins["image_signature"])), n_users),
        np.bincount(user[from_others], minlength=n_users),
        received,
    ]
    return pa.table([*counts, *pinned_between(pins["created_at"], user, n_users)], schema=USER_COUNTS)


def _all_users(*tables: pa.Table | None) -> Ints:
    """Return the ids of all users that some tables name, ascending."""
    ids = [chunk for table in tables if table is not None for chunk in table["user_id"].chunks]
    all_ids: Ints = pa.chunked_array(ids, pa.int64()).unique().sort().to_numpy()
    return all_ids


def _importance(held: Held, influence: BoardInfluence, n_users: int) -> Floats:
    carried = held.pinned.n_rows * influence.importance_of_a_pin[held.pinned.member]
    return weight_of_groups(held.pinned.group, carried, n_users) + weight_of_groups(
        held.owner, influence.importance_if_empty[held.owned], n_users
    )


def _received(rows: IdLookup, n_users: int, received: pa.Table | None) -> Ints:
    if received is None:
        raise FeatureError("neither what was saved from users nor earlier counts are given", where="user features")
    saver, parent = received["user_id"].to_numpy(), received["parent_user_id"].to_numpy()
    others = saver != parent
    user = rows.rows_of(parent[others], "users saved from")
    return weight_of_groups(user, received["n_repins"].to_numpy()[others], n_users).astype(np.int64)

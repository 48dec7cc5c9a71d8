"""The derived features of a picture: what is learned from all its pins together.

Traits (counts, chains, terms, link) follow from the pins alone and are carried from one iteration to the next;
what is learned (category, importance) follows from the boards' features and is renewed with them.
"""

import numpy as np
import pyarrow as pa

from features.board_influence import CATEGORY_SHARES, BoardInfluence, category_columns
from features.links import canonical_links
from features.repin_chains import REPIN_CHAINS, canonical_pins_and_chains
from features.shared_columns import TIMES_OF_PINS, pinned_between
from features.terms import TERMS, top_terms
from joins.arrow.fields import described, required, unset_in_light
from joins.arrow.groups import Groups, Ints, count_of_groups, distinct_pairs, groups_of_sorted, weight_of_groups
from joins.arrow.shared_fields import IMAGE_SIGNATURE
from joins.errors import FeatureError

PIN_TRAITS = pa.schema(
    [
        IMAGE_SIGNATURE,
        required("n_pins", pa.int64(), "pins of it", "pins"),
        required("n_repins", pa.int64(), "those saved from another of its pins", "pins"),
        required("n_boards", pa.int64(), "boards that have it", "boards"),
        required("n_users", pa.int64(), "users that have it", "users"),
        *TIMES_OF_PINS,
        required("canonical_pin_id", pa.int64(), "root of the largest repin chain; ties: the smallest id"),
        described(
            "canonical_link", pa.string(), "where most pins point to, without tracking parameters; ties: by name"
        ),
        described("terms", TERMS, "up to 10 words of its descriptions, the most used first"),
        unset_in_light(described("repin_chains", REPIN_CHAINS, "chains of at least one repin, the largest first")),
    ]
)
FACTS_FOR_TRAITS = (
    *("image_signature", "pin_id", "board_id", "user_id", "parent_pin_id", "parent_status", "parent_board_id"),
    *("root_pin_id", "depth", "created_at", "description", "link"),
)
_LEARNED = [
    described("category", pa.string(), "the category with the largest share"),
    described("category_confidence", pa.float32(), "the share of that category", "0 to 1"),
    described(
        "categories", CATEGORY_SHARES, "up to 5, the largest first; each board votes once, by its own probabilities"
    ),
    required("importance", pa.float64(), "what its pins carry: a board spreads its PageRank evenly", "sums to 1"),
]
PIN_FEATURES = pa.schema([*PIN_TRAITS, *_LEARNED])


def pin_traits(pins: pa.Table) -> pa.Table:
    """Summarise all pins of some pictures as ``PIN_TRAITS``, one row a picture; pins as for `pin_features`."""
    groups = groups_of_sorted(pins["image_signature"])
    n_groups = len(groups)
    first, last = pinned_between(pins["created_at"], groups.number, n_groups)
    canonical, chains = canonical_pins_and_chains(pins, groups)
    columns = [
        pins["image_signature"].take(pa.array(groups.starts)),
        groups.sizes,
        groups.sum(pins["parent_board_id"].is_valid().to_numpy().astype(np.int64)),
        _n_distinct(groups, pins["board_id"].to_numpy()),
        _n_distinct(groups, pins["user_id"].to_numpy()),
        first,
        last,
        canonical,
        canonical_links(pins["link"], groups.number, n_groups),
        top_terms(pins["description"], groups.number, n_groups),
        chains,
    ]
    return pa.table(columns, schema=PIN_TRAITS)


def pin_features(pins: pa.Table, boards: BoardInfluence, previous: pa.Table | None = None) -> pa.Table:
    """Compute the features of the pictures of some pins.

    Parameters
    ----------
    pins
        Facts, sorted by ``(image_signature, pin_id)``, every pin of each picture: ``FACTS_FOR_TRAITS``, or
        ``image_signature`` and ``board_id`` alone where ``previous`` is given.
    boards
        What all boards pass on, from ``board_influence`` of their features.
    previous
        ``PIN_TRAITS`` of the same pictures, which are taken over from the previous iteration.

    Returns
    -------
    pyarrow.Table
        ``PIN_FEATURES``, one row a picture, sorted by ``image_signature``.

    Raises
    ------
    FeatureError
        If a board of the pins isn't among ``boards``, or ``previous`` holds other pictures.

    Notes
    -----
    A board spreads its importance evenly over its pins; a picture's importance is the sum over its own pins. Each
    distinct board votes once for the picture's category, however many pins of it the board holds.
    """
    groups = groups_of_sorted(pins["image_signature"])
    traits = pin_traits(pins) if previous is None else _earlier_traits(previous, pins, groups)
    pairs = distinct_pairs(groups.number, boards.rows_of(pins["board_id"]))
    shares = pairs.n_rows * boards.importance_of_a_pin[pairs.member]
    importance = weight_of_groups(pairs.group, shares, len(groups))
    categories = category_columns(pairs.group, pairs.member, np.ones(len(pairs.group)), boards.votes, len(groups))
    return pa.table([*traits.columns, *categories, importance], schema=PIN_FEATURES)


def _earlier_traits(previous: pa.Table, pins: pa.Table, groups: Groups) -> pa.Table:
    if not previous["image_signature"].equals(pins["image_signature"].take(pa.array(groups.starts))):
        raise FeatureError(
            f"the previous features hold {previous.num_rows:,} pictures and the pins {len(groups):,}, or others",
            where="pin features",
            remedy="pass the previous iteration's features of the same pictures, sorted by image_signature",
        )
    return previous.select(PIN_TRAITS.names)


def _n_distinct(groups: Groups, members: Ints) -> Ints:
    return count_of_groups(distinct_pairs(groups.number, members), len(groups))

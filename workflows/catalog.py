"""Every dataset that a run publishes, declared once: its schema and key, and what it is made from.

A new dataset is a function with its schema, an entry among the datasets and one in ``DERIVATIONS`` here; Luigi's task,
the day and the data dictionary follow from them.
"""

from functools import partial

import pyarrow as pa

from features.board_features import BOARD_COUNTS, board_features
from features.board_features import BOARD_FEATURES as BOARD_FEATURE_SCHEMA
from features.board_influence import board_influence
from features.categories.decisions import BOARD_CATEGORIES as CATEGORY_SCHEMA
from features.pin_features import FACTS_FOR_TRAITS, PIN_TRAITS, pin_features
from features.pin_features import PIN_FEATURES as UNORDERED_PIN_FEATURES
from features.shared_columns import ordered_schema
from features.trace_repins import CHAIN_FIELDS, count_parents
from features.user_features import USER_COUNTS, user_features
from features.user_features import USER_FEATURES as UNORDERED_USER_FEATURES
from joins.board_join import board_join_schema, build_board_joins
from joins.pin_join import build_pin_joins, pin_join_schema
from joins.pin_lists import ACCEPTED_PINS, with_pin_join
from joins.raw.intake.rejected_rows import REJECTED_ROWS as REJECTED_SCHEMA
from joins.raw.schemas import BOARDS as BOARD_SCHEMA
from joins.raw.schemas import USERS as USER_SCHEMA
from joins.small_structs import PIN_JOIN_STRUCT, board_dimension, user_dimension
from joins.user_join import build_user_joins, user_join_schema
from pagerank.board_ranks import BOARD_RANKS as RANK_SCHEMA
from pagerank.repin_graph import EDGE_KEY, add_up_repin_edges, single_repins
from pagerank.repin_graph import REPIN_EDGES as EDGE_SCHEMA
from workflows.derivations import Aligned, Counts, Derivation, Reads, Shared, Shuffled, declare
from workflows.picture_catalog import IMAGE_SIGNATURES, PICTURE_DERIVATIONS

PIN_FEATURE_SCHEMA = ordered_schema(UNORDERED_PIN_FEATURES)
USER_FEATURE_SCHEMA = ordered_schema(UNORDERED_USER_FEATURES)


# Iteration 0 of a date: read off the raw input alone.
REJECTED_ROWS = declare(
    "rejected_rows",
    REJECTED_SCHEMA,
    "row_number",
    "Raw rows that were set aside. The manifest counts what was read, accepted and rejected: accepted + "
    "rejected = read.",
)
BOARDS = declare("boards", BOARD_SCHEMA, "board_id", "The accepted raw boards.")
USERS = declare("users", USER_SCHEMA, "user_id", "The accepted raw users.")
FACTS = declare(
    "facts",
    pa.schema([*ACCEPTED_PINS, *CHAIN_FIELDS]),
    "image_signature",
    "The accepted pins, sorted by picture, then pin.",
    key_is_unique=False,
)
REPIN_EDGES = declare(
    "repin_edges",
    EDGE_SCHEMA,
    "board_id",
    "The repin graph: who saved how often from where, self edges included. The manifest counts the "
    "parents that are no edge.",
    key_is_unique=False,
)

# Iterations 1, 2, ...: learned, each from the one before.
BOARD_RANKS = declare(
    "board_ranks",
    RANK_SCHEMA,
    "board_id",
    "PageRank of every board. The manifest of iteration 1 counts what the graph looks like: edges, "
    "self-repins, cross-user repins, dangling boards, components, largest degrees.",
    importance="page_rank",
)
BOARD_CATEGORIES = declare(
    "board_categories",
    CATEGORY_SCHEMA,
    "board_id",
    "The corrected category of every board. The manifest says which pass was kept and why, and which "
    "categories may be one; the schema's metadata holds the fit; see [categories.md](categories.md).",
)
BOARD_FEATURES = declare(
    "board_features",
    BOARD_FEATURE_SCHEMA,
    "board_id",
    "What is derived of every board; goes into `board_joins`.",
    importance="page_rank",
)
PIN_FEATURES = declare(
    "pin_features",
    PIN_FEATURE_SCHEMA,
    "image_signature",
    "What is derived of every picture; goes into `pin_joins`.",
    importance="importance",
)
USER_FEATURES = declare(
    "user_features",
    USER_FEATURE_SCHEMA,
    "user_id",
    "What is derived of every user; goes into `user_joins`.",
    importance="importance",
)

# The wide joins, full and light, of the last iteration.
PIN_JOINS = declare(
    "pin_joins",
    pin_join_schema(PIN_FEATURE_SCHEMA),
    "image_signature",
    "All pins of one picture.",
    importance="importance",
)
BOARD_JOINS = declare(
    "board_joins",
    board_join_schema(BOARD_FEATURE_SCHEMA),
    "board_id",
    "Every board: those with a row of their own (pins or not), and those that only pins name.",
    importance="page_rank",
)
USER_JOINS = declare(
    "user_joins",
    user_join_schema(USER_FEATURE_SCHEMA),
    "user_id",
    "Every user: those with a row of their own, and owners and pinners without one.",
    importance="importance",
)

_PIN_COLUMNS = tuple(ACCEPTED_PINS.names)
_BOARDS = partial(
    Shared, BOARD_FEATURES, columns=("board_id", "n_pins", "category", "page_rank"), prepare=board_dimension
)
_USERS = partial(
    Shared,
    USER_FEATURES,
    columns=("user_id", "n_pins", "n_boards", "category", "importance"),
    prepare=user_dimension,
    referred_to_by={"pins": "user_id"},
)
_INFLUENCE = partial(
    Shared, BOARD_FEATURES, columns=("board_id", "page_rank", "n_pins", "categories"), prepare=board_influence
)


def _pins_with_pictures(by: str) -> Shuffled:
    """Split the pins, each with the small struct of its picture; both lie in the same partitions."""
    features = Aligned(PIN_FEATURES, columns=tuple(field.name for field in PIN_JOIN_STRUCT))
    return Shuffled(FACTS, columns=_PIN_COLUMNS, by=by, of=with_pin_join, beside={"pin_features": features})


DERIVATIONS = (
    *PICTURE_DERIVATIONS,
    Derivation(
        "AcceptedInput",
        (FACTS, BOARDS, USERS, REJECTED_ROWS),
        {"signatures": Reads(IMAGE_SIGNATURES)},
        when="once",
        raw=("pins", "boards", "users"),
    ),
    Derivation(
        "RepinEdges",
        (REPIN_EDGES,),
        {"edges": Shuffled(FACTS, columns=tuple(EDGE_KEY), by="board_id", of=single_repins)},
        add_up_repin_edges,
        when="once",
        counts=Counts("parents", Reads(FACTS, columns=("parent_status",)), count_parents),
    ),
    Derivation(
        "BoardRanks",
        (BOARD_RANKS,),
        {
            "edges": Reads(REPIN_EDGES),
            "facts": Reads(FACTS),
            "boards": Reads(BOARDS),
            "previous": Reads(BOARD_RANKS, of_previous=True),
        },
    ),
    Derivation(
        "BoardCategories",
        (BOARD_CATEGORIES,),
        {"facts": Reads(FACTS), "boards": Reads(BOARDS), "previous": Reads(BOARD_CATEGORIES, of_previous=True)},
    ),
    Derivation(
        "BoardFeatures",
        (BOARD_FEATURES,),
        {
            "ranks": Aligned(BOARD_RANKS),
            "categories": Aligned(BOARD_CATEGORIES),
            "pins": Shuffled(
                FACTS,
                columns=("board_id", "user_id", "image_signature", "parent_board_id", "created_at"),
                by="board_id",
                only_first=True,
            ),
            "previous": Aligned(BOARD_FEATURES, columns=tuple(BOARD_COUNTS.names), of_previous=True),
        },
        board_features,
        rows_as="ranks",
    ),
    Derivation(
        "PinFeatures",
        (PIN_FEATURES,),
        {
            "boards": _INFLUENCE(referred_to_by={"pins": "board_id"}),
            "pins": Aligned(FACTS, columns=FACTS_FOR_TRAITS, later_columns=("image_signature", "board_id")),
            "previous": Aligned(PIN_FEATURES, columns=tuple(PIN_TRAITS.names), of_previous=True),
        },
        pin_features,
        is_ordered=True,
        rows_as="previous",
    ),
    Derivation(
        "UserFeatures",
        (USER_FEATURES,),
        {
            "boards": _INFLUENCE(referred_to_by={"pins": "board_id", "owned_boards": "board_id"}),
            "pins": Shuffled(
                FACTS,
                columns=("user_id", "board_id", "image_signature", "parent_user_id", "created_at"),
                later_columns=("user_id", "board_id"),
                by="user_id",
            ),
            "owned_boards": Shuffled(BOARDS, columns=("user_id", "board_id"), by="user_id"),
            "users": Aligned(USERS, columns=("user_id",), only_first=True),
            "received": Shuffled(
                REPIN_EDGES,
                columns=("user_id", "parent_user_id", "n_repins"),
                by="parent_user_id",
                only_first=True,
            ),
            "previous": Aligned(USER_FEATURES, columns=tuple(USER_COUNTS.names), of_previous=True),
        },
        user_features,
        is_ordered=True,
    ),
    Derivation(
        "PinJoins",
        (PIN_JOINS,),
        {
            "pins": Aligned(FACTS, columns=_PIN_COLUMNS),
            "features": Aligned(PIN_FEATURES),
            "boards": _BOARDS(referred_to_by={"pins": "board_id"}),
            "users": _USERS(),
        },
        build_pin_joins,
        when="last iteration",
        has_light=True,
        rows_as="features",
    ),
    Derivation(
        "BoardJoins",
        (BOARD_JOINS,),
        {
            "pins": _pins_with_pictures("board_id"),
            "features": Aligned(BOARD_FEATURES),
            "users": _USERS(),
            "raw_boards": Aligned(BOARDS),
        },
        build_board_joins,
        when="last iteration",
        has_light=True,
        rows_as="features",
    ),
    Derivation(
        "UserJoins",
        (USER_JOINS,),
        {
            "pins": _pins_with_pictures("user_id"),
            "features": Aligned(USER_FEATURES),
            "boards": _BOARDS(referred_to_by={"pins": "board_id", "owned_boards": "board_id"}),
            "raw_users": Aligned(USERS),
            "owned_boards": Shuffled(BOARDS, columns=("user_id", "board_id"), by="user_id"),
        },
        build_user_joins,
        when="last iteration",
        has_light=True,
        rows_as="features",
    ),
)

RAW_DATASETS = (IMAGE_SIGNATURES, REJECTED_ROWS, BOARDS, USERS, FACTS, REPIN_EDGES)
FEATURE_DATASETS = (BOARD_RANKS, BOARD_CATEGORIES, BOARD_FEATURES, PIN_FEATURES, USER_FEATURES)
JOIN_DATASETS = (PIN_JOINS, BOARD_JOINS, USER_JOINS)

"""Every dataset a run publishes: its name, schema, key and who reads it. Declared here, once."""

import pyarrow as pa

from features.board_features import BOARD_FEATURES as BOARD_FEATURE_SCHEMA
from features.categories.correct import BOARD_CATEGORIES as CATEGORY_SCHEMA
from features.images.signature_columns import PICTURE_SIGNATURES as PICTURE_SCHEMA
from features.importance_order import ordered_schema
from features.pin_features import PIN_FEATURES as UNORDERED_PIN_FEATURES
from features.repin_chains import CHAIN_FIELDS
from features.same_picture.aliases import GROUP_ALIASES as ALIAS_SCHEMA
from features.same_picture.grouping import MERGE_CANDIDATES as CANDIDATE_SCHEMA
from features.same_picture.grouping import PICTURE_GROUPS as GROUP_SCHEMA
from features.same_picture.grouping import PICTURE_MEMBERS as MEMBER_SCHEMA
from features.same_picture.image_signatures import IMAGE_SIGNATURES as SIGNATURE_SCHEMA
from features.user_features import USER_FEATURES as UNORDERED_USER_FEATURES
from joins.board_join import board_join_schema
from joins.pin_join import pin_join_schema
from joins.pin_lists import ACCEPTED_PINS
from joins.raw.rejected_rows import REJECTED_ROWS as REJECTED_SCHEMA
from joins.raw.schemas import BOARDS as BOARD_SCHEMA
from joins.raw.schemas import USERS as USER_SCHEMA
from joins.user_join import user_join_schema
from pagerank.board_ranks import BOARD_RANKS as RANK_SCHEMA
from pagerank.repin_graph import REPIN_EDGES as EDGE_SCHEMA
from storage_tiers.pictures.digests import IMAGE_FILES as FILE_SCHEMA
from storage_tiers.versioned.staging import DatasetSpec

PIN_FEATURE_SCHEMA = ordered_schema(UNORDERED_PIN_FEATURES)
USER_FEATURE_SCHEMA = ordered_schema(UNORDERED_USER_FEATURES)


def _declare(
    name: str, schema: pa.Schema, key: str, *, importance: str | None = None, key_is_unique: bool = True
) -> DatasetSpec:
    """Declare a dataset; what the tiers must know of its schema travels in the schema's metadata."""
    metadata = {"key": key} | ({"importance": importance} if importance else {})
    return DatasetSpec(name, schema.with_metadata(metadata), key, key_is_unique)


# Pictures of pins that bring no signature. Of all but the first and the last a date holds what it added.
IMAGE_FILES = _declare("image_files", FILE_SCHEMA, "image")
PICTURE_SIGNATURES = _declare("picture_signatures", PICTURE_SCHEMA, "digest")
PICTURE_GROUPS = _declare("picture_groups", GROUP_SCHEMA, "group_id")
PICTURE_MEMBERS = _declare("picture_members", MEMBER_SCHEMA, "digest")
MERGE_CANDIDATES = _declare("merge_candidates", CANDIDATE_SCHEMA, "group_id", key_is_unique=False)
GROUP_ALIASES = _declare("group_aliases", ALIAS_SCHEMA, "group_id")

# Iteration 0 of a date: read off the raw input alone.
IMAGE_SIGNATURES = _declare("image_signatures", SIGNATURE_SCHEMA, "image")
REJECTED_ROWS = _declare("rejected_rows", REJECTED_SCHEMA, "row_number")
BOARDS = _declare("boards", BOARD_SCHEMA, "board_id")
USERS = _declare("users", USER_SCHEMA, "user_id")
FACTS = _declare("facts", pa.schema([*ACCEPTED_PINS, *CHAIN_FIELDS]), "image_signature", key_is_unique=False)
REPIN_EDGES = _declare("repin_edges", EDGE_SCHEMA, "board_id", key_is_unique=False)

# Iterations 1, 2, ...: learned, each from the one before.
BOARD_RANKS = _declare("board_ranks", RANK_SCHEMA, "board_id", importance="page_rank")
BOARD_CATEGORIES = _declare("board_categories", CATEGORY_SCHEMA, "board_id")
BOARD_FEATURES = _declare("board_features", BOARD_FEATURE_SCHEMA, "board_id", importance="page_rank")
PIN_FEATURES = _declare("pin_features", PIN_FEATURE_SCHEMA, "image_signature", importance="importance")
USER_FEATURES = _declare("user_features", USER_FEATURE_SCHEMA, "user_id", importance="importance")

# The wide joins, full and light, of the last iteration.
PIN_JOINS = _declare("pin_joins", pin_join_schema(PIN_FEATURE_SCHEMA), "image_signature", importance="importance")
BOARD_JOINS = _declare("board_joins", board_join_schema(BOARD_FEATURE_SCHEMA), "board_id", importance="page_rank")
USER_JOINS = _declare("user_joins", user_join_schema(USER_FEATURE_SCHEMA), "user_id", importance="importance")

PICTURE_DATASETS = (IMAGE_FILES, PICTURE_SIGNATURES, PICTURE_GROUPS, PICTURE_MEMBERS, MERGE_CANDIDATES, GROUP_ALIASES)
RAW_DATASETS = (IMAGE_SIGNATURES, REJECTED_ROWS, BOARDS, USERS, FACTS, REPIN_EDGES)
FEATURE_DATASETS = (BOARD_RANKS, BOARD_CATEGORIES, BOARD_FEATURES, PIN_FEATURES, USER_FEATURES)
JOIN_DATASETS = (PIN_JOINS, BOARD_JOINS, USER_JOINS)

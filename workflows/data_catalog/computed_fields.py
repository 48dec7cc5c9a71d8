"""What computed fields are computed from: for each the fields whose values go into it, as ``dataset.path``.

A field that a dataset takes over as it is has no entry: the table of derivations tells it (`field_lineage`). A field in
a struct without an entry of its own has that of the struct. What merely decides which rows belong together is named
where the value counts or orders these rows. Tests hold that every field named is one that the derivation reads, and,
for what is one function of tables, that a change in it, and in none of the others, changes the field.
"""

from collections.abc import Mapping

from joins.raw.schemas import RAW_TABLES

# Fields are separated by blanks; behind ``=`` stands one that is taken over under another name, or with more nulls.
Computed = Mapping[str, str]

_PICTURES = "input/pins.image_signature image_signatures.image_signature"
_PARENTS = f"input/pins.pin_id input/pins.parent_pin_id {_PICTURES}"
_RAW_KEYS = " ".join(f"input/{raw.name}.{raw.key}" for raw in RAW_TABLES)
_RAW_ROWS = " ".join(f"input/{raw.name}.{name}" for raw in RAW_TABLES for name in raw.schema.names)
_JUDGED = f"{_RAW_ROWS} image_signatures.image_signature image_signatures.status"
_RANKS = "boards.board_id facts.board_id repin_edges.board_id repin_edges.parent_board_id repin_edges.n_repins"
_GRAPH = "repin_edges.board_id repin_edges.parent_board_id repin_edges.n_repins"
_CATEGORIES = "boards.category boards.user_id facts.board_id facts.image_signature"
_INFLUENCE = "board_features.page_rank board_features.n_pins"
_VIEWS = "picture_signatures.whole picture_signatures.trimmed picture_signatures.sketch"

_FROM_RAW: dict[str, Computed] = {
    "facts": {
        "image_signature": _PICTURES,
        "parent_status": _PARENTS,
        "parent_board_id": f"input/pins.board_id {_PARENTS}",
        "parent_user_id": f"input/pins.user_id {_PARENTS}",
        "root_pin_id": _PARENTS,
        "depth": _PARENTS,
    },
    "rejected_rows": {
        "row_number": _JUDGED,  # the place among all by table, reason, key and content
        "raw_table": _RAW_KEYS,
        "reason": _JUDGED,
        "key": _RAW_KEYS,
        "content": f"{_RAW_ROWS} image_signatures.image_signature",
    },
    "repin_edges": {
        "board_id": "facts.board_id",
        "parent_board_id": "facts.parent_board_id",
        "user_id": "facts.user_id",
        "parent_user_id": "facts.parent_user_id",
        "n_repins": "facts.board_id facts.parent_board_id facts.user_id facts.parent_user_id",
    },
}
_OF_PICTURES: dict[str, Computed] = {
    "image_files": {
        "image": "= input/pins.image",
        "status": "input/pins.image",
        "digest": "input/pins.image",
        "n_bytes": "input/pins.image",
        "modified_at": "input/pins.image",
    },
    "picture_signatures": dict.fromkeys(
        (
            *("status", "width_px", "height_px", "is_animated", "quality", "phash64", "sketch", "whole", "trimmed"),
            *(f"crop_{percent:02d}" for percent in (4, 8, 12, 16, 20, 25)),
        ),
        "image_files.image",
    ),
    "picture_groups": {"group_id": "= picture_signatures.digest"},
    "picture_members": {
        "digest": "= picture_signatures.digest",
        "group_id": _VIEWS,
        "distance": _VIEWS,
        "view": _VIEWS,
        "leader_view": _VIEWS,
    },
    "merge_candidates": {
        "group_id": _VIEWS,
        "other_group_id": _VIEWS,
        "n_bridges": _VIEWS,
        "digest": f"picture_signatures.digest {_VIEWS}",
        "distance": _VIEWS,
    },
    "group_aliases": {"group_id": "merge_candidates.group_id", "alias_of": "merge_candidates.other_group_id"},
    "image_signatures": {
        "image_signature": "picture_members.group_id",
        "status": "image_files.status picture_signatures.status",
    },
}
_LEARNED: dict[str, Computed] = {
    "board_ranks": {
        "board_id": "boards.board_id facts.board_id",
        "page_rank": _RANKS,
        "rank_order": _RANKS,
        "percentile": _RANKS,
        "n_repins_given": _GRAPH,
        "n_repins_received": _GRAPH,
        "n_self_repins": _GRAPH,
    },
    "board_categories": {
        "board_id": "boards.board_id facts.board_id",
        "owner_category": "= boards.category",
        "category": _CATEGORIES,
        "confidence": _CATEGORIES,
        "changed": _CATEGORIES,
        "filled": _CATEGORIES,
        "margin": _CATEGORIES,
        "n_images": "facts.board_id facts.image_signature",
        "distribution": _CATEGORIES,
    },
    "board_features": {
        "category": "= board_categories.category",
        "category_confidence": "= board_categories.confidence",
        "category_changed": "= board_categories.changed",
        "category_filled": "= board_categories.filled",
        "categories": "= board_categories.distribution",
        "n_pins": "facts.board_id",
        "n_repins": "facts.board_id facts.parent_board_id",
        "n_pictures": "facts.board_id facts.image_signature",
        "n_users": "facts.board_id facts.user_id",
        "first_pinned_at": "facts.created_at",
        "last_pinned_at": "facts.created_at",
    },
    "pin_features": {
        "n_pins": "facts.image_signature",
        "n_repins": "facts.image_signature facts.parent_board_id",
        "n_boards": "facts.image_signature facts.board_id",
        "n_users": "facts.image_signature facts.user_id",
        "first_pinned_at": "facts.created_at",
        "last_pinned_at": "facts.created_at",
        "canonical_pin_id": "facts.pin_id facts.root_pin_id",
        "canonical_link": "facts.link",
        "terms": "facts.description",
        "repin_chains": "facts.pin_id facts.parent_pin_id facts.parent_status facts.root_pin_id facts.depth",
        "category": "board_features.categories facts.board_id",
        "category_confidence": "board_features.categories facts.board_id",
        "categories": "board_features.categories facts.board_id",
        "importance": f"facts.board_id {_INFLUENCE}",
        "rank_order": f"facts.board_id {_INFLUENCE}",
        "percentile": f"facts.board_id {_INFLUENCE}",
    },
    "user_features": {
        "user_id": "users.user_id facts.user_id boards.user_id",
        "importance": f"facts.user_id facts.board_id boards.user_id boards.board_id {_INFLUENCE}",
        "rank_order": f"facts.user_id facts.board_id boards.user_id boards.board_id {_INFLUENCE}",
        "percentile": f"facts.user_id facts.board_id boards.user_id boards.board_id {_INFLUENCE}",
        "category": "board_features.categories facts.board_id",
        "category_confidence": "board_features.categories facts.board_id",
        "interests": "board_features.categories facts.board_id",
        "n_pins": "facts.user_id",
        "n_repins": "facts.user_id facts.parent_user_id",
        "n_boards": "facts.user_id facts.board_id boards.user_id boards.board_id",
        "n_pictures": "facts.user_id facts.image_signature",
        "n_repins_given": "facts.user_id facts.parent_user_id",
        "n_repins_received": "repin_edges.user_id repin_edges.parent_user_id repin_edges.n_repins",
        "first_pinned_at": "facts.created_at",
        "last_pinned_at": "facts.created_at",
    },
    "board_joins": {"user_id": "= boards.user_id"},
}

COMPUTED: Mapping[str, Computed] = _FROM_RAW | _OF_PICTURES | _LEARNED

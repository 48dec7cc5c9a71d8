"""The datasets of pictures: files, signatures, groups, and the signatures of pins that bring none.

They are part of the table in `workflows.catalog`. Of all but the first and the last, a date holds what it added.
"""

from features.images.signature_columns import PICTURE_SIGNATURES as PICTURE_SCHEMA
from features.same_picture.aliases import GROUP_ALIASES as ALIAS_SCHEMA
from features.same_picture.grouping import MERGE_CANDIDATES as CANDIDATE_SCHEMA
from features.same_picture.grouping import PICTURE_GROUPS as GROUP_SCHEMA
from features.same_picture.grouping import PICTURE_MEMBERS as MEMBER_SCHEMA
from features.same_picture.image_signatures import IMAGE_SIGNATURES as SIGNATURE_SCHEMA
from storage_tiers.pictures.digests import IMAGE_FILES as FILE_SCHEMA
from workflows.derivations import Derivation, Reads, declare

IMAGE_FILES = declare(
    "image_files",
    FILE_SCHEMA,
    "image",
    "Each image that pins without a signature name, with size and time of its file, by which the next day "
    "knows that it need not be read again.",
)
PICTURE_SIGNATURES = declare(
    "picture_signatures",
    PICTURE_SCHEMA,
    "digest",
    "Each content of a file, with a signature of 32 bytes for each view of it.",
)
PICTURE_GROUPS = declare(
    "picture_groups", GROUP_SCHEMA, "group_id", "The leader of each group: its digest is the id of the group."
)
PICTURE_MEMBERS = declare(
    "picture_members", MEMBER_SCHEMA, "digest", "The group of each picture, and how near the picture is to the leader."
)
MERGE_CANDIDATES = declare(
    "merge_candidates",
    CANDIDATE_SCHEMA,
    "group_id",
    "Pairs of groups that pictures of the day are near to both.",
    key_is_unique=False,
)
GROUP_ALIASES = declare(
    "group_aliases", ALIAS_SCHEMA, "group_id", "Groups that `interest-graph merge-groups` made one with another."
)
IMAGE_SIGNATURES = declare(
    "image_signatures", SIGNATURE_SCHEMA, "image", "The signature of each image that pins without one name."
)

PICTURE_DERIVATIONS = (
    Derivation("ImageFiles", (IMAGE_FILES,), {}, when="once", raw=("pins",)),
    Derivation("PictureSignatures", (PICTURE_SIGNATURES,), {"files": Reads(IMAGE_FILES)}, when="once"),
    Derivation(
        "GroupPictures",
        (PICTURE_GROUPS, MERGE_CANDIDATES, PICTURE_MEMBERS),
        {"signatures": Reads(PICTURE_SIGNATURES), "files": Reads(IMAGE_FILES)},
        when="once",
    ),
    Derivation("MergeGroups", (GROUP_ALIASES,), {"candidates": Reads(MERGE_CANDIDATES)}, when="on request"),
    Derivation(
        "ImageSignatures",
        (IMAGE_SIGNATURES,),
        {"files": Reads(IMAGE_FILES), "pictures": Reads(PICTURE_SIGNATURES), "members": Reads(PICTURE_MEMBERS)},
        when="once",
    ),
)
PICTURE_DATASETS = (IMAGE_FILES, PICTURE_SIGNATURES, PICTURE_GROUPS, PICTURE_MEMBERS, MERGE_CANDIDATES, GROUP_ALIASES)

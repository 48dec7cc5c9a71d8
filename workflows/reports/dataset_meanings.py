"""What each dataset holds, in a sentence or two: how its section of ``docs/datasets.md`` begins."""

DATASET_MEANINGS = {
    "pin_joins": "All pins of one picture.",
    "board_joins": "Every board: those with a row of their own (pins or not), and those that only pins name.",
    "user_joins": "Every user: those with a row of their own, and owners and pinners without one.",
    "board_ranks": (
        "PageRank of every board. The manifest of iteration 1 counts what the graph looks like: edges, self-repins, "
        "cross-user repins, dangling boards, components, largest degrees."
    ),
    "board_categories": (
        "The corrected category of every board. The manifest says which pass was kept and why, and which categories "
        "may be one; the schema's metadata holds the fit; see [categories.md](categories.md)."
    ),
    "board_features": "What is derived of every board; goes into `board_joins`.",
    "pin_features": "What is derived of every picture; goes into `pin_joins`.",
    "user_features": "What is derived of every user; goes into `user_joins`.",
    "image_signatures": "The signature of each image that pins without one name.",
    "rejected_rows": (
        "Raw rows that were set aside. The manifest counts what was read, accepted and rejected: "
        "accepted + rejected = read."
    ),
    "boards": "The accepted raw boards.",
    "users": "The accepted raw users.",
    "facts": "The accepted pins, sorted by picture, then pin.",
    "repin_edges": (
        "The repin graph: who saved how often from where, self edges included. "
        "The manifest counts the parents that are no edge."
    ),
    "image_files": (
        "Each image that pins without a signature name, with size and time of its file, "
        "by which the next day knows that it need not be read again."
    ),
    "picture_signatures": "Each content of a file, with a signature of 32 bytes for each view of it.",
    "picture_groups": "The leader of each group: its digest is the id of the group.",
    "picture_members": "The group of each picture, and how near the picture is to the leader.",
    "merge_candidates": "Pairs of groups that pictures of the day are near to both.",
    "group_aliases": "Groups that `interest-graph merge-groups` made one with another.",
}

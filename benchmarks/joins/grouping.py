"""The grouping that every engine can do: raw pins in, one row a picture out.

Input: Parquet shards of raw pins. Output: Parquet, zstd level 1, any number of files, in each the rows sorted by
``image_signature``; a row holds the raw pins of the picture as a list of structs in ``pin_id`` order, how many pins,
different boards and different users there are, and the boards' ids, distinct and ascending. It is the PinJoin
without its features and without the small structs of its boards and users, which need the rest of the workflow.
"""

KEY = "image_signature"
PIN_FIELDS = ("pin_id", "board_id", "user_id", "image", "parent_pin_id", "created_at", "description", "link")
COLUMNS = (KEY, "pins", "n_pins", "n_boards", "n_users", "board_ids")

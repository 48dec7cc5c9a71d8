"""Fields that schemas of several packages hold, declared once; what one package alone holds is declared there."""

import pyarrow as pa

from joins.arrow.fields import described, required

BOARD_ID = required("board_id", pa.int64(), "the board", "", "raw")
USER_ID = required("user_id", pa.int64(), "the user", "", "raw")
IMAGE_SIGNATURE = required("image_signature", pa.string(), "the picture; all pins of it share this")

IMAGE = required("image", pa.string(), "path, URI or row of a pack, as the pins name it", "", "raw")
FILE_DIGEST = described("digest", pa.string(), "BLAKE2b-128 of the file's bytes, hex")
WIDTH_PX = described("width_px", pa.int32(), "width of the upright picture; null where it can't be told", "px")
HEIGHT_PX = described("height_px", pa.int32(), "height of the upright picture; null where it can't be told", "px")

PAGE_RANK = required("page_rank", pa.float64(), "PageRank over the repin graph", "sums to 1")
RANK_ORDER = required("rank_order", pa.int64(), "1 is the most important; equal ones share a place", "from 1")
PERCENTILE = required("percentile", pa.float64(), "share of all that are no more important", "0 to 1")
REPINS_BETWEEN_BOARDS = (
    required("n_repins_given", pa.int64(), "pins it saved from other boards", "pins"),
    required("n_repins_received", pa.int64(), "pins other boards saved from it", "pins"),
)

OWNER_CATEGORY = described("owner_category", pa.string(), "as the owner filed it; null: not at all", "", "raw")
CATEGORY = required("category", pa.string(), "one of the categories")
CATEGORY_PROBABILITY = pa.struct(
    [CATEGORY, required("probability", pa.float32(), "that it is the board's category", "0 to 1")]
)

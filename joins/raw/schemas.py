"""The three raw tables as owners hand them over: what users typed in, before anything is derived.

Raw input lies in Parquet files in ``<input>/{pins,boards,users}/date=YYYY-MM-DD/``, a full snapshot per date.
A field that is not nullable here must be present in every row; a row without it is set aside. A nullable field may be
missing altogether, from a snapshot or from some of its files, and is then null: so the schema can grow.
"""

from dataclasses import dataclass

import pyarrow as pa

from joins.arrow.fields import described, required
from joins.arrow.shared_fields import BOARD_ID, USER_ID

TIMESTAMP = pa.timestamp("ms", tz="UTC")

PINS = pa.schema(
    [
        required("pin_id", pa.int64(), "the pin", "", "raw"),
        required("board_id", pa.int64(), "the board it is on", "", "raw"),
        required("user_id", pa.int64(), "who pinned it", "", "raw"),
        described("image_signature", pa.string(), "hex; pins of one picture share it", "", "raw"),
        described("image", pa.string(), "path or URI of the picture", "", "raw"),
        described("parent_pin_id", pa.int64(), "the pin it was saved from; null for an original", "", "raw"),
        described("created_at", TIMESTAMP, "when it was pinned", "UTC", "raw"),
        described("description", pa.string(), "what the user wrote under it", "", "raw"),
        described("link", pa.string(), "the page it points to", "", "raw"),
    ]
)

PICTURE_FIELDS = ("image_signature", "image")  # which pins show the same picture: by what it is, or by its name

BOARDS = pa.schema(
    [
        BOARD_ID,
        required("user_id", pa.int64(), "the owner", "", "raw"),
        described("name", pa.string(), "what the owner calls it", "", "raw"),
        described("category", pa.string(), "as the owner filed it", "", "raw"),
        described("description", pa.string(), "what the owner wrote about it", "", "raw"),
        described("created_at", TIMESTAMP, "when it was made", "UTC", "raw"),
    ]
)

USERS = pa.schema(
    [
        USER_ID,
        described("username", pa.string(), "as the user is called", "", "raw"),
        described("country", pa.string(), "where the user is from", "", "raw"),
        described("created_at", TIMESTAMP, "when the user joined", "UTC", "raw"),
    ]
)


@dataclass(frozen=True, slots=True)
class RawTable:
    """One raw table: its name in the input folder, its schema and the column that identifies a row."""

    name: str
    schema: pa.Schema
    key: str


RAW_PINS = RawTable("pins", PINS, "pin_id")
RAW_BOARDS = RawTable("boards", BOARDS, "board_id")
RAW_USERS = RawTable("users", USERS, "user_id")
RAW_TABLES = (RAW_PINS, RAW_BOARDS, RAW_USERS)


def all_nullable(schema: pa.Schema) -> pa.Schema:
    """Return a schema in which every field may be null: that of rows which nobody has judged yet."""
    return pa.schema([field.with_nullable(nullable=True) for field in schema])

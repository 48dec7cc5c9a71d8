"""The three raw tables as owners hand them over: what users typed in, before anything is derived.

Raw input lies in ``<input>/{pins,boards,users}/date=YYYY-MM-DD/*.parquet``, a full snapshot per date.
A field that is not nullable here must be present in every row; a row without it is set aside. A nullable field may be
missing altogether, from a snapshot or from some of its files, and is then null: so the schema can grow.
"""

from dataclasses import dataclass

import pyarrow as pa

TIMESTAMP = pa.timestamp("ms", tz="UTC")

PINS = pa.schema(
    [
        pa.field("pin_id", pa.int64(), nullable=False),
        pa.field("board_id", pa.int64(), nullable=False),
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("image_signature", pa.string()),  # hex; pins of one picture share it
        pa.field("image", pa.string()),  # path or URI of the picture
        pa.field("parent_pin_id", pa.int64()),  # the pin this one was saved from
        pa.field("created_at", TIMESTAMP),
        pa.field("description", pa.string()),
        pa.field("link", pa.string()),
    ]
)

BOARDS = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("category", pa.string()),  # as the owner filed it
        pa.field("description", pa.string()),
        pa.field("created_at", TIMESTAMP),
    ]
)

USERS = pa.schema(
    [
        pa.field("user_id", pa.int64(), nullable=False),
        pa.field("username", pa.string()),
        pa.field("country", pa.string()),
        pa.field("created_at", TIMESTAMP),
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

"""What a field means travels in its metadata, at every depth, and can be taken off and put back."""

import pickle

import pyarrow as pa

from joins.arrow.fields import (
    FieldMeaning,
    described,
    is_unset_in_light,
    meaning_of,
    meanings_by_path,
    required,
    unset_in_light,
    with_meanings,
    without_meanings,
)
from joins.board_join import board_join_schema
from workflows.catalog import BOARD_FEATURE_SCHEMA

EDGE = pa.struct([required("pin_id", pa.int64(), "the repin", source="raw")])
CHAIN = pa.struct([required("edges", pa.large_list(pa.field("item", EDGE, nullable=False)), "its repins", "repins")])
SCHEMA = pa.schema(
    [
        required("board_id", pa.int64(), "the board", source="raw"),
        unset_in_light(described("chains", pa.list_(CHAIN), "its chains")),
        pa.field("undescribed", pa.string()),
    ],
    {"key": "board_id"},
)
MEANINGS = {
    "board_id": FieldMeaning("the board", "", "raw"),
    "chains": FieldMeaning("its chains", "", "derived"),
    "chains.edges": FieldMeaning("its repins", "repins", "derived"),
    "chains.edges.pin_id": FieldMeaning("the repin", "", "raw"),
}


def test_meanings_are_found_by_path_at_every_depth():
    assert meanings_by_path(SCHEMA) == MEANINGS


def test_what_is_taken_off_can_be_put_back_and_all_else_stays():
    bare = without_meanings(SCHEMA)
    assert meanings_by_path(bare) == {}
    assert bare.equals(SCHEMA)  # names, types, what may be null
    assert bare.metadata == SCHEMA.metadata
    assert [field.metadata for field in bare] == [None, {b"light": b"unset"}, None]
    assert with_meanings(bare, MEANINGS).equals(SCHEMA, check_metadata=True)
    assert with_meanings(bare, {}) is bare


def test_a_field_keeps_its_meaning_when_it_is_derived_from():
    field = unset_in_light(SCHEMA.field("board_id").with_nullable(True))
    assert meaning_of(field) == MEANINGS["board_id"]
    assert is_unset_in_light(field)
    assert not is_unset_in_light(SCHEMA.field("board_id"))
    joined = board_join_schema(BOARD_FEATURE_SCHEMA)
    assert meaning_of(joined.field("page_rank")) == meaning_of(BOARD_FEATURE_SCHEMA.field("page_rank"))


def test_rows_of_a_described_and_of_a_bare_schema_are_the_same_rows():
    rows = [{"board_id": 7, "chains": [{"edges": [{"pin_id": 5}]}], "undescribed": None}]
    described_rows = pickle.loads(pickle.dumps(pa.Table.from_pylist(rows, SCHEMA)))  # noqa: S301 - our own rows
    bare_rows = pa.Table.from_pylist(rows, without_meanings(SCHEMA))
    assert described_rows.schema.equals(SCHEMA, check_metadata=True)
    assert described_rows.equals(bare_rows)
    assert bare_rows.cast(SCHEMA).equals(described_rows)
    assert pa.concat_tables([bare_rows, described_rows]).to_pylist() == rows * 2
